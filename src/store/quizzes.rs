//! Quizzes of lectures, a learner's answers, and their review notes.

use std::collections::HashMap;

use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{OnConflict, SelectStatement};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QueryOrder as _,
    QuerySelect as _, QueryTrait as _,
};

use super::entities::{answer, choice, quiz, quiz_set, review_note};
use super::{Caller, Lecture, QuizId, QuizSetId, SessionId, Store, StoreError, UtcMs, ownership};

/// Characters of a question, a choice, an explanation or a note.
const LONGEST_TEXT: usize = 4000;
/// Seconds: as lectures.
const LAST_SECOND: f64 = 7.0 * 86_400.0;

/// Quizzes to be kept together.
#[derive(Debug, Clone, PartialEq)]
pub struct NewQuizSet {
    /// Who asked for it; None: nobody in particular.
    pub made_by: Option<Caller>,
    /// What made it: a model's name, or cloze.
    pub maker: String,
    /// In order.
    pub quizzes: Vec<NewQuiz>,
}

/// A question to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct NewQuiz {
    /// Its place in the lecture.
    pub lecture_seconds: f64,
    /// What is asked.
    pub question: String,
    /// Why the right answer is right.
    pub explanation: Option<String>,
    /// What can be answered, in order.
    pub choices: Vec<Choice>,
}

/// What can be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// As shown.
    pub words: String,
    /// Whether it is right.
    pub correct: bool,
}

/// A learner's choice, to be graded and kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewAnswer {
    /// Of which quiz.
    pub quiz: QuizId,
    /// 1, 2, ...; None when none was made in time.
    pub choice: Option<u32>,
    /// When.
    pub answered: UtcMs,
}

/// A graded answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// 1, 2, ...; None when none was made.
    pub choice: Option<u32>,
    /// Whether it was right.
    pub correct: bool,
    /// When.
    pub answered: UtcMs,
}

/// What to look at again, to be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct NewNote {
    /// About which quiz.
    pub quiz: Option<QuizId>,
    /// Where in the lecture to look.
    pub lecture_seconds: Option<f64>,
    /// The note itself.
    pub words: String,
    /// When it was made.
    pub created: UtcMs,
}

/// What to look at again.
#[derive(Debug, Clone, PartialEq)]
pub struct ReviewNote {
    /// About which quiz.
    pub quiz: Option<QuizId>,
    /// Where in the lecture to look.
    pub lecture_seconds: Option<f64>,
    /// The note itself.
    pub words: String,
}

/// A question as its learner may see it.
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
    /// None while it was not answered in this session.
    pub outcome: Option<Outcome>,
}

/// What a learner gets to know by answering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The answer.
    pub answer: Answer,
    /// The right choices: 1, 2, ...
    pub right: Vec<u32>,
    /// Why.
    pub explanation: Option<String>,
}

/// A session's quizzes and notes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SessionQuizzes {
    /// All of the sets of which something was answered, along the lecture.
    pub quizzes: Vec<AskedQuiz>,
    /// Oldest first.
    pub notes: Vec<ReviewNote>,
}

impl Store {
    /// Keeps a set for a lecture that somebody watched; gives back the quizzes' ids in order.
    ///
    /// # Errors
    /// [`StoreError::Database`], also for a lecture that is not known; then nothing was kept.
    pub async fn add_quiz_set(
        &self,
        lecture: &Lecture,
        set: &NewQuizSet,
        now: UtcMs,
    ) -> Result<(QuizSetId, Vec<QuizId>), StoreError> {
        let set_id = Uuid::now_v7();
        let ids: Vec<Uuid> = set.quizzes.iter().map(|_| Uuid::now_v7()).collect();
        let transaction = self.begin_write().await?;
        let row = quiz_set::ActiveModel {
            id: Set(set_id),
            lecture_id: Set(lecture.id()),
            made_by: Set(set.made_by.map(Caller::uuid)),
            maker: Set(clean(&set.maker)),
            created_ms: Set(now.0),
        };
        quiz_set::Entity::insert(row).exec_without_returning(&transaction).await?;
        let numbered = || ids.iter().zip(&set.quizzes);
        let quizzes: Vec<_> = numbered().zip(1..).map(|((id, it), place)| quiz_row(*id, set_id, place, it)).collect();
        let choices: Vec<_> = numbered().flat_map(|(id, it)| choice_rows(*id, it)).collect();
        if !quizzes.is_empty() {
            quiz::Entity::insert_many(quizzes).exec_without_returning(&transaction).await?;
        }
        if !choices.is_empty() {
            choice::Entity::insert_many(choices).exec_without_returning(&transaction).await?;
        }
        transaction.commit().await?;
        Ok((QuizSetId(set_id), ids.into_iter().map(QuizId).collect()))
    }

