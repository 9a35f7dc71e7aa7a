//! How many frames a second everybody is given, and whether one more can be taken in.
//!
//! Forward: what the machine can serve, as measured, is shared out among those who wish frames. Back: how long frames waited shows how
//! far off that is, and corrects it within bounds. The first reacts at once and cannot swing, as wishes do not depend on it; the
//! second makes up for what the first does not know.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::capacity::Capacity;
use super::demand::{Claim, Demand};
use crate::inference::engine::{EngineStats, Work};

/// The part of the capacity that is given away without a look at the waits. Above, frames that come at random wait for long: at 0.9,
/// two workers' wait is some four times a frame's work (Erlang's C).
const TARGET: f64 = 0.9;
/// Capacity and correction move no more often than this, so that a change can show first.
const SETTLE: Duration = Duration::from_millis(500);
/// The mean wait of that time counts this much beside those before.
const NEWEST: f32 = 0.5;
/// The same over a longer time, some five seconds; where not all wishes fit, the wait counts for at least what is aimed at then.
const NEWEST_OF_LONG: f32 = 0.1;
/// Up to that wait, as a part of the limit, the machine is thought to have time for all, whatever a moment brings. Half of what is aimed
/// at without: overload is beyond it, and a machine that stands still for a quarter of a second in five is not.
const PATIENCE: f32 = 0.2;
/// The mean wait to be had when not all wishes fit, as a part of the limit: somebody always waits then, and no worker does.
const AIM: f32 = 0.4;
/// What is given follows the wait (a controller with a proportional and an integral part): by this part of it at once ...
const AT_ONCE: f64 = 0.1;
/// ... and the correction by this part of it each time. Clients hear of their rate with their next verdict, a second or more later;
/// with steps of twice this size the share swings by a third (`tests::overload_is_shared_and_the_machine_stays_busy`).
const BY_AND_BY: f64 = 0.02;
/// The correction rises by this step while the workers had nothing to do for this part of the time: then no wait is near.
const RISE_IDLE: f64 = 0.05;
const IDLE: f64 = 0.4;
/// It stays between these bounds.
const CORRECTION: (f64, f64) = (0.25, 1.25);
/// Nobody is given less than this part of the calm rate: at a quarter of a frame a second a lost learner is still noticed.
const LEAST: f64 = 0.25;

/// One for all connections.
pub struct Pace {
    limit_ms: f32,
    /// Frames a second that everybody may have.
    least: f64,
    stats: Arc<EngineStats>,
    demand: Demand,
    patient: AtomicBool,
    state: Mutex<State>,
}

/// What is said of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Load {
    /// Frames a second that the machine can serve, as measured.
    pub capacity: f64,
    /// Frames a second that all learners together wish.
    pub demand: f64,
    /// The part of it that can be given.
    pub share: f64,
}

struct State {
    capacity: Capacity,
    /// Of the workers' counts, what the capacity has learnt from.
    learnt: Work,
    correction: f64,
    /// Waits since the last change, added up, and how many they are.
    waited_ms: f32,
    waits: f32,
    wait_ms: f32,
    long_wait_ms: f32,
    changed: Instant,
}

impl Pace {
    /// `limit` is the age at which frames are dropped, `calm_rate` what a learner with whom all is well would send; `capacity` is learnt
    /// on by what `stats` count.
    pub fn new(limit: Duration, calm_rate: f32, capacity: Capacity, stats: Arc<EngineStats>, now: Instant) -> Self {
        let state = State {
            capacity,
            learnt: stats.work(),
            correction: 1.0,
            waited_ms: 0.0,
            waits: 0.0,
            wait_ms: 0.0,
            long_wait_ms: 0.0,
            changed: now,
        };
        let limit_ms = limit.as_secs_f32() * 1000.0;
        let least = LEAST * f64::from(calm_rate);
        let patient = AtomicBool::new(true);
        Self { limit_ms, least, stats, demand: Demand::default(), patient, state: Mutex::new(state) }
    }

    /// A frame waited so long.
    pub fn note(&self, wait: Duration, now: Instant) {
        self.settled(now, |state| {
            state.waited_ms += (wait.as_secs_f32() * 1000.0).min(self.limit_ms);
            state.waits += 1.0;
        });
    }

    /// Whether frames have waited for so short a time of late that a long wait is a mishap, and not the rule.
    pub fn patient(&self) -> bool {
        self.patient.load(Relaxed)
    }

