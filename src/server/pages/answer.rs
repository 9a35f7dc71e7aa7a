//! What page requests are answered with, and who asks.

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::report::format;
use crate::report::pages::{Context, Notice, NoticePage};
use crate::report::words::Words;
use crate::server::caller::{Device, NoDevice};
use crate::server::{App, language};
use crate::store::{Caller, Profile, StoreError, UtcMs};

/// These pages run nothing, load two files of this server, and their forms go nowhere else.
const POLICY: &str = "default-src 'none'; img-src 'self'; style-src 'self'; form-action 'self'; \
    frame-ancestors 'none'; base-uri 'none'";

/// A page, never kept by caches. The referrer policy lets browsers say where forms come from.
pub fn page(status: StatusCode, template: &impl Template) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "private, no-store"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
    ];
    match template.render() {
        Ok(html) => (status, headers, html).into_response(),
        Err(error) => {
            tracing::error!(%error, "a page could not be rendered");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

/// A page that says why there is nothing else.
pub struct Refusal {
    words: &'static Words,
    notice: Notice,
}

impl Refusal {
    pub fn new(words: &'static Words, notice: Notice) -> Self {
        Self { words, notice }
    }

    /// What of the database's answer may be told.
    pub fn of(words: &'static Words, error: &StoreError) -> Self {
        if matches!(error, StoreError::NotFound) {
            return Self::new(words, Notice::NotFound);
        }
        tracing::error!(%error, "a page could not be made");
        Self::new(words, Notice::Failed)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = match self.notice {
            Notice::SignedOut => StatusCode::UNAUTHORIZED,
            Notice::NotFound => StatusCode::NOT_FOUND,
            Notice::Foreign => StatusCode::FORBIDDEN,
            Notice::Unsure | Notice::BadEntry => StatusCode::BAD_REQUEST,
            Notice::Failed => StatusCode::SERVICE_UNAVAILABLE,
            Notice::Erased(_) => StatusCode::OK,
        };
        page(status, &NoticePage::new(self.words, self.notice))
    }
}

/// The words that the browser likes best.
pub fn words(headers: &HeaderMap) -> &'static Words {
    language::wanted(headers).words()
}

/// The learner whose device the browser is.
pub struct Visitor {
    pub caller: Caller,
    pub profile: Profile,
    pub context: Context,
}

impl Visitor {
    /// What of the database's answer may be told.
    pub fn refuse(&self) -> impl Fn(StoreError) -> Refusal + use<> {
        let words = self.context.words;
        move |error| Refusal::of(words, &error)
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let words = words(&parts.headers);
        let Device(caller) = Device::from_request_parts(parts, app).await.map_err(|error| match error {
            NoDevice::Store(error) => Refusal::of(words, &error),
            NoDevice::Missing | NoDevice::Bad(_) | NoDevice::Gone => Refusal::new(words, Notice::SignedOut),
        })?;
        let profile = app.store.profile(caller).await.map_err(|error| match error {
            // Erased a moment ago.
            StoreError::NotFound => Refusal::new(words, Notice::SignedOut),
            error => Refusal::of(words, &error),
        })?;
        let retention_days = app.session.config.database.retention_days;
        let zone = format::zone(profile.timezone.as_deref());
        let context = Context { words, zone, now: UtcMs::now(), retention_days };
        Ok(Self { caller, profile, context })
    }
}