    /// Grades the caller's answers in a session and keeps them, all or none. The first answer to a quiz stays. What is
    /// given back is what is kept now, in the same order.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for a session that is not the caller's, or a quiz that is not of its lecture;
    /// [`StoreError::Database`].
    pub async fn answer(
        &self,
        caller: Caller,
        session: SessionId,
        answers: &[NewAnswer],
    ) -> Result<Vec<Answer>, StoreError> {
        let transaction = self.begin_write().await?;
        let lecture = ownership::own_session(&transaction, caller, session).await?.lecture_id;
        let right = right_choices(&transaction, lecture, answers).await?;
        let mut rows = Vec::with_capacity(answers.len());
        for new in answers {
            let right = right.get(&new.quiz.0).ok_or(StoreError::NotFound)?;
            rows.push(answer_row(caller, session, new, right));
        }
        if !rows.is_empty() {
            let conflict =
                OnConflict::columns([answer::Column::LearnerId, answer::Column::QuizId, answer::Column::SessionId])
                    .do_nothing()
                    .to_owned();
            answer::Entity::insert_many(rows).on_conflict(conflict).exec_without_returning(&transaction).await?;
        }
        let kept = answers_of(&transaction, caller, session).await?;
        transaction.commit().await?;
        answers.iter().map(|new| kept.get(&new.quiz.0).copied().ok_or(StoreError::NotFound)).collect()
    }

