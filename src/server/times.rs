//! Times as people and programs read and write them outside: RFC 3339.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Serialize, Serializer};

use crate::store::UtcMs;

/// Characters of a time zone's name; the longest that there are have some thirty.
const LONGEST_ZONE: usize = 64;

/// As in `2026-05-28T20:26:40.000Z`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, utoipa::ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-05-28T20:26:40.000Z")]
pub struct Iso(pub i64);

impl From<UtcMs> for Iso {
    fn from(time: UtcMs) -> Self {
        Self(time.0)
    }
}

impl Serialize for Iso {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{:.3}", timestamp(self.0)))
    }
}

/// What lies beyond the years that can be written becomes the first or last of them.
fn timestamp(ms: i64) -> Timestamp {
    let limit = if ms < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_millisecond(ms).unwrap_or(limit)
}

/// Which end of a span of time somebody names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// A date stands for its beginning.
    From,
    /// A date stands for the next one's beginning: the day itself is within.
    Until,
}

/// A time with an offset, or a date in `zone`. None: it is neither.
pub fn parse(text: &str, end: End, zone: &TimeZone) -> Option<UtcMs> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(UtcMs(time.as_millisecond()));
    }
    // A date, and nothing behind it that would be passed over in silence.
    let date: Date = if text.len() == "2026-05-28".len() { text.parse().ok()? } else { return None };
    let day = if end == End::Until { date.tomorrow().ok()? } else { date };
    Some(UtcMs(day.to_zoned_datetime(zone.clone()).ok()?.timestamp().as_millisecond()))
}

/// A time zone of the IANA database and its name as it is written there.
pub fn zone(name: &str) -> Option<(TimeZone, String)> {
    if name.len() > LONGEST_ZONE {
        return None;
    }
    let zone = TimeZone::get(name).ok()?;
    let name = zone.iana_name()?.to_owned();
    Some((zone, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc() {
        let iso = |ms| serde_json::to_string(&Iso(ms)).expect("a string");
        assert_eq!(iso(1_780_000_000_000), r#""2026-05-28T20:26:40.000Z""#);
        assert_eq!(iso(-1), r#""1969-12-31T23:59:59.999Z""#);
        assert!(iso(i64::MAX).starts_with(r#""9999-"#) && iso(i64::MIN).starts_with(r#""-009999-"#));
    }

    #[test]
    fn times_and_dates_are_read() {
        let seoul = zone("asia/seoul").expect("known").0;
        let at = |text, end| parse(text, end, &seoul).map(|it| it.0);
        assert_eq!(at("2026-05-28T20:26:40Z", End::From), Some(1_780_000_000_000));
        assert_eq!(at("2026-05-29T05:26:40.001+09:00", End::Until), Some(1_780_000_000_001));
        // Midnight in Seoul is 15:00 in UTC.
        assert_eq!(at("2026-05-29", End::From), at("2026-05-28T15:00:00Z", End::From));
        assert_eq!(at("2026-05-29", End::Until), at("2026-05-29T15:00:00Z", End::From));
        for bad in ["", "yesterday", "2026-02-30", "2026-05-28T20:26", "2026-05-28 or so", "1780000000", "9999-12-31"] {
            assert_eq!(at(bad, End::Until), None, "{bad}");
        }
    }

    #[test]
    fn only_iana_names_are_zones() {
        assert_eq!(zone("asia/SEOUL").map(|it| it.1).as_deref(), Some("Asia/Seoul"));
        for bad in ["", "Seoul", "+09:00", "../../etc/passwd", "'; DROP TABLE learners;--", &"a".repeat(1000)] {
            assert_eq!(zone(bad).map(|it| it.1), None, "{bad}");
        }
    }
}
