//! The numbered events and alerts of one watch session.

use serde::{Deserialize, Serialize};

use super::Millis;
use super::changes::{Alert, Change, Event, Kind, Level};

const KINDS: usize = 6;

/// An event that lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Open {
    number: u32,
    start: Millis,
    peak: Level,
    alert: Option<u32>,
}

/// What is open, and the next numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    open: [Option<Open>; KINDS],
    events: u32,
    alerts: u32,
}

impl Ledger {
    /// Opens the kind's event or makes it louder; says nothing when nothing is new. The event comes before its alert.
    pub fn report(&mut self, kind: Kind, start: Millis, level: Level, at: Millis, changes: &mut Vec<Change>) {
        let slot = &mut self.open[kind as usize];
        let former = slot.map(|open| open.peak);
        if former.is_some_and(|peak| level <= peak) {
            return;
        }
        let open = slot.get_or_insert_with(|| {
            self.events = self.events.saturating_add(1);
            Open { number: self.events, start, peak: level, alert: None }
        });
        open.peak = level;
        if level > Level::Note {
            self.alerts = self.alerts.saturating_add(1);
            open.alert = Some(self.alerts);
        }
        changes.push(open.event(kind, None));
        if let Some(id) = open.alert.filter(|_| level > Level::Note) {
            changes.push(Change::Alert(Alert { id, kind, level, since: open.start, at }));
        }
    }

    /// Ends the kind's event, if one is open, and clears its alerts.
    pub fn close(&mut self, kind: Kind, end: Millis, at: Millis, changes: &mut Vec<Change>) {
        let Some(open) = self.open[kind as usize].take() else { return };
        changes.push(open.event(kind, Some(end.max(open.start))));
        if let Some(id) = open.alert {
            changes.push(Change::Cleared { id, kind, at });
        }
    }

    /// The open event's loudest alert so far.
    pub fn peak(&self, kind: Kind) -> Option<Level> {
        self.open[kind as usize].map(|open| open.peak)
    }
}

impl Open {
    fn event(&self, kind: Kind, end: Option<Millis>) -> Change {
        Change::Event(Event { number: self.number, kind, start: self.start, end, peak: self.peak })
    }
}
