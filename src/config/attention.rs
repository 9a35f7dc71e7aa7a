//! `[attention]`: the numbers that the presets share, and the presets.

use serde::Deserialize;

use super::ConfigError;
use crate::attention::{
    CalibrationPolicy, ClockPolicy, ConditionPolicy, DrowsyPolicy, EvidencePolicy, Limits, NotAllowed, Policy,
    PosePolicy, Preset, RatePolicy, SamplingPolicy, YawnPolicy,
};

/// `[attention]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attention {
    /// For clients that choose none.
    pub preset: Preset,
    /// `[attention.clock]`
    pub clock: ClockPolicy,
    /// `[attention.sampling]`
    pub sampling: SamplingPolicy,
    /// `[attention.evidence]`
    pub evidence: EvidencePolicy,
    /// `[attention.calibration]`
    pub calibration: CalibrationPolicy,
    /// `[attention.pose]`
    pub pose: PosePolicy,
    /// `[attention.eyes_closed]`
    pub eyes_closed: ConditionPolicy,
    /// `[attention.absent]`
    pub absent: ConditionPolicy,
    /// `[attention.slumped]`
    pub slumped: ConditionPolicy,
    /// `[attention.looking_away]`
    pub looking_away: ConditionPolicy,
    /// `[attention.yawning]`
    pub yawning: YawnPolicy,
    /// `[attention.drowsy]`
    pub drowsy: DrowsyPolicy,
    /// `[attention.rate]`
    pub rate: RatePolicy,
    /// `[attention.presets.*]`
    pub presets: Presets,
}

/// `[attention.presets.*]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Presets {
    /// `[attention.presets.default]`
    pub default: Limits,
    /// `[attention.presets.classic]`
    pub classic: Limits,
    /// `[attention.presets.strict]`
    pub strict: Limits,
}

impl Presets {
    fn limits(&self, preset: Preset) -> &Limits {
        match preset {
            Preset::Default => &self.default,
            Preset::Classic => &self.classic,
            Preset::Strict => &self.strict,
        }
    }
}

impl Attention {
    /// What an engine goes by.
    pub fn policy(&self, preset: Preset) -> Policy {
        Policy {
            clock: self.clock.clone(),
            sampling: self.sampling.clone(),
            evidence: self.evidence.clone(),
            calibration: self.calibration.clone(),
            pose: self.pose.clone(),
            eyes_closed: self.eyes_closed,
            absent: self.absent,
            slumped: self.slumped,
            looking_away: self.looking_away,
            yawning: self.yawning.clone(),
            drowsy: self.drowsy.clone(),
            rate: self.rate.clone(),
            limits: self.presets.limits(preset).clone(),
        }
    }

    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        Preset::ALL.into_iter().try_for_each(|preset| {
            self.policy(preset).validate().map_err(|NotAllowed { key, value, allowed }| {
                let key = match key.strip_prefix("limits.") {
                    Some(limit) => format!("attention.presets.{}.{limit}", preset.name()),
                    None => format!("attention.{key}"),
                };
                ConfigError::NotAllowed { key, value, allowed }
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    fn refused(spoil: impl Fn(&mut Attention)) -> String {
        let mut attention = Config::load(None, &[]).expect("the built-in settings").attention;
        spoil(&mut attention);
        attention.validate().expect_err("it was spoilt").to_string()
    }

    #[test]
    fn errors_name_the_key_and_what_is_allowed() {
        let error = refused(|it| it.presets.classic.eyes_closed_alarm_ms = 50_000);
        assert!(error.contains("attention.presets.classic.eyes_closed_alarm_ms") && error.contains("50000"), "{error}");
        assert!(error.contains("more than eyes_closed_prealarm_ms"), "{error}");
        let error = refused(|it| it.calibration.margin = f32::NAN);
        assert!(error.contains("attention.calibration.margin") && error.contains("NaN"), "{error}");
        let error = refused(|it| it.presets.strict.drowsy_prealarm = 0.05);
        assert!(error.contains("attention.presets.strict.drowsy_prealarm"), "{error}");
        let error = refused(|it| it.presets.default.alert_rate = 0.5);
        assert!(error.contains("attention.presets.default.alert_rate") && error.contains("calm_rate"), "{error}");
        let error = refused(|it| it.yawning.count = 9);
        assert!(error.contains("attention.yawning.count") && error.contains("1 to 8"), "{error}");
        let error = refused(|it| it.absent.enter_ms = u64::MAX);
        assert!(error.contains("attention.absent.enter_ms"), "{error}");
    }

    #[test]
    fn presets_differ_in_their_limits_only() {
        let attention = Config::load(None, &[]).expect("the built-in settings").attention;
        let [default, classic, strict] = Preset::ALL.map(|preset| attention.policy(preset));
        assert!(strict.limits.eyes_closed_alarm_ms < default.limits.eyes_closed_alarm_ms);
        let limits = &classic.limits;
        assert_eq!((limits.eyes_closed_prealarm_ms, limits.eyes_closed_alarm_ms), (50_000, 60_000));
        assert_eq!((limits.absent_prealarm_ms, limits.absent_alarm_ms), (50_000, 60_000));
        assert_eq!(Policy { limits: default.limits.clone(), ..classic }, default);
    }
}
