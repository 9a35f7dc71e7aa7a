//! A question as the model wrote it: read where its meaning is clear, refused where it is not.

use serde_json::Value;

use super::Flaw;
use crate::quiz::question::Choice;

/// A question as the model wrote it: of the right shape, and no more than that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What is asked.
    pub question: String,
    /// As many as there were.
    pub options: Vec<Choice>,
    /// The right one's index in `options`.
    pub key: usize,
    /// What the lecturer is said to have said.
    pub quote: String,
    /// Numbers of cues, as cited.
    pub cues: Vec<usize>,
}

/// What `{"questions": [...]}` holds, in its order, at most `most` of it; each is a draft or says what is wrong with it.
pub fn drafts(reply: &Value, most: usize) -> Vec<Result<Draft, Flaw>> {
    let _ = (reply, most);
    Vec::new()
}
