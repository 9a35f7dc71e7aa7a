//! Sets that learners write themselves. What is changed or deleted is retired, which hides it everywhere but from who is answering it
//! at that moment, and in the reports of those who answered. What nobody answered goes a day later.

use std::time::Duration;

use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ColumnTrait as _, DatabaseTransaction, DbErr, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QuerySelect as _, QueryTrait as _,
};

use super::check::{self, SetFault};
use super::content::{self, NewQuiz, Source, StoredQuiz};
use super::room::{self, LARGEST_SETS};
use super::sets::{NewSet, insert_set, last_position};
use crate::store::entities::{learner, quiz, quiz_set};
use crate::store::lecture::name;
use crate::store::{Caller, Lecture, QuizSetId, Store, StoreError, UtcMs, ownership};

/// Sets of a learner at the most.
pub const MOST_SETS: u64 = 100;
/// Quizzes that a learner may change or delete within [`A_DAY`]: they are all kept for so long.
pub const MOST_CHANGES: u64 = 2000;
/// For so long at least, retired quizzes are kept for those who are answering them.
pub const A_DAY: Duration = Duration::from_hours(24);

/// A set as its author writes it.
#[derive(Debug, Clone, PartialEq)]
pub struct HandSet {
    /// What its author calls it; None or blank: nothing.
    pub title: Option<String>,
    /// In any order.
    pub quizzes: Vec<NewQuiz>,
}

/// Why a set was not made, changed or recommended.
#[derive(Debug, thiserror::Error)]
pub enum SetError {
    /// It holds what it may not hold.
    #[error(transparent)]
    Bad(#[from] SetFault),
    /// The caller has as many as anybody may have.
    #[error("there are {MOST_SETS} sets of yours already")]
    TooMany,
    /// The caller's sets hold as much as anybody's may.
    #[error(
        "your sets would hold more than {mib} MiB of text: shorten this one, or delete others; what was changed or deleted counts as \
         long as it is kept for others, a day or two at the least",
        mib = LARGEST_SETS / (1024 * 1024)
    )]
    TooMuchText,
    /// The caller changed so much that it has to wait.
    #[error("{MOST_CHANGES} quizzes of yours were changed or deleted within a day already; go on tomorrow")]
    TooManyChanges,
    /// Only who wrote a set may change it.
    #[error("the set is not of your own making")]
    NotYours,
    /// Nobody recommends their own.
    #[error("nobody recommends a set of their own")]
    OwnSet,
    /// There is none, or the database is away.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<DbErr> for SetError {
    fn from(error: DbErr) -> Self {
        Self::Store(error.into())
    }
}

impl Store {
    /// Keeps a set of the caller's own; everybody who watches the lecture finds it.
    ///
    /// # Errors
    /// [`SetError::Bad`], [`SetError::TooMany`], [`SetError::TooMuchText`], [`SetError::TooManyChanges`]; [`SetError::Store`], also for a
    /// learner who is not known.
    pub async fn make_set(
        &self,
        caller: Caller,
        lecture: &Lecture,
        set: &HandSet,
        now: UtcMs,
    ) -> Result<QuizSetId, SetError> {
        check::set(set)?;
        let transaction = self.begin_write().await?;
        one_at_a_time(&transaction, caller).await?;
        if ownership::own_sets(caller).filter(quiz_set::Column::RetiredMs.is_null()).count(&transaction).await?
            >= MOST_SETS
        {
            return Err(SetError::TooMany);
        }
        may_change(&transaction, caller, now).await?;
        room::check(&transaction, caller, room::of_set(set)).await?;
        let new = NewSet {
            made_by: Some(caller),
            source: Source::Hand,
            maker: "hand".to_owned(),
            recipe: None,
            hash: None,
            language: None,
            title: set.title.clone(),
        };
        let id = insert_set(&transaction, lecture, &new, now, Some(now)).await?;
        let rows: Vec<(Uuid, &NewQuiz)> = set.quizzes.iter().map(|it| (Uuid::now_v7(), it)).collect();
        content::insert(&transaction, id, 0, &rows).await?;
        transaction.commit().await?;
        Ok(QuizSetId(id))
    }

