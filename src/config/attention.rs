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
