//! When every frame is due: fixed before the first one is sent, whatever the server does (an open loop).

use std::time::Duration;

/// The times of all frames, counted from the common start.
#[derive(Debug, Clone, Copy)]
pub struct Schedule {
    learners: usize,
    period_ns: f64,
    length: Duration,
}

impl Schedule {
    /// `rate` frames a second of each of `learners`, for `length`. `learners` and `rate` must be above zero.
    pub fn new(learners: usize, rate: f64, length: Duration) -> Self {
        Self { learners, period_ns: 1e9 / rate, length }
    }

    /// How long frames are sent.
    pub fn length(&self) -> Duration {
        self.length
    }

    /// When a learner's frame is due. Within one round of frames, learners are in order.
    pub fn due(&self, learner: usize, frame: u32) -> Duration {
        Duration::from_nanos((self.phase_ns(learner) + self.period_ns * f64::from(frame)) as u64)
    }

    /// How many frames of a learner are due in the first `elapsed` of the schedule.
    pub fn frames(&self, learner: usize, elapsed: Duration) -> u32 {
        let reached = elapsed.min(self.length).as_nanos() as f64 - self.phase_ns(learner);
        (reached / self.period_ns).ceil().max(0.0) as u32
    }

    /// Learners are spread evenly over the period, each somewhere in its own slot: exactly even arrivals would flatter
    /// the server.
    fn phase_ns(&self, learner: usize) -> f64 {
        self.period_ns * (learner as f64 + jitter(learner as u64)) / self.learners as f64
    }
}

/// A number in 0..1 that depends on nothing but `seed` (SplitMix64), so that two runs send alike.
fn jitter(seed: u64) -> f64 {
    let mut mixed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((mixed ^ (mixed >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn learners_are_in_order_each_in_its_own_slot() {
        let schedule = Schedule::new(100, 2.0, MINUTE);
        for learner in 0..100 {
            let slot = Duration::from_millis(5);
            let (first, second) = (schedule.due(learner, 0), schedule.due(learner, 1));
            assert!(first >= slot * learner as u32 && first < slot * (learner as u32 + 1), "{learner}: {first:?}");
            assert!(second - first >= Duration::from_nanos(499_999_999), "{learner}");
        }
    }

    #[test]
    fn the_time_holds_rate_times_seconds_frames() {
        for (learners, rate, expected) in [(1, 1.0, 60), (7, 0.5, 30), (300, 4.0, 240)] {
            let schedule = Schedule::new(learners, rate, MINUTE);
            for learner in 0..learners {
                assert_eq!(schedule.frames(learner, MINUTE * 2), expected);
                assert!(schedule.due(learner, expected - 1) < MINUTE && schedule.due(learner, expected) >= MINUTE);
            }
        }
    }

    #[test]
    fn an_early_end_counts_what_was_due_until_then() {
        let schedule = Schedule::new(2, 1.0, MINUTE);
        assert_eq!(schedule.frames(1, Duration::ZERO), 0);
        assert_eq!(schedule.frames(0, schedule.due(0, 3)), 3);
        assert_eq!(schedule.frames(0, schedule.due(0, 3) + Duration::from_millis(1)), 4);
    }
}
