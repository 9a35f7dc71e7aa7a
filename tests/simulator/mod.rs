//! Synthetic learners with known truth, what a camera and the models make of them, and how an engine's words are scored.
//!
//! Shared by `benches/attention.rs` (the evaluation) and the integration tests. Seeds are fixed: every run is the same.

#![allow(dead_code, reason = "each of its users needs a part of it")]

pub mod camera;
pub mod learner;
pub mod random;
pub mod score;
pub mod session;
