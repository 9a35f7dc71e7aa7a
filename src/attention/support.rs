//! For tests: the policy of config.toml, and sights.

use super::{FaceSight, Policy, Preset};

/// As config.toml has it.
pub fn policy() -> Policy {
    preset(Preset::Default)
}

/// A preset as config.toml has it.
pub fn preset(preset: Preset) -> Policy {
    crate::config::Config::load(None, &[]).expect("the built-in settings").attention.policy(preset)
}

/// An attentive one.
pub fn face() -> FaceSight {
    FaceSight { closed: 0.03, mouth_wide: 0.02, yaw: 0.0, pitch: 0.0, roll: 0.0 }
}
