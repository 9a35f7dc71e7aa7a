//! The pages as views: everything said and formatted, for the templates to lay out.

mod list;
mod me;
mod notice;
mod quizzes;
mod session;

pub use self::list::{ListPage, Query};
pub use self::me::MePage;
pub use self::notice::{EnterPage, Notice, NoticePage};
pub use self::session::SessionPage;

use jiff::tz::TimeZone;

use super::words::Words;
use crate::store::UtcMs;

/// In which words and time zone a page is shown, and when.
#[derive(Debug, Clone)]
pub struct Context {
    /// The words.
    pub words: &'static Words,
    /// The learner's.
    pub zone: TimeZone,
    /// For what still runs.
    pub now: UtcMs,
    /// Days after which single events are deleted.
    pub retention_days: u32,
}

/// A time for people and for machines.
#[derive(Debug)]
struct When {
    text: String,
    iso: String,
}

impl Context {
    fn events_kept(&self, started: UtcMs) -> bool {
        crate::report::events_kept(started, self.now, self.retention_days)
    }

    fn events_gone(&self) -> String {
        (self.words.session.events_gone)(self.retention_days)
    }

    fn when(&self, at: UtcMs) -> When {
        When { text: self.words.format.date_time(at, &self.zone), iso: super::format::iso(at) }
    }
}
