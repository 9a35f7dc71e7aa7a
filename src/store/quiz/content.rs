//! What a quiz says, and its rows.

use std::collections::HashMap;

use sea_orm::prelude::Uuid;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
};

use crate::store::QuizId;
use crate::store::entities::{choice, quiz};
use crate::store::types::Word;

/// Characters of a question, a choice, an explanation, a reason or a note.
pub const LONGEST_TEXT: usize = 4000;
/// Seconds: as lectures.
pub const LAST_SECOND: f64 = 7.0 * 86_400.0;
/// Rows of one statement, so that their values fit into SQLite's 32,766.
const ROWS: usize = 2000;

/// What kind of maker made a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A language model.
    Llm,
    /// The maker that leaves out words, without a network.
    Cloze,
    /// A learner, who alone may change it.
    Hand,
}

impl Word for Source {
    const WORDS: &'static [(Self, &'static str)] = &[(Self::Llm, "llm"), (Self::Cloze, "cloze"), (Self::Hand, "hand")];
}

/// What a quiz says.
#[derive(Debug, Clone, PartialEq)]
pub struct NewQuiz {
    /// Its place in the lecture, seconds.
    pub at_s: f64,
    /// What is asked.
    pub question: String,
    /// Why the right answer is right.
    pub explanation: Option<String>,
    /// What can be answered, in order.
    pub choices: Vec<Choice>,
    /// What was said, word for word.
    pub quote: Option<String>,
    /// What was said around it: the text of the cited cues.
    pub context: Option<String>,
    /// When the cited cues begin, seconds of the lecture.
    pub cue_start_s: Option<f64>,
    /// When the cited cues end, seconds of the lecture.
    pub cue_end_s: Option<f64>,
}

/// What can be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// As shown.
    pub words: String,
    /// Whether it is right.
    pub correct: bool,
    /// Why it is right, or wrong.
    pub reason: Option<String>,
}

/// A quiz that is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredQuiz {
    /// Its id.
    pub id: QuizId,
    /// What it says; its choices' positions count from 1 in this order.
    pub quiz: NewQuiz,
}

/// Keeps quizzes under these ids, in order, at the places after `last`.
pub async fn insert(
    db: &impl ConnectionTrait,
    set: Uuid,
    last: i32,
    quizzes: &[(Uuid, &NewQuiz)],
) -> Result<(), DbErr> {
    let rows: Vec<_> = quizzes.iter().zip(last + 1..).map(|((id, it), at)| quiz_row(*id, set, at, it)).collect();
    let choices: Vec<_> = quizzes.iter().flat_map(|(id, it)| choice_rows(*id, it)).collect();
    for some in rows.chunks(ROWS) {
        quiz::Entity::insert_many(some.to_vec()).exec_without_returning(db).await?;
    }
    for some in choices.chunks(ROWS) {
        choice::Entity::insert_many(some.to_vec()).exec_without_returning(db).await?;
    }
    Ok(())
}

fn quiz_row(id: Uuid, set: Uuid, position: i32, quiz: &NewQuiz) -> quiz::ActiveModel {
    quiz::ActiveModel {
        id: Set(id),
        set_id: Set(set),
        position: Set(position),
        lecture_seconds: Set(second(quiz.at_s)),
        question: Set(clean(&quiz.question)),
        explanation: Set(quiz.explanation.as_deref().map(clean)),
        quote: Set(quiz.quote.as_deref().map(clean)),
        context: Set(quiz.context.as_deref().map(clean)),
        cue_start_s: Set(quiz.cue_start_s.map(second)),
        cue_end_s: Set(quiz.cue_end_s.map(second)),
        retired_ms: Set(None),
    }
}

fn choice_rows(quiz: Uuid, new: &NewQuiz) -> impl Iterator<Item = choice::ActiveModel> {
    new.choices.iter().zip(1..).map(move |(it, position)| choice::ActiveModel {
        quiz_id: Set(quiz),
        position: Set(position),
        words: Set(clean(&it.words)),
        correct: Set(it.correct),
        reason: Set(it.reason.as_deref().map(clean)),
    })
}

/// The set's quizzes that are not retired, along the lecture: two queries.
pub async fn of_set(db: &impl ConnectionTrait, set: Uuid) -> Result<Vec<StoredQuiz>, DbErr> {
    let rows = quiz::Entity::find()
        .filter(quiz::Column::SetId.eq(set))
        .filter(quiz::Column::RetiredMs.is_null())
        .order_by_asc(quiz::Column::LectureSeconds)
        .order_by_asc(quiz::Column::Position)
        .all(db)
        .await?;
    let mut choices = choices_of(db, rows.iter().map(|row| row.id)).await?;
    Ok(rows.into_iter().map(|row| stored(choices.remove(&row.id).unwrap_or_default(), row)).collect())
}

fn stored(choices: Vec<choice::Model>, row: quiz::Model) -> StoredQuiz {
    let choice = |row: choice::Model| Choice { words: row.words, correct: row.correct, reason: row.reason };
    let quiz = NewQuiz {
        at_s: row.lecture_seconds,
        question: row.question,
        explanation: row.explanation,
        choices: choices.into_iter().map(choice).collect(),
        quote: row.quote,
        context: row.context,
        cue_start_s: row.cue_start_s,
        cue_end_s: row.cue_end_s,
    };
    StoredQuiz { id: QuizId(row.id), quiz }
}

/// Each quiz's choices, in order.
pub async fn choices_of(
    db: &impl ConnectionTrait,
    quizzes: impl Iterator<Item = Uuid>,
) -> Result<HashMap<Uuid, Vec<choice::Model>>, DbErr> {
    let mut choices: HashMap<Uuid, Vec<choice::Model>> = HashMap::new();
    let quizzes: Vec<Uuid> = quizzes.collect();
    for some in quizzes.chunks(ROWS) {
        let rows = choice::Entity::find()
            .filter(choice::Column::QuizId.is_in(some.iter().copied()))
            .order_by_asc(choice::Column::Position)
            .all(db)
            .await?;
        for row in rows {
            choices.entry(row.quiz_id).or_default().push(row);
        }
    }
    Ok(choices)
}

/// The right choices: 1, 2, ...
pub fn right_of(choices: &[choice::Model]) -> Vec<u32> {
    choices.iter().filter(|choice| choice.correct).map(|choice| choice.position.unsigned_abs()).collect()
}

/// Without what PostgreSQL's text cannot hold, and not longer than people read.
pub fn clean(text: &str) -> String {
    text.chars().filter(|c| *c != '\0').take(LONGEST_TEXT).collect()
}

/// Within a lecture; what is no number is its beginning.
pub fn second(seconds: f64) -> f64 {
    if seconds.is_nan() { 0.0 } else { seconds.clamp(0.0, LAST_SECOND) }
}
