//! A learner's own data: profile and erasure.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

use super::extract::Body;
use super::problem::{self, Problem};
use crate::server::caller::ApiCaller;
use crate::server::times::{self, Iso};
use crate::server::{App, device};
use crate::store::{Caller, Consent, ProfileChange};

/// A learner, as they see themselves.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Me {
    learner: Uuid,
    name: Option<String>,
    /// Of the IANA database. None: UTC.
    #[schema(example = "Asia/Seoul")]
    timezone: Option<String>,
    created: Iso,
    /// The latest; None: never.
    consent: Option<GivenConsent>,
}

/// What the learner agreed to.
#[derive(Debug, Serialize, utoipa::ToSchema)]
struct GivenConsent {
    version: String,
    given: Iso,
    /// None while it holds.
    withdrawn: Option<Iso>,
}

impl From<Consent> for GivenConsent {
    fn from(consent: Consent) -> Self {
        Self { version: consent.text_version, given: consent.given.into(), withdrawn: consent.withdrawn.map(Iso::from) }
    }
}

/// What is left out stays, null clears.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ChangeBody {
    /// Cut at 300 characters.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    name: Option<Option<String>>,
    /// Of the IANA database.
    #[serde(deserialize_with = "given")]
    #[schema(value_type = Option<String>, example = "Asia/Seoul")]
    timezone: Option<Option<String>>,
}

fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// What an erasure did.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct ErasedAnswer {
    /// That were deleted, with all that belongs to them.
    sessions: u64,
    /// Whether the database's file holds no trace any more. False: the next erasure brings that about.
    wiped: bool,
}

/// Who the learner is.
#[utoipa::path(get, path = "/me", tag = "me", security(("access" = [])),
    responses(
        (status = 200, description = "The learner", body = Me),
        (status = 401, description = "Who is it? The code says why not", body = problem::Document,
            content_type = "application/problem+json"),
    ))]
pub(super) async fn profile(State(app): State<App>, ApiCaller(caller): ApiCaller) -> Result<Json<Me>, Problem> {
    Ok(Json(of(&app, caller).await?))
}

/// Changes name and time zone.
#[utoipa::path(patch, path = "/me", tag = "me", request_body = ChangeBody, security(("access" = [])),
    responses(
        (status = 200, description = "The learner, changed", body = Me),
        (status = 400, description = "bad_json, bad_timezone", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 401, description = "Who is it? The code says why not", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 408, description = "too_slow: it did not come in time", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 413, description = "body_too_large", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 415, description = "content_type: it is not application/json", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 422, description = "bad_fields: the detail says which", body = problem::Document,
            content_type = "application/problem+json"),
    ))]
pub(super) async fn change(
    State(app): State<App>,
    ApiCaller(caller): ApiCaller,
    Body(change): Body<ChangeBody>,
) -> Result<Json<Me>, Problem> {
    let zone = change.timezone.map(|zone| zone.as_deref().map(timezone).transpose()).transpose()?;
    app.store.change_profile(caller, ProfileChange { name: change.name, timezone: zone }).await?;
    Ok(Json(of(&app, caller).await?))
}

/// Erases the learner and all that is theirs. It cannot be undone. Questions that the learner wrote go at once with others' answers to them,
/// also with those that are being given at that moment.
#[utoipa::path(delete, path = "/me", tag = "me", security(("access" = [])),
    responses(
        (status = 200, description = "Erased: all tokens are void, sockets closed, the cookie cleared",
            body = ErasedAnswer),
        (status = 401, description = "Who is it? The code says why not", body = problem::Document,
            content_type = "application/problem+json"),
    ))]
pub(super) async fn erase(
    State(app): State<App>,
    ApiCaller(caller): ApiCaller,
    request: HeaderMap,
) -> Result<(HeaderMap, Json<ErasedAnswer>), Problem> {
    let erased = app.erase(caller).await?;
    let headers = device::clear(&request).map(|it| (header::SET_COOKIE, it)).into_iter().collect();
    Ok((headers, Json(ErasedAnswer { sessions: erased.sessions, wiped: erased.wiped })))
}

/// The caller as they see themselves.
pub(super) async fn of(app: &App, caller: Caller) -> Result<Me, Problem> {
    let profile = app.store.profile(caller).await?;
    let consent = app.store.consent(caller).await?;
    Ok(Me {
        learner: caller.learner().0,
        name: profile.name,
        timezone: profile.timezone,
        created: profile.created.into(),
        consent: consent.map(GivenConsent::from),
    })
}

/// The time zone's name as the IANA database writes it.
pub(super) fn timezone(name: &str) -> Result<String, Problem> {
    let detail = "the time zone is none of the IANA database, as Asia/Seoul is";
    times::zone(name).map(|(_, name)| name).ok_or(Problem::bad_request("bad_timezone", detail))
}
