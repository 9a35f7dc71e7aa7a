//! Drowsiness: PERCLOS against its limits, with a slow way out, a cooldown, and yawns that lower the limits.

use serde::{Deserialize, Serialize};

use super::Millis;
use super::changes::Level;
use super::perclos::Perclos;
use super::policy::{DrowsyPolicy, Limits, Policy, YawnPolicy};

/// Yawns that are remembered; no policy counts more.
pub const YAWNS: usize = 8;
/// Yawns never lower a limit to where drowsiness is left again, but stay so far above.
const ABOVE_LEAVING: f32 = 0.01;

/// Whether a learner is drowsy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drowsy {
    window: Perclos,
    onset: Option<Millis>,
    /// Since when PERCLOS has been low.
    low_since: Option<Millis>,
    quiet_until: Millis,
    /// Newest first.
    yawns: [Millis; YAWNS],
    yawned: u8,
}

impl Drowsy {
    /// Wide awake.
    pub fn new(now: Millis) -> Self {
        let (yawns, yawned) = ([0; YAWNS], 0);
        Self { window: Perclos::new(now), onset: None, low_since: None, quiet_until: 0, yawns, yawned }
    }

    /// The onset, if drowsy.
    pub fn onset(&self) -> Option<Millis> {
        self.onset
    }

    /// Takes in a frame that stands for `weight` ms; `closed` is none where there is no face.
    pub fn add(&mut self, policy: &DrowsyPolicy, at: Millis, weight: u64, closed: Option<bool>) {
        match closed {
            Some(closed) => self.window.add(policy, at, weight, closed),
            None => self.window.interrupt(),
        }
    }

    /// Remembers a yawn.
    pub fn yawn(&mut self, at: Millis) {
        self.yawns.rotate_right(1);
        self.yawns[0] = at;
        self.yawned = self.yawned.saturating_add(1).min(YAWNS as u8);
    }

    /// No alert before then.
    pub fn quiet(&mut self, until: Millis) {
        self.quiet_until = self.quiet_until.max(until);
    }

    /// How loud it is to be now, if at all; enters the state if it is new.
    pub fn level(&mut self, policy: &Policy, fast: bool, at: Millis) -> Option<Level> {
        let value = self.window.value(&policy.drowsy).filter(|_| at >= self.quiet_until)?;
        let lowered = if self.yawns_a_lot(&policy.yawning, at) { policy.yawning.lowers_by } else { 0.0 };
        let [prealarm, alarm] = limits(&policy.limits, fast)
            .map(|limit| (limit - lowered).max(limit.min(policy.drowsy.leave_below + ABOVE_LEAVING)));
        let level = match value {
            _ if value >= alarm => Level::Alarm,
            _ if value >= prealarm => Level::PreAlarm,
            _ => return None,
        };
        let onset = self.window.onset(&policy.drowsy);
        self.onset.get_or_insert(onset);
        Some(level)
    }

    fn yawns_a_lot(&self, policy: &YawnPolicy, at: Millis) -> bool {
        let known = &self.yawns[..usize::from(self.yawned).min(YAWNS)];
        let recent = known.iter().filter(|yawn| at.saturating_sub(**yawn) <= policy.within_ms);
        recent.count() >= policy.count
    }

    /// Whether the state is left with this frame: PERCLOS has been low for long enough.
    pub fn leaves(&mut self, policy: &DrowsyPolicy, at: Millis) -> Option<Millis> {
        self.onset?;
        // Where too little was seen, nothing is known: time stands still.
        let low = self.window.value(policy)? < policy.leave_below;
        self.low_since = if low { self.low_since.or(Some(at)) } else { None };
        let since = self.low_since.filter(|since| at.saturating_sub(*since) >= policy.leave_ms)?;
        self.stop(policy, at).map(|_| since)
    }

    /// When [`Self::expire`] has something to do.
    pub fn deadline(&self, policy: &DrowsyPolicy) -> Option<Millis> {
        self.onset.map(|_| self.window.empties_at(policy))
    }

    /// Ends it when nothing has been seen for a whole window.
    pub fn expire(&mut self, policy: &DrowsyPolicy, now: Millis) -> Option<Millis> {
        let deadline = self.deadline(policy).filter(|deadline| now >= *deadline)?;
        self.stop(policy, now).map(|_| deadline.saturating_sub(policy.window_ms))
    }

    /// Ends it. Returns the end, if it was on.
    pub fn stop(&mut self, policy: &DrowsyPolicy, now: Millis) -> Option<Millis> {
        self.onset.take()?;
        self.low_since = None;
        self.quiet(now.saturating_add(policy.cooldown_ms));
        Some(now)
    }

    /// Leaves out a stretch of time.
    pub fn skip(&mut self, ms: u64) {
        self.window.skip(ms);
    }
}

fn limits(limits: &Limits, fast: bool) -> [f32; 2] {
    if fast {
        [limits.drowsy_fast_prealarm, limits.drowsy_fast_alarm]
    } else {
        [limits.drowsy_prealarm, limits.drowsy_alarm]
    }
}
