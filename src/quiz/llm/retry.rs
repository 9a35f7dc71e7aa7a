//! What is tried again, and after which wait.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{HeaderMap, RETRY_AFTER};

use super::error::Failure;

/// The first wait is at most so long, each further one twice as long, none longer than the last.
const FIRST: Duration = Duration::from_millis(500);
const LAST: Duration = Duration::from_secs(8);
/// Waits that a server wishes are believed up to here; all longer ones are too long anyway.
const BELIEVED: Duration = Duration::from_secs(7 * 86_400);

/// None where the same request would fail again. `failed` counts this failure: 1, 2, ...
pub(super) fn wait(failure: &Failure, failed: u32) -> Option<Duration> {
    match failure {
        Failure::Status { status: 429, text, .. } if text.contains("insufficient_quota") => None,
        Failure::Status { status: 408 | 409 | 429 | 500.., wait, .. } => {
            // Not all at the same moment, when several wait for the same one.
            Some(wait.map_or_else(|| backoff(failed), |wished| wished + FIRST.mul_f64(fastrand::f64())))
        }
        Failure::Connect(_) | Failure::Broken | Failure::FirstToken | Failure::Stalled | Failure::Empty => {
            Some(backoff(failed))
        }
        _ => None,
    }
}

/// "Full jitter": anything up to a limit that doubles, see "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
fn backoff(failed: u32) -> Duration {
    let limit = FIRST.saturating_mul(1 << failed.saturating_sub(1).min(10)).min(LAST);
    limit.mul_f64(fastrand::f64())
}

/// `Retry-After` in seconds or as a date, at most a week.
pub(super) fn wish(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = match value.parse::<f64>() {
        Ok(seconds) => seconds,
        Err(_) => until(value, now)?,
    };
    Duration::try_from_secs_f64(seconds.max(0.0)).map_or(Some(BELIEVED), |wait| Some(wait.min(BELIEVED)))
}

fn until(date: &str, now: Timestamp) -> Option<f64> {
    let date = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).ok()?;
    Some(date.duration_since(now).as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wished(value: &str) -> Option<Duration> {
        let now = "2026-11-25T04:00:00Z".parse().expect("a time");
        let value = value.parse().expect("a header");
        wish(&HeaderMap::from_iter([(RETRY_AFTER, value)]), now)
    }

    #[test]
    fn a_wish_is_seconds_or_a_date() {
        for (value, seconds) in [
            ("2", Some(2.0)),
            (" 0.5 ", Some(0.5)),
            ("-3", Some(0.0)),
            ("NaN", Some(0.0)),
            ("1e300", Some(604_800.0)),
            ("inf", Some(604_800.0)),
            ("Wed, 25 Nov 2026 04:00:10 GMT", Some(10.0)),
            ("Wed, 25 Nov 2026 03:00:10 GMT", Some(0.0)),
            ("Fri, 25 Nov 2050 03:00:10 GMT", Some(604_800.0)),
            ("soon", None),
            ("", None),
        ] {
            assert_eq!(wished(value), seconds.map(Duration::from_secs_f64), "{value}");
        }
        assert_eq!(wish(&HeaderMap::new(), Timestamp::UNIX_EPOCH), None);
    }

    #[test]
    fn waits_grow_to_a_limit_and_differ() {
        for failed in 0..100 {
            let limit = Duration::from_millis(250 << failed.clamp(1, 6)).min(LAST);
            assert!(backoff(failed) <= limit, "{failed}");
        }
        let waits: std::collections::HashSet<_> = (0..20).map(|_| backoff(9)).collect();
        assert!(waits.len() > 1);
    }

    #[test]
    fn what_would_fail_again_is_not_tried_again() {
        let status = |status, text: &str| Failure::Status { status, wait: None, text: text.to_owned() };
        for failure in [
            status(400, ""),
            status(401, ""),
            status(403, ""),
            status(404, ""),
            status(429, r#"{"error":{"code":"insufficient_quota"}}"#),
            Failure::Total,
            Failure::Budget,
            Failure::TooLarge,
            Failure::CutOff,
            Failure::Refused,
            Failure::Page,
        ] {
            assert_eq!(wait(&failure, 1), None, "{failure:?}");
        }
        for failure in
            [status(408, ""), status(409, ""), status(429, ""), status(500, ""), status(529, ""), Failure::Empty]
        {
            assert!(wait(&failure, 1).is_some(), "{failure:?}");
        }
    }
}
