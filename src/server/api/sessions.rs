//! A learner's sessions: the list, and one with what happened in it.

use std::ops::RangeInclusive;
use std::str::FromStr;

use axum::Json;
use axum::extract::State;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::extract::{Params, Segment};
use super::problem::{self, Problem};
use crate::attention::{Kind, Level, Preset};
use crate::report::Report;
use crate::server::App;
use crate::server::caller::ApiCaller;
use crate::server::times::{self, End, Iso};
use crate::store::{
    Answer, AskedQuiz, AttentionEvent, Caller, EndReason, MinuteTotals, Outcome, ReviewNote, SessionFilter, SessionId,
    SessionSummary, UtcMs,
};

const PAGES: RangeInclusive<u64> = 1..=1_000_000;
const PER_PAGE: RangeInclusive<u64> = 1..=100;
const USUALLY_PER_PAGE: u64 = 20;

/// Which sessions. What is empty counts as left out.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// In the lecture's title or course.
    search: Option<String>,
    /// Started then or later: a time (RFC 3339), or a date in the learner's time zone.
    #[param(example = "2026-05-28T20:26:40Z")]
    from: Option<String>,
    /// Started before: a time, or a date, which is within.
    #[param(example = "2026-05-28")]
    until: Option<String>,
    /// From 1.
    #[param(value_type = Option<u64>, minimum = 1, maximum = 1_000_000)]
    page: Option<String>,
    /// 20 if left out.
    #[param(value_type = Option<u64>, minimum = 1, maximum = 100)]
    per_page: Option<String>,
}

/// A page of the list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct SessionList {
    /// Newest first.
    sessions: Vec<SessionItem>,
    /// On all pages together.
    total: u64,
    page: u64,
    per_page: u64,
}

/// A session without what happened in it.
#[derive(Debug, Default, Serialize, utoipa::ToSchema)]
pub(super) struct SessionItem {
    id: Uuid,
    /// What was watched; None: the client did not say.
    url: Option<String>,
    course: Option<String>,
    title: Option<String>,
    /// How long the lecture is.
    duration_seconds: Option<f64>,
    started: Iso,
    /// None while it lasts.
    ended: Option<Iso>,
    #[schema(value_type = Option<String>, example = "end")]
    end_reason: Option<EndReason>,
    /// How much of the lecture was played.
    lecture_seconds: Option<f64>,
    #[schema(value_type = String, example = "default")]
    preset: Preset,
}

impl From<SessionSummary> for SessionItem {
    fn from(session: SessionSummary) -> Self {
        Self {
            id: session.id.0,
            url: session.url,
            course: session.course,
            title: session.title,
            duration_seconds: session.duration_seconds,
            started: session.started.into(),
            ended: session.ended.map(Iso::from),
            end_reason: session.end_reason,
            lecture_seconds: session.lecture_seconds,
            preset: session.preset,
        }
    }
}

/// A session with what happened in it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct SessionReport {
    session: SessionItem,
    /// What it came to.
    report: Report,
    /// By number; those older than the retention time are gone.
    events: Vec<EventItem>,
    /// By minute; minutes that were not written are missing.
    minutes: Vec<MinuteTotals>,
    /// That were answered or passed, in the lecture's order. What was not asked yet is not told.
    quizzes: Vec<QuizItem>,
    /// How many more there are in the same sets; 0 while the session lasts.
    quizzes_left: u64,
    /// What to look at again.
    notes: Vec<NoteItem>,
}

/// A question that was answered or passed.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct QuizItem {
    /// Its place in the lecture.
    lecture_seconds: f64,
    question: String,
    choices: Vec<String>,
    answer: AnswerItem,
}

/// An answer and what is right. Choices count from 0, as they stand in `choices`.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct AnswerItem {
    /// None when the question was passed.
    choice: Option<u32>,
    correct: bool,
    answered: Iso,
    /// None of answers that were given before this was measured.
    took_ms: Option<u64>,
    right: Vec<u32>,
    explanation: Option<String>,
    /// Why what was chosen is right, or wrong.
    chosen_reason: Option<String>,
    /// Why the right choice is right.
    right_reason: Option<String>,
    /// What was said in the lecture, word for word.
    quote: Option<String>,
    /// When that begins.
    quote_seconds: Option<f64>,
}

/// Something to look at again.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct NoteItem {
    lecture_seconds: Option<f64>,
    /// What it is about, in a word or two.
    keyword: Option<String>,
    words: String,
}

impl From<AskedQuiz> for QuizItem {
    fn from(quiz: AskedQuiz) -> Self {
        let AskedQuiz { lecture_seconds, question, choices, outcome, .. } = quiz;
        Self { lecture_seconds, question, choices, answer: outcome.into() }
    }
}

impl From<Outcome> for AnswerItem {
    fn from(outcome: Outcome) -> Self {
        let Outcome { answer, right, explanation, chosen_reason, right_reason, quote } = outcome;
        let Answer { choice, correct, answered, took_ms } = answer;
        let quote_seconds = quote.as_ref().and_then(|it| it.start_s);
        Self {
            choice: choice.map(from_zero),
            correct,
            answered: answered.into(),
            took_ms,
            right: right.into_iter().map(from_zero).collect(),
            explanation,
            chosen_reason,
            right_reason,
            quote: quote.map(|it| it.words),
            quote_seconds,
        }
    }
}

