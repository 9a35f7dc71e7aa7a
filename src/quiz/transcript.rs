//! What was said when: cues, sentences and parts of a few minutes.
//!
//! Raw cues come from a file ([`subtitles`]) or a player; [`Transcript::new`] makes them clean once, and everything after it counts in
//! the clean cues. Where a file of 4 MiB could ask for too much work, every step's work is linear in the text.

mod chunks;
mod clean;
mod cues;
mod language;
mod rolling;
mod sentences;
pub mod subtitles;
#[cfg(test)]
mod tests;

use std::ops::Range;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use whatlang::Lang;

/// The language of a sentence or two: Korean also with foreign terms in it, English when nothing can be told.
pub fn language_of(text: &str) -> Lang {
    language::of_sentence(text)
}

/// Cues of one transcript, at most: a lecture of a day has about 30,000.
pub const MAX_CUES: usize = 50_000;
/// Bytes of all cues' texts, at most.
pub const MAX_BYTES: usize = 4 << 20;
/// Characters below which nothing can be asked: about 20 seconds of speech.
pub const MIN_CHARS: usize = 200;
/// Seconds: a lecture ends within 7 days.
const LONGEST_S: f64 = 7.0 * 86_400.0;
/// Goes up when the same raw cues no longer give the same transcript, or the same hash.
const VERSION: u8 = 1;

/// What a player shows at one time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cue {
    /// Seconds from the lecture's beginning.
    pub start_s: f64,
    /// Seconds; later than `start_s` once normalised. A raw one may be missing: NaN, or not after `start_s`.
    #[serde(default)]
    pub end_s: f64,
    /// Raw: as in the file, with line breaks, tags and entities. Normalised: plain text in one line, NFC.
    pub text: String,
}

/// What was said in one go.
#[derive(Debug, Clone, PartialEq)]
pub struct Sentence {
    /// Verbatim from the cues, which are joined by one space; at most 300 characters.
    pub text: String,
    /// Seconds; inside a cue in proportion to the characters.
    pub start_s: f64,
    /// Seconds, not before `start_s`.
    pub end_s: f64,
    /// The cues that it touches, of [`Transcript::cues`]; the first and the last may hold other sentences too.
    pub cues: Range<usize>,
}

/// A part of a few minutes: whole sentences, each in one part.
#[derive(Debug, Clone, PartialEq)]
pub struct Chunk {
    /// 0, 1, ... along the lecture.
    pub index: usize,
    /// Seconds: its first sentence begins.
    pub start_s: f64,
    /// Seconds: its last sentence ends.
    pub end_s: f64,
    /// Of [`Transcript::sentences`]; never empty.
    pub sentences: Range<usize>,
    /// The cues that it touches, of [`Transcript::cues`]; a neighbour may touch the first or the last too.
    pub cues: Range<usize>,
}

/// Why there is nothing to ask about. For people, and told apart by what reads cues.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TranscriptError {
    /// No cue, or none with a word in it.
    #[error("no speech in the transcript: every cue was empty, out of time, or a sound such as [Music]")]
    Empty,
    /// Below [`MIN_CHARS`].
    #[error("only {0} characters of speech in the transcript, and a quiz needs {MIN_CHARS}")]
    TooShort(usize),
    /// Above [`MAX_CUES`].
    #[error("{0} cues in the transcript, and at most {MAX_CUES} are taken")]
    TooManyCues(usize),
    /// Above [`MAX_BYTES`].
    #[error("{0} bytes of text in the transcript, and at most {MAX_BYTES} are taken")]
    TooLong(usize),
}

/// A lecture's words with their times, clean and in order. Never empty.
#[derive(Debug, Clone, PartialEq)]
pub struct Transcript {
    cues: Vec<Cue>,
    sentences: Vec<Sentence>,
    chunks: Vec<Chunk>,
    language: Lang,
    hash: String,
}

impl Transcript {
    /// From raw cues in any order. Pure: the same cues give the same transcript.
    ///
    /// Give it raw cues only, once: tags and entities in clean ones would be read a second time.
    pub fn new(raw: Vec<Cue>) -> Result<Self, TranscriptError> {
        bounded(&raw)?;
        let cues = cues::normalise(raw);
        if cues.is_empty() {
            return Err(TranscriptError::Empty);
        }
        let chars = cues.iter().map(|cue| cue.text.chars().count()).sum();
        if chars < MIN_CHARS {
            return Err(TranscriptError::TooShort(chars));
        }
        let sentences = sentences::split(&cues);
        let chunks = chunks::cut(&sentences);
        let (language, hash) = (language::of(&cues), hash(&cues));
        Ok(Self { cues, sentences, chunks, language, hash })
    }

    /// Starts rise, no two overlap, each has a word and at most 300 characters.
    pub fn cues(&self) -> &[Cue] {
        &self.cues
    }

    /// Every word of the cues is in exactly one.
    pub fn sentences(&self) -> &[Sentence] {
        &self.sentences
    }

    /// 2 to 4 minutes each where the speech allows it; every sentence is in exactly one.
    pub fn chunks(&self) -> &[Chunk] {
        &self.chunks
    }

    /// In which it was spoken, for the most part; English when it cannot be told.
    pub fn language(&self) -> Lang {
        self.language
    }

    /// Sha256 of the clean cues in 64 hexadecimal digits: the same for the same words at the same times (to 0.1 s).
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// What the cues say, joined by one space; indices that there are not say nothing.
    pub fn said(&self, cues: Range<usize>) -> String {
        let end = cues.end.min(self.cues.len());
        let texts = self.cues.get(cues.start..end).unwrap_or_default().iter().map(|cue| cue.text.as_str());
        texts.collect::<Vec<_>>().join(" ")
    }
}

fn bounded(raw: &[Cue]) -> Result<(), TranscriptError> {
    if raw.len() > MAX_CUES {
        return Err(TranscriptError::TooManyCues(raw.len()));
    }
    let bytes = raw.iter().map(|cue| cue.text.len()).sum();
    if bytes > MAX_BYTES { Err(TranscriptError::TooLong(bytes)) } else { Ok(()) }
}

fn hash(cues: &[Cue]) -> String {
    let mut hasher = Sha256::new_with_prefix([VERSION]);
    for cue in cues {
        let tenths = [cue.start_s, cue.end_s].map(|seconds| (seconds * 10.0).round() as u64);
        for number in tenths.into_iter().chain([cue.text.len() as u64]) {
            hasher.update(number.to_le_bytes());
        }
        hasher.update(&cue.text);
    }
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
