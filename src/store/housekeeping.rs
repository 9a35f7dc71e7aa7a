//! What nobody asks for: sessions that a crash left open are closed, old events go.

use std::time::Duration;

use sea_orm::{ConnectionTrait as _, DbErr, Statement};

use super::erasing::{delete_unused_lectures, forget_names};
use super::quiz::A_DAY;
use super::{Store, StoreError, UtcMs};

/// A session that is alive writes its totals every minute; one that has not for so long is nobody's any more.
const SILENT: Duration = Duration::from_mins(5);
const DAY: Duration = Duration::from_hours(24);
/// Days after which a guest who never watched anything is forgotten.
const STRANGER_DAYS: u32 = 30;
/// Nobody comes back after longer: `session.resume_ms` is at most an hour.
const HANDOVER: Duration = Duration::from_hours(1);
/// Rows deleted at once, so that writers get their turn.
const AT_ONCE: u32 = 5000;

/// What was tidied.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tidied {
    /// Sessions closed that a crash had left open.
    pub closed: u64,
    /// Events deleted as too old.
    pub deleted: u64,
    /// Guests deleted who never watched anything.
    pub forgotten: u64,
    /// Quiz sets deleted that were never finished.
    pub abandoned: u64,
    /// Quizzes and sets deleted that their authors had retired and nobody answered.
    pub retired: u64,
}

impl Store {
    /// To be called once at the start, before the first session: closes what a crash left open, deletes what is old.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn tidy_at_start(&self, now: UtcMs) -> Result<Tidied, StoreError> {
        let closed = self.close_left_open(self.shared.then(|| now.before(SILENT))).await?;
        self.delete_old(now, closed).await
    }

    /// To be called now and then, at least once a day.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn tidy(&self, now: UtcMs) -> Result<Tidied, StoreError> {
        // Where this server is the only one, it knows of every open session; it was told of their ends.
        let closed = if self.shared { self.close_left_open(Some(now.before(SILENT))).await? } else { 0 };
        self.delete_old(now, closed).await
    }

    async fn delete_old(&self, now: UtcMs, closed: u64) -> Result<Tidied, StoreError> {
        let (oldest, known) = (now.before(DAY * self.retention_days), now.before(DAY * STRANGER_DAYS));
        let deleted = self.delete_before(OLD_EVENTS, oldest).await?;
        if deleted > 0 {
            tracing::info!(events = deleted, days = self.retention_days, "deleted events older than retention");
        }
        let forgotten = self.delete_before(STRANGERS, known).await?;
        let abandoned = self.delete_before(ABANDONED_SETS, now.before(DAY)).await?;
        let mut retired = self.delete_before(RETIRED_QUIZZES, now.before(A_DAY)).await?;
        retired += self.delete_before(RETIRED_SETS, now.before(A_DAY)).await?;
        if abandoned + retired > 0 {
            self.delete_lectures_of_nobody().await?;
        }
        self.db.execute_raw(self.statement(OLD_USAGE, i64::from(now.before(DAY).day()))).await?;
        let events = END_OF_LEFT.replace("GREATEST", self.greatest());
        self.db.execute_raw(self.statement(&events, now.before(HANDOVER).0)).await?;
        self.delete_before(OLD_HANDOVERS, now.before(HANDOVER)).await?;
        // Next time again; there is no reason not to serve.
        if let Err(error) = self.wipe_left_over().await {
            tracing::warn!(%error, "traces of an erasure are left in the file");
        }
        Ok(Tidied { closed, deleted, forgotten, abandoned, retired })
    }

    /// Closes open sessions at their last sign of life, and their open events with them; with `silent_since`, only
    /// those that gave none after it. Returns how many sessions.
    async fn close_left_open(&self, silent_since: Option<UtcMs>) -> Result<u64, StoreError> {
        let greatest = self.greatest();
        let last_sign = LAST_SIGN.replace("GREATEST", greatest);
        let sessions = format!(
            "UPDATE watch_sessions SET end_reason = 'crash', ended_ms = {last_sign} \
             WHERE ended_ms IS NULL AND {last_sign} <= $1"
        );
        let events = OPEN_EVENTS.replace("GREATEST", greatest);
        let transaction = self.begin_write().await?;
        let until = silent_since.map_or(i64::MAX, |since| since.0);
        let closed = transaction.execute_raw(self.statement(&sessions, until)).await?.rows_affected();
        transaction.execute_unprepared(&events).await?;
        transaction.commit().await?;
        if closed > 0 {
            tracing::warn!(sessions = closed, "closed sessions that a crash had left open");
        }
        Ok(closed)
    }

    async fn delete_lectures_of_nobody(&self) -> Result<(), DbErr> {
        let transaction = self.begin_write().await?;
        delete_unused_lectures(&transaction, None).await?;
        forget_names(&transaction).await?;
        transaction.commit().await
    }

    /// Some rows at a time; how many in all.
    async fn delete_before(&self, sql: &str, cutoff: UtcMs) -> Result<u64, DbErr> {
        let sql = format!("{sql} LIMIT {AT_ONCE})");
        let mut deleted = 0;
        loop {
            let some = self.db.execute_raw(self.statement(&sql, cutoff.0)).await?.rows_affected();
            deleted += some;
            if some < u64::from(AT_ONCE) {
                return Ok(deleted);
            }
        }
    }

    fn greatest(&self) -> &'static str {
        if self.is_sqlite() { "max" } else { "GREATEST" }
    }

    fn statement(&self, sql: &str, value: i64) -> Statement {
        Statement::from_sql_and_values(self.db.get_database_backend(), sql, [value.into()])
    }
}

