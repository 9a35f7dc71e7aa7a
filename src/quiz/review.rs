//! What to look at again after wrong answers.

mod cues;

use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use whatlang::Lang;

use super::check::{check_note, note_drafts};
use super::extract;
use super::llm::{Ask, Llm, LlmError};
use super::prompt::{self, Miss};

/// Wrong answers of one request.
const AT_ONCE: usize = 20;
/// Near the model's likeliest words.
const TEMPERATURE: f64 = 0.3;

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

impl Wrong {
    fn right(&self) -> &str {
        self.options.get(self.key).map_or("", String::as_str)
    }

    fn miss(&self) -> Miss<'_> {
        let chosen = self.chosen.and_then(|chosen| self.options.get(chosen)).map(String::as_str);
        Miss { question: &self.question, right: self.right(), chosen, context: &self.context }
    }
}

/// What to look at again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Note {
    /// What it is about, in a word or a few: 60 characters at most.
    pub keyword: String,
    /// What is right, and why: 600 characters at most.
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

/// One note for each wrong answer, in their order. Without a model, without cited cues, or where its note does not pass the checks, from
/// what is known of the question.
/// Takes no longer than the model's budget for one call, however many there are.
pub async fn notes(llm: Option<&Llm>, wrong: &[Wrong]) -> Vec<Note> {
    let mut notes: Vec<Note> = wrong.iter().map(cues::note).collect();
    if let Some(llm) = llm {
        // What the model wrote until then is kept.
        let _ = timeout(llm.budget(), improve(llm, wrong, &mut notes)).await;
    }
    notes
}

/// By requests one after the other, until one fails.
async fn improve(llm: &Llm, wrong: &[Wrong], notes: &mut [Note]) {
    let alike = |a: &Wrong, b: &Wrong| a.language == b.language && a.context.is_empty() == b.context.is_empty();
    let batches = wrong.chunk_by(alike).flat_map(|alike| alike.chunks(AT_ONCE));
    let mut rest = notes;
    for batch in batches {
        let Some((these, later)) = rest.split_at_mut_checked(batch.len()) else { return };
        // Where nothing was cited, no note could quote it.
        let cited = batch.first().is_some_and(|first| !first.context.is_empty());
        if cited && ask(llm, batch, these).await.is_err() {
            return;
        }
        rest = later;
    }
}

/// # Errors
/// Those of the request. A reply that is of no use changes nothing.
async fn ask(llm: &Llm, wrong: &[Wrong], notes: &mut [Note]) -> Result<(), LlmError> {
    let Some(first) = wrong.first() else { return Ok(()) };
    let misses: Vec<Miss> = wrong.iter().map(Wrong::miss).collect();
    let prompt = prompt::notes(first.language, &misses);
    let (system, user, schema) = (&prompt.system, &prompt.user, &prompt.schema);
    let ask = Ask { system, user, schema_name: prompt.field, schema, temperature: TEMPERATURE };
    let reply = llm.ask(&ask).await?;
    let Ok(reply) = extract::json(&reply.text, prompt.field) else { return Ok(()) };
    for draft in note_drafts(&reply, wrong.len()).into_iter().flatten() {
        let about = draft.number.checked_sub(1).and_then(|index| wrong.get(index).zip(notes.get_mut(index)));
        let Some((wrong, note)) = about.filter(|(_, note)| note.source == Source::Cues) else { continue };
        if check_note(&draft, &wrong.context, wrong.language).is_ok() {
            let (keyword, explanation) = (draft.keyword, draft.explanation);
            *note = Note { keyword, explanation, at_s: wrong.at_s, source: Source::Llm };
        }
    }
    Ok(())
}
