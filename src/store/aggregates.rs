//! What teachers see: sums over groups of learners, never a learner.
//!
//! Counted is each learner's first finished session of the lecture. Learners are numbered as their ends are written, and five in
//! a row are a group for good: it counts when all five are there, and as a whole no more once one of them was erased. So two
//! looks differ by groups, never by a learner. Sessions that a crash cut off have no number. Single events are not counted, since
//! they are deleted one by one as they grow old, nor are answers given after the session.

use sea_orm::prelude::Uuid;
use sea_orm::{FromQueryResult, Statement};

use super::{Store, StoreError};

/// Learners of a group.
pub const GROUP: u32 = 5;

/// Sums over whole groups.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromQueryResult, serde::Serialize, utoipa::ToSchema)]
pub struct Aggregate {
    /// A multiple of five.
    pub learners: i64,
    /// Milliseconds.
    pub attentive_ms: i64,
    /// Milliseconds.
    pub eyes_closed_ms: i64,
    /// Milliseconds.
    pub drowsy_ms: i64,
    /// Milliseconds.
    pub absent_ms: i64,
    /// Milliseconds.
    pub slumped_ms: i64,
    /// Milliseconds.
    pub looking_away_ms: i64,
    /// Milliseconds.
    pub unknown_ms: i64,
    /// Milliseconds with the camera off.
    pub paused_ms: i64,
    /// Quiz answers.
    pub answers: i64,
    /// Those of them that were right.
    pub correct_answers: i64,
}

impl Store {
    /// Sums over the learners of a lecture. None: they are too few.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn aggregate(&self, lecture: Uuid) -> Result<Option<Aggregate>, StoreError> {
        let sql = format!("{} {SUMS}", COUNTED.replace("GROUP_OF", &GROUP.to_string()));
        let statement = Statement::from_sql_and_values(self.db.get_database_backend(), sql, [lecture.into()]);
        let found = Aggregate::find_by_statement(statement).one(&self.db).await?;
        Ok(found.filter(|sums| sums.learners > 0))
    }
}

/// Groups of which nobody was erased.
const COUNTED: &str = "WITH counted AS (\
    SELECT id FROM watch_sessions WHERE lecture_id = $1 AND (finisher - 1) / GROUP_OF IN (\
        SELECT (finisher - 1) / GROUP_OF FROM watch_sessions WHERE lecture_id = $1 AND finisher IS NOT NULL \
        GROUP BY (finisher - 1) / GROUP_OF HAVING count(*) = GROUP_OF))";

/// PostgreSQL's sum of whole numbers is a bigint; nothing to sum is null on both.
const SUMS: &str = "SELECT (SELECT count(*) FROM counted) AS learners, \
    coalesce(sum(attentive_ms), 0) AS attentive_ms, coalesce(sum(eyes_closed_ms), 0) AS eyes_closed_ms, \
    coalesce(sum(drowsy_ms), 0) AS drowsy_ms, coalesce(sum(absent_ms), 0) AS absent_ms, \
    coalesce(sum(slumped_ms), 0) AS slumped_ms, coalesce(sum(looking_away_ms), 0) AS looking_away_ms, \
    coalesce(sum(unknown_ms), 0) AS unknown_ms, coalesce(sum(paused_ms), 0) AS paused_ms, \
    (SELECT count(*) FROM answers a JOIN watch_sessions s ON s.id = a.session_id \
        WHERE s.id IN (SELECT id FROM counted) AND a.answered_ms <= s.ended_ms) AS answers, \
    (SELECT count(*) FROM answers a JOIN watch_sessions s ON s.id = a.session_id \
        WHERE s.id IN (SELECT id FROM counted) AND a.answered_ms <= s.ended_ms AND a.correct) AS correct_answers \
    FROM attention_minutes WHERE session_id IN (SELECT id FROM counted)";
