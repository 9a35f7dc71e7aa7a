//! The report pages: server-rendered, by the browser's cookie, without scripts.

mod answer;

use std::time::Duration;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{DefaultBodyLimit, Path, RawQuery, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use url::form_urlencoded;
use uuid::Uuid;

use self::answer::{Refusal, Visitor, page, words};
use super::App;
use super::api::export::{ExportQuery, exported};
use super::api::extract::{Form, Params};
use super::api::problem::Problem;
use super::device::{self, Origin};
use crate::report::pages::{EnterPage, ListPage, MePage, Notice, Query, SessionPage};
use crate::store::{SessionFilter, SessionId, StoreError, UtcMs};

/// Bytes of a form; the longest holds a token.
const FORM_BYTES: usize = 16 * 1024;
/// Sessions on a page of the list.
const PER_PAGE: u64 = 20;
/// Characters that are searched for.
const LONGEST_SEARCH: usize = 200;
const DAY: Duration = Duration::from_hours(24);

/// The pages' routes.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/sessions", get(list))
        .route("/sessions/{id}", get(session))
        .route("/me", get(me))
        .route("/me/export", get(export))
        .route("/me/consent/withdraw", post(withdraw))
        .route("/me/erase", post(erase))
        .route("/enter", get(enter).post(entered))
        .layer(DefaultBodyLimit::max(FORM_BYTES))
}

async fn list(State(app): State<App>, RawQuery(raw): RawQuery, visitor: Visitor) -> Result<Response, Refusal> {
    let (caller, context, refuse) = (visitor.caller, &visitor.context, visitor.refuse());
    let (query, filter) = asked(&raw.unwrap_or_default(), &context.zone);
    let found = app.store.sessions(caller, &filter).await.map_err(&refuse)?;
    let ids: Vec<SessionId> = found.sessions.iter().map(|session| session.id).collect();
    let briefs = app.store.briefs(caller, &ids).await.map_err(&refuse)?;
    let week = app.store.study(caller, context.now.before(7 * DAY)).await.map_err(&refuse)?;
    let month = app.store.study(caller, context.now.before(30 * DAY)).await.map_err(&refuse)?;
    Ok(page(StatusCode::OK, &ListPage::new(context, query, &found, &briefs, [week, month])))
}

/// What is no date or number is passed over: browsers send none.
fn asked(raw: &str, zone: &TimeZone) -> (Query, SessionFilter) {
    let text = |key: &str| value(raw.as_bytes(), key);
    let day = |key: &str| text(key).parse::<Date>().ok();
    let (from, until) = (day("from"), day("until"));
    let shown = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
    let query = Query {
        search: printable(&text("search")).trim().chars().take(LONGEST_SEARCH).collect(),
        from: shown(from),
        until: shown(until),
        page: text("page").parse().unwrap_or(1).max(1),
        per_page: PER_PAGE,
    };
    let begin = |day: Date| {
        let midnight = day.to_zoned_datetime(zone.clone()).ok()?;
        Some(UtcMs(midnight.timestamp().as_millisecond()))
    };
    let filter = SessionFilter {
        search: Some(query.search.clone()),
        from: from.and_then(begin),
        // The day itself is within.
        until: until.and_then(|day| day.tomorrow().ok()).and_then(begin),
        page: query.page - 1,
        per_page: PER_PAGE,
    };
    (query, filter)
}

/// What is no id, or no text at all, is nobody's session.
async fn session(
    State(app): State<App>,
    id: Result<Path<String>, PathRejection>,
    visitor: Visitor,
) -> Result<Response, Refusal> {
    let id = id.ok().and_then(|Path(id)| Uuid::parse_str(&id).ok());
    let session = SessionId(id.ok_or_else(|| Refusal::new(visitor.context.words, Notice::NotFound))?);
    let details = app.store.session(visitor.caller, session).await.map_err(visitor.refuse())?;
    let quizzes = app.store.session_quizzes(visitor.caller, session).await.map_err(visitor.refuse())?;
    Ok(page(StatusCode::OK, &SessionPage::new(&visitor.context, &details, &quizzes)))
}

async fn me(State(app): State<App>, visitor: Visitor) -> Result<Response, Refusal> {
    let consent = app.store.consent(visitor.caller).await.map_err(visitor.refuse())?;
    Ok(page(
        StatusCode::OK,
        &MePage::new(&visitor.context, visitor.caller.learner(), &visitor.profile, consent.as_ref()),
    ))
}

