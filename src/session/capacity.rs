//! How many frames a second this machine can serve, learnt from what they cost.
//!
//! What a look costs is the machine's and changes slowly; how many frames need a full one changes within a second, as when a class comes
//! in. So the two are learnt apart: averaged together, capacity would lag behind the one and follow every whim of the other.

use std::time::Duration;

use crate::inference::engine::Work;

/// Seconds that the cost of a look is remembered for.
const COST_MEMORY: f64 = 5.0;
/// Seconds that the part of full looks is remembered for.
const MIX_MEMORY: f64 = 1.0;
/// Seconds that pass at one time at the most: idle hours are no reason to forget what is known.
const STEP: f64 = 0.5;
/// Glances that a full look costs, decoding and all: with both workers busy all the time, they were done with 322 full looks and 396
/// glances in one second and with 110 and 1,708 in another (docs/performance.md).
const FULL: f64 = 6.0;
/// Seconds of work of each worker that the measurement at the start is worth: it knows neither decoding nor the crowd.
const PRIOR: f64 = 0.5;
/// So many times as slow as usual a round of work counts at the most. What is slower was a pause of the whole machine; one that has
/// really become slower is believed a few rounds later.
const SLOWEST: f64 = 4.0;

/// What was done and took its time; older work counts less.
#[derive(Debug, Clone, Copy)]
pub struct Capacity {
    workers: f64,
    /// Glances (full looks are worth several), and the seconds that they took.
    glances: f64,
    busy: f64,
    /// Frames, and the glances that they were worth.
    frames: f64,
    worth: f64,
}

impl Capacity {
    /// Before the first frame; `full` is what a full look took when the models were tried out.
    pub fn new(workers: usize, full: Duration) -> Self {
        let (workers, cost) = (workers.max(1) as f64, full.as_secs_f64().max(1e-6) / FULL);
        let busy = PRIOR * workers;
        // All who come first need a full look.
        Self { workers, glances: busy / cost, busy, frames: 1.0, worth: FULL }
    }

    /// Workers did so much in the time since the last.
    pub fn learn(&mut self, work: Work, time: Duration) {
        if work.frames == 0 {
            return;
        }
        let frames = work.frames as f64;
        let worth = frames + (FULL - 1.0) * work.full as f64;
        let busy = work.busy.as_secs_f64().min(SLOWEST * worth * self.busy / self.glances);
        let kept = |memory: f64| (-time.as_secs_f64().min(STEP) / memory).exp();
        let (cost, mix) = (kept(COST_MEMORY), kept(MIX_MEMORY));
        (self.glances, self.busy) = (self.glances * cost + worth, self.busy * cost + busy);
        (self.frames, self.worth) = (self.frames * mix + frames, self.worth * mix + worth);
    }

    /// How many workers there are.
    pub fn workers(&self) -> f64 {
        self.workers
    }

    /// Frames a second of all workers together.
    pub fn per_second(&self) -> f64 {
        let glances = self.workers * self.glances / self.busy.max(1e-9);
        glances * self.frames / self.worth
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half a second of all workers at a time, for so many seconds; so many frames a second are looked at in full, and the others get a
    /// glance.
    fn work(capacity: &mut Capacity, full: u64, glances: u64, seconds: u64) {
        for _ in 0..2 * seconds {
            let busy = Duration::from_secs_f64(capacity.workers / 2.0);
            let work = Work { frames: (full + glances) / 2, full: full / 2, busy };
            capacity.learn(work, Duration::from_millis(500));
        }
    }

    fn near(capacity: &Capacity, per_second: f64) -> bool {
        (capacity.per_second() / per_second - 1.0).abs() < 0.05
    }

    #[test]
    fn frames_correct_the_first_guess_and_a_slower_machine_is_noticed() {
        let mut capacity = Capacity::new(2, Duration::from_millis(2));
        assert!(near(&capacity, 1000.0));
        work(&mut capacity, 400, 0, 10);
        assert!(near(&capacity, 400.0), "{capacity:?}");
        work(&mut capacity, 200, 0, 60);
        assert!(near(&capacity, 200.0), "{capacity:?}");
        work(&mut capacity, 0, 4800, 60);
        assert!(near(&capacity, 4800.0), "{capacity:?}");
    }

    #[test]
    fn a_class_that_comes_in_is_felt_within_seconds_and_forgotten_as_soon() {
        let mut capacity = Capacity::new(2, Duration::from_millis(6));
        work(&mut capacity, 0, 2000, 60);
        assert!(near(&capacity, 2000.0), "{capacity:?}");
        work(&mut capacity, 300, 200, 3);
        assert!((capacity.per_second() / 500.0 - 1.0).abs() < 0.2, "{capacity:?}");
        work(&mut capacity, 0, 2000, 3);
        assert!((capacity.per_second() / 2000.0 - 1.0).abs() < 0.1, "{capacity:?}");
    }

    #[test]
    fn idle_hours_and_a_stopped_process_teach_nothing() {
        let mut capacity = Capacity::new(2, Duration::from_millis(5));
        (0..7200).for_each(|_| capacity.learn(Work::default(), Duration::from_millis(500)));
        assert!(near(&capacity, 400.0));
        let hour = Duration::from_secs(3600);
        capacity.learn(Work { frames: 8, full: 8, busy: hour }, hour);
        assert!(capacity.per_second() > 320.0, "{capacity:?}");
    }

    #[test]
    fn a_machine_ten_times_as_slow_is_believed() {
        let mut capacity = Capacity::new(2, Duration::from_millis(5));
        work(&mut capacity, 40, 0, 60);
        assert!(near(&capacity, 40.0), "{capacity:?}");
    }
}
