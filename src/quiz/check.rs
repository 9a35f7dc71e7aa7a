//! Whether a question may be shown.

mod draft;
mod flaw;
mod note;
mod part;
mod solved;

pub use draft::{Draft, drafts};
pub use flaw::Flaw;
pub use note::{NoteDraft, check_note, note_drafts};
pub use part::Part;
pub use solved::{Shown, solved};

use super::question::Question;

/// The question, if it keeps every rule; otherwise the first rule that it breaks. `earlier`: the lecture's questions so far.
pub fn check(draft: &Draft, part: &Part, earlier: &[&Question]) -> Result<Question, Flaw> {
    let _ = (draft, part, earlier);
    Err(Flaw::KeyUnclear)
}
