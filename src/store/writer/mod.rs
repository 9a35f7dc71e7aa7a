//! The one way in which sessions write: a bounded buffer, and one task that writes it in batches.
//!
//! Handing something over takes a short lock and never waits for the database. What is idle is written at once; while
//! a transaction is under way the next batch gathers. While the database is away, writes of the same thing replace each
//! other, the rest queues up to a limit, and what does not fit is counted and logged.

mod backoff;
mod buffer;
mod gate;
mod stats;
#[cfg(test)]
mod tests;
mod worker;

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use self::buffer::Buffer;
use self::gate::Gate;
use self::stats::Counts;
pub use self::stats::{Drained, WriterStats};
use self::worker::Worker;
use super::{AttentionEvent, Caller, EndReason, Lecture, MinuteTotals, NewAnswer, SecretHash, SessionId, UtcMs};
use crate::attention::Preset;
use crate::config::Database as Settings;

/// One thing to be written, on behalf of the session's learner.
#[derive(Debug, Clone, PartialEq)]
pub struct Write {
    /// Whose session it is. Where it is not, the write is refused and counted.
    pub caller: Caller,
    /// Which session.
    pub session: SessionId,
    /// What to write of it.
    pub what: What,
}

/// What to write of a session.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// It began. To be handed over before anything else of the session.
    Opened(Opening),
    /// An event opened, became louder or ended; its number tells which.
    Event(AttentionEvent),
    /// A minute's totals so far; its number tells which.
    Minute(MinuteTotals),
    /// A quiz was answered; a session's first answer to a quiz stays.
    Answer(NewAnswer),
    /// It ended.
    Closed(Closing),
    /// It ended with the server, whose next process may go on with it.
    Left(Leaving),
}

/// How a session began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Opening {
    /// What is watched, if the client said so.
    pub lecture: Option<Lecture>,
    /// When.
    pub started: UtcMs,
    /// The limits that hold.
    pub preset: Preset,
}

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Closing {
    /// When.
    pub ended: UtcMs,
    /// Why.
    pub reason: EndReason,
    /// How much of the lecture was played, if the client said so.
    pub lecture_seconds: Option<f64>,
}

/// What a session leaves to the server's next process.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaving {
    /// Of what its client comes back with.
    pub secret: SecretHash,
    /// Since when the client is away.
    pub left: UtcMs,
    /// All that is to be known to go on, as JSON.
    pub state: String,
}

/// The write did not fit, or came after the end; it is lost, and counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too much waits to be written")]
pub struct Dropped;

/// What a batch came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Written.
    pub rows: usize,
    /// Passed over, as their session is not the caller's.
    pub refused: usize,
    /// Passed over, as nothing is to be kept of them: their learner was erased, or their quiz by its author.
    pub erased: usize,
}

/// Why a batch was not written; nothing of it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SinkError {
    /// One of its rows can never be written.
    #[error("{0}")]
    Poison(String),
    /// Not now.
    #[error("{0}")]
    Away(String),
}

/// Where batches go: the store, or what a test puts in its place.
pub trait Sink: Send + 'static {
    /// Writes all in one transaction, or nothing. Doing it twice is as good as once.
    fn write(&self, batch: &[Write]) -> impl Future<Output = Result<Written, SinkError>> + Send;
}

/// How the writer behaves; times of `[database]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriterSettings {
    /// Rows that may wait.
    pub buffer_rows: usize,
    /// Rows a transaction at most.
    pub batch_rows: usize,
    /// From one transaction to the next.
    pub coalesce: Duration,
    /// For one batch.
    pub timeout: Duration,
}

impl From<&Settings> for WriterSettings {
    fn from(settings: &Settings) -> Self {
        Self {
            buffer_rows: settings.buffer_rows,
            batch_rows: settings.batch_rows,
            coalesce: Duration::from_millis(settings.coalesce_ms),
            timeout: settings.statement_timeout() + settings.acquire_timeout(),
        }
    }
}

/// Takes what sessions have to write. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Writer(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    buffer: Mutex<Buffer>,
    counts: Mutex<Counts>,
    /// There is something to write, or the end is near.
    wake: Notify,
    /// Nothing more is taken; what is there is written.
    closing: CancellationToken,
    /// What is not written by now is given up.
    giving_up: CancellationToken,
    /// The task has ended.
    ended: CancellationToken,
    /// Nothing waits any more, for a moment at least.
    idle: Notify,
    drops: Gate,
    poisons: Gate,
    failures: Gate,
}

impl Writer {
    /// Starts the task that writes to `sink`, in the current tokio runtime.
    pub fn start(sink: impl Sink + Sync, settings: WriterSettings) -> Self {
        let writer = Self::idle(settings.buffer_rows);
        tokio::spawn(Worker::new(sink, settings, writer.0.clone()).run());
        writer
    }

    fn idle(buffer_rows: usize) -> Self {
        Self(Arc::new(Shared {
            buffer: Mutex::new(Buffer::new(buffer_rows)),
            counts: Mutex::default(),
            wake: Notify::new(),
            closing: CancellationToken::new(),
            giving_up: CancellationToken::new(),
            ended: CancellationToken::new(),
            idle: Notify::new(),
            drops: Gate::default(),
            poisons: Gate::default(),
            failures: Gate::default(),
        }))
    }

    /// One that writes nothing, for tests of what writes.
    #[cfg(test)]
    pub fn nowhere() -> Self {
        let writer = Self::idle(100);
        writer.0.closing.cancel();
        writer
    }

    /// Hands over, without waiting for anything.
    ///
    /// # Errors
    /// [`Dropped`] when it does not fit; that is counted and logged here.
    pub fn try_write(&self, write: Write) -> Result<(), Dropped> {
        let taken = !self.0.closing.is_cancelled() && self.0.buffer().put(write);
        if taken {
            self.0.wake.notify_one();
            return Ok(());
        }
        self.0.counts().dropped += 1;
        if let Some(count) = self.0.drops.pass() {
            tracing::error!(count, "writes were dropped, as too many wait for the database");
        }
        Err(Dropped)
    }

    /// How it goes.
    pub fn stats(&self) -> WriterStats {
        let buffer = self.0.buffer().levels();
        self.0.counts().stats(buffer, !self.0.ended.is_cancelled())
    }

    /// Waits until all that was handed over is written, for so long at most; says whether it is.
    pub async fn flush(&self, patience: Duration) -> bool {
        let written = async {
            loop {
                // Before the look, so that nothing is missed.
                let idle = self.0.idle.notified();
                if self.0.buffer().levels().queued == 0 {
                    return;
                }
                idle.await;
            }
        };
        tokio::time::timeout(patience, written).await.is_ok()
    }

    /// Takes nothing more, writes what waits, and gives up what is left after `patience`. Called again, it waits with
    /// whoever called first.
    pub async fn drain(&self, patience: Duration) -> Drained {
        self.0.closing.cancel();
        self.0.wake.notify_one();
        if tokio::time::timeout(patience, self.0.ended.cancelled()).await.is_err() {
            self.0.giving_up.cancel();
            self.0.ended.cancelled().await;
        }
        let counts = self.0.counts();
        Drained { written: counts.written, given_up: counts.given_up }
    }
}

impl Shared {
    // A panic with one of these locks held leaves numbers that are a little off, no more.
    fn buffer(&self) -> MutexGuard<'_, Buffer> {
        self.buffer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
