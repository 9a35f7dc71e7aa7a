//! Who sends a request: by its token, or by the browser's cookie.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};

use super::api::problem::Problem;
use super::{App, device};
use crate::auth::{BadToken, Teacher};
use crate::store::{Caller, StoreError, UtcMs};

/// A learner with an access token (`Authorization: Bearer`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ApiCaller(pub Caller);

impl FromRequestParts<App> for ApiCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let token = bearer(&parts.headers).ok_or_else(Problem::token_missing)?;
        let caller = app.session.tokens.read_access(token, UtcMs::now())?.caller;
        // Another server, or this one before its restart, may have erased the learner.
        if !app.store.is_known(caller).await? {
            return Err(Problem::nobody());
        }
        Ok(Self(caller))
    }
}

/// Somebody with a teacher's token (`Authorization: Bearer`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiTeacher(pub Teacher);

impl FromRequestParts<App> for ApiTeacher {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let token = bearer(&parts.headers).ok_or_else(Problem::token_missing)?;
        Ok(Self(app.session.tokens.read_teacher(token, UtcMs::now())?))
    }
}

/// The token that a request brings. The scheme's name in any case (RFC 9110, section 11.1).
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    Some(token.trim()).filter(|token| scheme.eq_ignore_ascii_case("bearer") && !token.is_empty())
}

/// A learner whose device the browser is (the cookie `loa_device`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Device(pub Caller);

/// Why the browser is nobody's device.
#[derive(Debug, thiserror::Error)]
pub enum NoDevice {
    /// It has no cookie.
    #[error("no cookie")]
    Missing,
    /// The cookie is not what this server made, or too old.
    #[error(transparent)]
    Bad(#[from] BadToken),
    /// The learner was erased.
    #[error("the learner was erased")]
    Gone,
    /// Nobody can say.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<NoDevice> for Problem {
    fn from(error: NoDevice) -> Self {
        match error {
            NoDevice::Missing => Self::token_missing(),
            NoDevice::Bad(bad) => bad.into(),
            NoDevice::Gone => Self::nobody(),
            NoDevice::Store(error) => error.into(),
        }
    }
}

impl IntoResponse for NoDevice {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}

impl FromRequestParts<App> for Device {
    type Rejection = NoDevice;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, NoDevice> {
        let token = device::token(&parts.headers).ok_or(NoDevice::Missing)?;
        Self::with_token(app, &token).await
    }
}

impl Device {
    /// By the refresh token itself.
    ///
    /// # Errors
    /// [`NoDevice`], except for [`NoDevice::Missing`].
    pub(super) async fn with_token(app: &App, token: &str) -> Result<Self, NoDevice> {
        Self::known(app, app.session.tokens.read_refresh(token, UtcMs::now())?).await
    }

    /// By the token of an entry link.
    ///
    /// # Errors
    /// [`NoDevice`], except for [`NoDevice::Missing`].
    pub(super) async fn entering(app: &App, token: &str) -> Result<Self, NoDevice> {
        Self::known(app, app.session.tokens.read_entry(token, UtcMs::now())?).await
    }

    async fn known(app: &App, caller: Caller) -> Result<Self, NoDevice> {
        if app.store.is_known(caller).await? { Ok(Self(caller)) } else { Err(NoDevice::Gone) }
    }
}
