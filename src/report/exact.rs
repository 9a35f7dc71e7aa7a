//! A minute in pieces: what its events say of the exact time, the rest of its totals evenly around them.

use std::ops::Range;

use super::stretch::{gaps, span};
use super::totals::{Band, Minute, Totals};
use crate::attention::Kind;
use crate::store::SessionDetails;

/// When a band is known to have been, in milliseconds of the session.
pub(super) type Known = (Band, Range<u64>);

/// What the events say, in order.
pub(super) fn known(details: &SessionDetails, length_ms: u64) -> Vec<Known> {
    let events = details.events.iter();
    let mut known: Vec<Known> =
        events.filter_map(|event| Some((band(event.kind)?, span(event, details, length_ms)))).collect();
    known.sort_by_key(|(_, range)| range.start);
    known
}

fn band(kind: Kind) -> Option<Band> {
    match kind {
        Kind::EyesClosed | Kind::Drowsy | Kind::Slumped => Some(Band::Drowsy),
        Kind::Absent => Some(Band::Absent),
        Kind::LookingAway => Some(Band::LookingAway),
        Kind::Yawning => None,
    }
}

/// The minute's pieces; together no more than its totals.
pub(super) fn pieces(minute: &Minute, known: &[Known]) -> Vec<(Range<u64>, Totals)> {
    let placed = placed(minute, known);
    // Of a band no more is placed than its total.
    let told = |of: Band| placed.iter().filter(|(band, _)| *band == of).map(|(_, range)| length(range)).sum::<u64>();
    let fixed = |of: Band| minute.totals.of(of).min(told(of));
    let rest = minute.totals.map(|band, ms| ms - fixed(band));
    let taken: u64 = Band::ALL.iter().map(|band| fixed(*band)).sum();
    let room = length(&minute.span).saturating_sub(taken);
    let own = |of: Band, range: &Range<u64>| fixed(of) * length(range) / told(of).max(1);
    let mut ranges: Vec<Range<u64>> = placed.iter().map(|(_, range)| range.clone()).collect();
    ranges.sort_by_key(|range| range.start);
    let free = gaps(&minute.span, &ranges).into_iter().map(|range| {
        let totals = rest.scaled(length(&range), room);
        (range, totals)
    });
    let lost = placed.iter().map(|(of, range)| {
        let own = own(*of, range);
        let around = rest.scaled(length(range) - own, room);
        (range.clone(), around.map(|band, ms| if band == *of { ms + own } else { ms }))
    });
    lost.chain(free).collect()
}

/// What is known of the minute, each moment in one band: the one that began first.
fn placed(minute: &Minute, known: &[Known]) -> Vec<Known> {
    let (mut placed, mut from) = (Vec::new(), minute.span.start);
    for (band, range) in known {
        let inside = range.start.max(from)..range.end.min(minute.span.end);
        if !inside.is_empty() {
            from = inside.end;
            placed.push((*band, inside));
        }
    }
    placed
}

fn length(range: &Range<u64>) -> u64 {
    range.end - range.start
}
