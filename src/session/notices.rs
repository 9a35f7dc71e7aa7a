//! The numbered alerts and clearances of one watch session, kept until the client acknowledges them.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::protocol::server::{Alert, AlertCleared, AlertKind, AlertLevel, Notice};

/// Kept at most. Within two minutes of absence some six can come.
const CAPACITY: usize = 32;

/// What was said and may have been missed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notices {
    /// Of the newest.
    n: u64,
    /// Up to here they are acknowledged, or were thrown away for lack of room.
    gone: u64,
    /// Up to here they were thrown away without having been acknowledged.
    lost: u64,
    kept: VecDeque<Notice>,
}

impl Notices {
    /// Numbers an alert and keeps it. Times are ms of the watch session.
    pub fn alert(&mut self, kind: AlertKind, level: AlertLevel, since_ms: u64, at_ms: u64) -> Notice {
        let lasted_ms = at_ms.saturating_sub(since_ms);
        let n = self.next();
        self.keep(Notice::Alert(Alert { n, kind, level, since_ms, at_ms, lasted_ms }))
    }

    /// Numbers a clearance and keeps it.
    pub fn cleared(&mut self, kind: AlertKind, at_ms: u64) -> Notice {
        let n = self.next();
        self.keep(Notice::Cleared(AlertCleared { n, kind, at_ms }))
    }

    /// The client has shown what came up to `n`; a number that was never given acknowledges nothing.
    pub fn acknowledge(&mut self, n: u64) {
        if n <= self.n {
            self.gone = self.gone.max(n);
            self.kept.retain(|notice| notice.n() > n);
        }
    }

    /// What came after `last_n`, or after the last acknowledged; all of it or nothing: none when a part is lost or the
    /// number was never given.
    pub fn after(&mut self, last_n: Option<u64>) -> Option<Vec<Notice>> {
        let last = last_n.unwrap_or(0).max(self.gone.min(self.n));
        if last_n.is_some_and(|n| n > self.n) || last < self.lost {
            return None;
        }
        self.acknowledge(last);
        Some(self.kept.iter().copied().collect())
    }

    fn next(&mut self) -> u64 {
        self.n += 1;
        self.n
    }

    fn keep(&mut self, notice: Notice) -> Notice {
        if self.kept.len() == CAPACITY
            && let Some(oldest) = self.kept.pop_front()
        {
            self.lost = oldest.n();
        }
        self.kept.push_back(notice);
        notice
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(count: usize) -> Notices {
        let mut notices = Notices::default();
        for at in 0..count as u64 {
            notices.alert(AlertKind::Absent, AlertLevel::Alarm, 0, at);
        }
        notices
    }

    fn numbers(notices: Option<Vec<Notice>>) -> Option<Vec<u64>> {
        notices.map(|notices| notices.iter().map(Notice::n).collect())
    }

    #[test]
    fn what_was_not_acknowledged_is_kept_in_order() {
        let mut notices = said(4);
        notices.acknowledge(1);
        assert_eq!(numbers(notices.after(None)), Some(vec![2, 3, 4]));
        assert_eq!(numbers(notices.after(Some(3))), Some(vec![4]), "the client knows better");
        assert_eq!(numbers(notices.after(Some(0))), Some(vec![4]), "what was acknowledged is not said again");
        assert_eq!(numbers(notices.after(Some(4))), Some(vec![]));
    }

    #[test]
    fn numbers_that_were_never_given_are_not_obeyed() {
        let mut notices = said(2);
        notices.acknowledge(u64::MAX);
        assert_eq!(notices.after(Some(3)), None);
        assert_eq!(numbers(notices.after(None)), Some(vec![1, 2]));
    }

    #[test]
    fn too_many_are_lost_as_a_whole() {
        let mut notices = said(CAPACITY + 5);
        assert_eq!(notices.kept.len(), CAPACITY);
        assert_eq!(notices.after(None), None);
        assert_eq!(notices.after(Some(4)), None);
        assert_eq!(numbers(notices.after(Some(5))).map(|them| them.len()), Some(CAPACITY));
    }
}
