//! What is kept: sea-orm entities and the few queries that the rest of the program asks.
//!
//! Learners' things are asked for by a [`Caller`], and `ownership` is the one place that checks whose they are. What
//! sessions write goes through the [`Writer`], which never makes a frame wait.

mod aggregates;
mod batch;
pub mod entities;
mod erasing;
mod error;
mod export;
mod handovers;
mod housekeeping;
mod learners;
mod lecture;
mod open;
mod overview;
mod ownership;
mod profile;
pub mod quiz;
mod sessions;
mod types;
pub mod writer;

use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DbErr};
use tokio::sync::Mutex;

pub use self::aggregates::{Aggregate, GROUP};
pub use self::erasing::Erased;
pub use self::error::StoreError;
pub use self::export::{ExportedAnswer, Rows};
pub use self::handovers::SecretHash;
pub use self::housekeeping::Tidied;
pub use self::learners::Consent;
pub use self::lecture::Lecture;
pub use self::overview::{Brief, Study};
pub use self::profile::{NewGuest, Profile, ProfileChange};
pub use self::quiz::{
    Answer, AskedQuiz, Choice, DueReview, HandSet, NewAnswer, NewNote, NewQuiz, NewSet, NoteSource, Outcome, Quote,
    ReviewNote, SessionQuizzes, SetDetails, SetError, SetSummary, Source, StoredQuiz, StoredSet, WrongAnswer,
};
pub use self::sessions::{SessionDetails, SessionFilter, SessionPage, SessionSummary};
pub use self::types::{
    AttentionEvent, Caller, EndReason, LearnerId, MinuteTotals, QuizId, QuizSetId, SessionId, UtcMs,
};
pub use self::writer::Writer;

/// A database, opened. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    db: DatabaseConnection,
    /// For people: a path, or a URL without its password.
    place: String,
    shared: bool,
    retention_days: u32,
    /// How long one waits for its turn to write, on SQLite.
    turn: Duration,
    turnstile: Arc<Mutex<()>>,
    wiping: erasing::Wiping,
}

impl Store {
    /// A path, or a URL without its password.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Whether other servers use the database as well.
    pub fn is_shared(&self) -> bool {
        self.shared
    }

    /// Asks the database for nothing, to see whether it answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), DbErr> {
        self.db.execute_unprepared("SELECT 1").await.map(drop)
    }

    /// Closes all connections; whoever holds a clone gets errors from then on.
    pub async fn close(&self) {
        // What cannot be closed is closed with the process.
        let _ = self.db.clone().close().await;
    }
}
