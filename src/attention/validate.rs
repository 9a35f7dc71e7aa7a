//! Which numbers a [`Policy`] can work with.

use super::drowsy::YAWNS;
use super::policy::{ConditionPolicy, Limits, NotAllowed, Policy};

const DAY_MS: u64 = 86_400_000;
/// Two shares that differ by less are the same.
const LEAST_STEP: f32 = 0.001;

impl Policy {
    /// Checks what types cannot say.
    ///
    /// # Errors
    /// The first number that is not allowed.
    pub fn validate(&self) -> Result<(), NotAllowed> {
        self.validate_timing()?;
        self.validate_evidence()?;
        self.validate_calibration()?;
        self.validate_drowsy()?;
        self.limits.validate(self.drowsy.leave_below)
    }

    fn validate_timing(&self) -> Result<(), NotAllowed> {
        let Self { clock, sampling, rate, .. } = self;
        milliseconds("clock.early_ms", clock.early_ms)?;
        milliseconds("clock.late_ms", clock.late_ms)?;
        milliseconds("clock.agree_ms", clock.agree_ms)?;
        milliseconds("clock.confirm_ms", clock.confirm_ms)?;
        milliseconds("clock.memory_ms", clock.memory_ms)?;
        milliseconds("clock.check_ms", clock.check_ms)?;
        within("clock.slowest", clock.slowest, 0.01, 0.9, "0.01 to 0.9")?;
        within("sampling.hold_intervals", sampling.hold_intervals, 1.0, 10.0, "1 to 10")?;
        milliseconds("sampling.gap_ms", sampling.gap_ms)?;
        within("sampling.gap_intervals", sampling.gap_intervals, 1.5, 100.0, "1.5 to 100")?;
        let least = sampling.gap_ms;
        within("sampling.end_gap_ms", sampling.end_gap_ms, least, DAY_MS, "sampling.gap_ms to 86400000")?;
        let least = sampling.gap_intervals;
        within("sampling.end_gap_intervals", sampling.end_gap_intervals, least, 1000.0, "gap_intervals to 1000")?;
        within("sampling.grace_ms", sampling.grace_ms, 0, 60_000, "0 to 60000")?;
        milliseconds("rate.calm_after_ms", rate.calm_after_ms)
    }

    fn validate_evidence(&self) -> Result<(), NotAllowed> {
        let Self { evidence, pose, yawning, .. } = self;
        milliseconds("evidence.blink_ms", evidence.blink_ms)?;
        within("evidence.alert_looks", evidence.alert_looks, 1, 1000, "1 to 1000")?;
        milliseconds("evidence.asleep_ms", evidence.asleep_ms)?;
        within("evidence.alert_share", evidence.alert_share, 0.5, 1.0, "0.5 to 1")?;
        within("pose.yaw_deg", pose.yaw_deg, 1.0, 90.0, "1 to 90")?;
        within("pose.pitch_deg", pose.pitch_deg, 1.0, 90.0, "1 to 90")?;
        condition(["eyes_closed.enter_ms", "eyes_closed.enter_looks", "eyes_closed.leave_ms"], &self.eyes_closed)?;
        condition(["absent.enter_ms", "absent.enter_looks", "absent.leave_ms"], &self.absent)?;
        condition(["slumped.enter_ms", "slumped.enter_looks", "slumped.leave_ms"], &self.slumped)?;
        condition(["looking_away.enter_ms", "looking_away.enter_looks", "looking_away.leave_ms"], &self.looking_away)?;
        condition(["yawning.enter_ms", "yawning.enter_looks", "yawning.leave_ms"], &yawning.condition())?;
        share("yawning.wide", yawning.wide)?;
        within("yawning.count", yawning.count, 1, YAWNS, "1 to 8")?;
        milliseconds("yawning.within_ms", yawning.within_ms)?;
        share("yawning.lowers_by", yawning.lowers_by)
    }

    fn validate_calibration(&self) -> Result<(), NotAllowed> {
        let it = &self.calibration;
        share("calibration.closed_threshold", it.closed_threshold)?;
        share("calibration.first_threshold", it.first_threshold)?;
        let least = it.closed_threshold.max(it.first_threshold);
        let allowed = "at least closed_threshold and first_threshold, at most 1";
        within("calibration.highest_threshold", it.highest_threshold, least, 1.0, allowed)?;
        within("calibration.margin", it.margin, 0.0, 10.0, "0 to 10")?;
        within("calibration.lids_per_degree", it.lids_per_degree, 0.0, 1.0, "0 to 1")?;
        share("calibration.prior_open", it.prior_open)?;
        share("calibration.highest_open", it.highest_open)?;
        share("calibration.learn_below", it.learn_below)?;
        within("calibration.learn_within_deg", it.learn_within_deg, 1.0, 40.0, "1 to 40")?;
        within("calibration.pose_limit_deg", it.pose_limit_deg, 0.0, 40.0, "0 to 40")?;
        within("calibration.prior_ms", it.prior_ms, 1, 3_600_000, "1 to 3600000")?;
        within("calibration.settled_ms", it.settled_ms, 0, 3_600_000, "0 to 3600000")?;
        within("calibration.memory_ms", it.memory_ms, 10_000, 3_600_000, "10000 to 3600000")
    }