/// The latest that is known of a session: its start, an event's start or end, the end of what a minute's totals add
/// up to.
const LAST_SIGN: &str = "GREATEST(started_ms, \
    coalesce((SELECT max(coalesce(e.ended_ms, e.started_ms)) FROM attention_events e \
        WHERE e.session_id = watch_sessions.id), 0), \
    coalesce((SELECT watch_sessions.started_ms + max(m.minute * CAST(60000 AS bigint) + m.attentive_ms \
        + m.eyes_closed_ms + m.drowsy_ms + m.absent_ms + m.slumped_ms + m.looking_away_ms + m.unknown_ms + m.paused_ms) \
        FROM attention_minutes m WHERE m.session_id = watch_sessions.id), 0))";

const OPEN_EVENTS: &str = "UPDATE attention_events SET ended_ms = GREATEST(started_ms, \
        (SELECT s.ended_ms FROM watch_sessions s WHERE s.id = attention_events.session_id)) \
    WHERE ended_ms IS NULL AND session_id IN (SELECT id FROM watch_sessions WHERE end_reason = 'crash')";

const OLD_EVENTS: &str = "DELETE FROM attention_events WHERE (session_id, number) IN \
    (SELECT session_id, number FROM attention_events WHERE started_ms < $1";

/// Guests of whom there is nothing but that they once came.
const STRANGERS: &str = "DELETE FROM learners WHERE id IN (SELECT id FROM learners WHERE created_ms < $1 \
    AND NOT EXISTS (SELECT 1 FROM watch_sessions s WHERE s.learner_id = learners.id) \
    AND NOT EXISTS (SELECT 1 FROM quiz_sets q WHERE q.made_by = learners.id) \
    AND NOT EXISTS (SELECT 1 FROM recommendations r WHERE r.learner_id = learners.id)";

/// Those whose server died while it made them.
const ABANDONED_SETS: &str = "DELETE FROM quiz_sets WHERE id IN (SELECT id FROM quiz_sets \
    WHERE finished_ms IS NULL AND created_ms < $1 AND NOT EXISTS (\
        SELECT 1 FROM quizzes q JOIN answers a ON a.quiz_id = q.id WHERE q.set_id = quiz_sets.id)";

/// Changed or deleted by their authors, and answered by nobody.
const RETIRED_QUIZZES: &str = "DELETE FROM quizzes WHERE id IN (SELECT id FROM quizzes \
    WHERE retired_ms < $1 AND NOT EXISTS (SELECT 1 FROM answers a WHERE a.quiz_id = quizzes.id)";

/// Deleted by their authors, with nothing left in them.
const RETIRED_SETS: &str = "DELETE FROM quiz_sets WHERE id IN (SELECT id FROM quiz_sets \
    WHERE retired_ms < $1 AND NOT EXISTS (SELECT 1 FROM quizzes q WHERE q.set_id = quiz_sets.id)";

/// What was open when a session was left, and nobody came for, ended with it.
const END_OF_LEFT: &str = "UPDATE attention_events SET ended_ms = GREATEST(started_ms, \
        (SELECT s.ended_ms FROM watch_sessions s WHERE s.id = attention_events.session_id)) \
    WHERE ended_ms IS NULL AND session_id IN (SELECT h.session_id FROM handovers h \
        JOIN watch_sessions s ON s.id = h.session_id WHERE h.left_ms < $1 AND s.ended_ms IS NOT NULL)";

const OLD_HANDOVERS: &str =
    "DELETE FROM handovers WHERE secret_hash IN (SELECT secret_hash FROM handovers WHERE left_ms < $1";

const OLD_USAGE: &str = "DELETE FROM quiz_usage WHERE day < $1";
