//! What one frame showed.

use serde::{Deserialize, Serialize};

/// One frame, seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation {
    /// When it was captured: ms of the client's clock, whose zero is its own affair.
    pub captured_ms: u64,
    /// What it shows.
    pub sight: Sight,
}

/// What a frame shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sight {
    /// A face.
    Face(FaceSight),
    /// Somebody whose face is not to be seen.
    Person,
    /// An empty room.
    Nobody,
    /// No telling: dark, blurred, or the models are unsure.
    Unknown,
}

/// A face's measures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FaceSight {
    /// Probability that the eyes are closed, 0..1.
    pub closed: f32,
    /// How wide the mouth is open as in a yawn, 0..1.
    pub mouth_wide: f32,
    /// Degrees; positive to the learner's own left.
    pub yaw: f32,
    /// Degrees; positive is down.
    pub pitch: f32,
    /// Degrees.
    pub roll: f32,
}

impl Sight {
    /// Whether every measure is a number.
    pub(super) fn is_finite(&self) -> bool {
        match self {
            Self::Face(face) => {
                [face.closed, face.mouth_wide, face.yaw, face.pitch, face.roll].iter().all(|value| value.is_finite())
            }
            Self::Person | Self::Nobody | Self::Unknown => true,
        }
    }
}

/// Observations that were dropped, never obeyed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// With NaN or infinity in them.
    pub not_finite: u32,
    /// Captured later than now.
    pub from_future: u32,
    /// Captured no later than one that was seen before.
    pub repeated: u32,
}

impl Rejected {
    /// What was added since `former`, by reason.
    pub fn since(&self, former: Self) -> [(&'static str, u32); 3] {
        [
            ("not_finite", self.not_finite.saturating_sub(former.not_finite)),
            ("from_future", self.from_future.saturating_sub(former.from_future)),
            ("repeated", self.repeated.saturating_sub(former.repeated)),
        ]
    }
}
