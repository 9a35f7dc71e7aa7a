//! The part of a lecture that a question is about.

use std::ops::Range;

use whatlang::Lang;

use crate::quiz::transcript::{Chunk, Cue, Transcript};

/// A few minutes of a lecture: what the model is shown, and what its questions are held against.
#[derive(Debug, Clone)]
pub struct Part<'a> {
    /// Of which part of the transcript: 0, 1, ...
    pub index: usize,
    /// All cues of the lecture, normalised (NFC); a cue's number is its index here.
    pub all: &'a [Cue],
    /// The part's own.
    pub cues: Range<usize>,
    /// What the lecture is held in.
    pub language: Lang,
}

impl<'a> Part<'a> {
    /// One of the transcript's own chunks.
    pub fn of(transcript: &'a Transcript, chunk: &Chunk) -> Self {
        let (index, cues) = (chunk.index, chunk.cues.clone());
        Self { index, all: transcript.cues(), cues, language: transcript.language() }
    }

    /// What was said in some of the cues, a space between them; cues that there are not say nothing.
    pub fn text(&self, cues: Range<usize>) -> String {
        let texts: Vec<&str> = self.all.get(cues).unwrap_or_default().iter().map(|cue| cue.text.as_str()).collect();
        texts.join(" ")
    }
}
