//! How time was spent, in the six groups that reports show.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Serialize;
use utoipa::ToSchema;

use super::position_ms;
use crate::store::MinuteTotals;

const MINUTE_MS: u64 = 60_000;

/// A group of states.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Band {
    /// Attentive.
    Attentive,
    /// Eyes closed, drowsy or slumped.
    Drowsy,
    /// Looking away from the screen.
    LookingAway,
    /// Away from the seat.
    Absent,
    /// Too dark, too blurred, no frames.
    Unknown,
    /// The camera was off.
    Paused,
}

impl Band {
    /// All, in the order in which charts stack and tables list them.
    pub const ALL: [Self; 6] =
        [Self::Attentive, Self::Drowsy, Self::LookingAway, Self::Absent, Self::Unknown, Self::Paused];
}

/// Milliseconds per group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Totals {
    /// Attentive: the net study time.
    pub attentive_ms: u64,
    /// Eyes closed, drowsy or slumped.
    pub drowsy_ms: u64,
    /// Looking away from the screen.
    pub looking_away_ms: u64,
    /// Away from the seat.
    pub absent_ms: u64,
    /// Too dark, too blurred, no frames.
    pub unknown_ms: u64,
    /// The camera was off.
    pub paused_ms: u64,
}

impl Totals {
    /// Of one group.
    pub fn of(&self, band: Band) -> u64 {
        match band {
            Band::Attentive => self.attentive_ms,
            Band::Drowsy => self.drowsy_ms,
            Band::LookingAway => self.looking_away_ms,
            Band::Absent => self.absent_ms,
            Band::Unknown => self.unknown_ms,
            Band::Paused => self.paused_ms,
        }
    }

    /// Of all groups.
    pub fn sum_ms(&self) -> u64 {
        Band::ALL.iter().fold(0, |sum: u64, band| sum.saturating_add(self.of(*band)))
    }

    pub(super) fn plus(&self, other: &Self) -> Self {
        self.map(|band, ms| ms.saturating_add(other.of(band)))
    }

    /// `part` of `whole`, rounded down.
    pub(super) fn scaled(&self, part: u64, whole: u64) -> Self {
        let scale = |ms: u64| u128::from(ms) * u128::from(part) / u128::from(whole.max(1));
        self.map(|_, ms| u64::try_from(scale(ms)).unwrap_or(u64::MAX))
    }

    pub(super) fn map(&self, change: impl Fn(Band, u64) -> u64) -> Self {
        Self {
            attentive_ms: change(Band::Attentive, self.attentive_ms),
            drowsy_ms: change(Band::Drowsy, self.drowsy_ms),
            looking_away_ms: change(Band::LookingAway, self.looking_away_ms),
            absent_ms: change(Band::Absent, self.absent_ms),
            unknown_ms: change(Band::Unknown, self.unknown_ms),
            paused_ms: change(Band::Paused, self.paused_ms),
        }
    }
}

impl From<&MinuteTotals> for Totals {
    fn from(minute: &MinuteTotals) -> Self {
        let drowsy = [minute.eyes_closed_ms, minute.drowsy_ms, minute.slumped_ms];
        Self {
            attentive_ms: minute.attentive_ms.into(),
            drowsy_ms: drowsy.into_iter().map(u64::from).sum(),
            looking_away_ms: minute.looking_away_ms.into(),
            absent_ms: minute.absent_ms.into(),
            unknown_ms: minute.unknown_ms.into(),
            paused_ms: minute.paused_ms.into(),
        }
    }
}

/// A session's minute.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Minute {
    /// Of the session, milliseconds; the last one is shorter than a minute.
    pub span: Range<u64>,
    /// No more than the span is long.
    pub totals: Totals,
    /// Where the lecture was when it began, milliseconds.
    pub lecture_ms: Option<u64>,
}

/// The minutes by number, each cut to what fits into it and into the session.
pub(super) fn minutes(written: &[MinuteTotals], length_ms: u64) -> BTreeMap<u32, Minute> {
    let fitted = written.iter().map(|minute| {
        let start = u64::from(minute.minute) * MINUTE_MS;
        let span = start.min(length_ms)..(start + MINUTE_MS).min(length_ms);
        let (totals, room) = (Totals::from(minute), span.end - span.start);
        let sum = totals.sum_ms();
        let totals = if sum > room { totals.scaled(room, sum) } else { totals };
        (minute.minute, Minute { span, totals, lecture_ms: minute.lecture_seconds.and_then(position_ms) })
    });
    fitted.filter(|(_, minute)| !minute.span.is_empty()).collect()
}
