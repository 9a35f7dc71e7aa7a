//! All that is a learner's, to take away. It is sent while it is read, so that it needs little memory.

mod csv;
mod handing;
mod json;
mod places;
mod rows;

use std::vec::IntoIter;

use axum::BoxError;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures::stream::{self, BoxStream};
use futures::{StreamExt as _, TryStreamExt as _};
use serde::Deserialize;

pub(in crate::server) use self::places::Exports;
use self::places::Place;
use self::rows::{Answer, Choice, Event, GivenConsent, Minute, Note, Quiz, QuizSet, QuizUsage, Recommendation};
use super::extract::Params;
use super::me::{self, Me};
use super::problem::{self, Problem};
use super::sessions::SessionItem;
use crate::server::App;
use crate::server::caller::ApiCaller;
use crate::server::times::Iso;
use crate::store::{Caller, Rows};

/// Bytes after which a part is sent: it is some KiB longer, as its last row ends.
const PART: usize = 64 * 1024;

/// What is sent, bit by bit.
type Parts = BoxStream<'static, Result<Bytes, BoxError>>;

/// Everything as JSON, or one table as CSV.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::server) struct ExportQuery {
    /// JSON if left out.
    #[serde(default)]
    #[param(inline)]
    format: Format,
    /// With `format=csv`.
    #[param(inline)]
    table: Option<Table>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum Format {
    #[default]
    Json,
    Csv,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
enum Table {
    Sessions,
    Events,
    Minutes,
    Answers,
    Notes,
    Consents,
    Recommendations,
    QuizSets,
    Quizzes,
    Choices,
    QuizUsage,
}

impl Table {
    fn file(self) -> &'static str {
        match self {
            Self::Sessions => "loa-sessions.csv",
            Self::Events => "loa-events.csv",
            Self::Minutes => "loa-minutes.csv",
            Self::Answers => "loa-answers.csv",
            Self::Notes => "loa-notes.csv",
            Self::Consents => "loa-consents.csv",
            Self::Recommendations => "loa-recommendations.csv",
            Self::QuizSets => "loa-quiz_sets.csv",
            Self::Quizzes => "loa-quizzes.csv",
            Self::Choices => "loa-choices.csv",
            Self::QuizUsage => "loa-quiz_usage.csv",
        }
    }
}

/// Everything that is a learner's.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "it is written part by part and never held as a whole")]
struct Export {
    exported: Iso,
    learner: Me,
    consents: Vec<GivenConsent>,
    sessions: Vec<SessionItem>,
    events: Vec<Event>,
    minutes: Vec<Minute>,
    answers: Vec<Answer>,
    notes: Vec<Note>,
    recommendations: Vec<Recommendation>,
    quiz_sets: Vec<QuizSet>,
    quizzes: Vec<Quiz>,
    choices: Vec<Choice>,
    quiz_usage: Vec<QuizUsage>,
}

/// All that is the learner's. In CSV, cells that a spreadsheet would take for formulas begin with an apostrophe.
#[utoipa::path(get, path = "/me/export", tag = "me", params(ExportQuery), security(("access" = [])),
    responses(
        (status = 200, description = "Everything, or one table", content(
            (Export = "application/json"),
            (String = "text/csv"),
        )),
        (status = 400, description = "bad_query, table_missing", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 401, description = "Who is it? The code says why not", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 429, description = "too_many_exports: a learner has two at one time", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 503, description = "busy: all learners have too many at one time; database_away", body = problem::Document,
            content_type = "application/problem+json"),
    ))]
pub(super) async fn export(
    State(app): State<App>,
    ApiCaller(caller): ApiCaller,
    Params(query): Params<ExportQuery>,
) -> Result<Response, Problem> {
    exported(&app, caller, query).await
}

/// The answer to whoever has proved to be `caller`.
pub(in crate::server) async fn exported(app: &App, caller: Caller, query: ExportQuery) -> Result<Response, Problem> {
    let place = app.exports.take(caller)?;
    match (query.format, query.table) {
        (Format::Json, _) => {
            let me = me::of(app, caller).await?;
            Ok(download(app, place, "application/json", "loa-export.json", json::parts(&app.store, caller, &me)))
        }
        (Format::Csv, Some(table)) => {
            let parts = csv::parts(&app.store, caller, table);
            Ok(download(app, place, "text/csv; charset=utf-8", table.file(), parts))
        }
        (Format::Csv, None) => {
            Err(Problem::bad_request("table_missing", "CSV holds one table: say which, as in table=sessions"))
        }
    }
}

fn download(app: &App, place: Place, kind: &'static str, file: &'static str, parts: Parts) -> Response {
    let (reading, parts) = handing::hand_over(parts, place);
    app.tasks.spawn(reading);
    let disposition = format!("attachment; filename=\"{file}\"");
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned()),
    ];
    (headers, Body::from_stream(parts)).into_response()
}

/// Rows as parts, each written when it is asked for. `write` takes as many of them as fit into one, one at the least.
fn cut<R: Send + 'static>(
    rows: Vec<R>,
    mut write: impl FnMut(&mut IntoIter<R>) -> Result<Bytes, BoxError> + Send + 'static,
) -> Parts {
    let mut rows = rows.into_iter();
    let next = move || (!rows.as_slice().is_empty()).then(|| write(&mut rows));
    stream::iter(std::iter::from_fn(next)).boxed()
}

/// The store's rows as they are shown.
fn shown<M: Send + 'static, R: From<M> + Send + 'static>(rows: Rows<M>) -> Rows<R> {
    rows.map_ok(|some| some.into_iter().map(R::from).collect()).boxed()
}
