//! Korean or English, by what the browser accepts.

use axum::http::{HeaderMap, header};

/// A language that Loa speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Also for those who want neither.
    English,
    /// 한국어
    Korean,
}

impl Language {
    /// The one that is wanted most; of two wanted alike, the one named first.
    pub fn of(headers: &HeaderMap) -> Self {
        let mut best = (Self::English, 0.0);
        let all = headers.get_all(header::ACCEPT_LANGUAGE);
        for one in all.iter().filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(',')) {
            let (range, weight) = weighed(one);
            if let Some(language) = Self::of_range(range).filter(|_| weight > best.1) {
                best = (language, weight);
            }
        }
        best.0
    }

    /// Its tag (BCP 47).
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Korean => "ko",
        }
    }

    fn of_range(range: &str) -> Option<Self> {
        let primary = range.split('-').next().unwrap_or_default();
        [Self::English, Self::Korean].into_iter().find(|it| primary.eq_ignore_ascii_case(it.tag()))
    }
}

/// `ko-KR;q=0.9`; without a weight it is 1, with a bad one 0.
fn weighed(one: &str) -> (&str, f32) {
    let (range, parameters) = one.split_once(';').unwrap_or((one, ""));
    let weight = match parameters.trim().strip_prefix("q=") {
        Some(text) => text.parse().ok().filter(|it| (0.0..=1.0).contains(it)).unwrap_or(0.0),
        None => 1.0,
    };
    (range.trim(), weight)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn the_most_wanted_language_is_taken() {
        for (accepted, expected) in [
            ("ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", "ko"),
            ("en-US,en;q=0.9,ko;q=0.8", "en"),
            ("fr, ko;q=0.1", "ko"),
            ("en;q=0.2, KO;q=0.9", "ko"),
            ("ko;q=0, en;q=0.1", "en"),
            ("ko;q=much", "en"),
            ("korean", "en"),
            ("fr", "en"),
            ("", "en"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static(accepted));
            assert_eq!(Language::of(&headers).tag(), expected, "{accepted}");
        }
        assert_eq!(Language::of(&HeaderMap::new()), Language::English);
    }
}
