//! How much of the wished frame rate the server can give: less when frames wait too long for a worker.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A new wait counts this much; some twenty frames are remembered.
const NEWEST: f32 = 0.05;
/// The share changes no more often than this, so that a change can show first.
const SETTLE: Duration = Duration::from_millis(500);
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
}

impl Pace {
    /// All is given at first. `limit` is the age at which frames are dropped.
    pub fn new(limit: Duration, now: Instant) -> Self {
        let state = State { wait_ms: 0.0, share: 1.0, changed: now };
        Self { limit_ms: limit.as_secs_f32() * 1000.0, state: Mutex::new(state) }
    }

    /// A frame waited so long. Returns the share, 0.25 to 1.
    pub fn note(&self, wait: Duration, now: Instant) -> f32 {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let wait_ms = (wait.as_secs_f32() * 1000.0).min(self.limit_ms);
        state.wait_ms += NEWEST * (wait_ms - state.wait_ms);
        if now.saturating_duration_since(state.changed) >= SETTLE {
            state.changed = now;
            if state.wait_ms > HURRIED * self.limit_ms {
                state.share = (state.share * FALL).max(LEAST);
            } else if state.wait_ms < RELAXED * self.limit_ms {
                state.share = (state.share + RISE).min(1.0);
            }
        }
        state.share
    }

    /// The share now.
    pub fn share(&self) -> f32 {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).share
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_lower_the_share_and_calm_restores_it() {
        let mut now = Instant::now();
        let pace = Pace::new(Duration::from_millis(250), now);
        let mut feed = |wait_ms: u64, seconds: u32| {
            for _ in 0..seconds * 10 {
                now += Duration::from_millis(100);
                pace.note(Duration::from_millis(wait_ms), now);
            }
            pace.share()
        };
        assert_eq!(feed(5, 60), 1.0);
        let busy = feed(200, 3);
        assert!((LEAST..0.9).contains(&busy), "{busy}");
        assert_eq!(feed(100_000, 60), LEAST);
        assert_eq!(feed(60, 60), LEAST, "between the limits nothing changes");
        assert_eq!(feed(5, 60), 1.0);
    }
}
