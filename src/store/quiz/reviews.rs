//! What learners are to look at again: whose answers ask for it, and the notes that were made.

use std::collections::HashMap;

use sea_orm::prelude::Uuid;
use sea_orm::sea_query::OnConflict;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, FromQueryResult, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Statement,
};

use super::content::{choices_of, clean, right_of, second};
use crate::quiz::check::says;
use crate::store::entities::{answer, choice, quiz, quiz_set, review_note};
use crate::store::types::Word;
use crate::store::{Caller, LearnerId, QuizId, SessionId, Store, StoreError, UtcMs, ownership};

/// Answers of one session that are looked at together.
const AT_ONCE: u64 = 20;

/// What made a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteSource {
    /// A language model.
    Llm,
    /// What was said in the lecture, as it stands.
    Cues,
}

impl Word for NoteSource {
    const WORDS: &'static [(Self, &'static str)] = &[(Self::Llm, "llm"), (Self::Cues, "cues")];
}

/// What to look at again, to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct NewNote {
    /// About which quiz; a session has one note about each.
    pub quiz: QuizId,
    /// Where in the lecture to look.
    pub lecture_seconds: Option<f64>,
    /// What it is about, in a word or two.
    pub keyword: Option<String>,
    /// The note itself.
    pub words: String,
    /// What made it.
    pub source: NoteSource,
    /// When it was made.
    pub created: UtcMs,
}

/// What to look at again.
#[derive(Debug, Clone, PartialEq)]
pub struct ReviewNote {
    /// About which quiz; None when that is gone.
    pub quiz: Option<QuizId>,
    /// Where in the lecture to look.
    pub lecture_seconds: Option<f64>,
    /// What it is about, in a word or two.
    pub keyword: Option<String>,
    /// The note itself.
    pub words: String,
}

/// A session that has ended, with answers that ask for a note.
#[derive(Debug, Clone, PartialEq)]
pub struct DueReview {
    /// Whose it is.
    pub caller: Caller,
    /// Which session.
    pub session: SessionId,
    /// Of the first quiz, as whatlang writes it: eng, kor.
    pub language: Option<String>,
    /// 20 at the most, along the lecture.
    pub wrong: Vec<WrongAnswer>,
}

/// An answer that was wrong, or passed over.
#[derive(Debug, Clone, PartialEq)]
pub struct WrongAnswer {
    /// To which quiz.
    pub quiz: QuizId,
    /// What was asked.
    pub question: String,
    /// What could be answered, in order.
    pub choices: Vec<String>,
    /// The right choice: 1, 2, ...; None of a quiz without one.
    pub right: Option<u32>,
    /// 1, 2, ...; None when none was made.
    pub chosen: Option<u32>,
    /// Why the right choice is right: the quiz's explanation, and the choice's own reason if it says more.
    pub reason: Option<String>,
    /// What was said, word for word.
    pub quote: Option<String>,
    /// The text of the cited cues.
    pub context: Option<String>,
    /// Its place in the lecture, seconds.
    pub at_s: f64,
}

#[derive(FromQueryResult)]
struct Due {
    id: Uuid,
    learner_id: Uuid,
}

impl Store {
    /// Keeps notes about a session. Of a quiz that has one already, the first stays; of one that is gone, none is kept.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for a session that is not the caller's; [`StoreError::Database`].
    pub async fn add_notes(&self, caller: Caller, session: SessionId, notes: &[NewNote]) -> Result<(), StoreError> {
        use review_note::Column::{QuizId, SessionId};
        let transaction = self.begin_write().await?;
        ownership::own_session(&transaction, caller, session).await?;
        let known = quizzes(&transaction, notes.iter().map(|note| note.quiz.0)).await?;
        let kept = notes.iter().filter(|note| known.contains_key(&note.quiz.0));
        let rows: Vec<_> = kept.map(|note| note_row(caller, session, note)).collect();
        if !rows.is_empty() {
            let conflict = OnConflict::columns([SessionId, QuizId]).do_nothing().to_owned();
            review_note::Entity::insert_many(rows).on_conflict(conflict).exec_without_returning(&transaction).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// Notes that a language model has written for the caller since then.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn notes_written(&self, caller: Caller, since: UtcMs) -> Result<u64, StoreError> {
        let written = review_note::Entity::find()
            .filter(review_note::Column::LearnerId.eq(caller.uuid()))
            .filter(review_note::Column::CreatedMs.gte(since.0))
            .filter(review_note::Column::Source.eq(NoteSource::Llm.word()));
        Ok(written.count(&self.db).await?)
    }

    /// Sessions that ended `since` then, `limit` at the most, with answers that are wrong or passed over and have no note yet; those
    /// that ended first come first.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn reviews_due(&self, since: UtcMs, limit: u32) -> Result<Vec<DueReview>, StoreError> {
        let values = [since.0.into(), i64::from(limit).into()];
        let due = Statement::from_sql_and_values(self.db.get_database_backend(), DUE, values);
        let mut reviews = Vec::new();
        for session in Due::find_by_statement(due).all(&self.db).await? {
            reviews.push(review(&self.db, &session).await?);
        }
        Ok(reviews)
    }
}

