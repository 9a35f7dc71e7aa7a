//! A lecture's questions, part by part.

mod part;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures::StreamExt;
use futures::stream::iter;
use tokio::sync::{Semaphore, mpsc};

use super::check::Part;
use super::llm::{Ask, Llm, LlmError};
use super::prompt::Prompt;
use super::question::{ChunkDone, Question};
use super::transcript::Transcript;

/// A lecture is given up when so many parts had no reply at all, and none had one.
const FIRST: usize = 3;

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

/// Parts that were asked for in vain: their requests failed, their chance is still to come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// How many.
    pub parts: usize,
    /// Why, for the last of them.
    pub last: LlmError,
}

/// Gives every part of the lecture its chance, and sends each part's outcome once, in any order. A part whose requests fail is told in
/// `dropped`. `requests` bounds the requests in flight of all lectures together; one that waits to be tried again counts. How long it
/// may take is the caller's affair: dropping the future ends all requests.
///
/// # Errors
/// When the server is of no use to any part, or the receiver is gone.
pub async fn lecture(
    llm: &Llm,
    transcript: &Transcript,
    limits: &Limits,
    requests: &Semaphore,
    done: mpsc::Sender<ChunkDone>,
) -> Result<Option<Failed>, GenerateError> {
    let lecture =
        Lecture { llm, transcript, limits, requests, accepted: Mutex::default(), answered: AtomicBool::new(false) };
    let parts =
        iter(0..transcript.chunks().len()).map(|index| lecture.part(index)).buffer_unordered(limits.at_once.max(1));
    let mut parts = std::pin::pin!(parts);
    let mut failures: Option<Failed> = None;
    loop {
        let outcome = tokio::select! {
            () = done.closed() => return Err(GenerateError::Abandoned),
            outcome = parts.next() => outcome,
        };
        let Some(outcome) = outcome else { return Ok(failures) };
        let (chunk, failed) = outcome?;
        done.send(chunk).await.map_err(|_| GenerateError::Abandoned)?;
        let Some(last) = failed else { continue };
        let parts = failures.map_or(1, |before| before.parts + 1);
        if lecture.is_hopeless(&last, parts) {
            return Err(last.into());
        }
        failures = Some(Failed { parts, last });
    }
}

/// What all parts share.
struct Lecture<'a> {
    llm: &'a Llm,
    transcript: &'a Transcript,
    limits: &'a Limits,
    requests: &'a Semaphore,
    /// Of all parts: no question shall be asked twice.
    accepted: Mutex<Vec<Question>>,
    /// The model replied at least once.
    answered: AtomicBool,
}

impl Lecture<'_> {
    fn view(&self, index: usize) -> Part<'_> {
        Part {
            index,
            all: self.transcript.cues(),
            cues: self.transcript.chunks().get(index).map_or(0..0, |chunk| chunk.cues.clone()),
            language: self.transcript.language(),
        }
    }

    fn accepted(&self) -> MutexGuard<'_, Vec<Question>> {
        self.accepted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn ask(&self, prompt: &Prompt, temperature: f64) -> Result<String, LlmError> {
        // The semaphore is never closed; if it were, nothing would be bounded by it any more.
        let _permit = self.requests.acquire().await;
        let Prompt { system, user, field, schema } = prompt;
        let reply = self.llm.ask(&Ask { system, user, schema_name: field, schema, temperature }).await?;
        self.answered.store(true, Ordering::Relaxed);
        Ok(reply.text)
    }

    fn is_hopeless(&self, error: &LlmError, unanswered: usize) -> bool {
        let first = FIRST.min(self.transcript.chunks().len());
        error.is_hopeless() || (unanswered >= first && !self.answered.load(Ordering::Relaxed))
    }
}
