//! Whether a review note may be shown.

use serde_json::Value;
use whatlang::Lang;

use super::Flaw;

/// What to look at again, as the model wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteDraft {
    /// Of which wrong answer: 1, 2, ... as in the prompt.
    pub number: usize,
    /// What it is about, in a word or a few.
    pub keyword: String,
    /// What is right, and why.
    pub explanation: String,
    /// What the lecturer is said to have said.
    pub quote: String,
}

/// What `{"notes": [...]}` holds, in its order, at most `most` of it.
pub fn note_drafts(reply: &Value, most: usize) -> Vec<Result<NoteDraft, Flaw>> {
    let _ = (reply, most);
    Vec::new()
}

/// Whether the note keeps every rule. `context`: what was said in the cited cues. What is returned is the quote as it was said.
pub fn check_note(note: &NoteDraft, context: &str, language: Lang) -> Result<String, Flaw> {
    let _ = (note, context, language);
    Err(Flaw::KeyUnclear)
}