    /// Puts this in the place of a set of the caller's own. Quizzes that stay as they are keep their ids; what is changed or left out is
    /// retired.
    ///
    /// # Errors
    /// As [`Self::make_set`], and [`SetError::NotYours`]. To take something away there is room always.
    pub async fn change_set(&self, caller: Caller, set: QuizSetId, new: &HandSet, now: UtcMs) -> Result<(), SetError> {
        check::set(new)?;
        let transaction = self.begin_write().await?;
        one_at_a_time(&transaction, caller).await?;
        ownership::own_set(&transaction, caller, set).await?;
        may_change(&transaction, caller, now).await?;
        quiz_set::Entity::update_many()
            .col_expr(quiz_set::Column::Title, Expr::val(new.title.as_deref().and_then(name)))
            .filter(quiz_set::Column::Id.eq(set.0))
            .exec(&transaction)
            .await?;
        let (fresh, gone) = difference(new, content::of_set(&transaction, set.0).await?);
        if !fresh.is_empty() {
            let added = fresh.iter().map(|(_, it)| room::of_quiz(it)).sum();
            room::check(&transaction, caller, added).await?;
        }
        retire(&transaction, gone, now).await?;
        let last = last_position(&transaction, set.0).await?;
        content::insert(&transaction, set.0, last, &fresh).await?;
        Ok(transaction.commit().await?)
    }

    /// Deletes a set of the caller's own: it is retired with all that is in it.
    ///
    /// # Errors
    /// [`SetError::NotYours`], [`SetError::Store`].
    pub async fn delete_set(&self, caller: Caller, set: QuizSetId, now: UtcMs) -> Result<(), SetError> {
        let transaction = self.begin_write().await?;
        ownership::own_set(&transaction, caller, set).await?;
        let gone = content::of_set(&transaction, set.0).await?.into_iter().map(|it| it.id.0).collect();
        retire(&transaction, gone, now).await?;
        quiz_set::Entity::update_many()
            .col_expr(quiz_set::Column::RetiredMs, Expr::val(now.0))
            .filter(quiz_set::Column::Id.eq(set.0))
            .exec(&transaction)
            .await?;
        Ok(transaction.commit().await?)
    }
}

/// One set of a learner at a time, so that they are counted right.
async fn one_at_a_time(transaction: &DatabaseTransaction, caller: Caller) -> Result<(), SetError> {
    let known = learner::Entity::find_by_id(caller.uuid()).lock(LockType::NoKeyUpdate).one(transaction).await?;
    known.ok_or(StoreError::NotFound)?;
    Ok(())
}

/// Since what is retired stays for a day, changing without end would fill the disk.
async fn may_change(transaction: &DatabaseTransaction, caller: Caller, now: UtcMs) -> Result<(), SetError> {
    let sets = ownership::own_sets(caller).select_only().column(quiz_set::Column::Id).into_query();
    let retired = quiz::Entity::find()
        .filter(quiz::Column::SetId.in_subquery(sets))
        .filter(quiz::Column::RetiredMs.gt(now.before(A_DAY).0))
        .count(transaction)
        .await?;
    if retired < MOST_CHANGES { Ok(()) } else { Err(SetError::TooManyChanges) }
}

/// What is to be added, and which quizzes are not there any more.
fn difference(new: &HandSet, mut old: Vec<StoredQuiz>) -> (Vec<(Uuid, &NewQuiz)>, Vec<Uuid>) {
    let mut fresh = Vec::new();
    for wanted in &new.quizzes {
        match old.iter().position(|it| it.quiz == *wanted) {
            Some(same) => drop(old.swap_remove(same)),
            None => fresh.push((Uuid::now_v7(), wanted)),
        }
    }
    (fresh, old.into_iter().map(|it| it.id.0).collect())
}

/// Hides them from now on. Answers that are on their way find them still.
async fn retire(transaction: &DatabaseTransaction, gone: Vec<Uuid>, now: UtcMs) -> Result<(), DbErr> {
    quiz::Entity::update_many()
        .col_expr(quiz::Column::RetiredMs, Expr::val(now.0))
        .filter(quiz::Column::Id.is_in(gone))
        .exec(transaction)
        .await?;
    Ok(())
}
