//! An engine's words against the truth.

use loa::attention::{Alert, Change, Event, Kind, Level, Millis, Policy};

use super::learner::{Act, Learner, Span};
use super::session::Said;

/// How far an onset may be off, ms.
const ONSET_MS: u64 = 2000;
/// What is said so long after the truth has ended is still about it, ms: leaving takes 2 s, and frames are late.
const AFTERWARDS_MS: u64 = 4000;
/// Closures and absences as the bars have them, ms.
const CLOSURE_MS: u64 = 20_000;
const ABSENCE_MS: u64 = 60_000;
/// An alarm is due only if its limit is passed by so much, ms.
const BEYOND_LIMIT_MS: u64 = 5000;
/// Truths shorter than this are not asked for: closures and absences, ms.
const ASKED_MS: u64 = 5000;

/// Found of how many.
#[derive(Debug, Clone, Copy, Default)]
pub struct Share {
    pub found: u32,
    pub of: u32,
}

impl Share {
    fn count(&mut self, found: bool) {
        self.found += u32::from(found);
        self.of += 1;
    }

    /// 0..1; none: not asked for.
    pub fn value(&self) -> Option<f64> {
        (self.of > 0).then(|| f64::from(self.found) / f64::from(self.of))
    }
}

/// Sums over learners.
#[derive(Debug, Clone, Default)]
pub struct Score {
    pub hours: f64,
    pub frames: u64,
    /// Closures and absences of 5 s or longer, with their onset within 2 s.
    pub recall: Share,
    /// Closures of 1 to 4 s.
    pub microsleeps: Share,
    /// Events of closed eyes and absence that overlap such a truth.
    pub precision: Share,
    pub alarmed_closures: Share,
    pub alarmed_absences: Share,
    pub false_alarms: u32,
    pub false_prealarms: u32,
    pub cues: u32,
    /// ms
    pub onset_errors: Vec<u64>,
    /// From the limit, ms; early ones are below 0.
    pub delays: Vec<i64>,
}

impl Score {
    /// Takes one learner's session in.
    pub fn add(&mut self, learner: &Learner, policy: &Policy, said: &Said) {
        self.hours += learner.ms as f64 / 3_600_000.0;
        self.frames += said.frames;
        let alerts: Vec<Alert> = said.changes.iter().filter_map(alert).collect();
        let events = events(&said.changes);
        for span in learner.spans.iter().filter(|span| span.end + AFTERWARDS_MS < learner.ms) {
            self.look_for(span, policy, &alerts, &events);
        }
        for event in events.iter().filter(|event| matches!(event.kind, Kind::EyesClosed | Kind::Absent)) {
            let overlaps =
                |span: &Span| explains(span, event.kind) && span.start < ended(event) && event.start < span.end;
            self.precision.count(learner.spans.iter().any(overlaps));
        }
        for alert in alerts.iter().filter(|alert| !is_true(learner, alert)) {
            match alert.level {
                Level::Alarm => self.false_alarms += 1,
                Level::PreAlarm => self.false_prealarms += 1,
                Level::Cue | Level::Note => self.cues += 1,
            }
        }
    }

    fn look_for(&mut self, span: &Span, policy: &Policy, alerts: &[Alert], events: &[Event]) {
        let length = span.end - span.start;
        let found = events
            .iter()
            .find(|event| explains(span, event.kind) && event.start < span.end && span.start < ended(event));
        let error = found.map(|event| event.start.abs_diff(span.start));
        let limits = &policy.limits;
        match span.act {
            Act::Sleep { .. } if length <= 4000 => return self.microsleeps.count(found.is_some()),
            Act::Sleep { .. } if length >= CLOSURE_MS.max(limits.eyes_closed_alarm_ms + BEYOND_LIMIT_MS) => {
                let delay = delay(span, limits.eyes_closed_alarm_ms, alerts);
                self.alarmed_closures.count(delay.is_some());
                self.delays.extend(delay);
            }
            Act::Away if length >= ABSENCE_MS.max(limits.absent_alarm_ms + BEYOND_LIMIT_MS) => {
                let delay = delay(span, limits.absent_alarm_ms, alerts);
                self.alarmed_absences.count(delay.is_some());
                self.delays.extend(delay);
            }
            Act::Sleep { .. } | Act::Away => {}
            Act::Watch | Act::Write | Act::Talk | Act::Turn(_) | Act::Yawn { .. } => return,
        }
        if length >= ASKED_MS {
            self.recall.count(error.is_some_and(|error| error <= ONSET_MS));
            self.onset_errors.extend(error);
        }
    }

    /// As a rate.
    pub fn per_hour(&self, count: u32) -> f64 {
        f64::from(count) / self.hours
    }
}

/// The share-th of sorted values; none: there are none.
pub fn quantile<T: Copy + Ord>(values: &[T], share: f64) -> Option<T> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    sorted.get(((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1))).copied()
}

fn alert(change: &Change) -> Option<Alert> {
    if let Change::Alert(alert) = change { Some(*alert) } else { None }
}

/// Every event as it was said last.
fn events(changes: &[Change]) -> Vec<Event> {
    let mut events: Vec<Event> = Vec::new();
    for change in changes {
        if let Change::Event(event) = change {
            match events.iter_mut().rev().find(|known| known.number == event.number) {
                Some(known) => *known = *event,
                None => events.push(*event),
            }
        }
    }
    events
}

fn ended(event: &Event) -> Millis {
    event.end.unwrap_or(Millis::MAX)
}

/// From the limit to the alarm, ms.
fn delay(span: &Span, limit: u64, alerts: &[Alert]) -> Option<i64> {
    let during = |alert: &&Alert| {
        alert.level == Level::Alarm && explains(span, alert.kind) && (span.start..span.end + 1000).contains(&alert.at)
    };
    alerts.iter().find(during).map(|alert| alert.at as i64 - (span.start + limit) as i64)
}

/// Whether a truth makes a word of this kind right.
fn explains(span: &Span, kind: Kind) -> bool {
    match span.act {
        Act::Sleep { .. } => matches!(kind, Kind::EyesClosed | Kind::Slumped),
        Act::Away => kind == Kind::Absent,
        Act::Yawn { shut } => kind == Kind::Yawning || (shut && kind == Kind::EyesClosed),
        Act::Write => kind == Kind::LookingAway,
        Act::Turn(_) => kind == Kind::LookingAway,
        Act::Watch | Act::Talk => false,
    }
}

/// Whether an alert has a cause. Drowsiness has one if the eyes were shut for 5 s of the last minute and a half.
fn is_true(learner: &Learner, alert: &Alert) -> bool {
    let back = if alert.kind == Kind::Drowsy { 90_000 } else { AFTERWARDS_MS };
    let from = alert.at.saturating_sub(back);
    let near = learner.spans.iter().filter(|span| span.end > from && span.start < alert.at);
    if alert.kind == Kind::Drowsy {
        let asleep = near.filter(|span| explains(span, Kind::EyesClosed));
        return asleep.map(|span| span.end.min(alert.at) - span.start.max(from)).sum::<u64>() >= 5000;
    }
    near.into_iter().any(|span| explains(span, alert.kind))
}
