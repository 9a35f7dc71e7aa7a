//! How soon a learner who dozes off or leaves is told.

use super::{Row, Suite};
use crate::behaviour::{Episode, Habits};
use crate::class::Manners;
use crate::profile::Profile;
use crate::rhythm::Pace;
use crate::run::{self, Plan};

/// Milliseconds.
const BAR: f64 = 30.0;
/// Seconds.
const LENGTH: f64 = 75.0;
/// Until the class that has just come in has had its first full looks, seconds.
const WARM_UP: f64 = 15.0;
/// Learners who fall asleep and who leave in the course of the run, whatever their number.
const SLEEPERS: f64 = 180.0;
const LEAVERS: f64 = 60.0;
/// No learner does so more often than once in so many seconds.
const SELDOM: f64 = 100.0;

impl Suite {
    /// So many learners, some of whom doze off or leave; the limits of attention are the default ones.
    pub(super) async fn alerts(&mut self, learners: usize) -> anyhow::Result<()> {
        let length = self.seconds(LENGTH);
        let seconds = learners as f64 * length.as_secs_f64();
        let episode = |count: f64, for_s| Episode { every_s: (seconds / count).max(SELDOM), for_s };
        let habits = Habits { doze: episode(SLEEPERS, (7.0, 8.0)), leave: episode(LEAVERS, (13.0, 15.0)), blink: 0.0 };
        let manners = Manners { pace: Pace::Obeying(1.0), habits, ..Manners::PLAIN };
        let venue = self.venue(&[format!("server.max_connections={}", learners + 500)]).await?;
        let class = self.class(&venue, self.steady.clone(), manners);
        let plan = Plan {
            name: format!("alerts, {learners} learners"),
            profile: Profile::Constant,
            sockets: learners,
            from: 0,
            warm_up: self.seconds(WARM_UP),
            length,
            ramp: 300.0,
            server: Some(venue.server.pid()),
        };
        let record = run::run(class, &plan).await?;
        let it = &record.numbers;
        self.line.alert_p99_ms = (it.alerts > 0).then_some(it.alert_p99_ms);
        let value = format!(
            "p99 {:.1} ms, p50 {:.1}, max {:.1}; {} alerts at {:.0} frames/s of {learners} learners",
            it.alert_p99_ms, it.alert_p50_ms, it.alert_max_ms, it.alerts, it.answered_per_s
        );
        self.rows.push(Row::barred("tipping frame to alert", value, "< 30 ms", it.alerts > 0 && it.alert_p99_ms < BAR));
        let checks = format!(
            "{} by the clock, {} false, {} missed, {} states missed, {} frames lost",
            it.alerts_by_clock,
            it.alerts_false,
            it.alerts_missed,
            it.states_missed,
            it.lost()
        );
        self.rows.push(Row::plain("  alerts otherwise", checks));
        self.records.push(record);
        Ok(())
    }
}
