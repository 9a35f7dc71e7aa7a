//! The store on SQLite and on a real PostgreSQL: the same tests on both.

mod aggregating;
mod elsewhere;
mod erase;
pub mod exporting;
mod handmade;
mod handovers;
mod housekeeping;
mod migrating;
pub mod place;
mod postgres;
mod quiz_sets;
pub mod quizzes;
mod reading;
mod reviews;
mod writing;

use std::time::Duration;

use loa::attention::{Kind, Level, Preset};
use loa::store::writer::{Closing, Leaving, Opening, Sink, What, Write, Written};
use loa::store::{
    AttentionEvent, Caller, EndReason, LearnerId, Lecture, MinuteTotals, NewAnswer, NewGuest, QuizId, SecretHash,
    SessionId, Store, UtcMs,
};

/// Nothing here takes so long; a test that hangs shall fail.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Some day in 2026.
pub const START: UtcMs = UtcMs(1_780_000_000_000);

/// Each named function as a test on SQLite and one on PostgreSQL, which says so when it is skipped.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => { crate::store::on_both!(sqlite, postgres; $($name),+); };
    ($sqlite:ident, $postgres:ident; $($name:ident),+) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                super::$name(crate::store::place::Place::$sqlite()).await;
            })+
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() {
                if let Some(place) = crate::store::place::Place::$postgres().await {
                    super::$name(place).await;
                }
            })+
        }
    };
}
pub(crate) use on_both;

/// A learner that the store knows.
pub async fn learner(store: &Store) -> Caller {
    let caller = Caller::authenticated(LearnerId::new_id());
    let guest = NewGuest { name: Some("Jiwoo"), ..NewGuest::default() };
    store.add_guest(caller, guest, START).await.expect("stored");
    caller
}

/// One learner's session, and its writes.
#[derive(Debug, Clone, Copy)]
pub struct Session {
    pub caller: Caller,
    pub id: SessionId,
}

impl Session {
    pub fn new(caller: Caller) -> Self {
        Self { caller, id: SessionId::new_id() }
    }

    fn write(self, what: What) -> Write {
        Write { caller: self.caller, session: self.id, what }
    }

    pub fn opened(self, lecture: Option<Lecture>, started: UtcMs) -> Write {
        self.write(What::Opened(Opening { lecture, started, preset: Preset::Strict }))
    }

    pub fn event(self, number: u32, ended: Option<UtcMs>) -> Write {
        self.write(What::Event(event(number, ended)))
    }

    pub fn minute(self, minute: u32) -> Write {
        self.write(What::Minute(totals(minute)))
    }

    /// Asked at the start, answered 2.5 s later.
    pub fn answered(self, quiz: QuizId, choice: Option<u32>, correct: bool) -> Write {
        let answered = START.plus_ms(2500);
        self.write(What::Answer(NewAnswer { quiz, choice, correct, asked: START, answered, took_ms: 2500 }))
    }

    /// Left to the next process at this time.
    pub fn left(self, secret: &str, left: UtcMs, state: &str) -> Write {
        self.write(What::Left(Leaving { secret: SecretHash::of(secret), left, state: state.into() }))
    }

    pub fn closed(self, ended: UtcMs, reason: EndReason) -> Write {
        self.write(What::Closed(Closing { ended, reason, lecture_seconds: Some(1234.5) }))
    }
}

/// Event `number` begins `number` seconds after the start.
pub fn event(number: u32, ended: Option<UtcMs>) -> AttentionEvent {
    let started = START.plus_ms(u64::from(number) * 1000);
    let peak = if ended.is_some() { Level::Alarm } else { Level::PreAlarm };
    AttentionEvent { number, kind: Kind::EyesClosed, started, ended, peak, lecture_seconds: Some(0.25) }
}

/// A minute of 50 s in all.
pub fn totals(minute: u32) -> MinuteTotals {
    let (attentive_ms, paused_ms) = (40_000 + minute, 10_000 - minute);
    MinuteTotals { minute, attentive_ms, paused_ms, frames: 50, ..Default::default() }
}

pub fn lecture(title: &str) -> Option<Lecture> {
    let url = format!("https://example.com/watch/{title}");
    Some(Lecture::new(&url, Some("Course"), Some(title)).expect("an address"))
}

/// Writes without a writer, all in one transaction.
pub async fn write(store: &Store, batch: &[Write]) -> Written {
    Sink::write(store, batch).await.expect("written")
}
