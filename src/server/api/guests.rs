//! Guests: learners of whom nothing is asked.

use std::num::NonZeroU32;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use serde::Deserialize;

use super::extract::Body;
use super::me;
use super::problem::{self, Problem};
use super::tokens::{self, TokenAnswer};
use crate::consent;
use crate::server::App;
use crate::server::address::{Client, whole_seconds};
use crate::store::{Caller, LearnerId, NewGuest, UtcMs};

/// How many guests may come, of all addresses together.
pub(in crate::server) struct GuestLimit(DefaultDirectRateLimiter);

impl GuestLimit {
    /// So many at once, and as many a minute.
    pub(in crate::server) fn new(per_minute: u32) -> Self {
        Self(RateLimiter::direct(Quota::per_minute(NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN))))
    }

    /// Seconds to wait, if they are too many.
    fn check(&self) -> Result<(), u64> {
        self.0.check().map_err(|until| whole_seconds(&until))
    }
}

fn too_many(seconds: u64) -> Problem {
    let detail = "too many new learners at once; try again later";
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_guests", detail).retry_after(seconds)
}

/// Who comes. All of it may be left out, and so may the whole body.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct NewGuestBody {
    /// What the learner wants to be called; cut at 300 characters.
    #[schema(example = "Jiwoo")]
    name: Option<String>,
    /// Of the IANA database.
    #[schema(example = "Asia/Seoul")]
    timezone: Option<String>,
    /// The version of the consent text that the learner has read and agreed to (GET /api/v1/consent).
    consent: Option<String>,
    /// Make this browser the learner's device: the refresh token goes into a cookie instead of the answer.
    cookie: bool,
}

/// A new learner, with tokens.
#[utoipa::path(post, path = "/guests", tag = "tokens", request_body = Option<NewGuestBody>,
    responses(
        (status = 201, description = "The learner and their tokens", body = TokenAnswer),
        (status = 400, description = "bad_json, bad_timezone", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 408, description = "too_slow: it did not come in time", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 409, description = "consent_outdated", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 413, description = "body_too_large", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 415, description = "content_type: it is not application/json", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 422, description = "bad_fields: the detail says which", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 429, description = "too_many_guests", body = problem::Document,
            content_type = "application/problem+json"),
    ))]
pub(super) async fn create(
    State(app): State<App>,
    Extension(client): Extension<Client>,
    headers: HeaderMap,
    body: Option<Body<NewGuestBody>>,
) -> Result<Response, Problem> {
    let guest = body.map(|it| it.0).unwrap_or_default();
    let timezone = guest.timezone.as_deref().map(me::timezone).transpose()?;
    if guest.consent.as_deref().is_some_and(|version| version != consent::VERSION) {
        return Err(Problem::consent_outdated());
    }
    app.addresses.join(client).and_then(|()| app.guests.check()).map_err(too_many)?;
    let (caller, now) = (Caller::authenticated(LearnerId::new_id()), UtcMs::now());
    let row =
        NewGuest { name: guest.name.as_deref(), timezone: timezone.as_deref(), consent: guest.consent.as_deref() };
    app.store.add_guest(caller, row, now).await?;
    let answer = tokens::answer(&app, caller, guest.consent.is_some(), now);
    let (headers, answer) = tokens::with_refresh(&app, answer, guest.cookie.then_some(&headers), now);
    Ok((StatusCode::CREATED, headers, Json(answer)).into_response())
}
