//! How the writing goes, for health and metrics.

use super::super::UtcMs;
use super::Written;
use super::buffer::Levels;

/// How the writing goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WriterStats {
    /// Rows waiting or being written.
    pub queued: usize,
    /// Rows that may wait.
    pub capacity: usize,
    /// Rows written since the start.
    pub written: u64,
    /// Transactions since the start.
    pub batches: u64,
    /// Writes replaced by later ones of the same thing.
    pub coalesced: u64,
    /// Writes that did not fit, or came after the end: lost.
    pub dropped: u64,
    /// Rows that the database can never take, or whose session is not the caller's: lost.
    pub refused: u64,
    /// Rows that came after their learner was erased, or answers after their quiz was: not kept on purpose.
    pub erased: u64,
    /// Rows that were still waiting when the shutdown's time was up: lost.
    pub given_up: u64,
    /// Batches that failed because the database was away.
    pub failures: u64,
    /// Since when every batch has failed; None while all is well.
    pub failing_since: Option<UtcMs>,
    /// What the database said last when it failed.
    pub last_error: Option<String>,
    /// Age of the oldest row that waits.
    pub lag_ms: u64,
    /// Whether the task is there; false after a drain, or a fault of ours.
    pub running: bool,
}

/// What a shutdown came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drained {
    /// Rows written since the start.
    pub written: u64,
    /// Rows that could not be written in time: lost.
    pub given_up: u64,
}

/// What is counted as it happens.
#[derive(Debug, Default)]
pub struct Counts {
    pub written: u64,
    pub batches: u64,
    pub dropped: u64,
    pub refused: u64,
    pub erased: u64,
    pub given_up: u64,
    failures: u64,
    failing_since: Option<UtcMs>,
    last_error: Option<String>,
}

impl Counts {
    pub fn success(&mut self, written: Written) {
        self.written += written.rows as u64;
        self.refused += written.refused as u64;
        self.erased += written.erased as u64;
        self.batches += 1;
        self.failing_since = None;
    }

    pub fn failure(&mut self, error: &str) {
        self.failures += 1;
        self.failing_since.get_or_insert_with(UtcMs::now);
        self.last_error = Some(error.to_owned());
    }

    pub fn stats(&self, levels: Levels, running: bool) -> WriterStats {
        WriterStats {
            queued: levels.queued,
            capacity: levels.capacity,
            written: self.written,
            batches: self.batches,
            coalesced: levels.coalesced,
            dropped: self.dropped,
            refused: self.refused,
            erased: self.erased,
            given_up: self.given_up,
            failures: self.failures,
            failing_since: self.failing_since,
            last_error: self.last_error.clone(),
            lag_ms: u64::try_from(levels.lag.as_millis()).unwrap_or(u64::MAX),
            running,
        }
    }
}
