//! More than the server can take: what it still does, and for whom.

use std::time::Duration;

use super::venue::Venue;
use super::{Row, Suite};
use crate::class::Manners;
use crate::live::Live;
use crate::numbers::Numbers;
use crate::rhythm::Pace;
use crate::run::Record;
use crate::stage::Stage;

const SHARE: f64 = 0.95;
const FAIRNESS: f64 = 0.95;
/// Milliseconds.
const P99: f64 = 300.0;
/// Sockets to open a second.
const RAMP: f64 = 400.0;
/// From the last learner's coming to the measuring.
const SETTLE: Duration = Duration::from_secs(4);
/// Saturated: at least this share of the frames is lost.
const SATURATED: f64 = 0.1;
/// Loads until then at the most, each by half larger than the last.
const TRIES: u32 = 4;

/// One stretch of overload.
struct Load {
    learners: usize,
    pace: Pace,
    seconds: f64,
    name: String,
}

impl Suite {
    /// Finds the capacity, then asks for 1, 2 and 5 times as much.
    pub(super) async fn overload(&mut self, held: usize) -> anyhow::Result<()> {
        let venue = self.venue(&["server.max_connections=18000".to_owned()]).await?;
        let capacity = self.capacity(&venue, held).await?;
        self.rows.push(Row::plain("capacity when saturated", format!("{capacity:.0} frames/s answered")));
        for (times, pace, seconds) in [
            (1.0, Pace::Obeying(1.0), 15.0),
            (2.0, Pace::Obeying(1.0), 20.0),
            (5.0, Pace::Obeying(1.0), 60.0),
            (2.0, Pace::Fixed(1.0), 15.0),
            (5.0, Pace::Fixed(1.0), 20.0),
        ] {
            let obeying = matches!(pace, Pace::Obeying(_));
            let manner = if obeying { "rate obeyed" } else { "rate ignored" };
            let learners = (capacity * times).round() as usize;
            let name = format!("{times:.0}x capacity, {manner}");
            let numbers = self.load(&venue, Load { learners, pace, seconds, name: name.clone() }).await?;
            self.tell(&name, capacity, times, obeying, &numbers);
        }
        Ok(())
    }

    /// The most frames a second that are answered, on the way to where a tenth of what is sent is lost; at least as many as
    /// learners were held, since all of theirs were.
    async fn capacity(&mut self, venue: &Venue, held: usize) -> anyhow::Result<f64> {
        let known = self.line.learners_held.unwrap_or(0) as f64;
        let (mut learners, mut most) = (held.max(50) * 3 / 2, known);
        for _ in 0..TRIES {
            let load = Load { learners, pace: Pace::Fixed(1.0), seconds: 10.0, name: "saturated".to_owned() };
            let numbers = self.load(venue, load).await?;
            // A server may do less when more is asked of it: that is no smaller capacity.
            most = most.max(numbers.answered_per_s);
            if numbers.lost() as f64 / (numbers.sent + numbers.unsent).max(1) as f64 >= SATURATED {
                break;
            }
            learners = learners * 3 / 2;
        }
        Ok(most)
    }

    async fn load(&mut self, venue: &Venue, load: Load) -> anyhow::Result<Numbers> {
        let manners = Manners { pace: load.pace, ..Manners::PLAIN };
        let class = self.class(venue, self.steady.clone(), manners);
        let live = Live::new(&format!("{}: {} learners", load.name, load.learners), None);
        let mut stage = Stage::new(class, RAMP, Some(venue.server.pid()), live);
        stage.open(None);
        stage.crowd.resize(load.learners);
        stage.gather().await;
        stage.pass(SETTLE).await;
        let mark = stage.begin();
        let time = self.seconds(load.seconds);
        stage.pass(time).await;
        let (window, span) = stage.end(mark, load.pace.first()).await;
        let refused = stage.class.totals.lock().all().refused;
        let series = stage.close().await;
        let numbers = Numbers { refused, ..Numbers::new(&window, span) };
        let record = Record { name: load.name, numbers: numbers.clone(), steps: Vec::new(), series: series.seconds };
        self.records.push(record);
        Ok(numbers)
    }

    fn tell(&mut self, name: &str, capacity: f64, times: f64, obeying: bool, it: &Numbers) {
        let share = crate::latency::round(it.answered_per_s / capacity.max(1.0));
        let value = format!(
            "{:.0} learners: answered {share:.3} of capacity, fairness {:.3}, p99 {:.0} ms, {:+.1} MiB, refused {}, errors {}",
            it.sockets,
            it.fairness,
            it.p99_ms,
            it.server_rss_growth_mib.unwrap_or_default(),
            it.refused,
            it.errors
        );
        let met = share >= SHARE && it.fairness >= FAIRNESS && it.p99_ms < P99;
        if !obeying || times < 1.5 {
            self.rows.push(Row::plain(name, value));
            return;
        }
        self.rows.push(Row::barred(name, value, "0.95, 0.95, < 300 ms", met));
        let lower = |old: Option<f64>, new: f64| Some(old.map_or(new, |old| old.min(new)));
        self.line.overload_answered_share = lower(self.line.overload_answered_share, share);
        self.line.overload_fairness = lower(self.line.overload_fairness, it.fairness);
    }
}
