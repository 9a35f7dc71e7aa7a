//! The cookie that makes a browser a learner's device: it holds the refresh token, out of reach of scripts.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use cookie::{Cookie, SameSite};

const NAME: &str = "loa_device";

/// How the browser came. Only what may be believed is left of it when a request is handled.
pub const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The token that the browser's cookie holds.
pub fn token(headers: &HeaderMap) -> Option<String> {
    let all = headers.get_all(header::COOKIE);
    let mut cookies = all.iter().filter_map(|value| value.to_str().ok()).flat_map(Cookie::split_parse);
    cookies.find_map(|cookie| cookie.ok().filter(|it| it.name() == NAME).map(|it| it.value().to_owned()))
}

/// Makes the browser the learner's device. Browsers keep it to https if that is how they came.
pub fn set(token: String, life: Duration, request: &HeaderMap) -> Option<HeaderValue> {
    let seconds = i64::try_from(life.as_secs()).unwrap_or(i64::MAX);
    let cookie = with_attributes(Cookie::build((NAME, token)), request);
    header_value(&cookie.max_age(cookie::time::Duration::seconds(seconds)).build())
}

/// Makes the browser nobody's device.
pub fn clear(request: &HeaderMap) -> Option<HeaderValue> {
    header_value(&with_attributes(Cookie::build((NAME, "")), request).max_age(cookie::time::Duration::ZERO).build())
}

fn with_attributes<'a>(cookie: cookie::CookieBuilder<'a>, request: &HeaderMap) -> cookie::CookieBuilder<'a> {
    cookie.http_only(true).same_site(SameSite::Lax).path("/").secure(came_by_https(request))
}

/// Whether the browser came by HTTPS, as this server's own TLS or a trusted proxy says.
pub fn came_by_https(request: &HeaderMap) -> bool {
    // Each proxy may add its own; the first one spoke with the browser.
    let protocols = request.get(X_FORWARDED_PROTO).and_then(|it| it.to_str().ok()).unwrap_or_default();
    protocols.split(',').next().is_some_and(|it| it.trim().eq_ignore_ascii_case("https"))
}

fn header_value(cookie: &Cookie<'_>) -> Option<HeaderValue> {
    HeaderValue::try_from(cookie.to_string()).ok()
}

/// Who sent a request, as the browser says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A page of this server.
    Own,
    /// Somebody else's page.
    Foreign,
    /// Nothing was said: no browser, or a request that nothing follows from.
    Unsaid,
}

/// By the header Origin.
pub fn origin(headers: &HeaderMap) -> Origin {
    let Some(origin) = headers.get(header::ORIGIN) else { return Origin::Unsaid };
    let text = |value: &HeaderValue| value.to_str().map(str::to_ascii_lowercase).unwrap_or_default();
    let host = headers.get(header::HOST).map(text).unwrap_or_default();
    let origin = text(origin);
    let authority = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    if authority.is_some_and(|it| !it.is_empty() && it == host) { Origin::Own } else { Origin::Foreign }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(all: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (header::HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        all.iter().map(pair).collect()
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        for (value, expected) in [
            ("loa_device=a.b.c", Some("a.b.c")),
            ("x=1; loa_device=a.b.c; y=2", Some("a.b.c")),
            ("not_loa_device=a.b.c", None),
            ("loa_device", None),
            ("", None),
        ] {
            assert_eq!(token(&headers(&[("cookie", value)])).as_deref(), expected, "{value}");
        }
        assert_eq!(token(&headers(&[("cookie", "x=1"), ("cookie", "loa_device=t")])).as_deref(), Some("t"));
    }

    #[test]
    fn the_cookie_is_out_of_reach_of_scripts_and_other_sites() {
        let week = Duration::from_hours(7 * 24);
        let plain = set("t".to_owned(), week, &HeaderMap::new()).expect("a value");
        assert_eq!(plain, "loa_device=t; HttpOnly; SameSite=Lax; Path=/; Max-Age=604800");
        for https in ["https", "HTTPS, http"] {
            let secure = set("t".to_owned(), week, &headers(&[("x-forwarded-proto", https)])).expect("a value");
            assert_eq!(secure, "loa_device=t; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=604800");
        }
        let inner = set("t".to_owned(), week, &headers(&[("x-forwarded-proto", "http, https")]));
        assert_eq!(inner.expect("a value"), plain);
        assert_eq!(
            clear(&HeaderMap::new()).expect("a value"),
            "loa_device=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0"
        );
    }

    #[test]
    fn only_the_own_host_is_the_own_origin() {
        let of = |value| origin(&headers(&[("host", "Loa.example:8080"), ("origin", value)]));
        assert_eq!((of("http://loa.example:8080"), of("https://LOA.example:8080")), (Origin::Own, Origin::Own));
        for foreign in ["http://loa.example", "http://evil.example", "null", "", "http://", "ftp://loa.example:8080"] {
            assert_eq!(of(foreign), Origin::Foreign, "{foreign}");
        }
        assert_eq!(origin(&headers(&[("origin", "http://")])), Origin::Foreign, "no host at all");
        assert_eq!(origin(&HeaderMap::new()), Origin::Unsaid);
    }
}
