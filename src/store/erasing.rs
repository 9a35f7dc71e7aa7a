//! Erasing a learner: every row, and on SQLite every trace in the file.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, QueryTrait as _,
};
use tokio::sync::Mutex;
use tokio::time::Instant;

use super::entities::{learner, quiz, quiz_set, recommendation, review_note, watch_session};
use super::{Caller, Store, StoreError, ownership};

/// How often SQLite is asked to empty its log when somebody is reading from it, and the time in between.
const CHECKPOINTS: u32 = 50;
const CHECKPOINT_PAUSE: Duration = Duration::from_millis(100);
/// From the end of one wiping to the next one's begin, at least and in proportion to what the last one took: nothing else can be
/// written while the file is built anew.
const WIPE_PAUSE: Duration = Duration::from_secs(5);
const WIPE_SHARE: u32 = 10;
/// How long an erasure waits for its wiping, which then goes on by itself.
const WIPE_PATIENCE: Duration = Duration::from_secs(20);
/// Sets of one statement.
const SETS: usize = 2000;
/// Lectures of one statement.
const LECTURES: usize = 500;

/// What an erasure did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Erased {
    /// That were deleted, with all that belongs to them.
    pub sessions: u64,
    /// SQLite: whether the file holds no trace any more. False when that takes longer, or failed since somebody else used the
    /// file all the while: the next erasure brings it about. PostgreSQL: true; its vacuum reuses the space.
    pub wiped: bool,
}

/// Who waits for the file to be wiped; those who come meanwhile share one wiping.
#[derive(Debug, Clone, Default)]
pub struct Wiping(Arc<State>);

#[derive(Debug, Default)]
struct State {
    /// Erasures that were committed.
    erasures: AtomicU64,
    done: Mutex<Done>,
}

#[derive(Debug, Default)]
struct Done {
    /// Erasures whose traces are gone.
    erasures: u64,
    /// Before that no other begins.
    rest_until: Option<Instant>,
}

impl Store {
    /// Deletes the caller and all that is theirs: consents, sessions with their events and totals, answers,
    /// recommendations, notes, the quiz sets that they wrote with all answers to them, and lectures that nobody else watched. Quiz
    /// sets that were made for them stay, without their name and title.
    ///
    /// What is still on its way through the writer is passed over there, and so are others' answers to what the caller wrote. The
    /// writer counts them.
    ///
    /// # Errors
    /// [`StoreError::Database`]; then nothing was deleted.
    pub async fn erase(&self, caller: Caller) -> Result<Erased, StoreError> {
        let transaction = self.begin_write().await?;
        let sessions = ownership::own_sessions(caller).count(&transaction).await?;
        // Neither a recommendation nor a session of the caller's comes meanwhile.
        learner::Entity::find_by_id(caller.uuid()).lock_exclusive().one(&transaction).await?;
        let lectures = lectures_of(&transaction, caller).await?;
        erase_sets(&transaction, caller).await?;
        take_recommendations_back(&transaction, caller).await?;
        learner::Entity::delete_by_id(caller.uuid()).exec(&transaction).await?;
        if self.is_sqlite() {
            // Traces may be in the file until a wiping that began later has ended.
            let next = traces(&transaction).await?.wrapping_add(1).max(1);
            transaction.execute_unprepared(&format!("PRAGMA user_version = {next}")).await?;
        }
        for some in lectures.chunks(LECTURES) {
            delete_unused_lectures(&transaction, Some(some)).await?;
            for column in NAMES {
                execute(&transaction, &renamed(column, &among(some.len())), some).await?;
            }
        }
        transaction.commit().await?;
        let wiped = !self.is_sqlite() || self.wipe_soon().await;
        Ok(Erased { sessions, wiped })
    }

