//! One condition's evidence over time: when it began, how long it has been held up, when it is over.

use serde::{Deserialize, Serialize};

use super::Millis;
use super::policy::{ConditionPolicy, EvidencePolicy};
use super::timeline::Step;

/// Before a state is entered, contrary evidence weighs so much more: one blink here and there must not add up.
const CONTRARY: u64 = 2;
/// A single contrary frame never ends a state.
const LEAVE_FRAMES: u8 = 2;

/// What a frame says of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evidence {
    /// It holds.
    For,
    /// It does not.
    Against,
    /// No telling; time stands still.
    Neutral,
}

/// A stretch in which a condition holds, or may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Half way between the last frame before it and its first.
    pub onset: Millis,
    /// The last frame that told something.
    pub last: Millis,
    /// Time that agreed, ms.
    pub agreed_ms: u64,
    /// Time that did not, ms.
    pub contrary_ms: u64,
    /// Looks that agreed: frames far enough apart not to show one and the same blink.
    pub looks: u32,
    looked: Millis,
    /// Long enough for the state.
    pub entered: bool,
    /// Since when nothing has agreed any more.
    left: Millis,
    left_ms: u64,
    left_frames: u8,
}

/// One condition.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracker {
    run: Option<Run>,
}

impl Run {
    fn new(step: &Step) -> Self {
        let half = step.weight / 2;
        Self {
            onset: step.at.saturating_sub(half),
            last: step.at,
            agreed_ms: half,
            contrary_ms: 0,
            looks: 1,
            looked: step.at,
            entered: false,
            left: 0,
            left_ms: 0,
            left_frames: 0,
        }
    }

    /// How long it has held, gaps left out, ms.
    pub fn elapsed(&self) -> u64 {
        self.agreed_ms.saturating_add(self.contrary_ms)
    }

    /// Whether the state is on and nothing speaks against it.
    pub fn is_held(&self) -> bool {
        self.entered && self.left_frames == 0
    }

    /// Whether there is enough of it for an alert.
    pub fn is_firm(&self, policy: &EvidencePolicy) -> bool {
        self.left_frames == 0
            && self.looks >= policy.alert_looks
            && self.agreed_ms as f32 >= policy.alert_share * self.elapsed() as f32
    }

    fn agree(&mut self, step: &Step, blink_ms: u64) {
        self.agreed_ms = self.agreed_ms.saturating_add(step.counted(self.last));
        if step.at.saturating_sub(self.looked) >= blink_ms {
            self.looks = self.looks.saturating_add(1);
            self.looked = step.at;
        }
        (self.left_ms, self.left_frames) = (0, 0);
        self.last = step.at;
    }

    fn disagree(&mut self, step: &Step) {
        let counted = step.counted(self.last);
        self.contrary_ms = self.contrary_ms.saturating_add(counted);
        if self.left_frames == 0 {
            self.left = self.last.midpoint(step.at);
        }
        self.left_ms = self.left_ms.saturating_add(if self.left_frames == 0 { counted / 2 } else { counted });
        self.left_frames = self.left_frames.saturating_add(1);
        self.last = step.at;
    }

    fn is_over(&self, rule: &ConditionPolicy) -> bool {
        if self.entered {
            let left = self.left_frames >= LEAVE_FRAMES && self.left_ms >= rule.leave_ms;
            left || self.agreed_ms < self.contrary_ms
        } else {
            self.agreed_ms < CONTRARY.saturating_mul(self.contrary_ms)
        }
    }
}

impl Tracker {
    /// The stretch now, entered or not.
    pub fn run(&self) -> Option<&Run> {
        self.run.as_ref()
    }

    /// The stretch now, if it is long enough for its state.
    pub fn entered(&self) -> Option<&Run> {
        self.run.as_ref().filter(|run| run.entered)
    }

