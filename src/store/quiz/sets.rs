//! Sets that are made for everybody who watches a lecture: begun, filled while they are made, finished, found again.

use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _,
};

use super::content::{self, NewQuiz, Source, StoredQuiz, clean};
use crate::store::batch::upsert_lecture;
use crate::store::entities::{quiz, quiz_set};
use crate::store::lecture::name;
use crate::store::types::Word as _;
use crate::store::{Caller, LearnerId, Lecture, QuizId, QuizSetId, Store, StoreError, UtcMs};

/// A set that is about to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSet {
    /// Who asked for it; None: nobody in particular.
    pub made_by: Option<Caller>,
    /// What kind of maker makes it.
    pub source: Source,
    /// What makes it, for people: a model's name, or cloze.
    pub maker: String,
    /// Maker, model and version of the prompt: what it takes to make the same set again. None: it is not made anew.
    pub recipe: Option<String>,
    /// Of the transcript: SHA-256 as hex digits.
    pub hash: Option<String>,
    /// As whatlang writes it: eng, kor.
    pub language: Option<String>,
    /// For people; cut at 300 characters.
    pub title: Option<String>,
}

/// A set with its answers' key: not for learners' eyes.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredSet {
    /// Its id.
    pub id: QuizSetId,
    /// Of which lecture ([`Lecture::id`]).
    pub lecture: Uuid,
    /// What kind of maker made it.
    pub source: Source,
    /// What made it.
    pub maker: String,
    /// For people.
    pub title: Option<String>,
    /// As whatlang writes it: eng, kor.
    pub language: Option<String>,
    /// Who asked for it or wrote it; None also when that learner was erased.
    pub made_by: Option<LearnerId>,
    /// Along the lecture, without those that were retired.
    pub quizzes: Vec<StoredQuiz>,
}

impl Store {
    /// The set that was finished first of those which were made from this transcript (its hash) by this recipe.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn ready_set(
        &self,
        lecture: &Lecture,
        hash: &str,
        recipe: &str,
    ) -> Result<Option<StoredSet>, StoreError> {
        let found = quiz_set::Entity::find()
            .filter(quiz_set::Column::LectureId.eq(lecture.id()))
            .filter(quiz_set::Column::TranscriptHash.eq(hash))
            .filter(quiz_set::Column::Recipe.eq(recipe))
            .filter(quiz_set::Column::FinishedMs.is_not_null())
            .filter(quiz_set::Column::RetiredMs.is_null())
            .order_by_asc(quiz_set::Column::FinishedMs)
            .order_by_asc(quiz_set::Column::Id)
            .one(&self.db)
            .await?;
        Ok(whole(&self.db, found).await?)
    }

    /// Any set with its quizzes, also one that is not finished; None when there is none or it was retired.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn load_set(&self, set: QuizSetId) -> Result<Option<StoredSet>, StoreError> {
        let found =
            quiz_set::Entity::find_by_id(set.0).filter(quiz_set::Column::RetiredMs.is_null()).one(&self.db).await?;
        Ok(whole(&self.db, found).await?)
    }

    /// Begins a set, which nobody finds before it is finished. The lecture need not be known: a set may be made before anything
    /// of it was watched.
    ///
    /// # Errors
    /// [`StoreError::Database`]; then nothing was kept.
    pub async fn begin_set(&self, lecture: &Lecture, set: &NewSet, now: UtcMs) -> Result<QuizSetId, StoreError> {
        let transaction = self.begin_write().await?;
        let id = insert_set(&transaction, lecture, set, now, None).await?;
        transaction.commit().await?;
        Ok(QuizSetId(id))
    }

    /// Adds quizzes to a set, after those that it has; gives back their ids in order.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the set is gone; [`StoreError::Database`].
    pub async fn add_quizzes(&self, set: QuizSetId, quizzes: &[NewQuiz]) -> Result<Vec<QuizId>, StoreError> {
        let transaction = self.begin_write().await?;
        // Whoever adds to the same set meanwhile waits, so that no place is given twice.
        let found = quiz_set::Entity::find_by_id(set.0).lock_exclusive().one(&transaction).await?;
        found.ok_or(StoreError::NotFound)?;
        let ids: Vec<Uuid> = quizzes.iter().map(|_| Uuid::now_v7()).collect();
        let rows: Vec<(Uuid, &NewQuiz)> = ids.iter().copied().zip(quizzes).collect();
        content::insert(&transaction, set.0, last_position(&transaction, set.0).await?, &rows).await?;
        transaction.commit().await?;
        Ok(ids.into_iter().map(QuizId).collect())
    }

    /// From now on the set is found. Finishing it once more changes nothing.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when the set is gone; [`StoreError::Database`].
    pub async fn finish_set(&self, set: QuizSetId, now: UtcMs) -> Result<(), StoreError> {
        use quiz_set::Column::{FinishedMs, Id};
        let finished = Expr::col(FinishedMs).if_null(now.0);
        let update = quiz_set::Entity::update_many().col_expr(FinishedMs, finished).filter(Id.eq(set.0));
        match update.exec(&self.db).await?.rows_affected {
            0 => Err(StoreError::NotFound),
            _ => Ok(()),
        }
    }

    /// Deletes all sets of a maker, with their answers.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn delete_quiz_sets(&self, maker: &str) -> Result<(), StoreError> {
        quiz_set::Entity::delete_many().filter(quiz_set::Column::Maker.eq(maker)).exec(&self.db).await?;
        Ok(())
    }
}