    /// Wipes in a task of its own, so that it is done even when nobody waits for it any more.
    async fn wipe_soon(&self) -> bool {
        let number = self.wiping.0.erasures.fetch_add(1, Ordering::SeqCst) + 1;
        let store = self.clone();
        let wiping = tokio::spawn(async move {
            store.wipe_for(number).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "a learner was erased, but traces may be left in the file until the next erasure");
                false
            })
        });
        matches!(tokio::time::timeout(WIPE_PATIENCE, wiping).await, Ok(Ok(true)))
    }

    /// Makes sure that the traces of the erasure of this number are gone.
    async fn wipe_for(&self, number: u64) -> Result<bool, DbErr> {
        let mut done = self.wiping.0.done.lock().await;
        if done.erasures >= number {
            return Ok(true);
        }
        if let Some(until) = done.rest_until {
            tokio::time::sleep_until(until).await;
        }
        let covered = self.wiping.0.erasures.load(Ordering::SeqCst);
        let began = Instant::now();
        let wiped = self.wipe().await;
        done.rest_until = Some(Instant::now() + WIPE_PAUSE.max(began.elapsed() * WIPE_SHARE));
        if wiped == Ok(true) {
            done.erasures = covered;
        }
        wiped
    }

    /// Takes up what a wiping that failed or was cut off has left.
    ///
    /// # Errors
    /// When the database refuses.
    pub(super) async fn wipe_left_over(&self) -> Result<(), DbErr> {
        if !self.is_sqlite() {
            return Ok(());
        }
        if traces(&self.db).await? != 0 {
            tracing::info!("wiping the traces of an erasure that was cut off");
            let number = self.wiping.0.erasures.fetch_add(1, Ordering::SeqCst) + 1;
            self.wipe_for(number).await?;
        }
        Ok(())
    }

    /// Overwriting deleted rows (secure_delete) leaves copies of them where SQLite moved rows between pages, and in
    /// the write-ahead log: VACUUM builds the file anew, the checkpoint empties the log.
    async fn wipe(&self) -> Result<bool, DbErr> {
        let covered = traces(&self.db).await?;
        self.db.execute_unprepared("VACUUM").await?;
        for _ in 0..CHECKPOINTS {
            let row = self.db.query_one_raw(sqlite("PRAGMA wal_checkpoint(TRUNCATE)")).await?;
            if row.is_some_and(|row| row.try_get_by_index::<i32>(0) == Ok(0)) {
                self.note_wiped(covered).await?;
                return Ok(true);
            }
            tokio::time::sleep(CHECKPOINT_PAUSE).await;
        }
        tracing::warn!("the database's log could not be emptied after an erasure, as it is being read all the time");
        Ok(false)
    }

    /// Unless another erasure came meanwhile.
    async fn note_wiped(&self, covered: i32) -> Result<(), DbErr> {
        let transaction = self.begin_write().await?;
        if traces(&transaction).await? == covered {
            transaction.execute_unprepared("PRAGMA user_version = 0").await?;
        }
        transaction.commit().await
    }
}

/// The sets that the caller wrote with all notes about them, and how the caller called lectures that sets were made for.
async fn erase_sets(transaction: &DatabaseTransaction, caller: Caller) -> Result<(), DbErr> {
    let sets = || ownership::own_sets(caller).select_only().column(quiz_set::Column::Id).into_query();
    let quizzes = quiz::Entity::find().select_only().column(quiz::Column::Id);
    let quizzes = quizzes.filter(quiz::Column::SetId.in_subquery(sets())).into_query();
    review_note::Entity::delete_many()
        .filter(review_note::Column::QuizId.in_subquery(quizzes))
        .exec(transaction)
        .await?;
    quiz_set::Entity::delete_many().filter(quiz_set::Column::Id.in_subquery(sets())).exec(transaction).await?;
    quiz_set::Entity::update_many()
        .col_expr(quiz_set::Column::Title, Expr::val(None::<String>))
        .filter(quiz_set::Column::MadeBy.eq(caller.uuid()))
        .exec(transaction)
        .await?;
    Ok(())
}

/// Sets say how many recommend them.
async fn take_recommendations_back(transaction: &DatabaseTransaction, caller: Caller) -> Result<(), DbErr> {
    use quiz_set::Column::{Id, Recommended};
    use sea_orm::sea_query::ExprTrait as _;
    let own = recommendation::Entity::find().filter(recommendation::Column::LearnerId.eq(caller.uuid()));
    let sets = own.select_only().column(recommendation::Column::SetId).into_query();
    // In order, so that two that erase never wait for each other.
    let ids: Vec<Uuid> = quiz_set::Entity::find()
        .select_only()
        .column(Id)
        .filter(Id.in_subquery(sets))
        .order_by_asc(Id)
        .lock(LockType::NoKeyUpdate)
        .into_tuple()
        .all(transaction)
        .await?;
    for some in ids.chunks(SETS) {
        quiz_set::Entity::update_many()
            .col_expr(Recommended, Expr::col(Recommended).sub(1))
            .filter(Id.is_in(some.iter().copied()))
            .exec(transaction)
            .await?;
    }
    Ok(())
}

