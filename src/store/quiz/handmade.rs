//! Sets that learners write themselves. What somebody has answered is never lost by an edit: it is retired, which hides it
//! everywhere but in the reports of those who answered.

use std::collections::HashSet;

use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ColumnTrait as _, DatabaseTransaction, DbErr, EntityTrait as _, PaginatorTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};

use super::check::{self, SetFault};
use super::content::{self, NewQuiz, Source, StoredQuiz};
use super::sets::{NewSet, insert_set, last_position};
use crate::store::entities::{answer, learner, quiz, quiz_set};
use crate::store::erasing::delete_unused_lectures;
use crate::store::lecture::name;
use crate::store::{Caller, Lecture, QuizSetId, Store, StoreError, UtcMs, ownership};

/// Sets of a learner at the most.
pub const MOST_SETS: u64 = 100;

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
    /// [`SetError::Bad`], [`SetError::TooMany`]; [`SetError::Store`], also for a learner who is not known.
    pub async fn make_set(
        &self,
        caller: Caller,
        lecture: &Lecture,
        set: &HandSet,
        now: UtcMs,
    ) -> Result<QuizSetId, SetError> {
        check::set(set)?;
        let transaction = self.begin_write().await?;
        // One set of a learner at a time, so that they are counted right.
        let known = learner::Entity::find_by_id(caller.uuid()).lock(LockType::NoKeyUpdate).one(&transaction).await?;
        known.ok_or(StoreError::NotFound)?;
        if ownership::own_sets(caller).filter(quiz_set::Column::RetiredMs.is_null()).count(&transaction).await?
            >= MOST_SETS
        {
            return Err(SetError::TooMany);
        }
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

    /// Puts this in the place of a set of the caller's own. Quizzes that stay as they are keep their ids; what was answered already and
    /// is changed or left out is retired.
    ///
    /// # Errors
    /// As [`Self::make_set`], and [`SetError::NotYours`].
    pub async fn change_set(&self, caller: Caller, set: QuizSetId, new: &HandSet, now: UtcMs) -> Result<(), SetError> {
        check::set(new)?;
        let transaction = self.begin_write().await?;
        ownership::own_set(&transaction, caller, set).await?;
        quiz_set::Entity::update_many()
            .col_expr(quiz_set::Column::Title, Expr::val(new.title.as_deref().and_then(name)))
            .filter(quiz_set::Column::Id.eq(set.0))
            .exec(&transaction)
            .await?;
        let (fresh, gone) = difference(new, content::of_set(&transaction, set.0).await?);
        take_away(&transaction, set.0, gone, now).await?;
        let last = last_position(&transaction, set.0).await?;
        content::insert(&transaction, set.0, last, &fresh).await?;
        Ok(transaction.commit().await?)
    }

    /// Deletes a set of the caller's own; what was answered is retired with it.
    ///
    /// # Errors
    /// [`SetError::NotYours`], [`SetError::Store`].
    pub async fn delete_set(&self, caller: Caller, set: QuizSetId, now: UtcMs) -> Result<(), SetError> {
        let transaction = self.begin_write().await?;
        let lecture = ownership::own_set(&transaction, caller, set).await?.lecture_id;
        let gone = content::of_set(&transaction, set.0).await?.into_iter().map(|it| it.id.0).collect();
        take_away(&transaction, set.0, gone, now).await?;
        if quiz::Entity::find().filter(quiz::Column::SetId.eq(set.0)).count(&transaction).await? > 0 {
            quiz_set::Entity::update_many()
                .col_expr(quiz_set::Column::RetiredMs, Expr::val(now.0))
                .filter(quiz_set::Column::Id.eq(set.0))
                .exec(&transaction)
                .await?;
        } else {
            quiz_set::Entity::delete_by_id(set.0).exec(&transaction).await?;
            delete_unused_lectures(&transaction, Some(lecture)).await?;
        }
        Ok(transaction.commit().await?)
    }
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

/// Retires those that somebody has answered, deletes the others.
async fn take_away(transaction: &DatabaseTransaction, set: Uuid, gone: Vec<Uuid>, now: UtcMs) -> Result<(), DbErr> {
    // Answers that are being written are waited for; later ones are refused with their quiz.
    quiz::Entity::find()
        .filter(quiz::Column::SetId.eq(set))
        .order_by_asc(quiz::Column::Id)
        .lock_exclusive()
        .all(transaction)
        .await?;
    let answered: Vec<Uuid> = answer::Entity::find()
        .select_only()
        .column(answer::Column::QuizId)
        .distinct()
        .filter(answer::Column::QuizId.is_in(gone.iter().copied()))
        .into_tuple()
        .all(transaction)
        .await?;
    let answered: HashSet<Uuid> = answered.into_iter().collect();
    let (kept, deleted): (Vec<Uuid>, Vec<Uuid>) = gone.into_iter().partition(|id| answered.contains(id));
    quiz::Entity::update_many()
        .col_expr(quiz::Column::RetiredMs, Expr::val(now.0))
        .filter(quiz::Column::Id.is_in(kept))
        .exec(transaction)
        .await?;
    quiz::Entity::delete_many().filter(quiz::Column::Id.is_in(deleted)).exec(transaction).await?;
    Ok(())
}
