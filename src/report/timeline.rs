//! When what happened: along the lecture where most minutes say where it was, else along the session.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Serialize;
use utoipa::ToSchema;

use super::exact::{self, Known};
use super::stretch::span;
use super::totals::{Minute, Totals};
use super::{LONGEST_MS, position_ms};
use crate::attention::{Kind, Level};
use crate::store::SessionDetails;

/// Bins at the most: on a phone each is still 3 pixels wide.
const MOST_BINS: u64 = 96;
/// Lengths of a bin that people count in, milliseconds.
const LENGTHS: [u64; 12] =
    [5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000];
const MINUTE_MS: u64 = 60_000;
/// A player that got farther than this in a minute was not played, but moved.
const FASTEST_MS: u64 = 4 * MINUTE_MS;
/// So much of the lecture is looked at while it stands still.
const STILL_MS: u64 = 1000;

/// What the timeline runs along.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Axis {
    /// Positions in the lecture.
    Lecture,
    /// Time since the session's start.
    Session,
}

/// A piece of the timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Bin {
    /// Milliseconds.
    pub from_ms: u64,
    /// Milliseconds.
    pub until_ms: u64,
    /// How the time was spent there; more than it is long where a piece was watched twice.
    pub totals: Totals,
}

/// An alert on the timeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Mark {
    /// Milliseconds.
    pub at_ms: u64,
    /// What it was about.
    #[schema(value_type = String)]
    pub kind: Kind,
    /// How loud it became.
    #[schema(value_type = String)]
    pub level: Level,
}

/// Bins of equal length, the last one cut, and the alerts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Timeline {
    /// What it runs along.
    pub axis: Axis,
    /// Where it ends, milliseconds.
    pub end_ms: u64,
    /// Without gaps; a bin of which nothing is known is empty.
    pub bins: Vec<Bin>,
    /// Warnings and alarms, in order.
    pub marks: Vec<Mark>,
}

impl Timeline {
    pub(super) fn of(minutes: &BTreeMap<u32, Minute>, details: &SessionDetails, length_ms: u64) -> Self {
        let placed = minutes.values().filter(|minute| minute.lecture_ms.is_some()).count();
        let axis = if placed * 2 > minutes.len() { Axis::Lecture } else { Axis::Session };
        let known = exact::known(details, length_ms);
        let pieces: Vec<(Range<u64>, Totals)> = match axis {
            Axis::Lecture => in_lecture(minutes, &known),
            Axis::Session => minutes.values().flat_map(|minute| exact::pieces(minute, &known)).collect(),
        };
        let end_ms = match axis {
            Axis::Lecture => {
                let told = details.summary.duration_seconds.and_then(position_ms).unwrap_or(0);
                pieces.iter().map(|(piece, _)| piece.end).fold(told, u64::max)
            }
            Axis::Session => length_ms,
        };
        let end_ms = end_ms.min(LONGEST_MS);
        Self { axis, end_ms, bins: bins(&pieces, end_ms), marks: marks(details, axis, end_ms, length_ms) }
    }
}

/// Where in the lecture each minute was spent.
fn in_lecture(minutes: &BTreeMap<u32, Minute>, known: &[Known]) -> Vec<(Range<u64>, Totals)> {
    let mut all = Vec::new();
    for (number, minute) in minutes {
        let Some(start) = minute.lecture_ms else { continue };
        let next = number.checked_add(1).and_then(|next| minutes.get(&next)).and_then(|next| next.lecture_ms);
        let whole = minute.span.end - minute.span.start;
        let length = match next.and_then(|next| next.checked_sub(start)) {
            Some(played) if played <= FASTEST_MS => played.max(STILL_MS),
            // The last minute, or one in which the learner jumped.
            _ => whole,
        };
        if length <= STILL_MS {
            all.push((start..start + length, minute.totals));
            continue;
        }
        let at = |ms: u64| start + (ms - minute.span.start) * length / whole;
        let pieces = exact::pieces(minute, known).into_iter();
        all.extend(pieces.map(|(piece, totals)| (at(piece.start)..at(piece.end), totals)));
    }
    all
}

fn bins(pieces: &[(Range<u64>, Totals)], end_ms: u64) -> Vec<Bin> {
    let fits = |length: &&u64| end_ms.div_ceil(**length) <= MOST_BINS;
    let length = LENGTHS.iter().find(fits).copied().unwrap_or(end_ms.max(1));
    let bin = |number: u64| Bin {
        from_ms: number * length,
        until_ms: ((number + 1) * length).min(end_ms),
        totals: Totals::default(),
    };
    let mut bins: Vec<Bin> = (0..end_ms.div_ceil(length)).map(bin).collect();
    for (piece, totals) in pieces {
        let first = usize::try_from(piece.start / length).unwrap_or(usize::MAX);
        for bin in bins.iter_mut().skip(first).take_while(|bin| bin.from_ms < piece.end) {
            let inside = piece.end.min(bin.until_ms).saturating_sub(piece.start.max(bin.from_ms));
            bin.totals = bin.totals.plus(&totals.scaled(inside, piece.end - piece.start));
        }
    }
    bins
}

fn marks(details: &SessionDetails, axis: Axis, end_ms: u64, length_ms: u64) -> Vec<Mark> {
    let alerts = details.events.iter().filter(|event| event.peak >= Level::PreAlarm);
    let mut marks: Vec<Mark> = alerts
        .filter_map(|event| {
            let at_ms = match axis {
                Axis::Lecture => event.lecture_seconds.and_then(position_ms)?,
                Axis::Session => span(event, details, length_ms).start,
            };
            (at_ms <= end_ms).then_some(Mark { at_ms, kind: event.kind, level: event.peak })
        })
        .collect();
    marks.sort_by_key(|mark| mark.at_ms);
    marks
}
