//! What to look at again after wrong answers.

use serde::{Deserialize, Serialize};

use super::llm::Llm;
use whatlang::Lang;

/// A question that was answered wrong, or not at all.
#[derive(Debug, Clone, PartialEq)]
pub struct Wrong {
    /// What was asked.
    pub question: String,
    /// As stored.
    pub options: Vec<String>,
    /// The right one's index in `options`.
    pub key: usize,
    /// The learner's; None when there was no answer.
    pub chosen: Option<usize>,
    /// Why the right one is right.
    pub reason: String,
    /// What the lecturer said, word for word.
    pub quote: String,
    /// What was said in the cited cues, the quote among it.
    pub context: String,
    /// When it was asked, seconds of the lecture.
    pub at_s: f64,
    /// The lecture's language.
    pub language: Lang,
}

/// What to look at again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// What it is about, in a word or a few.
    pub keyword: String,
    /// What is right, and why.
    pub explanation: String,
    /// Where in the lecture, seconds.
    pub at_s: f64,
    /// By whom it was written.
    pub source: Source,
}

/// By whom a note was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The language model.
    Llm,
    /// Nobody: put together from the cited cues.
    Cues,
}

/// One note for each wrong answer, in their order. Without a model, or where its note does not pass the checks, from the cited cues.
/// Takes no longer than the model's budget for one call, however many there are.
pub async fn notes(llm: Option<&Llm>, wrong: &[Wrong]) -> Vec<Note> {
    let _ = (llm, wrong);
    Vec::new()
}
