//! Pages that say or ask one thing.

use askama::Template;

use crate::report::words::Words;
use crate::store::Erased;

/// What is to be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// The browser is nobody's device.
    SignedOut,
    /// There is no such page, or it is somebody else's.
    NotFound,
    /// A form came from elsewhere.
    Foreign,
    /// Erasing was not confirmed.
    Unsure,
    /// An entry link does not hold.
    BadEntry,
    /// The database is away.
    Failed,
    /// Everything was erased.
    Erased(Erased),
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "notice.html")]
pub struct NoticePage {
    w: &'static Words,
    nav: &'static str,
    title: &'static str,
    help: String,
    more: Option<&'static str>,
    /// Where to go on, and the link's words.
    on: (&'static str, &'static str),
}

impl NoticePage {
    /// The page.
    pub fn new(words: &'static Words, notice: Notice) -> Self {
        let say = &words.notices;
        let (title, help) = match notice {
            Notice::SignedOut => (say.signed_out, say.signed_out_help),
            Notice::NotFound => (say.not_found, say.not_found_help),
            Notice::Foreign => (say.foreign, say.foreign_help),
            Notice::Unsure => (say.unsure, say.unsure_help),
            Notice::BadEntry => (say.enter_bad, say.enter_bad_help),
            Notice::Failed => (say.failed, say.failed_help),
            Notice::Erased(_) => (say.erased, ""),
        };
        let (help, more) = match notice {
            Notice::Erased(erased) => {
                ((say.erased_help)(erased.sessions), (!erased.wiped).then_some(say.erased_traces))
            }
            _ => (help.to_owned(), None),
        };
        let on = match notice {
            Notice::NotFound => ("/sessions", words.session.back),
            Notice::Unsure => ("/me", words.me.title),
            _ => ("/", say.to_start),
        };
        Self { w: words, nav: "", title, help, more, on }
    }
}

/// Asks whether this browser shall be the learner's device.
#[derive(Debug, Template)]
#[template(path = "enter.html")]
pub struct EnterPage {
    w: &'static Words,
    nav: &'static str,
    title: String,
    token: String,
    next: String,
}

impl EnterPage {
    /// The page for the holder of that entry token, who is led to `next` then.
    pub fn new(words: &'static Words, name: Option<&str>, token: String, next: String) -> Self {
        let title = name.map_or_else(|| words.notices.enter_nameless.to_owned(), words.notices.enter);
        Self { w: words, nav: "", title, token, next }
    }
}
