//! One session's story: numbers, the lecture's timeline, what to watch again; and its charts and pages.
//!
//! [`Report::of`] is pure: it is given what the store holds, and the time for a session that still runs.

pub mod chart;
mod exact;
pub mod format;
pub mod link;
mod moments;
pub mod pages;
mod stretch;
#[cfg(test)]
mod tests;
mod timeline;
mod totals;
pub mod words;

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

pub use self::moments::Moment;
pub use self::timeline::{Axis, Bin, Mark, Timeline};
pub use self::totals::{Band, Totals};
use crate::attention::Level;
use crate::store::{SessionDetails, UtcMs};

const DAY: Duration = Duration::from_hours(24);
/// A week: positions in lectures beyond it are nonsense.
const LONGEST_MS: u64 = 7 * 86_400_000;

/// What a session came to.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Report {
    /// Whether it has no end yet.
    pub running: bool,
    /// Whether its single events are still kept. If not, nobody knows how many warnings, alarms and moments there were.
    pub events_kept: bool,
    /// From its start to its end, or to now; milliseconds.
    pub length_ms: u64,
    /// How long the lecture is, if a client said so; milliseconds.
    pub lecture_ms: Option<u64>,
    /// How much of the lecture was played, if the client said so; milliseconds.
    pub played_ms: Option<u64>,
    /// How the time was spent; never more than `length_ms` in all. The attentive time is the net study time.
    pub totals: Totals,
    /// The rest of `length_ms`: nothing is known of it; milliseconds.
    pub unrecorded_ms: u64,
    /// The longest attentive time without a lapse or pause in between; milliseconds.
    pub longest_attentive_ms: u64,
    /// Events that led to a warning, but no alarm.
    pub warnings: usize,
    /// Events that led to an alarm.
    pub alarms: usize,
    /// That were looked at; none if the camera was never on.
    pub frames: u64,
    /// When what happened, along the lecture or the session.
    pub timeline: Timeline,
    /// What may be worth watching again, in order.
    pub moments: Vec<Moment>,
}

impl Report {
    /// The numbers of a session; `now` is the end of one that still runs, events are deleted after `retention_days`.
    pub fn of(details: &SessionDetails, now: UtcMs, retention_days: u32) -> Self {
        let summary = &details.summary;
        let length_ms = since(summary.started, summary.ended.unwrap_or(now));
        let minutes = totals::minutes(&details.minutes, length_ms);
        let totals = minutes.values().fold(Totals::default(), |sum, minute| sum.plus(&minute.totals));
        let events_kept = events_kept(summary.started, now, retention_days);
        let longest = match events_kept {
            true => stretch::between_events(&minutes, details, length_ms),
            false => stretch::by_minutes(&minutes),
        };
        let peaks = |level| details.events.iter().filter(|event| event.peak == level).count();
        Self {
            running: summary.ended.is_none(),
            events_kept,
            length_ms,
            lecture_ms: summary.duration_seconds.and_then(position_ms),
            played_ms: summary.lecture_seconds.and_then(position_ms),
            unrecorded_ms: length_ms.saturating_sub(totals.sum_ms()),
            longest_attentive_ms: longest.min(totals.attentive_ms),
            totals,
            warnings: peaks(Level::PreAlarm),
            alarms: peaks(Level::Alarm),
            frames: details.minutes.iter().map(|minute| u64::from(minute.frames)).sum(),
            timeline: Timeline::of(&minutes, details, length_ms),
            moments: moments::of(details, length_ms),
        }
    }

    /// The net study time's share of [`Self::whole_ms`], 0..1; None of nothing.
    pub fn attentive_share(&self) -> Option<f64> {
        share(self.totals.attentive_ms, self.whole_ms())
    }

    /// What shares are of: the length; of a session that still runs what is recorded, as minutes are written when they end.
    pub fn whole_ms(&self) -> u64 {
        if self.running { self.totals.sum_ms() } else { self.length_ms }
    }
}

/// Whether a session that began then still has all of its single events.
pub(crate) fn events_kept(started: UtcMs, now: UtcMs, retention_days: u32) -> bool {
    started >= now.before(DAY * retention_days)
}

/// `part` of `whole`, 0..1; None of nothing.
pub(crate) fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| (part as f64 / whole as f64).clamp(0.0, 1.0))
}

/// Milliseconds from one time to a later one; 0 when it is not later.
fn since(from: UtcMs, to: UtcMs) -> u64 {
    u64::try_from(to.0.saturating_sub(from.0)).unwrap_or(0)
}

/// A position in a lecture or its length; None for what is none.
pub(crate) fn position_ms(seconds: f64) -> Option<u64> {
    let ms = seconds * 1000.0;
    (0.0..=LONGEST_MS as f64).contains(&ms).then_some(ms as u64)
}
