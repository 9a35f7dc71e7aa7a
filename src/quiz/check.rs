//! Whether a question may be shown: every rule in a file of its own, the first one broken is told.

mod draft;
mod flaw;
mod hygiene;
mod language;
mod note;
mod part;
mod quote;
mod rules;
mod solved;
mod text;

#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod table_tests;

pub use draft::{Draft, drafts};
pub use flaw::{Flaw, Place};
pub use hygiene::hidden;
pub use note::{NoteDraft, check_note, note_drafts};
pub use part::Part;
pub use solved::{Shown, solved};
pub use text::{says, squeeze};

use super::question::Question;

/// Characters of a quote, as it was said.
const QUOTE: (usize, usize) = (1, 400);

/// The question, if it keeps every rule; otherwise the first rule that it breaks. `earlier`: the lecture's questions so
/// far. Whether its key is right is told by none of the rules: see [`solved`].
pub fn check(draft: &Draft, part: &Part, earlier: &[&Question]) -> Result<Question, Flaw> {
    rules::texts(draft, part.language)?;
    let said = quote::find(&draft.quote, &draft.cues, part)?;
    hygiene::clean(&said.text, Place::Quote, QUOTE.0, QUOTE.1)?;
    let question = question(draft, part, said);
    rules::repeated(&question, earlier)?;
    Ok(question)
}

fn question(draft: &Draft, part: &Part, said: quote::Said) -> Question {
    let last = said.cues.end.checked_sub(1).and_then(|last| part.all.get(last));
    Question {
        at_s: last.map_or(0.0, |cue| cue.end_s),
        chunk: part.index,
        question: draft.question.clone(),
        options: draft.options.clone(),
        key: draft.key,
        quote: said.text,
        cues: said.cues,
    }
}
