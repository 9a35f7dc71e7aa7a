//! Answers on their way through the writer.

use std::collections::HashSet;

use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{LockType, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, DbErr, EntityTrait as _, QueryFilter as _,
    QueryOrder as _, QuerySelect as _,
};

use crate::store::entities::{answer, quiz};
use crate::store::writer::{What, Write};
use crate::store::{QuizId, UtcMs};

/// A learner's answer, graded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewAnswer {
    /// Of which quiz.
    pub quiz: QuizId,
    /// 1, 2, ... in the order in which the quiz's choices are kept, whatever the learner saw; None: passed, or not in time.
    pub choice: Option<u32>,
    /// Whether it is right.
    pub correct: bool,
    /// When the question was sent.
    pub asked: UtcMs,
    /// When the answer came.
    pub answered: UtcMs,
    /// How long the learner took, as far as the server can tell; milliseconds.
    pub took_ms: u64,
}

/// Keeps the batch's answers; a session's first answer to a quiz stays. Returns how many were not, as their quiz is gone.
pub async fn insert_answers(transaction: &DatabaseTransaction, accepted: &[&Write]) -> Result<usize, DbErr> {
    use answer::Column::{LearnerId, QuizId, SessionId};
    let answers: Vec<(&Write, &NewAnswer)> = accepted
        .iter()
        .filter_map(|write| match &write.what {
            What::Answer(answer) => Some((*write, answer)),
            _ => None,
        })
        .collect();
    if answers.is_empty() {
        return Ok(0);
    }
    let known = known(transaction, answers.iter().map(|(_, it)| it.quiz.0)).await?;
    let rows: Vec<_> = answers.iter().filter(|it| known.contains(&it.1.quiz.0)).map(|it| row(it.0, it.1)).collect();
    let gone = answers.len() - rows.len();
    if !rows.is_empty() {
        let conflict = OnConflict::columns([LearnerId, QuizId, SessionId]).do_nothing().to_owned();
        answer::Entity::insert_many(rows).on_conflict(conflict).exec_without_returning(transaction).await?;
    }
    Ok(gone)
}

/// Those of the quizzes that there are; they stay until the transaction's end.
async fn known(transaction: &DatabaseTransaction, quizzes: impl Iterator<Item = Uuid>) -> Result<HashSet<Uuid>, DbErr> {
    let wanted: HashSet<Uuid> = quizzes.collect();
    let found: Vec<Uuid> = quiz::Entity::find()
        .select_only()
        .column(quiz::Column::Id)
        .filter(quiz::Column::Id.is_in(wanted))
        .order_by_asc(quiz::Column::Id)
        .lock(LockType::KeyShare)
        .into_tuple()
        .all(transaction)
        .await?;
    Ok(found.into_iter().collect())
}

fn row(write: &Write, new: &NewAnswer) -> answer::ActiveModel {
    answer::ActiveModel {
        learner_id: Set(write.caller.uuid()),
        quiz_id: Set(new.quiz.0),
        session_id: Set(write.session.0),
        choice: Set(new.choice.map(|it| i32::try_from(it).unwrap_or(i32::MAX))),
        correct: Set(new.correct),
        answered_ms: Set(new.answered.0),
        asked_ms: Set(Some(new.asked.0)),
        took_ms: Set(Some(i64::try_from(new.took_ms).unwrap_or(i64::MAX))),
    }
}