/// As the API's, by cookie.
async fn export(State(app): State<App>, visitor: Visitor, query: Params<ExportQuery>) -> Result<Response, Problem> {
    exported(&app, visitor.caller, query.0).await
}

async fn withdraw(State(app): State<App>, visitor: Visitor, headers: HeaderMap) -> Result<Response, Refusal> {
    own_form(&headers)?;
    app.withdraw_consent(visitor.caller).await.map_err(visitor.refuse())?;
    Ok(Redirect::to("/me").into_response())
}

async fn erase(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    Form(form): Form,
) -> Result<Response, Refusal> {
    own_form(&headers)?;
    if value(&form, "sure") != "yes" {
        return Err(Refusal::new(visitor.context.words, Notice::Unsure));
    }
    let erased = app.erase(visitor.caller).await.map_err(visitor.refuse())?;
    let said = Refusal::new(visitor.context.words, Notice::Erased(erased));
    Ok((device::clear(&headers).map(|cookie| [(header::SET_COOKIE, cookie)]), said).into_response())
}

/// Asks only: links are opened by previews and scanners too.
async fn enter(State(app): State<App>, RawQuery(raw): RawQuery, headers: HeaderMap) -> Result<Response, Refusal> {
    let words = words(&headers);
    let raw = raw.unwrap_or_default();
    let token = value(raw.as_bytes(), "token");
    let next = OwnPage::parse(&value(raw.as_bytes(), "next")).unwrap_or_default();
    let bad = || Refusal::new(words, Notice::BadEntry);
    let caller = app.session.tokens.read_entry(&token, UtcMs::now()).map_err(|_| bad())?;
    let profile = app.store.profile(caller).await.map_err(|error| match error {
        StoreError::NotFound => bad(),
        error => Refusal::of(words, &error),
    })?;
    Ok(page(StatusCode::OK, &EnterPage::new(words, profile.name.as_deref(), token, next.path())))
}

async fn entered(State(app): State<App>, headers: HeaderMap, Form(form): Form) -> Result<Response, Refusal> {
    let words = words(&headers);
    own_form(&headers)?;
    let bad = || Refusal::new(words, Notice::BadEntry);
    let caller = app.session.tokens.read_entry(&value(&form, "token"), UtcMs::now()).map_err(|_| bad())?;
    if !app.store.is_known(caller).await.map_err(|error| Refusal::of(words, &error))? {
        return Err(bad());
    }
    let token = app.session.tokens.refresh(caller.learner(), UtcMs::now());
    let cookie = device::set(token, app.session.tokens.refresh_life(), &headers).ok_or_else(bad)?;
    let headers = [(header::SET_COOKIE, cookie), (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    let next = OwnPage::parse(&value(&form, "next")).unwrap_or_default();
    Ok((headers, Redirect::to(&next.path())).into_response())
}

/// A learner's own page, to which somebody wants to be led: nothing else is ever led to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum OwnPage {
    /// All sessions.
    #[default]
    Sessions,
    /// One of them, theirs or not.
    Session(Uuid),
    /// What is kept.
    Me,
}

impl OwnPage {
    /// None for any other page.
    pub(super) fn parse(path: &str) -> Option<Self> {
        match path {
            "/sessions" => Some(Self::Sessions),
            "/me" => Some(Self::Me),
            _ => path.strip_prefix("/sessions/")?.parse().ok().map(Self::Session),
        }
    }

    /// On this server.
    pub(super) fn path(self) -> String {
        match self {
            Self::Sessions => "/sessions".to_owned(),
            Self::Session(id) => format!("/sessions/{id}"),
            Self::Me => "/me".to_owned(),
        }
    }
}

fn own_form(headers: &HeaderMap) -> Result<(), Refusal> {
    // Browsers say it of every form; from links and pictures nothing follows.
    if device::origin(headers) == Origin::Own { Ok(()) } else { Err(Refusal::new(words(headers), Notice::Foreign)) }
}

/// The text without control characters: nobody types them, and neither HTML nor PostgreSQL takes a NUL.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// A query's or form's value; empty when it is not there.
fn value(encoded: &[u8], key: &str) -> String {
    form_urlencoded::parse(encoded)
        .find(|(name, _)| name == key)
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}