    /// Keeps notes about a session.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for a session that is not the caller's; [`StoreError::Database`].
    pub async fn add_notes(&self, caller: Caller, session: SessionId, notes: &[NewNote]) -> Result<(), StoreError> {
        let transaction = self.begin_write().await?;
        ownership::own_session(&transaction, caller, session).await?;
        if !notes.is_empty() {
            let rows = notes.iter().map(|note| review_note::ActiveModel {
                id: Set(Uuid::now_v7()),
                learner_id: Set(caller.uuid()),
                session_id: Set(Some(session.0)),
                quiz_id: Set(note.quiz.map(|quiz| quiz.0)),
                lecture_seconds: Set(note.lecture_seconds.map(second)),
                words: Set(clean(&note.words)),
                created_ms: Set(note.created.0),
            });
            review_note::Entity::insert_many(rows).exec_without_returning(&transaction).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// The quizzes and notes of one of the caller's sessions: five queries, however many there are.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] for a session that is not the caller's; [`StoreError::Database`].
    pub async fn session_quizzes(&self, caller: Caller, session: SessionId) -> Result<SessionQuizzes, StoreError> {
        ownership::own_session(&self.db, caller, session).await?;
        let mut answers = answers_of(&self.db, caller, session).await?;
        let notes = ownership::own_notes(caller, session).order_by_asc(review_note::Column::Id).all(&self.db).await?;
        let notes = notes.into_iter().map(note).collect();
        if answers.is_empty() {
            return Ok(SessionQuizzes { quizzes: Vec::new(), notes });
        }
        let rows = quiz::Entity::find()
            .filter(quiz::Column::SetId.in_subquery(answered_sets(caller, session)))
            .order_by_asc(quiz::Column::LectureSeconds)
            .order_by_asc(quiz::Column::Position)
            .all(&self.db)
            .await?;
        let mut choices = choices_of(&self.db, rows.iter().map(|row| row.id)).await?;
        let quizzes = rows.into_iter().map(|row| {
            let (choices, answer) = (choices.remove(&row.id).unwrap_or_default(), answers.remove(&row.id));
            asked(row, choices, answer)
        });
        Ok(SessionQuizzes { quizzes: quizzes.collect(), notes })
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

fn quiz_row(id: Uuid, set: Uuid, position: i32, quiz: &NewQuiz) -> quiz::ActiveModel {
    quiz::ActiveModel {
        id: Set(id),
        set_id: Set(set),
        position: Set(position),
        lecture_seconds: Set(second(quiz.lecture_seconds)),
        question: Set(clean(&quiz.question)),
        explanation: Set(quiz.explanation.as_deref().map(clean)),
    }
}

fn choice_rows(quiz: Uuid, new: &NewQuiz) -> impl Iterator<Item = choice::ActiveModel> {
    new.choices.iter().zip(1..).map(move |(it, position)| choice::ActiveModel {
        quiz_id: Set(quiz),
        position: Set(position),
        words: Set(clean(&it.words)),
        correct: Set(it.correct),
    })
}

fn answer_row(caller: Caller, session: SessionId, new: &NewAnswer, right: &[u32]) -> answer::ActiveModel {
    answer::ActiveModel {
        learner_id: Set(caller.uuid()),
        quiz_id: Set(new.quiz.0),
        session_id: Set(session.0),
        choice: Set(new.choice.map(|it| i32::try_from(it).unwrap_or(i32::MAX))),
        correct: Set(new.choice.is_some_and(|it| right.contains(&it))),
        answered_ms: Set(new.answered.0),
    }
}

/// The right choices of those quizzes that belong to the lecture.
async fn right_choices(
    db: &impl ConnectionTrait,
    lecture: Option<Uuid>,
    answers: &[NewAnswer],
) -> Result<HashMap<Uuid, Vec<u32>>, DbErr> {
    let Some(lecture) = lecture else { return Ok(HashMap::new()) };
    let sets = quiz_set::Entity::find().filter(quiz_set::Column::LectureId.eq(lecture));
    let quizzes: Vec<Uuid> = quiz::Entity::find()
        .select_only()
        .column(quiz::Column::Id)
        .filter(quiz::Column::Id.is_in(answers.iter().map(|new| new.quiz.0)))
        .filter(quiz::Column::SetId.in_subquery(sets.select_only().column(quiz_set::Column::Id).into_query()))
        .into_tuple()
        .all(db)
        .await?;
    let mut choices = choices_of(db, quizzes.iter().copied()).await?;
    let right = |id| right_of(&choices.remove(&id).unwrap_or_default());
    Ok(quizzes.iter().copied().zip(quizzes.iter().copied().map(right)).collect())
}

/// Each quiz's choices, in order.
async fn choices_of(
    db: &impl ConnectionTrait,
    quizzes: impl Iterator<Item = Uuid>,
) -> Result<HashMap<Uuid, Vec<choice::Model>>, DbErr> {
    let rows = choice::Entity::find()
        .filter(choice::Column::QuizId.is_in(quizzes))
        .order_by_asc(choice::Column::Position)
        .all(db)
        .await?;
    let mut choices: HashMap<Uuid, Vec<choice::Model>> = HashMap::new();
    for row in rows {
        choices.entry(row.quiz_id).or_default().push(row);
    }
    Ok(choices)
}

fn right_of(choices: &[choice::Model]) -> Vec<u32> {
    choices.iter().filter(|choice| choice.correct).map(|choice| choice.position.unsigned_abs()).collect()
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
    };
    Ok(rows.into_iter().map(|row| (row.quiz_id, answer(row))).collect())
}

fn answered_sets(caller: Caller, session: SessionId) -> SelectStatement {
    let answered = ownership::own_answers(caller, session).select_only().column(answer::Column::QuizId).into_query();
    let sets = quiz::Entity::find().select_only().column(quiz::Column::SetId);
    sets.filter(quiz::Column::Id.in_subquery(answered)).into_query()
}

fn asked(row: quiz::Model, choices: Vec<choice::Model>, answer: Option<Answer>) -> AskedQuiz {
    let explanation = row.explanation;
    let outcome = answer.map(|answer| Outcome { answer, right: right_of(&choices), explanation });
    AskedQuiz {
        id: QuizId(row.id),
        lecture_seconds: row.lecture_seconds,
        question: row.question,
        choices: choices.into_iter().map(|choice| choice.words).collect(),
        outcome,
    }
}

fn note(row: review_note::Model) -> ReviewNote {
    ReviewNote { quiz: row.quiz_id.map(QuizId), lecture_seconds: row.lecture_seconds, words: row.words }
}

/// Without what PostgreSQL's text cannot hold, and not longer than people read.
fn clean(text: &str) -> String {
    text.chars().filter(|c| *c != '\0').take(LONGEST_TEXT).collect()
}

/// Within a lecture; what is no number is its beginning.
fn second(seconds: f64) -> f64 {
    if seconds.is_nan() { 0.0 } else { seconds.clamp(0.0, LAST_SECOND) }
}