/// Keeps a set without quizzes, and its lecture.
pub async fn insert_set(
    db: &sea_orm::DatabaseTransaction,
    lecture: &Lecture,
    set: &NewSet,
    now: UtcMs,
    finished: Option<UtcMs>,
) -> Result<Uuid, DbErr> {
    upsert_lecture(db, lecture).await?;
    let id = Uuid::now_v7();
    let row = quiz_set::ActiveModel {
        id: Set(id),
        lecture_id: Set(lecture.id()),
        made_by: Set(set.made_by.map(Caller::uuid)),
        maker: Set(clean(&set.maker)),
        created_ms: Set(now.0),
        source: Set(set.source.word().to_owned()),
        title: Set(set.title.as_deref().and_then(name)),
        language: Set(set.language.as_deref().and_then(name)),
        transcript_hash: Set(set.hash.as_deref().map(clean)),
        recipe: Set(set.recipe.as_deref().map(clean)),
        finished_ms: Set(finished.map(|it| it.0)),
        retired_ms: Set(None),
        recommended: Set(0),
    };
    quiz_set::Entity::insert(row).exec_without_returning(db).await?;
    Ok(id)
}

/// The last place that a quiz of the set has, retired ones included; 0 when there is none.
pub async fn last_position(db: &impl ConnectionTrait, set: Uuid) -> Result<i32, DbErr> {
    let last: Option<Option<i32>> = quiz::Entity::find()
        .select_only()
        .column_as(quiz::Column::Position.max(), "last")
        .filter(quiz::Column::SetId.eq(set))
        .into_tuple()
        .one(db)
        .await?;
    Ok(last.flatten().unwrap_or(0))
}

/// The set with its quizzes; None also for a source of a later version.
async fn whole(db: &impl ConnectionTrait, row: Option<quiz_set::Model>) -> Result<Option<StoredSet>, DbErr> {
    let Some((row, source)) = row.and_then(|row| Source::of_word(&row.source).map(|source| (row, source))) else {
        return Ok(None);
    };
    Ok(Some(StoredSet {
        id: QuizSetId(row.id),
        lecture: row.lecture_id,
        source,
        maker: row.maker,
        title: row.title,
        language: row.language,
        made_by: row.made_by.map(LearnerId),
        quizzes: content::of_set(db, row.id).await?,
    }))
}
