//! What may be worth watching again: where warnings and alarms began, a little earlier; what is close is merged.

use serde::Serialize;
use utoipa::ToSchema;

use super::stretch::span;
use super::{Axis, link, position_ms};
use crate::attention::{Kind, Level};
use crate::store::SessionDetails;

/// Attention fades before it is gone.
const LEAD_MS: u64 = 5000;
/// Losses of attention with less between them are one moment.
const CLOSE_MS: u64 = 5000;
/// The same for losses of one kind.
const ALIKE_MS: u64 = 30_000;

/// A piece to watch again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Moment {
    /// Whether positions are the lecture's; the session's when the client did not say where the lecture was.
    pub axis: Axis,
    /// Where to begin, milliseconds.
    pub from_ms: u64,
    /// Where attention was back, milliseconds.
    pub until_ms: u64,
    /// What happened, without repetition.
    #[schema(value_type = Vec<String>)]
    pub kinds: Vec<Kind>,
    /// The loudest alert.
    #[schema(value_type = String)]
    pub level: Level,
    /// The lecture at that second, if its address can be opened.
    pub link: Option<String>,
}

/// The moments of a session, along the lecture first.
pub(super) fn of(details: &SessionDetails, length_ms: u64) -> Vec<Moment> {
    let mut found: Vec<Moment> = details
        .events
        .iter()
        .filter(|event| event.peak >= Level::PreAlarm)
        .map(|event| {
            let when = span(event, details, length_ms);
            let (axis, at) = match event.lecture_seconds.and_then(position_ms) {
                Some(at) => (Axis::Lecture, at),
                None => (Axis::Session, when.start),
            };
            let (from_ms, until_ms) = (at.saturating_sub(LEAD_MS), at.saturating_add(when.end - when.start));
            Moment { axis, from_ms, until_ms, kinds: vec![event.kind], level: event.peak, link: None }
        })
        .collect();
    found.sort_by_key(|moment| (moment.axis, moment.from_ms));
    let mut merged: Vec<Moment> = Vec::new();
    for moment in found {
        match merged.last_mut() {
            Some(last) if last.is_close_to(&moment) => last.take_in(&moment),
            _ => merged.push(moment),
        }
    }
    let address = details.summary.url.as_deref();
    for moment in merged.iter_mut().filter(|moment| moment.axis == Axis::Lecture) {
        moment.link = address.and_then(|address| link::at(address, moment.from_ms / 1000));
    }
    merged
}

impl Moment {
    /// Whether they are one; `next` does not begin before this.
    fn is_close_to(&self, next: &Self) -> bool {
        let alike = next.kinds.iter().all(|kind| self.kinds.last() == Some(kind));
        let between = (next.from_ms + LEAD_MS).saturating_sub(self.until_ms);
        self.axis == next.axis && between < if alike { ALIKE_MS } else { CLOSE_MS }
    }

    fn take_in(&mut self, other: &Self) {
        self.until_ms = self.until_ms.max(other.until_ms);
        self.level = self.level.max(other.level);
        for kind in &other.kinds {
            if !self.kinds.contains(kind) {
                self.kinds.push(*kind);
            }
        }
    }
}