    fn validate_drowsy(&self) -> Result<(), NotAllowed> {
        let it = &self.drowsy;
        within("drowsy.window_ms", it.window_ms, 6000, 3_600_000, "6000 to 3600000")?;
        share("drowsy.coverage", it.coverage)?;
        milliseconds("drowsy.blink_ms", it.blink_ms)?;
        milliseconds("drowsy.run_ms", it.run_ms)?;
        within("drowsy.longest_run_ms", it.longest_run_ms, it.run_ms, DAY_MS, "drowsy.run_ms to 86400000")?;
        within("drowsy.fast_rate", it.fast_rate, 0.1, 60.0, "0.1 to 60")?;
        share("drowsy.leave_below", it.leave_below)?;
        milliseconds("drowsy.leave_ms", it.leave_ms)?;
        within("drowsy.cooldown_ms", it.cooldown_ms, 0, DAY_MS, "0 to 86400000")
    }
}

impl Limits {
    fn validate(&self, leave_below: f32) -> Result<(), NotAllowed> {
        milliseconds("limits.eyes_closed_prealarm_ms", self.eyes_closed_prealarm_ms)?;
        let (least, allowed) =
            (self.eyes_closed_prealarm_ms + 1, "more than eyes_closed_prealarm_ms, at most 86400000");
        within("limits.eyes_closed_alarm_ms", self.eyes_closed_alarm_ms, least, DAY_MS, allowed)?;
        milliseconds("limits.absent_prealarm_ms", self.absent_prealarm_ms)?;
        let (least, allowed) = (self.absent_prealarm_ms + 1, "more than absent_prealarm_ms, at most 86400000");
        within("limits.absent_alarm_ms", self.absent_alarm_ms, least, DAY_MS, allowed)?;
        milliseconds("limits.slumped_prealarm_ms", self.slumped_prealarm_ms)?;
        let (least, allowed) = (self.slumped_prealarm_ms + 1, "more than slumped_prealarm_ms, at most 86400000");
        within("limits.slumped_alarm_ms", self.slumped_alarm_ms, least, DAY_MS, allowed)?;
        milliseconds("limits.looking_away_cue_ms", self.looking_away_cue_ms)?;
        self.validate_shares(leave_below)?;
        within("limits.calm_rate", self.calm_rate, 0.1, 60.0, "0.1 to 60")?;
        within("limits.alert_rate", self.alert_rate, self.calm_rate, 60.0, "calm_rate to 60")
    }

    fn validate_shares(&self, leave_below: f32) -> Result<(), NotAllowed> {
        let allowed = "above drowsy.leave_below, below drowsy_alarm";
        let (low, high) = (leave_below + LEAST_STEP, self.drowsy_alarm - LEAST_STEP);
        within("limits.drowsy_prealarm", self.drowsy_prealarm, low, high, allowed)?;
        share("limits.drowsy_alarm", self.drowsy_alarm)?;
        let allowed = "above drowsy.leave_below, below drowsy_fast_alarm";
        let high = self.drowsy_fast_alarm - LEAST_STEP;
        within("limits.drowsy_fast_prealarm", self.drowsy_fast_prealarm, low, high, allowed)?;
        share("limits.drowsy_fast_alarm", self.drowsy_fast_alarm)
    }
}

fn milliseconds(key: &'static str, value: u64) -> Result<(), NotAllowed> {
    within(key, value, 1, DAY_MS, "1 to 86400000")
}

fn share(key: &'static str, value: f32) -> Result<(), NotAllowed> {
    within(key, value, 0.0, 1.0, "0 to 1")
}

fn condition([enter, looks, leave]: [&'static str; 3], policy: &ConditionPolicy) -> Result<(), NotAllowed> {
    milliseconds(enter, policy.enter_ms)?;
    within(looks, policy.enter_looks, 1, 1000, "1 to 1000")?;
    milliseconds(leave, policy.leave_ms)
}

/// Written so that NaN is not allowed either.
fn within<T: PartialOrd + ToString>(
    key: &'static str,
    value: T,
    least: T,
    most: T,
    allowed: &'static str,
) -> Result<(), NotAllowed> {
    if value >= least && value <= most { Ok(()) } else { Err(NotAllowed { key, value: value.to_string(), allowed }) }
}
