//! Half an hour at 70 % load: memory stays what it is, and no verdict is lost.

use super::Torture;
use crate::behaviour::{Episode, Habits};
use crate::class::Manners;
use crate::profile::Profile;
use crate::rhythm::Pace;
use crate::run::{self, Plan};
use crate::series::Second;

/// Seconds.
const LENGTH: f64 = 1800.0;
/// Before anything is counted: everybody has come, and all that is needed once is there.
const WARM_UP: f64 = 60.0;
/// Of the time, at its beginning and at its end, whose memory is compared.
const PART: f64 = 0.1;
/// Percent.
const GROWTH: f64 = 5.0;

impl Torture {
    pub(super) async fn soak(&mut self) -> anyhow::Result<()> {
        // As people are: now and then one dozes off or leaves.
        let episode = |every_s, for_s| Episode { every_s, for_s };
        let habits = Habits { doze: episode(900.0, (7.0, 20.0)), leave: episode(1800.0, (15.0, 40.0)), blink: 0.05 };
        let venue = self.suite.venue(&["server.max_connections=10000".to_owned()]).await?;
        let manners = Manners { pace: Pace::Obeying(1.0), habits, ..Manners::PLAIN };
        let class = self.suite.class(&venue, self.suite.steady.clone(), manners);
        let length = self.seconds(LENGTH);
        let plan = Plan {
            name: format!("soak, {} learners", self.learners),
            profile: Profile::Soak,
            sockets: self.learners,
            from: 0,
            warm_up: self.seconds(WARM_UP),
            length,
            ramp: 100.0,
            server: Some(venue.server.pid()),
        };
        let record = run::run(class, &plan).await?;
        let it = &record.numbers;
        let (before, after) = ends(&record.series, plan.warm_up.as_secs_f64());
        let growth = (before > 0.0).then(|| crate::latency::round((after / before - 1.0) * 100.0));
        let minutes = crate::latency::round(it.elapsed_s / 60.0);
        self.line.soak_minutes = Some(minutes);
        self.line.soak_rss_growth_pct = growth;
        self.line.soak_lost_verdicts = Some(it.lost());
        let value = format!(
            "{} of {} verdicts lost, memory {before:.0} to {after:.0} MiB ({:+.1} %); {minutes:.0} min of {} learners, p99 {:.1} ms, {} \
             alerts, {} missed, errors {}",
            it.lost(),
            it.sent + it.unsent,
            growth.unwrap_or_default(),
            self.learners,
            it.p99_ms,
            it.alerts + it.alerts_by_clock,
            it.alerts_missed,
            it.errors
        );
        let met = it.lost() == 0 && growth.is_some_and(|growth| growth < GROWTH);
        self.row("soak at 70 % load", value, "0, < 5 %", met);
        self.suite.records.push(record);
        Ok(())
    }
}

/// Mean memory of the first and of the last part, MiB; nothing of the warm-up counts.
fn ends(series: &[Second], warm_up_s: f64) -> (f64, f64) {
    let memory: Vec<f64> = series
        .iter()
        .filter(|it| it.t_s > warm_up_s)
        .filter_map(|it| it.server_rss_mib)
        .filter(|it| *it > 0.0)
        .collect();
    let part = ((memory.len() as f64 * PART).ceil() as usize).max(1).min(memory.len());
    let mean = |some: &[f64]| if some.is_empty() { 0.0 } else { some.iter().sum::<f64>() / some.len() as f64 };
    (mean(&memory[..part]), mean(&memory[memory.len() - part..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_are_compared() {
        let second = |t: u32| Second {
            t_s: f64::from(t),
            server_rss_mib: Some(if t <= 10 { 900.0 } else { 100.0 + f64::from(t / 60) }),
            ..Second::default()
        };
        let series: Vec<Second> = (1..=110).map(second).collect();
        assert_eq!(ends(&series, 10.0), (100.0, 101.0), "ten of a hundred at each end");
        assert_eq!(ends(&[], 10.0), (0.0, 0.0));
    }
}
