//! Wakes every learner when its next frame is due.
//!
//! A thread of its own, since tokio's timers tick in milliseconds: they would add one or two to every latency.

use std::sync::Arc;
use std::thread;
use std::time::Instant;

use tokio::sync::Notify;

use crate::schedule::Schedule;

/// One bell a learner, in the learners' order.
pub type Bells = Arc<[Notify]>;

/// Rings the bells from `start` on, until the schedule ends.
///
/// # Errors
/// When the system gives no thread.
pub fn start(schedule: Schedule, start: Instant, bells: Bells) -> std::io::Result<()> {
    thread::Builder::new().name("pacer".into()).spawn(move || ring(schedule, start, &bells)).map(drop)
}

fn ring(schedule: Schedule, start: Instant, bells: &[Notify]) {
    for frame in 0.. {
        for (learner, bell) in bells.iter().enumerate() {
            let due = schedule.due(learner, frame);
            if due >= schedule.length() {
                return;
            }
            thread::sleep((start + due).saturating_duration_since(Instant::now()));
            bell.notify_one();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_bell_rings_and_the_end_is_kept() {
        let bells: Bells = (0..3).map(|_| Notify::new()).collect();
        // The start lies ahead, as in a run: a bell that rang early would not ring again for a whole period.
        let start = Instant::now() + Duration::from_millis(30);
        ring(Schedule::new(3, 100.0, Duration::from_millis(50)), start, &bells);
        assert!((Duration::from_millis(40)..Duration::from_secs(5)).contains(&start.elapsed()));
        for bell in bells.iter() {
            assert!(futures::FutureExt::now_or_never(bell.notified()).is_some());
        }
    }
}
