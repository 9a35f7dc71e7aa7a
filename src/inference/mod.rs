//! Frames of many learners through a few ONNX Runtime sessions: a bounded queue, batches, one worker thread per core.

mod analysis;
mod detector;
pub mod engine;
mod memory;
pub mod models;
pub mod onnx;
pub mod opening;
pub mod pipeline;
mod places;
mod provider;

pub use analysis::{Analysis, Answer, Face, Look, Mesh, Presence, Reason, StageTimes};
pub use engine::{Engine, Expired, Overloaded, Reply};
pub use memory::Memory;
pub use models::{ModelError, ModelFiles};
pub use onnx::{OnnxError, OnnxRuntime};
pub use pipeline::{Frame, Pipeline, PipelineConfig};
pub use provider::Provider;
