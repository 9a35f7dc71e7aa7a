//! Which frames of one socket still want an answer.

use std::collections::VecDeque;
use std::time::Duration;

use crate::behaviour::Shown;

/// A frame on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// When it was due, counted from the run's beginning.
    pub due: Duration,
    /// The window of time that it is counted in.
    pub window: usize,
    /// What is in the picture.
    pub shown: Shown,
    /// The number of a plain file.
    pub plain: Option<usize>,
}

/// The frames of one socket, numbered from zero.
#[derive(Debug, Default)]
pub struct Ledger {
    /// The number of the first entry; all earlier ones are settled.
    first: u32,
    /// `None` once it is settled.
    frames: VecDeque<Option<Frame>>,
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
        self.first + self.frames.len() as u32
    }

    /// Frames without an answer.
    pub fn open(&self) -> usize {
        self.open
    }

    /// Enters the next frame.
    pub fn enter(&mut self, frame: Frame) {
        self.frames.push_back(Some(frame));
        self.open += 1;
    }

    /// The frames that nobody will answer any more.
    pub fn into_open(self) -> impl Iterator<Item = Frame> {
        self.frames.into_iter().flatten()
    }

    /// Crosses out a frame that was answered and says which it was.
    ///
    /// # Errors
    /// When the frame is not open.
    pub fn settle(&mut self, seq: u32) -> Result<Frame, Misfit> {
        let place = seq.checked_sub(self.first).ok_or(Misfit::Twice)?;
        let entry = self.frames.get_mut(place as usize).ok_or(Misfit::Unknown)?;
        let frame = entry.take().ok_or(Misfit::Twice)?;
        self.open -= 1;
        while let Some(None) = self.frames.front() {
            self.frames.pop_front();
            self.first += 1;
        }
        Ok(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(seconds: u64) -> Frame {
        Frame { due: Duration::from_secs(seconds), window: 0, shown: Shown::Attentive, plain: None }
    }

    fn ledger(frames: u64) -> Ledger {
        let mut ledger = Ledger::default();
        (0..frames).for_each(|seconds| ledger.enter(frame(seconds)));
        ledger
    }

    #[test]
    fn answers_may_come_in_any_order() {
        let mut ledger = ledger(4);
        for seq in [2, 0, 3, 1] {
            assert_eq!(ledger.settle(seq), Ok(frame(seq.into())));
        }
        assert_eq!((ledger.open(), ledger.sent(), ledger.frames.len()), (0, 4, 0));
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
