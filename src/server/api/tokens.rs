//! Access tokens, which last minutes, for refresh tokens, which last months.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::extract::Body;
use super::problem::{self, Problem};
use crate::consent::VERSION;
use crate::server::App;
use crate::server::caller::Device;
use crate::server::device::{self, Origin};
use crate::store::{Caller, LearnerId, UtcMs};

/// A learner's tokens.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct TokenAnswer {
    /// Who the learner is.
    learner: Uuid,
    /// Opens sockets and answers requests.
    access_token: String,
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Seconds for which the access token holds.
    #[schema(example = 900)]
    expires_in: u64,
    /// Fetches access tokens; left out when a cookie holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    refresh_token: Option<String>,
    /// Whether the learner agrees to the consent text as it is now: without, no frame is looked at.
    consent: bool,
}

#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RenewBody {
    /// None: the one in the browser's cookie.
    refresh_token: Option<String>,
    /// Of an entry link (`/enter?token=...`), instead: the program becomes that learner's device.
    entry_token: Option<String>,
}

/// A new access token, and a new refresh token in the place of the old one, which holds until its time is over. Or both for the token of an
/// entry link.
#[utoipa::path(post, path = "/tokens", tag = "tokens", request_body = Option<RenewBody>,
    responses(
        (status = 200, description = "The learner's tokens", body = TokenAnswer),
        (status = 400, description = "bad_json, two_tokens", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 401, description = "token_missing, token_invalid, token_expired, token_audience, token_signed_out",
            body = problem::Document, content_type = "application/problem+json"),
        (status = 403, description = "foreign_origin: the cookie is for this server's pages only",
            body = problem::Document, content_type = "application/problem+json"),
        (status = 408, description = "too_slow: it did not come in time", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 413, description = "body_too_large", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 415, description = "content_type: it is not application/json", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 422, description = "bad_fields: the detail says which", body = problem::Document,
            content_type = "application/problem+json"),
    ))]
pub(super) async fn renew(
    State(app): State<App>,
    request: HeaderMap,
    body: Option<Body<RenewBody>>,
) -> Result<(HeaderMap, Json<TokenAnswer>), Problem> {
    // Before the store is asked: a consent that is withdrawn meanwhile voids the token.
    let now = UtcMs::now();
    let RenewBody { refresh_token, entry_token } = body.map(|it| it.0).unwrap_or_default();
    let cookie = (refresh_token.is_none() && entry_token.is_none()).then_some(&request);
    let Device(caller) = match (refresh_token, entry_token) {
        (Some(_), Some(_)) => {
            return Err(Problem::bad_request("two_tokens", "send refresh_token or entry_token, not both"));
        }
        (Some(token), None) => Device::with_token(&app, &token).await?,
        (None, Some(token)) => Device::entering(&app, &token).await?,
        (None, None) => Device::with_token(&app, &of_cookie(&request)?).await?,
    };
    let answer = answer(&app, caller, consents(&app, caller).await?, now);
    let (headers, answer) = with_refresh(&app, answer, cookie, now);
    Ok((headers, Json(answer)))
}

fn of_cookie(request: &HeaderMap) -> Result<String, Problem> {
    if device::origin(request) == Origin::Foreign {
        let detail = "the cookie is for this server's own pages; send the refresh token in the body";
        return Err(Problem::new(StatusCode::FORBIDDEN, "foreign_origin", detail));
    }
    device::token(request).ok_or_else(|| {
        let detail =
            "send {\"refresh_token\": \"...\"} as JSON, with that of POST /api/v1/guests; a browser sends its cookie";
        Problem::new(StatusCode::UNAUTHORIZED, "token_missing", detail)
    })
}

/// Whether the caller agrees to the text as it is now.
pub(super) async fn consents(app: &App, caller: Caller) -> Result<bool, Problem> {
    let consent = app.store.consent(caller).await?;
    Ok(consent.is_some_and(|it| it.withdrawn.is_none() && it.text_version == VERSION))
}

/// The answer without a refresh token.
pub(super) fn answer(app: &App, caller: Caller, consent: bool, now: UtcMs) -> TokenAnswer {
    let learner = caller.learner();
    TokenAnswer {
        learner: learner.0,
        access_token: app.session.tokens.access(learner, consent.then_some(VERSION), now),
        token_type: "Bearer",
        expires_in: app.session.tokens.access_life().as_secs(),
        refresh_token: None,
        consent,
    }
}

/// The answer with a new refresh token, which goes into the cookie of the browser that sent `cookie`, if any.
pub(super) fn with_refresh(
    app: &App,
    answer: TokenAnswer,
    cookie: Option<&HeaderMap>,
    now: UtcMs,
) -> (HeaderMap, TokenAnswer) {
    let token = app.session.tokens.refresh(LearnerId(answer.learner), now);
    let mut headers = HeaderMap::new();
    match cookie {
        Some(request) => {
            headers.extend(
                device::set(token, app.session.tokens.refresh_life(), request).map(|it| (header::SET_COOKIE, it)),
            );
            (headers, answer)
        }
        None => (headers, TokenAnswer { refresh_token: Some(token), ..answer }),
    }
}
