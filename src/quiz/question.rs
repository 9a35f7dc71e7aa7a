//! Questions that may be shown, and what is told of those that may not.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// A question that passed every check.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// When to ask it: the end of the last cue that it is about, seconds of the lecture.
    pub at_s: f64,
    /// Of which part of the transcript: 0, 1, ...
    pub chunk: usize,
    /// What is asked.
    pub question: String,
    /// Four, distinct.
    pub options: Vec<Choice>,
    /// The right one's index in `options`.
    pub key: usize,
    /// What the lecturer said, word for word.
    pub quote: String,
    /// The cues that it was said in, indices of the transcript's cues.
    pub cues: Range<usize>,
}

/// What can be answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// As shown.
    pub text: String,
    /// Why it is right, or wrong.
    pub reason: String,
}

/// A question, or a whole part's questions, that will not be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// Of which part of the transcript: 0, 1, ...
    pub chunk: usize,
    /// For people.
    pub why: String,
}

/// One part of the transcript has had its chance.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChunkDone {
    /// Which: 0, 1, ...
    pub chunk: usize,
    /// What passed, along the lecture.
    pub questions: Vec<Question>,
    /// What did not.
    pub dropped: Vec<Dropped>,
}