/// The store counts from 1.
fn from_zero(position: u32) -> u32 {
    position.saturating_sub(1)
}

impl From<ReviewNote> for NoteItem {
    fn from(note: ReviewNote) -> Self {
        Self { lecture_seconds: note.lecture_seconds, keyword: note.keyword, words: note.words }
    }
}

/// Something that happened.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct EventItem {
    number: u32,
    #[schema(value_type = String, example = "eyes_closed")]
    kind: Kind,
    /// The onset, not the alarm.
    started: Iso,
    /// None while it lasts.
    ended: Option<Iso>,
    /// The loudest alert that it led to.
    #[schema(value_type = String, example = "pre_alarm")]
    peak: Level,
    /// Where the lecture was.
    lecture_seconds: Option<f64>,
}

impl From<AttentionEvent> for EventItem {
    fn from(event: AttentionEvent) -> Self {
        let AttentionEvent { number, kind, started, ended, peak, lecture_seconds } = event;
        Self { number, kind, started: started.into(), ended: ended.map(Iso::from), peak, lecture_seconds }
    }
}

/// The learner's sessions.
#[utoipa::path(get, path = "/sessions", tag = "sessions", params(ListQuery), security(("access" = [])),
    responses(
        (status = 200, description = "A page of the list", body = SessionList),
        (status = 400, description = "bad_page, bad_per_page, bad_from, bad_until, bad_query", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 401, description = "Who is it? The code says why not", body = problem::Document,
            content_type = "application/problem+json"),
    ))]
pub(super) async fn list(
    State(app): State<App>,
    ApiCaller(caller): ApiCaller,
    Params(query): Params<ListQuery>,
) -> Result<Json<SessionList>, Problem> {
    let filter = filter(&app, caller, &query).await?;
    let found = app.store.sessions(caller, &filter).await?;
    Ok(Json(SessionList {
        sessions: found.sessions.into_iter().map(SessionItem::from).collect(),
        total: found.total,
        page: filter.page + 1,
        per_page: filter.per_page,
    }))
}

async fn filter(app: &App, caller: Caller, query: &ListQuery) -> Result<SessionFilter, Problem> {
    let page = number(&query.page, PAGES).ok_or(Problem::bad_request("bad_page", "page is not from 1 to 1000000"))?;
    let per_page = number(&query.per_page, PER_PAGE)
        .ok_or(Problem::bad_request("bad_per_page", "per_page is not from 1 to 100"))?;
    let zone = zone(app, caller, query).await?;
    let time = |text: &Option<String>, end, code| {
        let detail = "neither a time, as 2026-05-28T20:26:40Z, nor a date, as 2026-05-28";
        let given = text.as_deref().filter(|text| !text.is_empty());
        given.map(|text| times::parse(text, end, &zone).ok_or(Problem::bad_request(code, detail))).transpose()
    };
    Ok(SessionFilter {
        search: query.search.clone(),
        from: time(&query.from, End::From, "bad_from")?,
        until: time(&query.until, End::Until, "bad_until")?,
        page: page.map_or(0, |page| page - 1),
        per_page: per_page.unwrap_or(USUALLY_PER_PAGE),
    })
}

/// Dates are the learner's own.
async fn zone(app: &App, caller: Caller, query: &ListQuery) -> Result<TimeZone, Problem> {
    if query.from.is_none() && query.until.is_none() {
        return Ok(TimeZone::UTC);
    }
    let name = app.store.profile(caller).await?.timezone;
    Ok(name.and_then(|name| times::zone(&name)).map_or(TimeZone::UTC, |(zone, _)| zone))
}

/// None: it is no number within. Some(None): it is left out.
fn number(text: &Option<String>, within: RangeInclusive<u64>) -> Option<Option<u64>> {
    match text.as_deref() {
        None | Some("") => Some(None),
        Some(text) => u64::from_str(text).ok().filter(|number| within.contains(number)).map(Some),
    }
}

/// One of the learner's sessions.
#[utoipa::path(get, path = "/sessions/{id}", tag = "sessions", params(("id" = Uuid, Path,)),
    security(("access" = [])),
    responses(
        (status = 200, description = "What happened in it", body = SessionReport),
        (status = 400, description = "bad_path: the id is no UUID", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 401, description = "Who is it? The code says why not", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 404, description = "not_found: there is none, or it is somebody else's", body = problem::Document,
            content_type = "application/problem+json"),
    ))]
pub(super) async fn one(
    State(app): State<App>,
    ApiCaller(caller): ApiCaller,
    Segment(id): Segment<Uuid>,
) -> Result<Json<SessionReport>, Problem> {
    let found = app.store.session(caller, SessionId(id)).await?;
    let asked = app.store.session_quizzes(caller, SessionId(id)).await?;
    Ok(Json(SessionReport {
        report: Report::of(&found, UtcMs::now(), app.session.config.database.retention_days),
        session: found.summary.into(),
        events: found.events.into_iter().map(EventItem::from).collect(),
        minutes: found.minutes,
        quizzes: asked.quizzes.into_iter().map(QuizItem::from).collect(),
        quizzes_left: asked.left,
        notes: asked.notes.into_iter().map(NoteItem::from).collect(),
    }))
}
