//! Numbers, dates and lengths of time as each language writes them.

use jiff::Timestamp;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;

use crate::store::UtcMs;

/// How a language writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `1 h 5 min`, `Wed 25 Nov 2026, 14:03`.
    English,
    /// `1시간 5분`, `2026년 11월 25일 (수) 14:03`.
    Korean,
}

const KOREAN_DAYS: [&str; 7] = ["월", "화", "수", "목", "금", "토", "일"];

impl Format {
    /// A length of time: seconds below ten minutes, minutes above.
    pub fn length(self, ms: u64) -> String {
        let seconds = ms.saturating_add(500) / 1000;
        let minutes = seconds.saturating_add(30) / 60;
        let parts = match seconds {
            0..60 => [(0, 'h'), (0, 'm'), (seconds, 's')],
            60..600 => [(0, 'h'), (seconds / 60, 'm'), (seconds % 60, 's')],
            _ => [(minutes / 60, 'h'), (minutes % 60, 'm'), (0, 's')],
        };
        let words: Vec<String> = parts.iter().filter(|part| part.0 > 0).map(|part| self.unit(*part)).collect();
        if words.is_empty() { self.unit((0, 's')) } else { words.join(" ") }
    }

    fn unit(self, (number, unit): (u64, char)) -> String {
        let number = grouped(number);
        match (self, unit) {
            (Self::English, 'h') => format!("{number} h"),
            (Self::English, 'm') => format!("{number} min"),
            (Self::English, _) => format!("{number} s"),
            (Self::Korean, 'h') => format!("{number}시간"),
            (Self::Korean, 'm') => format!("{number}분"),
            (Self::Korean, _) => format!("{number}초"),
        }
    }

    /// A day and a time of day.
    pub fn date_time(self, at: UtcMs, zone: &TimeZone) -> String {
        let separator = if self == Self::English { ", " } else { " " };
        format!("{}{separator}{}", self.date(at, zone), time_of_day(at, zone, false))
    }

    /// A day.
    pub fn date(self, at: UtcMs, zone: &TimeZone) -> String {
        let time = timestamp(at).to_zoned_datetime(zone.clone());
        match self {
            Self::English => time.strftime("%a %-d %b %Y").to_string(),
            Self::Korean => {
                let day = KOREAN_DAYS.get(usize::from(monday_first(time.weekday()))).copied().unwrap_or_default();
                format!("{}년 {}월 {}일 ({day})", time.year(), time.month(), time.day())
            }
        }
    }
}

fn monday_first(day: Weekday) -> u8 {
    u8::try_from(day.to_monday_zero_offset()).unwrap_or(0)
}

/// `14:03`, or `14:03:59`.
pub fn time_of_day(at: UtcMs, zone: &TimeZone, seconds: bool) -> String {
    let time = timestamp(at).to_zoned_datetime(zone.clone());
    time.strftime(if seconds { "%H:%M:%S" } else { "%H:%M" }).to_string()
}

/// The time as machines read it.
pub fn iso(at: UtcMs) -> String {
    timestamp(at).to_string()
}

/// A position in a lecture: `1:02:03` or `2:03`.
pub fn position(ms: u64) -> String {
    let seconds = ms / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// `83%`; None for none.
pub fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{:.0}%", share * 100.0))
}

/// With thousands apart, as both languages do.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The learner's time zone; UTC when there is none, or none of that name.
pub fn zone(name: Option<&str>) -> TimeZone {
    name.and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC)
}

/// What lies beyond jiff's years is its first or last moment.
fn timestamp(at: UtcMs) -> Timestamp {
    let nearest = if at.0 < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_millisecond(at.0).unwrap_or(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_as_people_say_them() {
        for (ms, english, korean) in [
            (0, "0 s", "0초"),
            (59_400, "59 s", "59초"),
            (60_000, "1 min", "1분"),
            (125_000, "2 min 5 s", "2분 5초"),
            (3_599_000, "1 h", "1시간"),
            (5_000_000, "1 h 23 min", "1시간 23분"),
        ] {
            assert_eq!((Format::English.length(ms), Format::Korean.length(ms)), (english.into(), korean.into()));
        }
        assert!(!Format::English.length(u64::MAX).is_empty());
    }

    #[test]
    fn dates_in_the_learner_s_time_zone() {
        let at = UtcMs(1_795_564_800_000); // 2026-11-25T00:00:00Z
        let seoul = zone(Some("Asia/Seoul"));
        assert_eq!(Format::English.date_time(at, &seoul), "Wed 25 Nov 2026, 09:00");
        assert_eq!(Format::Korean.date_time(at, &seoul), "2026년 11월 25일 (수) 09:00");
        assert_eq!(Format::English.date(at, &zone(Some("America/New_York"))), "Tue 24 Nov 2026");
        assert_eq!(zone(Some("Mars/Olympus")), TimeZone::UTC);
        for extreme in [i64::MIN, i64::MAX] {
            assert!(!Format::Korean.date_time(UtcMs(extreme), &seoul).is_empty());
        }
    }

    #[test]
    fn numbers_and_positions() {
        assert_eq!((grouped(0), grouped(999), grouped(1_234_567)), ("0".into(), "999".into(), "1,234,567".into()));
        assert_eq!((position(63_000), position(3_723_999)), ("1:03".into(), "1:02:03".into()));
        assert_eq!((percent(Some(0.834)), percent(None)), ("83%".into(), "–".into()));
    }
}
