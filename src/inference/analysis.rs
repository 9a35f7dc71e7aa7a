//! What the pipeline says of a frame.

use std::sync::Arc;
use std::time::Duration;

use super::Memory;
use crate::vision::quality::Unusable;
use crate::vision::{Detection, EyeState, FrameError, HeadPose, Landmarks, Measures, Quality};

/// What one frame shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// Width and height of the upright picture.
    pub size: (usize, usize),
    /// Statistics of the whole picture.
    pub quality: Quality,
    /// Who is there.
    pub presence: Presence,
    /// How it was looked at.
    pub look: Look,
    /// This frame's share of the stages' times.
    pub times: StageTimes,
}

/// How a frame was looked at.
#[derive(Debug, Clone, PartialEq)]
pub enum Look {
    /// By all models. What the next frames can be compared with, if anything.
    Full(Option<Arc<Memory>>),
    /// It shows what the frame before it showed, but for the eyes, which were judged.
    Glance,
}

/// Who is in the picture.
#[derive(Debug, Clone, PartialEq)]
pub enum Presence {
    /// A face.
    Face(Box<Face>),
    /// A person whose face is not in view: bowed, turned away, lying. The probability of it, 0..1.
    Person(f32),
    /// Nobody, in a picture that would show one. The probability of it, 0..1.
    Nobody(f32),
    /// The picture allows no statement.
    Unknown(Reason),
}

/// Why no statement is possible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Too little for a person, too much for an empty scene.
    Unsure,
    /// The picture shows nothing.
    Picture(Unusable),
}

impl Reason {
    /// The word of the wire protocol.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unsure => "unsure",
            Self::Picture(Unusable::Dark) => "dark",
            Self::Picture(Unusable::Bright) => "bright",
            Self::Picture(Unusable::Flat) => "flat",
            Self::Picture(Unusable::Blurred) => "blurred",
        }
    }
}

/// The learner's face.
#[derive(Debug, Clone, PartialEq)]
pub struct Face {
    /// The detector's finding, in picture pixels.
    pub detection: Detection,
    /// How many faces were found.
    pub seen: usize,
    /// The landmark model's confidence that it looked at a face, 0..1.
    pub flag: f32,
    /// Points and what they measure; a glance looks for none.
    pub mesh: Option<Mesh>,
    /// Yaw, pitch, roll.
    pub pose: HeadPose,
    /// How likely the eyes are closed.
    pub eyes: EyeState,
    /// How likely the mouth is open as in a yawn, 0..1.
    pub mouth_wide: f32,
}

impl Face {
    /// One of the measures; none after a glance.
    pub fn measure(&self, of: impl Fn(&Measures) -> f32) -> Option<f32> {
        self.mesh.as_ref().map(|mesh| of(&mesh.measures))
    }
}

/// A face's points.
#[derive(Debug, Clone, PartialEq)]
pub struct Mesh {
    /// In picture pixels.
    pub landmarks: Landmarks,
    /// Eyes and mouth.
    pub measures: Measures,
}

/// How long the stages took; of a batch's stage each frame has its even share.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StageTimes {
    /// JPEG decoding.
    pub decode: Duration,
    /// Letterbox, quality, detector, NMS; the second look's detectors too. All that a glance takes.
    pub detect: Duration,
    /// Crop, landmark model, measures; zero without a face.
    pub landmarks: Duration,
}

/// Is told each frame's result, with its place in the batch.
pub type Answer<'a> = &'a mut dyn FnMut(usize, Result<Analysis, FrameError>);

impl StageTimes {
    /// All stages together.
    pub fn total(&self) -> Duration {
        self.decode + self.detect + self.landmarks
    }
}
