//! What teachers see.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::extract::Params;
use super::problem::{self, Problem};
use crate::server::App;
use crate::server::caller::ApiTeacher;
use crate::store::{Aggregate, GROUP, Lecture};

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct LectureQuery {
    /// The lecture's address.
    url: String,
}

/// Sums over groups of learners.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct LectureAggregate {
    /// The lecture's address in the form in which it is kept.
    url: String,
    /// Learners of a group: only whole groups are counted, in the order in which the learners finished.
    group: u32,
    sums: Aggregate,
}

/// What the learners of a lecture did together: sums over whole groups of five, of each learner's first finished
/// session.
#[utoipa::path(get, path = "/lectures/aggregate", tag = "teachers", params(LectureQuery), security(("teacher" = [])),
    responses(
        (status = 200, description = "The sums", body = LectureAggregate),
        (status = 400, description = "bad_query, bad_url", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 401, description = "Who is it? The code says why not", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 403, description = "too_few_learners, foreign_lecture", body = problem::Document,
            content_type = "application/problem+json"),
    ))]
pub(super) async fn aggregate(
    State(app): State<App>,
    ApiTeacher(teacher): ApiTeacher,
    Params(query): Params<LectureQuery>,
) -> Result<Json<LectureAggregate>, Problem> {
    let lecture = Lecture::new(&query.url, None, None)
        .ok_or(Problem::bad_request("bad_url", "url is no http or https address of a lecture"))?;
    let refused = |code, detail| Problem::new(StatusCode::FORBIDDEN, code, detail);
    if !teacher.lectures.contains(&lecture.id()) {
        return Err(refused("foreign_lecture", "the token is for other lectures"));
    }
    let sums = app.store.aggregate(lecture.id()).await?;
    let sums = sums.ok_or(refused("too_few_learners", "fewer than five learners have finished this lecture"))?;
    Ok(Json(LectureAggregate { url: lecture.url().to_owned(), group: GROUP, sums }))
}
