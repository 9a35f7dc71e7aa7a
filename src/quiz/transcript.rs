//! What was said when: cues, sentences and parts of a few minutes.

use serde::{Deserialize, Serialize};

/// What a player shows at one time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cue {
    /// Seconds from the lecture's beginning.
    pub start_s: f64,
    /// Seconds; later than `start_s` once normalised.
    pub end_s: f64,
    /// As shown.
    pub text: String,
}
