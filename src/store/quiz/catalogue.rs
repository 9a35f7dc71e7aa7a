//! Which sets a lecture has, whose they are, and who recommends them.

use sea_orm::prelude::Uuid;
use sea_orm::{
    ActiveValue::Set,
    ColumnTrait as _, DatabaseTransaction, DbErr, EntityTrait as _, FromQueryResult, QueryFilter as _, Statement,
    sea_query::{Expr, OnConflict},
};

use super::content::{self, Source, StoredQuiz};
use super::handmade::SetError;
use crate::store::entities::{quiz_set, recommendation};
use crate::store::types::Word as _;
use crate::store::{Caller, Lecture, QuizSetId, Store, StoreError, UtcMs, ownership};

/// Sets of one list at the most.
const MOST: u64 = 100;

/// A set without its quizzes.
#[derive(Debug, Clone, PartialEq)]
pub struct SetSummary {
    /// Its id.
    pub id: QuizSetId,
    /// The lecture's canonical address.
    pub url: String,
    /// What kind of maker made it.
    pub source: Source,
    /// What made it.
    pub maker: String,
    /// For people.
    pub title: Option<String>,
    /// As whatlang writes it: eng, kor.
    pub language: Option<String>,
    /// How many quizzes it has.
    pub quizzes: u64,
    /// When it was begun.
    pub created: UtcMs,
    /// Whether the caller wrote it.
    pub mine: bool,
    /// How many learners recommend it.
    pub recommendations: u64,
    /// Whether the caller is one of them.
    pub recommended_by_me: bool,
}

/// A set as the caller may see it.
#[derive(Debug, Clone, PartialEq)]
pub struct SetDetails {
    /// What it is.
    pub summary: SetSummary,
    /// Where in the lecture something is asked, seconds, in order.
    pub places: Vec<f64>,
    /// Everything, with the key: for who wrote it only.
    pub quizzes: Option<Vec<StoredQuiz>>,
}

impl Store {
    /// The finished sets of a lecture, `limit` (100) at the most: most recommended first, then the newest. One query.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn lecture_sets(
        &self,
        caller: Caller,
        lecture: &Lecture,
        limit: u64,
    ) -> Result<Vec<SetSummary>, StoreError> {
        self.summaries(caller, "s.lecture_id = $2", lecture.id(), limit.min(MOST)).await
    }

    /// One finished set. Whoever did not write it learns where something is asked, and nothing of what: that is told, and its answer
    /// only after it was given, while the lecture plays.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Database`].
    pub async fn quiz_set(&self, caller: Caller, set: QuizSetId) -> Result<SetDetails, StoreError> {
        let summary = self.summaries(caller, "s.id = $2", set.0, 1).await?.pop().ok_or(StoreError::NotFound)?;
        let quizzes = content::of_set(&self.db, set.0).await?;
        let places = quizzes.iter().map(|it| it.quiz.at_s).collect();
        Ok(SetDetails { places, quizzes: summary.mine.then_some(quizzes), summary })
    }

    /// Recommends a finished set on the caller's behalf, or no longer. Doing it twice is as good as once.
    ///
    /// # Errors
    /// [`SetError::OwnSet`]; [`SetError::Store`], also when there is no such set.
    pub async fn recommend(&self, caller: Caller, set: QuizSetId, yes: bool, now: UtcMs) -> Result<(), SetError> {
        use recommendation::Column::{LearnerId, SetId};
        let transaction = self.begin_write().await?;
        ownership::foreign_set(&transaction, caller, set).await?;
        let rows = if yes {
            let (learner_id, set_id, created_ms) = (Set(caller.uuid()), Set(set.0), Set(now.0));
            let row = recommendation::ActiveModel { learner_id, set_id, created_ms };
            let conflict = OnConflict::columns([LearnerId, SetId]).do_nothing().to_owned();
            recommendation::Entity::insert(row).on_conflict(conflict).exec_without_returning(&transaction).await?
        } else {
            let own = recommendation::Entity::delete_many().filter(LearnerId.eq(caller.uuid())).filter(SetId.eq(set.0));
            own.exec(&transaction).await?.rows_affected
        };
        if rows > 0 {
            count(&transaction, set, if yes { 1 } else { -1 }).await?;
        }
        Ok(transaction.commit().await?)
    }

    async fn summaries(
        &self,
        caller: Caller,
        which: &str,
        id: Uuid,
        limit: u64,
    ) -> Result<Vec<SetSummary>, StoreError> {
        let sql = SUMMARIES.replace("{which}", which);
        let values = [caller.uuid().into(), id.into(), i64::try_from(limit).unwrap_or(i64::MAX).into()];
        let statement = Statement::from_sql_and_values(self.db.get_database_backend(), sql, values);
        let rows = Row::find_by_statement(statement).all(&self.db).await?;
        Ok(rows.into_iter().filter_map(Row::summary).collect())
    }
}

/// So many recommend it more, or less.
async fn count(transaction: &DatabaseTransaction, set: QuizSetId, more: i32) -> Result<(), DbErr> {
    use quiz_set::Column::{Id, Recommended};
    use sea_orm::sea_query::ExprTrait as _;
    let counted = quiz_set::Entity::update_many().col_expr(Recommended, Expr::col(Recommended).add(more));
    counted.filter(Id.eq(set.0)).exec(transaction).await.map(drop)
}

/// Sets without quizzes are left out: there is nothing in them for anybody. An index has a lecture's sets in this order, and quizzes are
/// counted of those only that are shown, however many there are.
const SUMMARIES: &str = "SELECT s.id, s.source, s.maker, s.title, s.language, s.created_ms, s.recommended, \
        (SELECT l.url FROM lectures l WHERE l.id = s.lecture_id) AS url, \
        s.made_by = $1 AND s.source = 'hand' AS mine, \
        (SELECT count(*) FROM quizzes q WHERE q.set_id = s.id AND q.retired_ms IS NULL) AS quizzes, \
        EXISTS (SELECT 1 FROM recommendations r WHERE r.set_id = s.id AND r.learner_id = $1) AS recommended_by_me \
    FROM (SELECT * FROM quiz_sets s WHERE {which} AND s.finished_ms IS NOT NULL AND s.retired_ms IS NULL \
            AND EXISTS (SELECT 1 FROM quizzes q WHERE q.set_id = s.id AND q.retired_ms IS NULL) \
        ORDER BY s.recommended DESC, s.created_ms DESC, s.id DESC LIMIT $3) s \
    ORDER BY s.recommended DESC, s.created_ms DESC, s.id DESC";

#[derive(FromQueryResult)]
struct Row {
    id: Uuid,
    url: String,
    source: String,
    maker: String,
    title: Option<String>,
    language: Option<String>,
    created_ms: i64,
    mine: Option<bool>,
    quizzes: i64,
    recommended: i32,
    recommended_by_me: bool,
}

impl Row {
    /// None for a source of a later version.
    fn summary(self) -> Option<SetSummary> {
        Some(SetSummary {
            id: QuizSetId(self.id),
            url: self.url,
            source: Source::of_word(&self.source)?,
            maker: self.maker,
            title: self.title,
            language: self.language,
            quizzes: self.quizzes.unsigned_abs(),
            created: UtcMs(self.created_ms),
            mine: self.mine.unwrap_or(false),
            recommendations: self.recommended.unsigned_abs().into(),
            recommended_by_me: self.recommended_by_me,
        })
    }
}
