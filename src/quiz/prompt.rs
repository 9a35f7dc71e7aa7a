//! What the language model is told, and the shape of its reply.

use serde_json::Value;
use whatlang::Lang;

use super::check::{Part, Shown};
use super::question::Question;

/// Of the texts and schemas in here: whoever changes them counts on, as questions are kept by it.
pub const VERSION: u32 = 1;

/// One request.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    /// Who the model is and what it must do.
    pub system: String,
    /// The task and its data.
    pub user: String,
    /// The schema's name; also the field of the reply that matters: pass it to `extract::json`.
    pub field: &'static str,
    /// JSON schema of the reply, fit for the strict mode of OpenAI's servers.
    pub schema: Value,
}

/// A question that was answered wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Miss<'a> {
    /// What was asked.
    pub question: &'a str,
    /// The right option.
    pub right: &'a str,
    /// The option taken; None when there was no answer.
    pub chosen: Option<&'a str>,
    /// What was said in the cited cues, the quote among it.
    pub context: &'a str,
}

/// How many questions to ask for: 1 to 3, by how much was said.
pub fn wanted(part: &Part) -> usize {
    let _ = part;
    1
}

/// Asks for questions about a part. `earlier`: the lecture's questions so far; `rejected`: why earlier tries were refused.
pub fn questions(part: &Part, wanted: usize, earlier: &[&Question], rejected: &[String]) -> Prompt {
    let _ = (part, wanted, earlier, rejected);
    Prompt { system: String::new(), user: String::new(), field: "questions", schema: Value::Null }
}

/// Asks for the answers to questions about a part, from one who has not seen their keys.
pub fn solve(part: &Part, shown: &[Shown]) -> Prompt {
    let _ = (part, shown);
    Prompt { system: String::new(), user: String::new(), field: "answers", schema: Value::Null }
}

/// Asks for a note on each wrong answer, numbered from 1.
pub fn notes(language: Lang, misses: &[Miss]) -> Prompt {
    let _ = (language, misses);
    Prompt { system: String::new(), user: String::new(), field: "notes", schema: Value::Null }
}
