//! The state machine of one learner: what comes in. [`settle`] has what goes out.

mod settle;

use serde::{Deserialize, Serialize};

use super::calibration::Calibration;
use super::changes::{Change, Kind, Level, State};
use super::drowsy::Drowsy;
use super::evidence::{Look, Votes};
use super::ledger::Ledger;
use super::observation::{Observation, Rejected, Sight};
use super::policy::Policy;
use super::timeline::{self, Placed, Step, Timeline};
use super::tracker::{Run, Tracker};
use super::{LAST, Millis};

/// One learner's attention over one watch session.
///
/// It holds no handles and takes the same memory for ever: 1,304 bytes; as JSON below 3.2 KB after hours, below 4 KiB
/// whatever it is fed (tests measure both).
/// Nothing it says lies in the future or before what it said earlier, whatever it is fed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attention {
    now: Millis,
    mode: Mode,
    timeline: Timeline,
    calibration: Calibration,
    eyes_closed: Tracker,
    absent: Tracker,
    slumped: Tracker,
    looking_away: Tracker,
    yawning: Tracker,
    drowsy: Drowsy,
    ledger: Ledger,
    state: State,
    rejected: Rejected,
    /// When the last frame came.
    arrived: Millis,
    /// When the last frame came that told anything.
    heard: Option<Millis>,
    /// Whether that one showed a face.
    face: bool,
    /// Of the slump now, what showed closed lids, ms.
    lids_ms: u64,
    /// Until when more frames are wished.
    wary_until: Millis,
    /// The interval that the client was asked for last, ms; 0: never.
    asked_ms: u32,
}

/// What the owner wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    Watching,
    Paused(Millis),
    Ended,
}

impl Attention {
    /// A learner of whom nothing is known yet.
    pub fn new(now: Millis) -> Self {
        let now = now.min(LAST);
        Self {
            now,
            mode: Mode::Watching,
            timeline: Timeline::default(),
            calibration: Calibration::default(),
            eyes_closed: Tracker::default(),
            absent: Tracker::default(),
            slumped: Tracker::default(),
            looking_away: Tracker::default(),
            yawning: Tracker::default(),
            drowsy: Drowsy::new(now),
            ledger: Ledger::default(),
            state: State::Unknown,
            rejected: Rejected::default(),
            arrived: now,
            heard: None,
            face: false,
            lids_ms: 0,
            wary_until: 0,
            asked_ms: 0,
        }
    }

    /// Takes in a frame that arrived, or whose analysis is ready, at `now`. Its alerts come back at once.
    pub fn observe(&mut self, policy: &Policy, observation: Observation, now: Millis) -> Vec<Change> {
        let mut changes = Vec::new();
        self.advance(now);
        if self.mode != Mode::Watching {
            return changes;
        }
        let before = self.timeline.placed();
        if let Some(at) = self.place(policy, &observation) {
            let interval = self.heard.map_or(0, |_| at.saturating_sub(before));
            let step = Step::new(&policy.sampling, self.nominal(policy), interval, at);
            self.take_in(policy, &observation.sight, &step, &mut changes);
            // Only a face says anything new of drowsiness.
            let seen = matches!(observation.sight, Sight::Face(_));
            let drowsy = if seen { self.assess_drowsiness(policy, at) } else { None };
            self.settle(policy, at, drowsy, &mut changes);
        }
        changes
    }

    /// Lets time pass without a frame.
    pub fn tick(&mut self, policy: &Policy, now: Millis) -> Vec<Change> {
        let mut changes = Vec::new();
        let now = self.advance(now);
        if self.mode == Mode::Watching {
            self.expire(policy, now, &mut changes);
            if let Some(end) = self.drowsy.expire(&policy.drowsy, now) {
                self.close(policy, Kind::Drowsy, end, &mut changes);
            }
            let waited = now >= self.arrived.saturating_add(policy.sampling.grace_ms);
            self.settle(policy, if waited { now } else { self.timeline.placed() }, None, &mut changes);
        }
        changes
    }

