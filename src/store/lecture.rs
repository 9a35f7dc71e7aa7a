//! What can be watched, told apart by its canonical address.

use sea_orm::prelude::Uuid;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use url::Url;

/// Characters of an address.
const LONGEST_URL: usize = 2048;
/// Characters of a course's name or a title.
const LONGEST_NAME: usize = 300;
/// Seconds of a lecture.
const LONGEST_SECONDS: f64 = 7.0 * 86_400.0;
/// Query parameters that say where somebody came from, not what is watched.
const TRACKING: [&str; 3] = ["fbclid", "gclid", "si"];

/// A lecture; what is not known is None, and does not overwrite what others knew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lecture {
    url: String,
    course: Option<String>,
    title: Option<String>,
    duration_seconds: Option<f64>,
}

impl Lecture {
    /// None when `url` is no http or https address of at most 2048 characters. Names are cut at 300.
    pub fn new(url: &str, course: Option<&str>, title: Option<&str>) -> Option<Self> {
        let (course, title) = (course.and_then(name), title.and_then(name));
        Some(Self { url: canonical(url)?, course, title, duration_seconds: None })
    }

    /// So long, as the client's player says; what is no length of 1 s to 7 days is passed over.
    #[must_use]
    pub fn lasting(mut self, seconds: Option<f64>) -> Self {
        self.duration_seconds = seconds.filter(|it| (1.0..=LONGEST_SECONDS).contains(it));
        self
    }

    /// The canonical address.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The course's name.
    pub fn course(&self) -> Option<&str> {
        self.course.as_deref()
    }

    /// The lecture's own name.
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// How long it is.
    pub fn duration_seconds(&self) -> Option<f64> {
        self.duration_seconds
    }

    /// Follows from the address, so that a session can be written without asking the database for its lecture first.
    pub fn id(&self) -> Uuid {
        let digest = Sha256::digest(self.url.as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest[..16]);
        Uuid::new_v8(bytes)
    }
}

/// Without what differs between two visits to the same lecture: fragment, tracking, credentials, a last slash.
fn canonical(address: &str) -> Option<String> {
    let mut url = Url::parse(address.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    // Pages that route by fragment (#/lecture/7, #!7) keep it; a time or a heading is dropped.
    if !url.fragment().is_some_and(|fragment| fragment.starts_with(['/', '!'])) {
        url.set_fragment(None);
    }
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    let tracks = |key: &str| key.starts_with("utm_") || TRACKING.contains(&key);
    let mut kept: Vec<(String, String)> = url.query_pairs().into_owned().filter(|(key, _)| !tracks(key)).collect();
    kept.sort();
    url.set_query(None);
    if !kept.is_empty() {
        url.query_pairs_mut().extend_pairs(kept);
    }
    let text = url.as_str().strip_suffix('/').unwrap_or(url.as_str());
    (text.len() <= LONGEST_URL).then(|| text.to_owned())
}

/// What people typed, without what PostgreSQL's text cannot hold (NUL) and other control characters.
pub(super) fn name(text: &str) -> Option<String> {
    let clean: String = text.trim().chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
    (!clean.is_empty()).then_some(clean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_visits_are_one_lecture() {
        let address = |url: &str| Lecture::new(url, None, None).expect("an address").url().to_owned();
        let plain = address("https://www.example.com/lecture/7?lang=ko&unit=2");
        for same in [
            "HTTPS://WWW.EXAMPLE.COM:443/lecture/7?unit=2&lang=ko#t=30",
            "https://me:secret@www.example.com/lecture/7?utm_source=mail&lang=ko&unit=2&fbclid=x",
            " https://www.example.com/a/../lecture/7?lang=ko&unit=2 ",
        ] {
            assert_eq!(address(same), plain, "{same}");
        }
        assert_eq!(address("https://example.com/course/"), address("https://example.com/course"));
        assert_ne!(address("https://example.com/#/lecture/8"), address("https://example.com/#/lecture/7"));
        assert_ne!(address("https://example.com/lecture/8"), address("https://example.com/lecture/7"));
    }

    #[test]
    fn what_is_no_address_is_no_lecture() {
        for bad in ["", "lecture 7", "file:///etc/passwd", "javascript:alert(1)", "https://"] {
            assert_eq!(Lecture::new(bad, None, None), None, "{bad}");
        }
        assert_eq!(Lecture::new(&format!("https://example.com/{}", "a".repeat(3000)), None, None), None);
    }

    #[test]
    fn names_are_cleaned_and_cut() {
        let lecture =
            Lecture::new("https://example.com/1", Some(" \n"), Some(&"\0가".repeat(400))).expect("an address");
        assert_eq!((lecture.course(), lecture.title().map(|it| it.chars().count())), (None, Some(300)));
    }
}