const DUE: &str = "SELECT s.id, s.learner_id FROM watch_sessions s WHERE s.ended_ms >= $1 AND EXISTS (\
        SELECT 1 FROM answers a WHERE a.session_id = s.id AND NOT a.correct AND NOT EXISTS (\
            SELECT 1 FROM review_notes n WHERE n.session_id = s.id AND n.quiz_id = a.quiz_id)) \
    ORDER BY s.ended_ms, s.id LIMIT $2";

/// Wrong answers of a session that have no note.
const WITHOUT_NOTE: &str = "NOT EXISTS (SELECT 1 FROM review_notes n \
    WHERE n.session_id = answers.session_id AND n.quiz_id = answers.quiz_id)";

async fn review(db: &impl ConnectionTrait, due: &Due) -> Result<DueReview, DbErr> {
    let caller = Caller::authenticated(LearnerId(due.learner_id));
    let session = SessionId(due.id);
    let answers = ownership::own_answers(caller, session)
        .filter(answer::Column::Correct.eq(false))
        .filter(sea_orm::sea_query::Expr::cust(WITHOUT_NOTE))
        .order_by_asc(answer::Column::AnsweredMs)
        .limit(AT_ONCE)
        .all(db)
        .await?;
    let mut quizzes = quizzes(db, answers.iter().map(|row| row.quiz_id)).await?;
    let mut choices = choices_of(db, quizzes.keys().copied()).await?;
    let language = match answers.first().and_then(|first| quizzes.get(&first.quiz_id)) {
        Some(first) => quiz_set::Entity::find_by_id(first.set_id).one(db).await?.and_then(|set| set.language),
        None => None,
    };
    let whole = |row: &answer::Model| {
        let choices = choices.remove(&row.quiz_id).unwrap_or_default();
        quizzes.remove(&row.quiz_id).map(|quiz| wrong(row, quiz, choices))
    };
    let mut wrong: Vec<WrongAnswer> = answers.iter().filter_map(whole).collect();
    wrong.sort_by(|one, other| one.at_s.total_cmp(&other.at_s));
    Ok(DueReview { caller, session, language, wrong })
}

fn wrong(row: &answer::Model, quiz: quiz::Model, choices: Vec<choice::Model>) -> WrongAnswer {
    let reason = choices.iter().find(|it| it.correct).and_then(|it| it.reason.clone());
    WrongAnswer {
        quiz: QuizId(quiz.id),
        question: quiz.question,
        right: right_of(&choices).first().copied(),
        choices: choices.into_iter().map(|choice| choice.words).collect(),
        chosen: row.choice.map(i32::unsigned_abs),
        reason: explained(quiz.explanation, reason),
        quote: quiz.quote,
        context: quiz.context,
        at_s: quiz.lecture_seconds,
    }
}

/// Both where they differ.
fn explained(explanation: Option<String>, reason: Option<String>) -> Option<String> {
    match (explanation, reason) {
        (Some(explanation), Some(reason)) if !says(&explanation, &reason) => {
            let stop = if explanation.trim_end().ends_with(char::is_alphanumeric) { "." } else { "" };
            Some(format!("{}{stop} {reason}", explanation.trim_end()))
        }
        (explanation, reason) => explanation.or(reason),
    }
}

/// Those of the quizzes that there are.
async fn quizzes(
    db: &impl ConnectionTrait,
    ids: impl Iterator<Item = Uuid>,
) -> Result<HashMap<Uuid, quiz::Model>, DbErr> {
    let rows = quiz::Entity::find().filter(quiz::Column::Id.is_in(ids)).all(db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

fn note_row(caller: Caller, session: SessionId, note: &NewNote) -> review_note::ActiveModel {
    review_note::ActiveModel {
        id: Set(Uuid::now_v7()),
        learner_id: Set(caller.uuid()),
        session_id: Set(Some(session.0)),
        quiz_id: Set(Some(note.quiz.0)),
        lecture_seconds: Set(note.lecture_seconds.map(second)),
        words: Set(clean(&note.words)),
        created_ms: Set(note.created.0),
        keyword: Set(note.keyword.as_deref().map(clean)),
        source: Set(Some(note.source.word().to_owned())),
    }
}

/// As its learner sees it.
pub fn note(row: review_note::Model) -> ReviewNote {
    ReviewNote {
        quiz: row.quiz_id.map(QuizId),
        lecture_seconds: row.lecture_seconds,
        keyword: row.keyword,
        words: row.words,
    }
}
