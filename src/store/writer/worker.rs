//! The task that writes.

use std::sync::Arc;

use tokio::time::Instant;
use tokio_util::sync::DropGuard;

use super::backoff::Backoff;
use super::buffer::Waiting;
use super::{Shared, Sink, SinkError, WriterSettings, Written};

/// Owns the way to the database.
pub struct Worker<S> {
    sink: S,
    settings: WriterSettings,
    shared: Arc<Shared>,
    backoff: Backoff,
    /// However the task ends, those who wait for its end are told.
    _ended: DropGuard,
}

impl<S: Sink + Sync> Worker<S> {
    pub fn new(sink: S, settings: WriterSettings, shared: Arc<Shared>) -> Self {
        let ended = shared.ended.clone().drop_guard();
        Self { sink, settings, shared, backoff: Backoff::default(), _ended: ended }
    }

    /// Until all is written after the closing, or what is left is given up.
    pub async fn run(mut self) {
        let giving_up = self.shared.giving_up.clone();
        let finished = giving_up.run_until_cancelled(self.work()).await.is_some();
        let left = self.shared.buffer().levels().queued;
        if !finished && left > 0 {
            self.shared.counts().given_up += left as u64;
            tracing::error!(rows = left, "rows could not be written before the end and are lost");
        }
    }

    async fn work(&mut self) {
        let mut last_start = None;
        while self.wait_for_work(last_start).await {
            last_start = Some(Instant::now());
            let batch = self.shared.buffer().take(self.settings.batch_rows);
            match self.write(batch).await {
                Ok(()) => {
                    self.backoff.reset();
                    if self.shared.buffer().levels().queued == 0 {
                        self.shared.idle.notify_waiters();
                    }
                }
                Err(error) => self.wait_for_database(&error).await,
            }
        }
    }

    /// After a pause at once; in a row only once `coalesce` has passed or a whole batch is there. False at the end.
    async fn wait_for_work(&self, last_start: Option<Instant>) -> bool {
        loop {
            let (waiting, closing) = (self.shared.buffer().len(), self.shared.closing.is_cancelled());
            let due = last_start.map(|start| start + self.settings.coalesce).filter(|due| *due > Instant::now());
            match due {
                _ if closing => return waiting > 0,
                _ if waiting >= self.settings.batch_rows => return true,
                None if waiting > 0 => return true,
                Some(due) if waiting > 0 => {
                    // The time is up, or a batch may be full.
                    let _ = tokio::time::timeout_at(due, self.shared.wake.notified()).await;
                }
                _ => self.shared.wake.notified().await,
            }
        }
    }

    /// Writes all but what is poison, which it finds by halving. On an error, what was not written is given back.
    async fn write(&self, batch: Vec<Waiting>) -> Result<(), String> {
        let mut parts = vec![batch];
        while let Some(mut part) = parts.pop() {
            match self.write_once(&part).await {
                Ok(written) => {
                    self.shared.buffer().done(part.len());
                    self.shared.counts().success(written);
                    self.tell_refused(written.refused, "their session is not the caller's");
                }
                Err(SinkError::Poison(error)) if part.len() == 1 => {
                    self.shared.buffer().done(1);
                    self.shared.counts().success(Written { refused: 1, ..Written::default() });
                    self.tell_refused(1, &error);
                }
                Err(SinkError::Poison(_)) => {
                    let second = part.split_off(part.len() / 2);
                    parts.extend([second, part]);
                }
                Err(SinkError::Away(error)) => {
                    parts.push(part);
                    let left = parts.into_iter().rev().flatten().collect();
                    self.shared.buffer().give_back(left);
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    async fn write_once(&self, part: &[Waiting]) -> Result<Written, SinkError> {
        let writes: Vec<_> = part.iter().map(|it| it.write.clone()).collect();
        let in_time = tokio::time::timeout(self.settings.timeout, self.sink.write(&writes)).await;
        in_time.unwrap_or_else(|_| Err(SinkError::Away("no answer in time".to_owned())))
    }

    fn tell_refused(&self, rows: usize, reason: &str) {
        if rows > 0
            && let Some(times) = self.shared.poisons.pass()
        {
            tracing::warn!(rows, times, reason, "rows were refused and are lost");
        }
    }

    async fn wait_for_database(&mut self, error: &str) {
        self.shared.counts().failure(error);
        let levels = self.shared.buffer().levels();
        if self.shared.failures.pass().is_some() {
            let (queued, capacity) = (levels.queued, levels.capacity);
            tracing::error!(error, queued, capacity, "the database does not take what is to be written; trying on");
        }
        let wait = self.backoff.next();
        let closing = self.shared.closing.cancelled();
        // When the shutdown comes, there is no time for a long wait; after that it tries at a short, steady pace.
        if self.shared.closing.is_cancelled() {
            tokio::time::sleep(wait.min(std::time::Duration::from_millis(200))).await;
        } else {
            let _ = tokio::time::timeout(wait, closing).await;
        }
    }
}