    /// When [`Self::tick`] has something to do, unless a frame comes first; none: nothing. May lie in the past only until
    /// the next tick.
    pub fn next_deadline(&self, policy: &Policy) -> Option<Millis> {
        if self.mode != Mode::Watching {
            return None;
        }
        let step = self.rhythm(policy);
        let silent = |run: &Run| run.last.saturating_add(step.end_gap).saturating_add(1);
        let absent = self.absent.run().filter(|run| !run.is_held());
        let others = self.others().into_iter().filter_map(Tracker::run).chain(absent).map(silent);
        let blind = self.heard.filter(|_| self.state != State::Unknown && self.absent.entered().is_none());
        let blind = blind.map(|heard| heard.saturating_add(step.gap).saturating_add(1));
        let drowsy = self.drowsy.deadline(&policy.drowsy);
        others.chain(blind).chain(drowsy).chain(self.absence_deadline(policy)).min()
    }

    /// Frames a second that it would like to see: few when all is well, more while something looks wrong.
    pub fn wished_rate(&self, policy: &Policy) -> f32 {
        let wary = self.mode == Mode::Watching && self.now < self.wary_until;
        if wary { policy.limits.alert_rate } else { policy.limits.calm_rate }
    }

    /// The client was asked for so many frames a second: fewer, when the server is short of time, than are wished.
    pub fn ask(&mut self, rate: f32) {
        // Saturating, and 0 for NaN.
        self.asked_ms = (1000.0 / rate.max(0.01)) as u32;
    }

    /// The learner turns the camera off: what is open ends, alerts clear, and time stands still until [`Self::resume`].
    pub fn pause(&mut self, policy: &Policy, now: Millis) -> Vec<Change> {
        let mut changes = Vec::new();
        let now = self.advance(now);
        if self.mode == Mode::Watching {
            self.stop_all(policy, &mut changes);
            self.mode = Mode::Paused(now);
            self.heard = None;
            self.enter(State::Unknown, now, &mut changes);
        }
        changes
    }

    /// The camera is on again.
    pub fn resume(&mut self, now: Millis) {
        let now = self.advance(now);
        if let Mode::Paused(since) = self.mode {
            self.mode = Mode::Watching;
            self.timeline.restart(now);
            self.drowsy.skip(now.saturating_sub(since));
            self.wary_until = now;
        }
    }

    /// The watch session is over: what is open ends. Nothing is said afterwards.
    pub fn end(&mut self, policy: &Policy, now: Millis) -> Vec<Change> {
        let mut changes = Vec::new();
        self.advance(now);
        if self.mode != Mode::Ended {
            self.stop_all(policy, &mut changes);
            self.mode = Mode::Ended;
        }
        changes
    }

    /// What the learner is like.
    pub fn state(&self) -> State {
        self.state
    }

    /// What was dropped so far.
    pub fn rejected(&self) -> Rejected {
        self.rejected
    }

    /// Time never goes back.
    fn advance(&mut self, now: Millis) -> Millis {
        self.now = self.now.max(now.min(LAST));
        self.now
    }

    fn place(&mut self, policy: &Policy, observation: &Observation) -> Option<Millis> {
        let counter = if observation.sight.is_finite() {
            match self.timeline.place(&policy.clock, observation.captured_ms, self.now) {
                Placed::At(at) => return Some(at),
                Placed::FromFuture => &mut self.rejected.from_future,
                Placed::Repeated => &mut self.rejected.repeated,
            }
        } else {
            &mut self.rejected.not_finite
        };
        *counter = counter.saturating_add(1);
        None
    }

    fn nominal(&self, policy: &Policy) -> u64 {
        // Who was just asked for fewer frames is not silent until the rhythm shows it.
        self.timeline.nominal(self.wished_rate(policy)).max(u64::from(self.asked_ms.min(timeline::LONGEST)))
    }

    /// Gaps by the rhythm of late.
    fn rhythm(&self, policy: &Policy) -> Step {
        Step::new(&policy.sampling, self.nominal(policy), 0, self.now)
    }

    /// Whether frames come fast enough to tell blinks from closures.
    fn is_fast(&self, policy: &Policy) -> bool {
        self.nominal(policy) as f32 * policy.drowsy.fast_rate <= 1000.0
    }

