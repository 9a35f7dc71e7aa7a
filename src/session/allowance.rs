//! Which frames were asked for: as many as the rate says, whenever that changes.

use std::time::{Duration, Instant};

/// Frames that come by so much more often than asked for are still taken for those that were: clients' clocks and timers are not exact.
const SLACK: f32 = 1.25;

/// The generic cell rate algorithm (ITU-T I.371) for a rate that changes: what was used up under the old rate stays used up, or every
/// change would give a burst for free. Two frames may come at once, as they do after a stall.
#[derive(Debug, Clone, Copy)]
pub struct Allowance {
    /// When the next frame is due at the earliest, if they come evenly.
    due: Instant,
}

impl Allowance {
    /// Nothing used up yet.
    pub fn new(now: Instant) -> Self {
        Self { due: now }
    }

    /// Whether a frame that comes now is one of `rate` a second.
    pub fn take(&mut self, rate: f32, now: Instant) -> bool {
        let period = Duration::from_secs_f32(1.0 / (SLACK * rate.max(0.01)));
        // Two periods ahead is all used up; what was used up under a lower rate does not count for longer than under this one.
        self.due = self.due.clamp(now, now + 2 * period);
        let allowed = self.due <= now + period;
        if allowed {
            self.due += period;
        }
        allowed
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn steady_frames_and_late_pairs_pass_and_more_do_not() {
        let start = Instant::now();
        let mut allowance = Allowance::new(start);
        let at = |ms: u64| start + Duration::from_millis(ms);
        // One a second, one of them late.
        for ms in [0, 1000, 2700, 3000, 4000] {
            assert!(allowance.take(1.0, at(ms)), "{ms}");
        }
        let passed = (0..100u64).filter(|tenth| allowance.take(1.0, at(5000 + 100 * tenth))).count();
        assert!((12..=14).contains(&passed), "{passed} of 100 in ten seconds");
    }

    #[test]
    fn a_higher_rate_holds_at_once() {
        let start = Instant::now();
        let mut allowance = Allowance::new(start);
        assert!(allowance.take(0.25, start) && allowance.take(0.25, start));
        let passed =
            (1..=10u64).filter(|quarter| allowance.take(4.0, start + Duration::from_millis(250 * quarter))).count();
        assert!(passed >= 9, "{passed} of 10");
    }

    proptest! {
        #[test]
        fn whatever_the_rate_does_no_more_pass_than_its_highest_allows(
            rates in proptest::collection::vec(0.25f32..4.0, 1..50),
        ) {
            let mut now = Instant::now();
            let mut allowance = Allowance::new(now);
            let (mut passed, mut seconds, highest) = (0, 0.0, rates.iter().copied().fold(0.0, f32::max));
            for rate in rates {
                for _ in 0..20 {
                    now += Duration::from_millis(50);
                    passed += u32::from(allowance.take(rate, now));
                }
                seconds += 1.0;
            }
            prop_assert!(passed as f32 <= SLACK * highest * seconds + 2.0, "{passed} in {seconds} s at {highest}");
        }
    }
}