    /// Frames a second that nobody is given more than; infinite while there is time for all wishes.
    pub fn level(&self, now: Instant) -> f32 {
        self.settled(now, |state| self.level_of(state) as f32)
    }

    fn level_of(&self, state: &State) -> f64 {
        self.demand.level(state.supply(self.limit_ms)).max(self.least)
    }

    /// One more connection, which wishes so many frames a second: none when even the least for all is too much.
    pub fn admit(&self, rate: f32, now: Instant) -> Option<Claim> {
        let others = self.demand.connections();
        // Somebody is always let in: without frames there is nothing to learn from, should the capacity be thought too small.
        let fits =
            others == 0 || self.settled(now, |state| self.least * (others + 1) as f64 <= state.supply(self.limit_ms));
        fits.then(|| self.demand.claim(rate))
    }

    /// A connection that is let in without a wish.
    pub fn wait_outside(&self) -> Claim {
        self.demand.claim(0.0)
    }

    /// For who looks at the server.
    pub fn load(&self, now: Instant) -> Load {
        let demand = self.demand.per_second();
        self.settled(now, |state| Load {
            capacity: state.capacity.per_second(),
            demand,
            share: if demand > 0.0 { (state.supply(self.limit_ms) / demand).min(1.0) } else { 1.0 },
        })
    }

    fn settled<R>(&self, now: Instant, work: impl FnOnce(&mut State) -> R) -> R {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let time = now.saturating_duration_since(state.changed);
        let steps = time.as_millis() / SETTLE.as_millis();
        if steps > 0 {
            state.changed = now;
            let short = self.level_of(&state).is_finite();
            state.look_back(steps.min(100) as i32, if short { AIM * self.limit_ms } else { 0.0 });
            self.patient.store(state.long_wait_ms < PATIENCE * self.limit_ms, Relaxed);
            let idle = state.learn(self.stats.work(), time);
            let level = self.level_of(&state);
            state.correct(self.limit_ms, level.is_finite(), level > self.least, idle, steps.min(100) as i32);
        }
        work(&mut state)
    }
}

impl State {
    /// Frames a second that may be given away.
    fn supply(&self, limit_ms: f32) -> f64 {
        let waited = f64::from(self.wait_ms / limit_ms);
        TARGET * self.capacity.per_second() * self.correction * (1.0 - AT_ONCE * waited)
    }

    /// Brings the waits up to date; the long one by at least so much. Where no frame came, nobody waited.
    fn look_back(&mut self, steps: i32, least_ms: f32) {
        let mean = if self.waits > 0.0 { self.waited_ms / self.waits } else { 0.0 };
        self.wait_ms += (1.0 - (1.0 - NEWEST).powi(steps)) * (mean - self.wait_ms);
        self.long_wait_ms += (1.0 - (1.0 - NEWEST_OF_LONG).powi(steps)) * (mean.max(least_ms) - self.long_wait_ms);
        (self.waited_ms, self.waits) = (0.0, 0.0);
    }

    /// The part of the time is returned for which the workers had nothing to do.
    fn learn(&mut self, work: Work, time: Duration) -> f64 {
        let since = self.learnt;
        self.learnt = work;
        let busy = work.busy.saturating_sub(since.busy);
        let (frames, full) = (work.frames.saturating_sub(since.frames), work.full.saturating_sub(since.full));
        self.capacity.learn(Work { frames, full, busy }, time);
        1.0 - busy.as_secs_f64() / (self.capacity.workers() * time.as_secs_f64())
    }

    /// Moves the correction by as many steps as there was time for, where that gives somebody less (which it `can`) or more (of which
    /// they are `short`).
    fn correct(&mut self, limit_ms: f32, short: bool, can: bool, idle: f64, steps: i32) {
        let room = f64::from(AIM - self.wait_ms / limit_ms);
        let step = if idle > IDLE { RISE_IDLE } else { BY_AND_BY * room } * f64::from(steps);
        if self.correction > 1.0 && !short {
            self.correction = (self.correction - step.abs()).max(1.0);
        } else if step < 0.0 && can || step > 0.0 && (short || self.correction < 1.0) {
            self.correction += step;
        }
        self.correction = self.correction.clamp(CORRECTION.0, CORRECTION.1);
    }
}

#[cfg(test)]
#[path = "pace/tests.rs"]
mod tests;
