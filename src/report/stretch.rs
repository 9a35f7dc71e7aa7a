//! The longest time without a loss of attention: minutes that were mostly attentive, cut where events say otherwise.

use std::collections::BTreeMap;
use std::ops::Range;

use super::since;
use super::totals::Minute;
use crate::attention::Kind;
use crate::store::{AttentionEvent, SessionDetails};

/// Milliseconds of the longest such time.
pub(super) fn longest(minutes: &BTreeMap<u32, Minute>, details: &SessionDetails, length_ms: u64) -> u64 {
    let mut cuts: Vec<Range<u64>> = details
        .events
        .iter()
        .filter(|event| event.kind != Kind::Yawning)
        .map(|event| span(event, details, length_ms))
        .collect();
    cuts.sort_by_key(|cut| cut.start);
    runs(minutes).into_iter().map(|run| longest_between(run, &cuts)).max().unwrap_or(0)
}

/// When the event was, in milliseconds of the session.
pub(super) fn span(event: &AttentionEvent, details: &SessionDetails, length_ms: u64) -> Range<u64> {
    let start = since(details.summary.started, event.started).min(length_ms);
    let end = event.ended.map_or(length_ms, |ended| since(details.summary.started, ended)).min(length_ms);
    start..end.max(start)
}

/// Minutes that follow each other, each at least half attentive.
fn runs(minutes: &BTreeMap<u32, Minute>) -> Vec<Range<u64>> {
    let mut runs: Vec<Range<u64>> = Vec::new();
    for minute in minutes.values() {
        if minute.totals.attentive_ms * 2 < minute.span.end - minute.span.start {
            continue;
        }
        match runs.last_mut() {
            Some(run) if run.end == minute.span.start => run.end = minute.span.end,
            _ => runs.push(minute.span.clone()),
        }
    }
    runs
}

fn longest_between(run: Range<u64>, cuts: &[Range<u64>]) -> u64 {
    let (mut from, mut longest) = (run.start, 0);
    for cut in cuts.iter().filter(|cut| cut.end > run.start && cut.start < run.end) {
        longest = longest.max(cut.start.saturating_sub(from));
        from = from.max(cut.end);
    }
    longest.max(run.end.saturating_sub(from))
}
