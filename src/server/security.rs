//! Headers that make browsers careful, and who may open a WebSocket from a page.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use super::device::{self, Origin};

/// On every answer that does not say otherwise. The camera is for this server's own pages; nobody may frame them or read along.
const ALWAYS: [(HeaderName, HeaderValue); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(self), microphone=(), geolocation=(), payment=(), usb=()"),
    ),
];

/// For a year, browsers that came by HTTPS come by nothing else (RFC 6797).
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Adds them.
pub async fn headers(request: Request, next: Next) -> Response {
    let https = device::came_by_https(request.headers());
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in ALWAYS {
        headers.entry(name).or_insert(value);
    }
    if https {
        headers.entry(header::STRICT_TRANSPORT_SECURITY).or_insert(HSTS);
    }
    response
}

/// Whether a WebSocket may be opened. Programs send no origin; browsers always do, and pages of others have no business here. Browser
/// extensions are asked for by their users.
pub fn may_open(headers: &HeaderMap, allowed: &[String]) -> bool {
    if device::origin(headers) != Origin::Foreign {
        return true;
    }
    let origin = headers.get(header::ORIGIN).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let extension = origin
        .split_once("-extension://")
        .is_some_and(|(kind, id)| ["chrome", "moz", "safari-web"].contains(&kind) && !id.is_empty());
    extension || allowed.iter().any(|it| it == "*" || it.trim_end_matches('/').eq_ignore_ascii_case(origin))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn own_pages_extensions_programs_and_who_is_listed_may() {
        let listed = ["https://school.example/".to_owned()];
        for (origin, may) in [
            (None, true),
            (Some("https://loa.example"), true),
            (Some("http://loa.example"), true),
            (Some("https://school.example"), true),
            (Some("HTTPS://SCHOOL.EXAMPLE"), true),
            (Some("chrome-extension://abcdef"), true),
            (Some("moz-extension://1-2-3"), true),
            (Some("chrome-extension://"), false),
            (Some("evil-extension://abcdef"), false),
            (Some("https://loa.example.evil"), false),
            (Some("https://loa.example:444"), false),
            (Some("http://school.example"), false),
            (Some("null"), false),
            (Some(""), false),
        ] {
            let mut headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static("loa.example"))]);
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            }
            assert_eq!(may_open(&headers, &listed), may, "{origin:?}");
        }
        let evil = HeaderMap::from_iter([(header::ORIGIN, HeaderValue::from_static("https://evil.example"))]);
        assert!(may_open(&evil, &["*".to_owned()]));
    }
}
