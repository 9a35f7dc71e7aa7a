//! Every number that attention is judged by. config.toml holds the values, each with its unit and its reason.

use serde::{Deserialize, Serialize};

/// Which limits; a client may choose one by name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preset {
    /// As most learners want it.
    #[default]
    Default,
    /// As the first Loa did: 50 s of warning, 60 s of alarm, one frame a second.
    Classic,
    /// For those who ask for it.
    Strict,
}

impl Preset {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Default, Self::Classic, Self::Strict];

    /// As in settings and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Classic => "classic",
            Self::Strict => "strict",
        }
    }
}

/// What an engine goes by.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The client's clock against the server's.
    pub clock: ClockPolicy,
    /// How long a frame stands for.
    pub sampling: SamplingPolicy,
    /// How much of it makes a state or an alert.
    pub evidence: EvidencePolicy,
    /// What is usual for a learner.
    pub calibration: CalibrationPolicy,
    /// Where looking away begins.
    pub pose: PosePolicy,
    /// When eyes count as closed.
    pub eyes_closed: ConditionPolicy,
    /// When a learner counts as gone.
    pub absent: ConditionPolicy,
    /// When a learner counts as slumped.
    pub slumped: ConditionPolicy,
    /// When a learner counts as looking away.
    pub looking_away: ConditionPolicy,
    /// Yawns.
    pub yawning: YawnPolicy,
    /// PERCLOS.
    pub drowsy: DrowsyPolicy,
    /// When to ask for more frames.
    pub rate: RatePolicy,
    /// What a preset decides.
    pub limits: Limits,
}

/// `[attention.clock]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockPolicy {
    /// A frame further ahead is from the future.
    pub early_ms: u64,
    /// A frame further behind makes the clock suspect.
    pub late_ms: u64,
    /// Suspect frames agree when their delays differ by no more.
    pub agree_ms: u64,
    /// Suspect frames this far apart that agree show that the clock has jumped.
    pub confirm_ms: u64,
    /// The shortest delay is remembered for one to two of these.
    pub memory_ms: u64,
    /// How the clock runs is checked over so long.
    pub check_ms: u64,
    /// A clock that runs below this share of the server's is not gone by.
    pub slowest: f32,
}

/// `[attention.sampling]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SamplingPolicy {
    /// Intervals that a frame stands for at most.
    pub hold_intervals: f32,
    /// A longer gap freezes timers.
    pub gap_ms: u64,
    /// The same in intervals; the longer of both holds.
    pub gap_intervals: f32,
    /// A longer gap ends what ran before it.
    pub end_gap_ms: u64,
    /// The same in intervals; the longer of both holds.
    pub end_gap_intervals: f32,
    /// After a frame, timers give others that wait behind it this long.
    pub grace_ms: u64,
}

/// `[attention.evidence]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidencePolicy {
    /// Frames closer together than this are one look: they may show one blink.
    pub blink_ms: u64,
    /// Looks before an alert.
    pub alert_looks: u32,
    /// Share of the time that must agree for an alert.
    pub alert_share: f32,
    /// After a closure this long, a head that sinks goes on with it.
    pub asleep_ms: u64,
}

/// `[attention.calibration]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CalibrationPolicy {
    /// Closed at or above, at the least.
    pub closed_threshold: f32,
    /// The same until the learner is known.
    pub first_threshold: f32,
    /// The same at the most, a lowered head included.
    pub highest_threshold: f32,
    /// Logits above the learner's own open eyes.
    pub margin: f32,
    /// Logits more for every degree that the head is down.
    pub lids_per_degree: f32,
    /// What open eyes read before the learner is known.
    pub prior_open: f32,
    /// No learner's open eyes are taken to read higher.
    pub highest_open: f32,
    /// Eyes reading higher are no open eyes to learn from.
    pub learn_below: f32,
    /// Poses further off are none to learn from, degrees.
    pub learn_within_deg: f32,
    /// The learnt pose is no further off, degrees.
    pub pose_limit_deg: f32,
    /// What the prior weighs.
    pub prior_ms: u32,
    /// Time after which the learner is known.
    pub settled_ms: u32,
    /// What is remembered.
    pub memory_ms: u32,
}

/// `[attention.pose]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PosePolicy {
    /// Degrees to either side of the usual pose.
    pub yaw_deg: f32,
    /// Degrees below the usual pose.
    pub pitch_deg: f32,
}

/// `[attention.eyes_closed]` and its like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConditionPolicy {
    /// Until the state is entered and its event opens.
    pub enter_ms: u64,
    /// Looks until then, see [`EvidencePolicy::blink_ms`].
    pub enter_looks: u32,
    /// Of the contrary until it is left.
    pub leave_ms: u64,
}

/// `[attention.yawning]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct YawnPolicy {
    /// Wide at or above.
    pub wide: f32,
    /// Until it is a yawn.
    pub enter_ms: u64,
    /// Looks until then.
    pub enter_looks: u32,
    /// Of a closed mouth until it is over.
    pub leave_ms: u64,
    /// So many within `within_ms` lower the limits of drowsiness.
    pub count: usize,
    /// For `count`.
    pub within_ms: u64,
    /// By so much.
    pub lowers_by: f32,
}

impl YawnPolicy {
    /// As for the other conditions.
    pub(super) fn condition(&self) -> ConditionPolicy {
        ConditionPolicy { enter_ms: self.enter_ms, enter_looks: self.enter_looks, leave_ms: self.leave_ms }
    }
}

/// `[attention.drowsy]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrowsyPolicy {
    /// The window.
    pub window_ms: u64,
    /// Share of the window that must have been seen.
    pub coverage: f32,
    /// Frames closer together than this are one look.
    pub blink_ms: u64,
    /// Closures this long count.
    pub run_ms: u64,
    /// And no further than this.
    pub longest_run_ms: u64,
    /// Frames a second from which the fast limits hold.
    pub fast_rate: f32,
    /// Left below this PERCLOS.
    pub leave_below: f32,
    /// For so long.
    pub leave_ms: u64,
    /// No alert so soon after the last.
    pub cooldown_ms: u64,
}

/// `[attention.rate]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RatePolicy {
    /// Quiet for so long: calm again.
    pub calm_after_ms: u64,
}

/// `[attention.presets.*]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// After the onset.
    pub eyes_closed_prealarm_ms: u64,
    /// After the onset.
    pub eyes_closed_alarm_ms: u64,
    /// After the onset.
    pub absent_prealarm_ms: u64,
    /// After the onset.
    pub absent_alarm_ms: u64,
    /// After the onset.
    pub slumped_prealarm_ms: u64,
    /// After the onset.
    pub slumped_alarm_ms: u64,
    /// After the onset.
    pub looking_away_cue_ms: u64,
    /// PERCLOS, 0..1.
    pub drowsy_prealarm: f32,
    /// PERCLOS, 0..1.
    pub drowsy_alarm: f32,
    /// PERCLOS at `fast_rate` and above.
    pub drowsy_fast_prealarm: f32,
    /// PERCLOS at `fast_rate` and above.
    pub drowsy_fast_alarm: f32,
    /// Frames a second when all is well.
    pub calm_rate: f32,
    /// Frames a second while something looks wrong.
    pub alert_rate: f32,
}

/// A number that a policy cannot work with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotAllowed {
    /// As in `clock.early_ms`; a preset's numbers are `limits.*`.
    pub key: &'static str,
    /// What was given.
    pub value: String,
    /// What may be given.
    pub allowed: &'static str,
}