    /// Takes in a frame. Returns the end of a state that is left by it.
    pub fn sample(
        &mut self,
        evidence: Evidence,
        step: &Step,
        rule: &ConditionPolicy,
        policy: &EvidencePolicy,
    ) -> Option<Millis> {
        match (&mut self.run, evidence) {
            (_, Evidence::Neutral) | (None, Evidence::Against) => return None,
            (None, Evidence::For) => self.run = Some(Run::new(step)),
            (Some(run), Evidence::For) => run.agree(step, policy.blink_ms),
            (Some(run), Evidence::Against) => run.disagree(step),
        }
        let run = self.run.as_mut()?;
        if run.is_over(rule) {
            let left = if run.left_frames > 0 { run.left } else { run.last };
            return self.stop().map(|_| left);
        }
        run.entered |= run.left_frames == 0 && run.looks >= rule.enter_looks && run.agreed_ms >= rule.enter_ms;
        None
    }

    /// Ends what has not been heard of for `end_gap` ms. Returns the end of a state that is left by it.
    pub fn expire(&mut self, now: Millis, end_gap: u64) -> Option<Millis> {
        let silent = self.run.is_some_and(|run| now.saturating_sub(run.last) > end_gap);
        if silent { self.stop() } else { None }
    }

    /// Ends it in any case. Returns the end of a state that is left by it: the last that was heard of it.
    pub fn stop(&mut self) -> Option<Millis> {
        self.run.take().filter(|run| run.entered).map(|run| run.last)
    }
}

#[cfg(test)]
mod tests {
    use super::super::support::policy;
    use super::*;

    /// c: for, o: against, anything else: neutral. Returns when it was entered and when it was left.
    fn follow(interval: u64, frames: &str) -> (Option<Millis>, Option<Millis>) {
        let policy = policy();
        let (mut tracker, mut entered, mut left) = (Tracker::default(), None, None);
        for (at, letter) in (interval..).step_by(interval as usize).zip(frames.chars()) {
            let evidence = match letter {
                'c' => Evidence::For,
                'o' => Evidence::Against,
                _ => Evidence::Neutral,
            };
            let step = Step::new(&policy.sampling, interval, interval, at);
            left = left.or(tracker.sample(evidence, &step, &policy.eyes_closed, &policy.evidence));
            entered = entered.or(tracker.entered().map(|_| at));
        }
        (entered, left)
    }

    #[test]
    fn blinks_do_not_add_up() {
        assert_eq!(follow(1000, "cococococococooccoococ").0, None);
        assert_eq!(follow(250, "ccooocooooccoooocco").0, None);
    }

    #[test]
    fn a_single_open_frame_ends_nothing() {
        assert_eq!(follow(1000, "ccccocccocccccocc"), (Some(4000), None));
        assert_eq!(follow(250, "cccccccoccccccocccccccc"), (Some(1750), None));
    }

    #[test]
    fn it_is_left_where_the_contrary_began() {
        assert_eq!(follow(1000, "cccccooo"), (Some(4000), Some(5500)));
        assert_eq!(follow(2000, "cccccoo"), (Some(8000), Some(11_000)));
        assert_eq!(follow(250, "ccccccccccoooooooooo"), (Some(1750), Some(2625)));
    }

    #[test]
    fn time_without_evidence_stands_still() {
        let policy = policy();
        let mut tracker = Tracker::default();
        for at in [1000, 2000, 3000, 12_000, 13_000] {
            let step = Step::new(&policy.sampling, 1000, 1000, at);
            tracker.sample(Evidence::For, &step, &policy.eyes_closed, &policy.evidence);
        }
        // A gap of 9 s counts as the 1.5 s for which its first frame stands.
        assert_eq!(tracker.run().map(Run::elapsed), Some(500 + 2000 + 1500 + 1000));
        assert_eq!(tracker.expire(28_000, 15_000), None);
        assert_eq!(tracker.expire(28_001, 15_000), Some(13_000));
    }
}
