//! The longest time without a loss of attention: by the events; by the minutes where events are deleted.

use std::collections::BTreeMap;
use std::ops::Range;

use super::since;
use super::totals::Minute;
use crate::attention::Kind;
use crate::store::{AttentionEvent, SessionDetails};

/// Attentive milliseconds of the longest time between two events that the camera saw without a pause.
pub(super) fn between_events(minutes: &BTreeMap<u32, Minute>, details: &SessionDetails, length_ms: u64) -> u64 {
    let lapses = lapses(details, length_ms);
    let (mut longest, mut stretch, mut until) = (0, 0, None);
    for minute in minutes.values() {
        let free = gaps(&minute.span, &lapses);
        let whole: u64 = free.iter().map(|gap| gap.end - gap.start).sum();
        let attentive_ms = minute.totals.attentive_ms.min(whole);
        for gap in free {
            let part = attentive_ms * (gap.end - gap.start) / whole.max(1);
            stretch = if until == Some(gap.start) { stretch + part } else { part };
            longest = longest.max(stretch);
            until = Some(gap.end);
        }
        // Where in its minute a pause was, nobody knows.
        until = until.filter(|_| minute.totals.paused_ms == 0);
    }
    longest
}

/// Attentive milliseconds of the longest row of minutes that were each at least half attentive.
pub(super) fn by_minutes(minutes: &BTreeMap<u32, Minute>) -> u64 {
    let (mut longest, mut stretch, mut until) = (0, 0, None);
    for minute in minutes.values() {
        let attentive_ms = minute.totals.attentive_ms;
        if attentive_ms * 2 < minute.span.end - minute.span.start {
            continue;
        }
        stretch = if until == Some(minute.span.start) { stretch + attentive_ms } else { attentive_ms };
        longest = longest.max(stretch);
        until = Some(minute.span.end);
    }
    longest
}

/// When the event was, in milliseconds of the session.
pub(super) fn span(event: &AttentionEvent, details: &SessionDetails, length_ms: u64) -> Range<u64> {
    let start = since(details.summary.started, event.started).min(length_ms);
    let end = event.ended.map_or(length_ms, |ended| since(details.summary.started, ended)).min(length_ms);
    start..end.max(start)
}

/// When attention was lost, in order.
fn lapses(details: &SessionDetails, length_ms: u64) -> Vec<Range<u64>> {
    let losses = details.events.iter().filter(|event| event.kind != Kind::Yawning);
    let mut lapses: Vec<Range<u64>> = losses.map(|event| span(event, details, length_ms)).collect();
    lapses.sort_by_key(|lapse| lapse.start);
    lapses
}

/// What of `whole` is in none of `taken`, which are in order.
pub(super) fn gaps(whole: &Range<u64>, taken: &[Range<u64>]) -> Vec<Range<u64>> {
    let (mut gaps, mut from) = (Vec::new(), whole.start);
    for range in taken.iter().filter(|range| range.start < whole.end && range.end > whole.start) {
        if range.start > from {
            gaps.push(from..range.start);
        }
        from = from.max(range.end);
    }
    if from < whole.end {
        gaps.push(from..whole.end);
    }
    gaps
}
