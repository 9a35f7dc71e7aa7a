//! What a learner was asked in a session, and what came of it.

use std::collections::HashMap;

use sea_orm::prelude::Uuid;
use sea_orm::sea_query::SelectStatement;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _,
};

use super::content::{choices_of, right_of};
use super::reviews::{ReviewNote, note};
use crate::store::entities::{answer, choice, quiz, review_note};
use crate::store::{Caller, QuizId, SessionId, Store, StoreError, UtcMs, ownership};

/// A graded answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// 1, 2, ...; None when none was made.
    pub choice: Option<u32>,
    /// Whether it was right.
    pub correct: bool,
    /// When.
    pub answered: UtcMs,
    /// How long the learner took, milliseconds; None of answers that were given before this was measured.
    pub took_ms: Option<u64>,
}

/// A question that its learner has answered or passed.
#[derive(Debug, Clone, PartialEq)]
pub struct AskedQuiz {
    /// Its id.
    pub id: QuizId,
    /// Its place in the lecture.
    pub lecture_seconds: f64,
    /// What was asked.
    pub question: String,
    /// The choices' words, in order.
    pub choices: Vec<String>,
    /// What came of it.
    pub outcome: Outcome,
}

/// What a learner gets to know by answering.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The answer.
    pub answer: Answer,
    /// The right choices: 1, 2, ...
    pub right: Vec<u32>,
    /// Why.
    pub explanation: Option<String>,
    /// Why what was chosen is right, or wrong.
    pub chosen_reason: Option<String>,
    /// Why the right choice is right.
    pub right_reason: Option<String>,
    /// What was said in the lecture.
    pub quote: Option<Quote>,
}

/// What was said in the lecture, word for word.
#[derive(Debug, Clone, PartialEq)]
pub struct Quote {
    /// The words.
    pub words: String,
    /// When they begin, seconds of the lecture.
    pub start_s: Option<f64>,
}

/// A session's quizzes and notes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SessionQuizzes {
    /// What was answered or passed, along the lecture. Nothing is told of the others: they may be asked yet.
    pub quizzes: Vec<AskedQuiz>,
    /// How many more there are in the sets of which something was answered; 0 while the session lasts.
    pub left: u64,
    /// Oldest first.
    pub notes: Vec<ReviewNote>,
}

impl Store {
    /// The quizzes and notes of one of the caller's sessions: six queries, however many there are.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for a session that is not the caller's; [`StoreError::Database`].
    pub async fn session_quizzes(&self, caller: Caller, session: SessionId) -> Result<SessionQuizzes, StoreError> {
        let running = ownership::own_session(&self.db, caller, session).await?.ended_ms.is_none();
        let mut answers = answers_of(&self.db, caller, session).await?;
        let notes = ownership::own_notes(caller, session).order_by_asc(review_note::Column::Id).all(&self.db).await?;
        let notes = notes.into_iter().map(note).collect();
        if answers.is_empty() {
            return Ok(SessionQuizzes { notes, ..SessionQuizzes::default() });
        }
        let rows = quiz::Entity::find()
            .filter(quiz::Column::Id.in_subquery(answered_quizzes(caller, session)))
            .order_by_asc(quiz::Column::LectureSeconds)
            .order_by_asc(quiz::Column::Position)
            .all(&self.db)
            .await?;
        let left = if running { 0 } else { left(&self.db, caller, session).await? };
        let mut choices = choices_of(&self.db, rows.iter().map(|row| row.id)).await?;
        let quizzes = rows.into_iter().filter_map(|row| {
            let choices = choices.remove(&row.id).unwrap_or_default();
            answers.remove(&row.id).map(|answer| asked(row, choices, answer))
        });
        Ok(SessionQuizzes { quizzes: quizzes.collect(), left, notes })
    }
}

/// The caller's answers in the session, by quiz.
async fn answers_of(
    db: &impl ConnectionTrait,
    caller: Caller,
    session: SessionId,
) -> Result<HashMap<Uuid, Answer>, DbErr> {
    let rows = ownership::own_answers(caller, session).all(db).await?;
    let answer = |row: answer::Model| Answer {
        choice: row.choice.map(i32::unsigned_abs),
        correct: row.correct,
        answered: UtcMs(row.answered_ms),
        took_ms: row.took_ms.map(i64::unsigned_abs),
    };
    Ok(rows.into_iter().map(|row| (row.quiz_id, answer(row))).collect())
}

fn answered_quizzes(caller: Caller, session: SessionId) -> SelectStatement {
    ownership::own_answers(caller, session).select_only().column(answer::Column::QuizId).into_query()
}

fn answered_sets(caller: Caller, session: SessionId) -> SelectStatement {
    let sets = quiz::Entity::find().select_only().column(quiz::Column::SetId);
    sets.filter(quiz::Column::Id.in_subquery(answered_quizzes(caller, session))).into_query()
}

/// How many there are in the same sets that were not answered.
async fn left(db: &impl ConnectionTrait, caller: Caller, session: SessionId) -> Result<u64, DbErr> {
    quiz::Entity::find()
        .filter(quiz::Column::SetId.in_subquery(answered_sets(caller, session)))
        .filter(quiz::Column::RetiredMs.is_null())
        .filter(quiz::Column::Id.not_in_subquery(answered_quizzes(caller, session)))
        .count(db)
        .await
}

fn asked(row: quiz::Model, choices: Vec<choice::Model>, answer: Answer) -> AskedQuiz {
    let outcome = outcome(&row, &choices, answer);
    AskedQuiz {
        id: QuizId(row.id),
        lecture_seconds: row.lecture_seconds,
        question: row.question,
        choices: choices.into_iter().map(|choice| choice.words).collect(),
        outcome,
    }
}

fn outcome(row: &quiz::Model, choices: &[choice::Model], answer: Answer) -> Outcome {
    let reason = |wanted: &dyn Fn(&choice::Model) -> bool| choices.iter().find(|it| wanted(it))?.reason.clone();
    Outcome {
        answer,
        right: right_of(choices),
        explanation: row.explanation.clone(),
        chosen_reason: reason(&|it| Some(it.position.unsigned_abs()) == answer.choice),
        right_reason: reason(&|it| it.correct),
        quote: row.quote.clone().map(|words| Quote { words, start_s: row.cue_start_s }),
    }
}
