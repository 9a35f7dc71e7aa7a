//! How much text a learner's own sets may hold: no rule deletes them, so that many learners would fill the disk.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait as _, DatabaseTransaction, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _, QueryTrait as _,
};

use super::content::NewQuiz;
use super::{HandSet, SetError};
use crate::store::entities::{choice, quiz, quiz_set};
use crate::store::{Caller, ownership};

/// Bytes of text in a learner's own sets at the most, what was changed or deleted and is kept still included: ten sets
/// of 100 quizzes, each as large as a quiz may be, or 8,000 quizzes of 1 KiB.
pub const LARGEST_SETS: usize = 8 * 1024 * 1024;

// Bytes in either database. SQLite tells them from the rows' heads, without reading what is long.
const TITLES: &str = "COALESCE(SUM(OCTET_LENGTH(title)), 0)";
const QUIZZES: &str = "COALESCE(SUM(OCTET_LENGTH(question) + COALESCE(OCTET_LENGTH(explanation), 0)), 0)";
const CHOICES: &str = "COALESCE(SUM(OCTET_LENGTH(words) + COALESCE(OCTET_LENGTH(reason), 0)), 0)";

/// Whether there is room for so many bytes more.
///
/// # Errors
/// [`SetError::TooMuchText`]; [`SetError::Store`].
pub async fn check(transaction: &DatabaseTransaction, caller: Caller, added: usize) -> Result<(), SetError> {
    let kept = usize::try_from(stored(transaction, caller).await?).unwrap_or(0);
    if kept.saturating_add(added) <= LARGEST_SETS { Ok(()) } else { Err(SetError::TooMuchText) }
}

/// Bytes of a set's text.
pub fn of_set(set: &HandSet) -> usize {
    set.title.as_deref().map_or(0, str::len) + set.quizzes.iter().map(of_quiz).sum::<usize>()
}

/// Bytes of a quiz's text.
pub fn of_quiz(quiz: &NewQuiz) -> usize {
    let length = |text: &Option<String>| text.as_deref().map_or(0, str::len);
    let choices = quiz.choices.iter().map(|it| it.words.len() + length(&it.reason));
    quiz.question.len() + length(&quiz.explanation) + choices.sum::<usize>()
}

/// Three sums over rows that an index finds.
async fn stored(transaction: &DatabaseTransaction, caller: Caller) -> Result<i64, DbErr> {
    let sets = ownership::own_sets(caller).select_only().column(quiz_set::Column::Id).into_query();
    let quizzes = quiz::Entity::find().filter(quiz::Column::SetId.in_subquery(sets));
    let ids = quizzes.clone().select_only().column(quiz::Column::Id).into_query();
    let choices = choice::Entity::find().filter(choice::Column::QuizId.in_subquery(ids));
    let titles = ownership::own_sets(caller).select_only().expr_as(Expr::cust(TITLES), "bytes").into_tuple::<i64>();
    let quizzes = quizzes.select_only().expr_as(Expr::cust(QUIZZES), "bytes").into_tuple::<i64>();
    let choices = choices.select_only().expr_as(Expr::cust(CHOICES), "bytes").into_tuple::<i64>();
    let sums = [titles.one(transaction).await?, quizzes.one(transaction).await?, choices.one(transaction).await?];
    Ok(sums.into_iter().flatten().sum())
}
