//! Quiz sets of lectures: found by everybody, written, changed and deleted by their authors, recommended by others.
//!
//! What is right, and what is asked, is told to a set's author only. Everybody else is asked over the WebSocket, and told after
//! the answer.

mod bodies;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use uuid::Uuid;

use self::bodies::{ChangeBody, ListQuery, NewSetBody, QuizBody, SetItem, SetList, SetReport};
use super::extract::{LargeBody, Params, Segment};
use super::problem::{self, Problem};
use crate::server::App;
use crate::server::caller::ApiCaller;
use crate::store::quiz::{LARGEST_QUIZ, MOST_QUIZZES};
use crate::store::{Caller, HandSet, Lecture, NewQuiz, QuizSetId, SetError, UtcMs};

/// Bytes of a set: as many quizzes as it may have, each as large as it may be, and a few to spare.
pub(super) const BODY: usize = MOST_QUIZZES * LARGEST_QUIZ + 64 * 1024;
/// Sets of a list.
const MOST: u64 = 100;

impl From<SetError> for Problem {
    fn from(error: SetError) -> Self {
        match error {
            SetError::Bad(fault) => bad_set(fault.to_string()),
            SetError::TooMany => Self::new(StatusCode::CONFLICT, "too_many_sets", error.to_string()),
            SetError::TooMuchText => Self::new(StatusCode::CONFLICT, "too_much_text", error.to_string()),
            SetError::TooManyChanges => Self::new(StatusCode::CONFLICT, "too_many_changes", error.to_string()),
            SetError::NotYours => Self::new(StatusCode::FORBIDDEN, "not_yours", error.to_string()),
            SetError::OwnSet => Self::new(StatusCode::FORBIDDEN, "own_set", error.to_string()),
            SetError::Store(error) => error.into(),
        }
    }
}

/// A lecture's quiz sets.
#[utoipa::path(get, path = "/quiz-sets", tag = "quiz sets", params(ListQuery), security(("access" = [])),
    responses(
        (status = 200, description = "The sets, whoever wrote them", body = SetList),
        (status = 400, description = "bad_query, bad_lecture", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 401, description = "Who is it? The code says why not", body = problem::Document,
            content_type = "application/problem+json"),
    ))]
pub(super) async fn list(
    State(app): State<App>,
    ApiCaller(caller): ApiCaller,
    Params(query): Params<ListQuery>,
) -> Result<Json<SetList>, Problem> {
    let lecture = lecture(&query.lecture, None, None)?;
    let sets = app.store.lecture_sets(caller, &lecture, MOST).await?;
    Ok(Json(SetList { sets: sets.into_iter().map(SetItem::from).collect() }))
}

/// Keeps a set of the learner's own. Everybody who watches the lecture can choose it.
#[utoipa::path(post, path = "/quiz-sets", tag = "quiz sets", request_body = NewSetBody, security(("access" = [])),
    responses(
        (status = 201, description = "The set", body = SetReport),
        (status = 400, description = "bad_json, bad_lecture", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 401, description = "Who is it? The code says why not", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 408, description = "too_slow: it did not come in time", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 409, description = "too_many_sets: a learner has 100 at the most; too_many_changes, too_much_text: as for PUT", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 413, description = "body_too_large", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 415, description = "content_type: it is not application/json", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 422, description = "bad_fields: the detail says which; bad_set: the detail says which quiz, counted from 1, and \
            what is wrong with it", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 503, description = "busy: too many large requests at once", body = problem::Document,
            content_type = "application/problem+json"),
    ))]
pub(super) async fn make(
    State(app): State<App>,
    ApiCaller(caller): ApiCaller,
    LargeBody(body): LargeBody<NewSetBody>,
) -> Result<(StatusCode, Json<SetReport>), Problem> {
    let NewSetBody { lecture: of, title, quizzes } = body;
    let lecture = lecture(&of.url, of.course.as_deref(), of.title.as_deref())?;
    let id = app.store.make_set(caller, &lecture, &hand_set(title, quizzes)?, UtcMs::now()).await?;
    Ok((StatusCode::CREATED, Json(report(&app, caller, id).await?)))
}

/// One quiz set. Whoever did not write it learns only where in the lecture something is asked.
#[utoipa::path(get, path = "/quiz-sets/{id}", tag = "quiz sets", params(("id" = Uuid, Path,)), security(("access" = [])),
    responses(
        (status = 200, description = "The set", body = SetReport),
        (status = 400, description = "bad_path: the id is no UUID", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 401, description = "Who is it? The code says why not", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = problem::Document, content_type = "application/problem+json"),
    ))]
pub(super) async fn one(
    State(app): State<App>,
    ApiCaller(caller): ApiCaller,
    Segment(id): Segment<Uuid>,
) -> Result<Json<SetReport>, Problem> {
    Ok(Json(report(&app, caller, QuizSetId(id)).await?))
}

