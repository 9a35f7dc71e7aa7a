//! Learners, what they agreed to, and erasing them.

use std::time::Duration;

use sea_orm::prelude::Uuid;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use super::entities::{consent, learner};
use super::{Caller, LearnerId, Store, StoreError, UtcMs, ownership};

/// How often SQLite is asked to empty its log when somebody is reading from it, and the time in between.
const CHECKPOINTS: u32 = 50;
const CHECKPOINT_PAUSE: Duration = Duration::from_millis(100);

/// What a learner agreed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Which version of the text.
    pub text_version: String,
    /// When.
    pub given: UtcMs,
    /// None while it holds.
    pub withdrawn: Option<UtcMs>,
}

/// What an erasure did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    /// That were deleted, with all that belongs to them.
    pub sessions: u64,
    /// SQLite: whether the file holds no trace any more. False when somebody else used it all the while; erasing once
    /// more, even though there is nothing left to delete, brings that about. PostgreSQL: true; its vacuum reuses the space.
    pub wiped: bool,
}

impl Store {
    /// Whether the learner is known (and was not erased).
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn is_known(&self, caller: Caller) -> Result<bool, StoreError> {
        Ok(learner::Entity::find_by_id(caller.uuid()).count(&self.db).await? > 0)
    }

    /// Notes that the caller agreed to this version of the text.
    ///
    /// # Errors
    /// [`StoreError::Database`], also for a learner who is not known.
    pub async fn give_consent(&self, caller: Caller, text_version: &str, now: UtcMs) -> Result<(), StoreError> {
        Ok(insert_consent(&self.db, caller, text_version, now).await?)
    }

    /// Withdraws whatever the caller agreed to.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn withdraw_consent(&self, caller: Caller, now: UtcMs) -> Result<(), StoreError> {
        consent::Entity::update_many()
            .col_expr(consent::Column::WithdrawnMs, sea_orm::sea_query::Expr::val(now.0))
            .filter(consent::Column::LearnerId.eq(caller.uuid()))
            .filter(consent::Column::WithdrawnMs.is_null())
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// Who withdrew consent since then, and when: their access tokens may not have run out yet.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn withdrawn_since(&self, since: UtcMs) -> Result<Vec<(LearnerId, UtcMs)>, StoreError> {
        let rows: Vec<(Uuid, i64)> = consent::Entity::find()
            .select_only()
            .columns([consent::Column::LearnerId, consent::Column::WithdrawnMs])
            .filter(consent::Column::WithdrawnMs.gte(since.0))
            .into_tuple()
            .all(&self.db)
            .await?;
        Ok(rows.into_iter().map(|(learner, at)| (LearnerId(learner), UtcMs(at))).collect())
    }

    /// The caller's latest consent, withdrawn or not.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn consent(&self, caller: Caller) -> Result<Option<Consent>, StoreError> {
        let row = consent::Entity::find()
            .filter(consent::Column::LearnerId.eq(caller.uuid()))
            .order_by_desc(consent::Column::GivenMs)
            .order_by_desc(consent::Column::Id)
            .one(&self.db)
            .await?;
        Ok(row.map(|row| Consent {
            text_version: row.text_version,
            given: UtcMs(row.given_ms),
            withdrawn: row.withdrawn_ms.map(UtcMs),
        }))
    }

    /// Deletes the caller and all that is theirs: consents, sessions with their events and totals, answers,
    /// recommendations, notes, and lectures that nobody else watched. Quiz sets stay, without the name.
    ///
    /// What is still on its way through the writer is refused there, since its session is gone.
    ///
    /// # Errors
    /// [`StoreError::Database`]; then nothing was deleted.
    pub async fn erase(&self, caller: Caller) -> Result<Erased, StoreError> {
        let transaction = self.begin_write().await?;
        let sessions = ownership::own_sessions(caller).count(&transaction).await?;
        learner::Entity::delete_by_id(caller.uuid()).exec(&transaction).await?;
        transaction.execute_unprepared(UNUSED_LECTURES).await?;
        transaction.execute_unprepared(&renamed("title")).await?;
        transaction.execute_unprepared(&renamed("course")).await?;
        transaction.commit().await?;
        let wiped = !self.is_sqlite() || self.wipe().await.unwrap_or_else(|error| {
            tracing::warn!(%error, "a learner was erased, but traces may be left in the file until the next erasure");
            false
        });
        Ok(Erased { sessions, wiped })
    }

    /// Overwriting deleted rows (secure_delete) leaves copies of them where SQLite moved rows between pages, and in
    /// the write-ahead log: VACUUM builds the file anew, the checkpoint empties the log.
    async fn wipe(&self) -> Result<bool, DbErr> {
        self.db.execute_unprepared("VACUUM").await?;
        for _ in 0..CHECKPOINTS {
            let row = self.db.query_one_raw(sqlite("PRAGMA wal_checkpoint(TRUNCATE)")).await?;
            if row.is_some_and(|row| row.try_get_by_index::<i32>(0) == Ok(0)) {
                return Ok(true);
            }
            tokio::time::sleep(CHECKPOINT_PAUSE).await;
        }
        tracing::warn!("the database's log could not be emptied after an erasure, as it is being read all the time");
        Ok(false)
    }
}

/// One row each time.
pub(super) async fn insert_consent(
    db: &impl ConnectionTrait,
    caller: Caller,
    text_version: &str,
    now: UtcMs,
) -> Result<(), DbErr> {
    let row = consent::ActiveModel {
        id: Set(Uuid::now_v7()),
        learner_id: Set(caller.uuid()),
        text_version: Set(text_version.to_owned()),
        given_ms: Set(now.0),
        withdrawn_ms: Set(None),
    };
    consent::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

const UNUSED_LECTURES: &str = "DELETE FROM lectures \
    WHERE NOT EXISTS (SELECT 1 FROM watch_sessions WHERE watch_sessions.lecture_id = lectures.id) \
    AND NOT EXISTS (SELECT 1 FROM quiz_sets WHERE quiz_sets.lecture_id = lectures.id)";

/// A name that no session gives any more came from the erased learner: what others call the lecture takes its place.
fn renamed(column: &str) -> String {
    let of_lecture = format!("FROM watch_sessions s WHERE s.lecture_id = lectures.id AND s.{column}");
    format!(
        "UPDATE lectures SET {column} = (SELECT s.{column} {of_lecture} IS NOT NULL ORDER BY s.started_ms DESC LIMIT 1) \
         WHERE {column} IS NOT NULL AND NOT EXISTS (SELECT 1 {of_lecture} = lectures.{column})"
    )
}

fn sqlite(sql: &str) -> sea_orm::Statement {
    sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, sql)
}
