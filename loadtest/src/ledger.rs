//! Which frames of one socket still want an answer.

use std::collections::VecDeque;
use std::time::Duration;

/// The frames of one socket, numbered from zero.
#[derive(Debug, Default)]
pub struct Ledger {
    /// The number of the first entry; all earlier ones are settled.
    first: u32,
    /// When each was due; `None` once it is settled.
    due: VecDeque<Option<Duration>>,
    open: usize,
}

/// An answer that fits no frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Misfit {
    /// No frame of this number was sent.
    Unknown,
    /// The frame had its answer.
    Twice,
}

impl Misfit {
    /// The word of the report.
    pub fn word(self) -> &'static str {
        match self {
            Self::Unknown => "violation_unknown_seq",
            Self::Twice => "violation_answered_twice",
        }
    }
}

impl Ledger {
    /// Frames sent so far, which is the next one's number too.
    pub fn sent(&self) -> u32 {
        self.first + self.due.len() as u32
    }

    /// Frames without an answer.
    pub fn open(&self) -> usize {
        self.open
    }

    /// Enters the next frame.
    pub fn enter(&mut self, due: Duration) {
        self.due.push_back(Some(due));
        self.open += 1;
    }

    /// Crosses out a frame that was answered and says when it was due.
    ///
    /// # Errors
    /// When the frame is not open.
    pub fn settle(&mut self, seq: u32) -> Result<Duration, Misfit> {
        let place = seq.checked_sub(self.first).ok_or(Misfit::Twice)?;
        let entry = self.due.get_mut(place as usize).ok_or(Misfit::Unknown)?;
        let due = entry.take().ok_or(Misfit::Twice)?;
        self.open -= 1;
        while let Some(None) = self.due.front() {
            self.due.pop_front();
            self.first += 1;
        }
        Ok(due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ledger(frames: u64) -> Ledger {
        let mut ledger = Ledger::default();
        (0..frames).for_each(|frame| ledger.enter(Duration::from_secs(frame)));
        ledger
    }

    #[test]
    fn answers_may_come_in_any_order() {
        let mut ledger = ledger(4);
        for seq in [2, 0, 3, 1] {
            assert_eq!(ledger.settle(seq), Ok(Duration::from_secs(seq.into())));
        }
        assert_eq!((ledger.open(), ledger.sent(), ledger.due.len()), (0, 4, 0));
    }

    #[test]
    fn a_second_answer_and_an_unknown_number_are_told_apart() {
        let mut ledger = ledger(3);
        assert!(ledger.settle(0).is_ok() && ledger.settle(2).is_ok());
        assert_eq!(ledger.settle(0), Err(Misfit::Twice), "before the first open one");
        assert_eq!(ledger.settle(2), Err(Misfit::Twice), "behind the first open one");
        assert_eq!(ledger.settle(3), Err(Misfit::Unknown));
        assert_eq!(ledger.open(), 1);
    }
}
