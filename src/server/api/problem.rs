//! Errors as RFC 9457 problem documents.

use std::borrow::Cow;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::auth::BadToken;
use crate::store::StoreError;

/// Seconds after which a database that is away may be asked again.
const DATABASE_RETRY: u64 = 5;

/// What went wrong, for programs and people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: Cow<'static, str>,
    /// Seconds.
    retry_after: Option<u64>,
}

/// The document that is sent.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Problem)]
pub(super) struct Document<'a> {
    /// Always `about:blank`: the status says of what kind the problem is, the code which one.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    kind: &'a str,
    /// The status in words.
    #[schema(example = "Not Found")]
    title: &'a str,
    /// The HTTP status.
    #[schema(example = 404)]
    status: u16,
    /// What to do about it, for people.
    detail: &'a str,
    /// Which problem it is, for programs.
    #[schema(example = "not_found")]
    code: &'a str,
}

impl Problem {
    /// `code` is for programs, `detail` for people.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, detail: detail.into(), retry_after: None }
    }

    /// The request itself is wrong.
    pub fn bad_request(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// There is nothing, or nothing of the caller's.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "there is no such thing, or it is somebody else's")
    }

    /// No token came.
    pub fn token_missing() -> Self {
        let detail = "say who you are: Authorization: Bearer, with a token of POST /api/v1/guests or /api/v1/tokens";
        Self::new(StatusCode::UNAUTHORIZED, "token_missing", detail)
    }

    /// The token was good, but its learner was erased.
    pub fn nobody() -> Self {
        let detail = "the token's learner was erased; begin anew: POST /api/v1/guests";
        Self::new(StatusCode::UNAUTHORIZED, BadToken::SignedOut.code(), detail)
    }

    /// Some other consent is asked for now.
    pub fn consent_outdated() -> Self {
        let detail = "this is not the version that holds now; read and show it anew: GET /api/v1/consent";
        Self::new(StatusCode::CONFLICT, "consent_outdated", detail)
    }

    /// The body did not come in time.
    pub fn too_slow() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "too_slow", "the request took too long to come")
    }

    /// It may be tried again after so many seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

impl From<BadToken> for Problem {
    fn from(bad: BadToken) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, bad.code(), bad.to_string())
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        if matches!(error, StoreError::NotFound) {
            return Self::not_found();
        }
        // What the database says may hold what people typed.
        tracing::error!(%error, "a request was not answered");
        let detail = "the database does not answer; try again in a moment";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "database_away", detail).retry_after(DATABASE_RETRY)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let document = Document {
            kind: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: &self.detail,
            code: self.code,
        };
        let mut response = (self.status, Json(document)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
