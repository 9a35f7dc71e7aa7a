//! From JPEG bytes to measures of one face: pure functions on arrays, no sockets, no models.
//!
//! The steps and their constants are those of MediaPipe's face pipeline, so that the converted models see the input they
//! were trained on; `models/README.md` holds the recipe and `tests/fixtures/reference.json` what MediaPipe itself makes of
//! the fixtures.

pub mod anchors;
pub mod belief;
pub mod detection;
pub mod eyes;
pub mod glance;
pub mod jpeg;
mod jpeg_structure;
pub mod landmarks;
pub mod measures;
pub mod mouth;
pub mod person;
pub mod picture;
mod pose;
pub mod quality;
pub mod roi;
pub mod still;
pub mod warp;

pub use detection::Detection;
pub use eyes::EyeState;
pub use jpeg::{FrameError, JpegLimits};
pub use landmarks::Landmarks;
pub use measures::Measures;
pub use picture::Picture;
pub use pose::HeadPose;
pub use quality::Quality;
pub use roi::Roi;
