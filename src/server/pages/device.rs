//! The cookie that makes a browser a learner's device, and where a form came from.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use cookie::{Cookie, CookieBuilder, SameSite};
use url::Url;

use crate::auth::BadToken;
use crate::server::App;
use crate::store::{Caller, StoreError, UtcMs};

const NAME: &str = "loa_device";

/// A learner whose device the browser is.
#[derive(Debug, Clone, Copy)]
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

impl Device {
    /// By the request's cookie.
    pub async fn of(app: &App, headers: &HeaderMap) -> Result<Self, NoDevice> {
        let caller = app.tokens.read_refresh(&token(headers).ok_or(NoDevice::Missing)?, UtcMs::now())?;
        if app.store.is_known(caller).await? { Ok(Self(caller)) } else { Err(NoDevice::Gone) }
    }
}

fn token(headers: &HeaderMap) -> Option<String> {
    let all = headers.get_all(header::COOKIE);
    let mut cookies = all.iter().filter_map(|value| value.to_str().ok()).flat_map(Cookie::split_parse);
    cookies.find_map(|cookie| cookie.ok().filter(|it| it.name() == NAME).map(|it| it.value().to_owned()))
}

/// Makes the browser the learner's device. Browsers keep it to https if that is how they came.
pub fn set(token: String, life: Duration, request: &HeaderMap) -> Option<HeaderValue> {
    let seconds = i64::try_from(life.as_secs()).unwrap_or(i64::MAX);
    header_value(
        with_attributes(Cookie::build((NAME, token)), request).max_age(cookie::time::Duration::seconds(seconds)),
    )
}

/// Makes the browser nobody's device.
pub fn clear(request: &HeaderMap) -> Option<HeaderValue> {
    header_value(with_attributes(Cookie::build((NAME, "")), request).max_age(cookie::time::Duration::ZERO))
}

fn with_attributes<'a>(cookie: CookieBuilder<'a>, request: &HeaderMap) -> CookieBuilder<'a> {
    let https = request.get("x-forwarded-proto").is_some_and(|it| it.as_bytes().eq_ignore_ascii_case(b"https"));
    cookie.http_only(true).same_site(SameSite::Lax).path("/").secure(https)
}

fn header_value(cookie: CookieBuilder<'_>) -> Option<HeaderValue> {
    HeaderValue::try_from(cookie.build().to_string()).ok()
}

/// Whether a page of this server sent the form: by Origin, or by Referer where there is none.
pub fn is_own_form(headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let said = text(header::ORIGIN).or_else(|| text(header::REFERER));
    let Some(url) = said.and_then(|said| Url::parse(said).ok()) else { return false };
    let host = text(header::HOST).and_then(|host| Url::parse(&format!("{}://{host}", url.scheme())).ok());
    let of = |url: &Url| (url.host_str().map(str::to_owned), url.port_or_known_default());
    matches!(url.scheme(), "http" | "https") && host.is_some_and(|host| of(&host) == of(&url))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(pairs: &[(&'static str, &'static str)]) -> bool {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (header::HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        is_own_form(&pairs.iter().map(pair).collect())
    }

    #[test]
    fn forms_come_from_this_host_only() {
        const HOST: (&str, &str) = ("host", "loa.example:8080");
        assert!(own(&[HOST, ("origin", "http://loa.example:8080")]));
        assert!(own(&[HOST, ("referer", "https://LOA.example:8080/me?x")]));
        for origin in ["http://loa.example", "http://evil.example:8080", "null", "", "ftp://loa.example:8080"] {
            assert!(!own(&[HOST, ("origin", origin), ("referer", "http://loa.example:8080/me")]), "{origin}");
        }
        assert!(!own(&[HOST]));
        assert!(!own(&[("origin", "http://loa.example:8080")]));
        assert!(!own(&[HOST, ("referer", "http://evil.example/?http://loa.example:8080/")]));
    }
}
