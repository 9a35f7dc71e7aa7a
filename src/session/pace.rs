//! How much of the wished frame rate the server can give: less when frames wait too long for a worker.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A new wait counts this much; some twenty frames are remembered.
const NEWEST: f32 = 0.05;
/// The share changes no more often than this, so that a change can show first.
const SETTLE: Duration = Duration::from_millis(500);
/// What was noted fades with this time constant: a flood that is over shall not be felt for minutes where few frames come.
const MEMORY: Duration = Duration::from_secs(2);
/// Waits above this part of the limit are too long; below the other there is room.
const HURRIED: f32 = 0.4;
const RELAXED: f32 = 0.1;
/// The share falls by this factor and rises by this step (as TCP's window does, so that it neither swings nor starves).
const FALL: f32 = 0.8;
const RISE: f32 = 0.05;
/// And never falls below this: at a quarter of a frame a second a lost learner is still noticed.
const LEAST: f32 = 0.25;

/// One for all connections.
pub struct Pace {
    limit_ms: f32,
    state: Mutex<State>,
}

struct State {
    wait_ms: f32,
    share: f32,
    changed: Instant,
    /// When the wait was last brought up to date.
    noted: Instant,
}

impl Pace {
    /// All is given at first. `limit` is the age at which frames are dropped.
    pub fn new(limit: Duration, now: Instant) -> Self {
        let state = State { wait_ms: 0.0, share: 1.0, changed: now, noted: now };
        Self { limit_ms: limit.as_secs_f32() * 1000.0, state: Mutex::new(state) }
    }

    /// A frame waited so long.
    pub fn note(&self, wait: Duration, now: Instant) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.settle(self.limit_ms, now);
        let wait_ms = (wait.as_secs_f32() * 1000.0).min(self.limit_ms);
        state.wait_ms += NEWEST * (wait_ms - state.wait_ms);
    }

    /// The share now, 0.25 to 1. It recovers while no frames come, too.
    pub fn share(&self, now: Instant) -> f32 {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.settle(self.limit_ms, now);
        state.share
    }
}

impl State {
    /// Forgets with time, and moves the share by as many steps as there was time for.
    fn settle(&mut self, limit_ms: f32, now: Instant) {
        let idle = now.saturating_duration_since(self.noted);
        self.noted = self.noted.max(now);
        self.wait_ms *= (-idle.as_secs_f32() / MEMORY.as_secs_f32()).exp();
        let steps = now.saturating_duration_since(self.changed).as_millis() / SETTLE.as_millis();
        if steps == 0 {
            return;
        }
        self.changed = now;
        if self.wait_ms > HURRIED * limit_ms {
            self.share = (self.share * FALL).max(LEAST);
        } else if self.wait_ms < RELAXED * limit_ms {
            self.share = (self.share + RISE * steps.min(100) as f32).min(1.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames that wait so long, ten times a second for so many seconds; the share afterwards.
    fn feed(pace: &Pace, now: &mut Instant, wait_ms: u64, seconds: u32) -> f32 {
        for _ in 0..seconds * 50 {
            *now += Duration::from_millis(20);
            pace.note(Duration::from_millis(wait_ms), *now);
        }
        pace.share(*now)
    }

    #[test]
    fn waits_lower_the_share_and_calm_restores_it() {
        let mut now = Instant::now();
        let pace = Pace::new(Duration::from_millis(250), now);
        assert_eq!(feed(&pace, &mut now, 5, 60), 1.0);
        let busy = feed(&pace, &mut now, 200, 3);
        assert!((LEAST..0.9).contains(&busy), "{busy}");
        assert_eq!(feed(&pace, &mut now, 100_000, 60), LEAST);
        assert_eq!(feed(&pace, &mut now, 70, 60), LEAST, "between the limits nothing changes");
        assert_eq!(feed(&pace, &mut now, 5, 60), 1.0);
    }

    #[test]
    fn a_flood_that_is_over_is_forgotten_without_frames() {
        let mut now = Instant::now();
        let pace = Pace::new(Duration::from_millis(250), now);
        assert_eq!(feed(&pace, &mut now, 250, 30), LEAST);
        for _ in 0..10 {
            now += Duration::from_secs(4);
            pace.note(Duration::from_millis(3), now);
        }
        assert_eq!(pace.share(now), 1.0, "one frame in four seconds is enough");
        assert_eq!(feed(&pace, &mut now, 250, 30), LEAST);
        pace.share(now + Duration::from_secs(10));
        assert_eq!(pace.share(now + Duration::from_secs(30)), 1.0, "and none at all, too");
    }
}
