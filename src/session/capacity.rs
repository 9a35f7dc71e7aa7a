//! How many frames a second this machine can serve, learnt from what they cost.

use std::time::Duration;

/// Seconds that are remembered. Frames cost more while many learners begin, who all need a full look.
const MEMORY: f64 = 5.0;
/// Seconds that pass at one time at the most: idle hours are no reason to forget what is known.
const STEP: f64 = 1.0;
/// Seconds of work of each worker that the measurement at the start is worth: it knows neither decoding nor the crowd.
const PRIOR: f64 = 0.5;
/// So many times as slow as usual a round of work counts at the most. What is slower was a pause of the whole machine; one that has
/// really become slower is believed a few rounds later.
const SLOWEST: f64 = 4.0;

/// Frames done, and the worker time that they took; older ones count less.
#[derive(Debug, Clone, Copy)]
pub struct Capacity {
    workers: f64,
    frames: f64,
    /// Seconds.
    busy: f64,
}

impl Capacity {
    /// Before the first frame; `frame` is what one took when the models were tried out.
    pub fn new(workers: usize, frame: Duration) -> Self {
        let (workers, cost) = (workers.max(1) as f64, frame.as_secs_f64().max(1e-6));
        let busy = PRIOR * workers;
        Self { workers, frames: busy / cost, busy }
    }

    /// Workers did so many frames in the time since the last, and were busy for so long with them.
    pub fn learn(&mut self, frames: u64, busy: Duration, time: Duration) {
        if frames == 0 {
            return;
        }
        let frames = frames as f64;
        let busy = busy.as_secs_f64().min(SLOWEST * frames * self.busy / self.frames);
        let kept = (-time.as_secs_f64().min(STEP) / MEMORY).exp();
        self.frames = self.frames * kept + frames;
        self.busy = self.busy * kept + busy;
    }

    /// How many workers there are.
    pub fn workers(&self) -> f64 {
        self.workers
    }

    /// Frames a second of all workers together.
    pub fn per_second(&self) -> f64 {
        self.workers * self.frames / self.busy.max(1e-9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half a second of all workers at a time, for so many seconds.
    fn work(capacity: &mut Capacity, per_second: u64, seconds: u64) {
        for _ in 0..2 * seconds {
            capacity.learn(per_second / 2, Duration::from_secs_f64(capacity.workers / 2.0), Duration::from_millis(500));
        }
    }

    fn near(capacity: &Capacity, per_second: f64) -> bool {
        (capacity.per_second() / per_second - 1.0).abs() < 0.05
    }

    #[test]
    fn frames_correct_the_first_guess_and_a_slower_machine_is_noticed() {
        let mut capacity = Capacity::new(2, Duration::from_millis(2));
        assert!(near(&capacity, 1000.0));
        work(&mut capacity, 400, 10);
        assert!(near(&capacity, 400.0), "{capacity:?}");
        work(&mut capacity, 200, 30);
        assert!(near(&capacity, 200.0), "{capacity:?}");
        work(&mut capacity, 800, 60);
        assert!(near(&capacity, 800.0), "{capacity:?}");
    }

    #[test]
    fn idle_hours_and_a_stopped_process_teach_nothing() {
        let mut capacity = Capacity::new(2, Duration::from_millis(5));
        (0..7200).for_each(|_| capacity.learn(0, Duration::ZERO, Duration::from_millis(500)));
        assert!(near(&capacity, 400.0));
        capacity.learn(8, Duration::from_secs(3600), Duration::from_secs(3600));
        assert!(capacity.per_second() > 320.0, "{capacity:?}");
    }

    #[test]
    fn a_machine_ten_times_as_slow_is_believed() {
        let mut capacity = Capacity::new(2, Duration::from_millis(5));
        work(&mut capacity, 40, 60);
        assert!(near(&capacity, 40.0), "{capacity:?}");
    }
}