/// Puts something else in the place of a set of the learner's own. What others answered stays in their reports, and who is being asked
/// at that moment is graded as before: what was changed or left out is hidden at once, and deleted a day or two later if nobody answered it.
#[utoipa::path(put, path = "/quiz-sets/{id}", tag = "quiz sets", params(("id" = Uuid, Path,)), request_body = ChangeBody,
    security(("access" = [])),
    responses(
        (status = 200, description = "The set, changed", body = SetReport),
        (status = 400, description = "bad_json, bad_path", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 401, description = "Who is it? The code says why not", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 403, description = "not_yours", body = problem::Document, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = problem::Document, content_type = "application/problem+json"),
        (status = 408, description = "too_slow: it did not come in time", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 409, description = "too_many_changes: 2,000 questions of the learner were changed or deleted within a day; \
            too_much_text: the learner's sets would hold more than 8 MiB", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 413, description = "body_too_large", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 415, description = "content_type: it is not application/json", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 422, description = "bad_fields: the detail says which; bad_set: the detail says which quiz, counted from 1, and \
            what is wrong with it", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 503, description = "busy: too many large requests at once", body = problem::Document,
            content_type = "application/problem+json"),
    ))]
pub(super) async fn change(
    State(app): State<App>,
    ApiCaller(caller): ApiCaller,
    Segment(id): Segment<Uuid>,
    LargeBody(body): LargeBody<ChangeBody>,
) -> Result<Json<SetReport>, Problem> {
    let new = hand_set(body.title, body.quizzes)?;
    app.store.change_set(caller, QuizSetId(id), &new, UtcMs::now()).await?;
    Ok(Json(report(&app, caller, QuizSetId(id)).await?))
}

/// Deletes a set of the learner's own. Nobody finds it any more; what others answered stays in their reports, and who is being asked at that
/// moment is graded as before. What nobody answered is deleted a day or two later, with all else that the learner wrote by `DELETE /me`.
#[utoipa::path(delete, path = "/quiz-sets/{id}", tag = "quiz sets", params(("id" = Uuid, Path,)),
    security(("access" = [])),
    responses(
        (status = 204, description = "Deleted"),
        (status = 400, description = "bad_path: the id is no UUID", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 401, description = "Who is it? The code says why not", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 403, description = "not_yours", body = problem::Document, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = problem::Document, content_type = "application/problem+json"),
    ))]
pub(super) async fn delete(
    State(app): State<App>,
    ApiCaller(caller): ApiCaller,
    Segment(id): Segment<Uuid>,
) -> Result<StatusCode, Problem> {
    app.store.delete_set(caller, QuizSetId(id), UtcMs::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Recommends a set to others; once a learner, however often it is asked for.
#[utoipa::path(put, path = "/quiz-sets/{id}/recommendation", tag = "quiz sets", params(("id" = Uuid, Path,)),
    security(("access" = [])),
    responses(
        (status = 204, description = "Recommended"),
        (status = 400, description = "bad_path: the id is no UUID", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 401, description = "Who is it? The code says why not", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 403, description = "own_set", body = problem::Document, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = problem::Document, content_type = "application/problem+json"),
    ))]
pub(super) async fn recommend(
    State(app): State<App>,
    ApiCaller(caller): ApiCaller,
    Segment(id): Segment<Uuid>,
) -> Result<StatusCode, Problem> {
    app.store.recommend(caller, QuizSetId(id), true, UtcMs::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a recommendation back.
#[utoipa::path(delete, path = "/quiz-sets/{id}/recommendation", tag = "quiz sets", params(("id" = Uuid, Path,)),
    security(("access" = [])),
    responses(
        (status = 204, description = "Not recommended, or no longer"),
        (status = 400, description = "bad_path: the id is no UUID", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 401, description = "Who is it? The code says why not", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 403, description = "own_set", body = problem::Document, content_type = "application/problem+json"),
        (status = 404, description = "not_found", body = problem::Document, content_type = "application/problem+json"),
    ))]
pub(super) async fn recommend_no_more(
    State(app): State<App>,
    ApiCaller(caller): ApiCaller,
    Segment(id): Segment<Uuid>,
) -> Result<StatusCode, Problem> {
    app.store.recommend(caller, QuizSetId(id), false, UtcMs::now()).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn report(app: &App, caller: Caller, set: QuizSetId) -> Result<SetReport, Problem> {
    Ok(app.store.quiz_set(caller, set).await?.into())
}

fn hand_set(title: Option<String>, quizzes: Vec<QuizBody>) -> Result<HandSet, Problem> {
    for (number, quiz) in (1..).zip(&quizzes) {
        quiz.check_key().map_err(|told| bad_set(format!("quiz {number}: {told}")))?;
    }
    Ok(HandSet { title, quizzes: quizzes.into_iter().map(NewQuiz::from).collect() })
}

fn bad_set(detail: String) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "bad_set", detail)
}

fn lecture(url: &str, course: Option<&str>, title: Option<&str>) -> Result<Lecture, Problem> {
    let detail = "the lecture's address is no http or https address of at most 2048 characters";
    Lecture::new(url, course, title).ok_or(Problem::bad_request("bad_lecture", detail))
}