    fn take_in(&mut self, policy: &Policy, sight: &Sight, step: &Step, changes: &mut Vec<Change>) {
        self.expire(policy, step.at, changes);
        let look = self.look(policy, sight);
        self.sample(policy, &look, step, changes);
        self.arrived = self.now;
        if look != Look::Unknown {
            self.heard = Some(self.now);
            self.face = matches!(look, Look::Face(..));
        }
        let closed = self.lids(policy, &look);
        self.drowsy.add(&policy.drowsy, step.at, step.weight, closed);
        if let Some(end) = self.drowsy.leaves(&policy.drowsy, step.at) {
            self.close(policy, Kind::Drowsy, end, changes);
        }
        if let Sight::Face(face) = sight {
            self.calibration.learn(&policy.calibration, face, step.weight);
        }
        if self.is_wary(policy, &look) {
            self.wary_until = self.now.saturating_add(policy.rate.calm_after_ms);
        }
    }

    fn look(&self, policy: &Policy, sight: &Sight) -> Look {
        match sight {
            Sight::Face(face) => {
                let reading = self.calibration.read(&policy.calibration, &policy.pose, face);
                Look::Face(reading, face.mouth_wide >= policy.yawning.wide)
            }
            Sight::Person => Look::Person,
            Sight::Nobody => Look::Nobody,
            Sight::Unknown => Look::Unknown,
        }
    }

    /// Whether the eyes have been closed for so long that a head that sinks is no writing.
    fn is_asleep(&self, policy: &Policy) -> bool {
        self.eyes_closed.entered().is_some_and(|run| run.agreed_ms >= policy.evidence.asleep_ms)
    }

    /// Whether the eyes are closed, for PERCLOS; none where it cannot be told: lids sink when a learner looks down to write.
    fn lids(&self, policy: &Policy, look: &Look) -> Option<bool> {
        match look {
            Look::Face(reading, _) if reading.closed && reading.down && !self.is_asleep(policy) => None,
            Look::Face(reading, _) => Some(reading.closed),
            Look::Person | Look::Nobody | Look::Unknown => None,
        }
    }

    /// Hands the frame to every tracker, and closes what it ends.
    fn sample(&mut self, policy: &Policy, look: &Look, step: &Step, changes: &mut Vec<Change>) {
        let votes = Votes::of(look, self.is_asleep(policy));
        let yawned = self.yawning.entered().is_some();
        let (evidence, yawn_rule) = (&policy.evidence, policy.yawning.condition());
        let mut ends = [None; 5];
        let trackers = [
            (&mut self.eyes_closed, votes.eyes_closed, &policy.eyes_closed, Kind::EyesClosed),
            (&mut self.absent, votes.absent, &policy.absent, Kind::Absent),
            (&mut self.slumped, votes.slumped, &policy.slumped, Kind::Slumped),
            (&mut self.looking_away, votes.looking_away, &policy.looking_away, Kind::LookingAway),
            (&mut self.yawning, votes.yawning, &yawn_rule, Kind::Yawning),
        ];
        for (end, (tracker, vote, rule, kind)) in ends.iter_mut().zip(trackers) {
            *end = tracker.sample(vote, step, rule, evidence).map(|end| (kind, end));
        }
        for (kind, end) in ends.into_iter().flatten() {
            self.close(policy, kind, end, changes);
        }
        if let Some(run) = self.yawning.entered().filter(|_| !yawned) {
            self.drowsy.yawn(run.onset);
        }
        let sunk = matches!(look, Look::Face(reading, _) if reading.closed && reading.down);
        let slump = self.slumped.run().map_or(0, |run| run.agreed_ms);
        self.lids_ms = self.lids_ms.saturating_add(if sunk { step.weight } else { 0 }).min(slump);
    }

    fn is_wary(&self, policy: &Policy, look: &Look) -> bool {
        let told = |kind| self.ledger.peak(kind) == Some(Level::Alarm);
        match look {
            // At the calm rate any closed frame deserves a closer look; at a fast one it may just be a blink.
            Look::Face(reading, _) => {
                let longer = self.eyes_closed.run().is_some_and(|run| run.agreed_ms > policy.evidence.blink_ms);
                longer || reading.down || (reading.closed && !self.is_fast(policy))
            }
            Look::Person => !told(Kind::Slumped),
            // Once all has been said of an empty chair, a calm rate finds the learner's return as well.
            Look::Nobody => !told(Kind::Absent),
            Look::Unknown => false,
        }
    }
}