/// The lectures that the caller watched, or had sets made of: only of them may something be left that was the caller's alone.
async fn lectures_of(transaction: &DatabaseTransaction, caller: Caller) -> Result<Vec<Uuid>, DbErr> {
    let watched: Vec<Uuid> = ownership::own_sessions(caller)
        .select_only()
        .column(watch_session::Column::LectureId)
        .filter(watch_session::Column::LectureId.is_not_null())
        .distinct()
        .into_tuple()
        .all(transaction)
        .await?;
    let written: Vec<Uuid> = quiz_set::Entity::find()
        .select_only()
        .column(quiz_set::Column::LectureId)
        .filter(quiz_set::Column::MadeBy.eq(caller.uuid()))
        .distinct()
        .into_tuple()
        .all(transaction)
        .await?;
    let all: BTreeSet<Uuid> = watched.into_iter().chain(written).collect();
    Ok(all.into_iter().collect())
}

/// Lectures that nobody watched and that have no quizzes: all of them, or those among `some`.
pub(super) async fn delete_unused_lectures(
    transaction: &DatabaseTransaction,
    some: Option<&[Uuid]>,
) -> Result<(), DbErr> {
    let (among, ids) = some.map_or((ALL.to_owned(), &[][..]), |ids| (among(ids.len()), ids));
    if transaction.get_database_backend() != sea_orm::DbBackend::Sqlite {
        // Whoever begins to watch one of them meanwhile is waited for, and seen by the next statement.
        let lock = format!("SELECT id FROM lectures WHERE {among} AND {UNUSED} ORDER BY id FOR UPDATE");
        execute(transaction, &lock, ids).await?;
    }
    execute(transaction, &format!("DELETE FROM lectures WHERE {among} AND {UNUSED}"), ids).await
}

/// Of all lectures, names that were given with sets that are gone.
pub(super) async fn forget_names(transaction: &DatabaseTransaction) -> Result<(), DbErr> {
    for column in NAMES {
        transaction.execute_unprepared(&renamed(column, ALL)).await?;
    }
    Ok(())
}

/// What learners call a lecture.
const NAMES: [&str; 2] = ["title", "course"];

const ALL: &str = "TRUE";

/// So many lectures by their ids.
fn among(count: usize) -> String {
    let places: Vec<String> = (1..=count).map(|place| format!("${place}")).collect();
    format!("lectures.id IN ({})", places.join(", "))
}

async fn execute(transaction: &DatabaseTransaction, sql: &str, ids: &[Uuid]) -> Result<(), DbErr> {
    let values = ids.iter().map(|id| sea_orm::Value::from(*id));
    let statement = sea_orm::Statement::from_sql_and_values(transaction.get_database_backend(), sql, values);
    transaction.execute_raw(statement).await.map(drop)
}

/// SQLite's user_version, which counts erasures since the last wiping: not 0 while there may be traces of one.
async fn traces(db: &impl ConnectionTrait) -> Result<i32, DbErr> {
    let row = db.query_one_raw(sqlite("PRAGMA user_version")).await?;
    row.map_or(Ok(0), |row| row.try_get_by_index(0))
}

const UNUSED: &str = "NOT EXISTS (SELECT 1 FROM watch_sessions WHERE watch_sessions.lecture_id = lectures.id) \
    AND NOT EXISTS (SELECT 1 FROM quiz_sets WHERE quiz_sets.lecture_id = lectures.id)";

/// A name that no session gives any more came from the erased learner: what others call the lecture takes its place.
fn renamed(column: &str, among: &str) -> String {
    let of_lecture = format!("FROM watch_sessions s WHERE s.lecture_id = lectures.id AND s.{column}");
    format!(
        "UPDATE lectures SET {column} = (SELECT s.{column} {of_lecture} IS NOT NULL ORDER BY s.started_ms DESC LIMIT 1) \
         WHERE {among} AND {column} IS NOT NULL AND NOT EXISTS (SELECT 1 {of_lecture} = lectures.{column})"
    )
}

fn sqlite(sql: &str) -> sea_orm::Statement {
    sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, sql)
}
