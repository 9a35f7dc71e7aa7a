//! Whose, what and when: the words that the rest of the program speaks to the store.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sea_orm::prelude::Uuid;
use serde::{Deserialize, Serialize};

use crate::attention::{Kind, Level, Preset};

/// Milliseconds since 1970 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UtcMs(pub i64);

impl UtcMs {
    /// By the system's clock.
    pub fn now() -> Self {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    /// So much earlier.
    pub fn before(self, time: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(time.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Days since 1970, in UTC.
    pub fn day(self) -> i32 {
        i32::try_from(self.0.div_euclid(86_400_000)).unwrap_or(i32::MAX)
    }

    /// So much later; `ms` as the attention engine counts, from a session's start.
    pub fn plus_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(i64::try_from(ms).unwrap_or(i64::MAX)))
    }
}

/// Tells learners apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LearnerId(pub Uuid);

/// Tells watch sessions apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(pub Uuid);

/// Tells quizzes apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct QuizId(pub Uuid);

/// Tells sets of quizzes apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct QuizSetId(pub Uuid);

impl LearnerId {
    /// A new one; its order is that of time.
    pub fn new_id() -> Self {
        Self(Uuid::now_v7())
    }
}

impl SessionId {
    /// A new one; its order is that of time.
    pub fn new_id() -> Self {
        Self(Uuid::now_v7())
    }
}

/// A learner on whose behalf something is asked. Made where a token was checked, and nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Caller(LearnerId);

impl Caller {
    /// The learner has proved to be this one.
    pub fn authenticated(learner: LearnerId) -> Self {
        Self(learner)
    }

    /// Who it is.
    pub fn learner(self) -> LearnerId {
        self.0
    }

    pub(super) fn uuid(self) -> Uuid {
        self.0.0
    }
}

/// Why a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The learner ended it.
    End,
    /// The connection was lost and did not come back in time.
    Lost,
    /// The server was stopped.
    Restart,
    /// The server died; the end is the last sign of life.
    Crash,
}

/// How one minute of a session was spent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct MinuteTotals {
    /// 0, 1, ... from the session's start; below 2^31.
    pub minute: u32,
    /// Milliseconds.
    pub attentive_ms: u32,
    /// Milliseconds.
    pub eyes_closed_ms: u32,
    /// Milliseconds.
    pub drowsy_ms: u32,
    /// Milliseconds.
    pub absent_ms: u32,
    /// Milliseconds.
    pub slumped_ms: u32,
    /// Milliseconds.
    pub looking_away_ms: u32,
    /// Milliseconds.
    pub unknown_ms: u32,
    /// Milliseconds with the camera off.
    pub paused_ms: u32,
    /// That were seen.
    pub frames: u32,
    /// Where the lecture was when the minute began, if the client said so.
    pub lecture_seconds: Option<f64>,
}

/// Something that happened in a session.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct AttentionEvent {
    /// 1, 2, ... per session; below 2^31.
    pub number: u32,
    /// What it is about.
    pub kind: Kind,
    /// The onset, not the alarm.
    pub started: UtcMs,
    /// None while it lasts.
    pub ended: Option<UtcMs>,
    /// The loudest alert that it led to.
    pub peak: Level,
    /// Where the lecture was at the onset, if the client said so.
    pub lecture_seconds: Option<f64>,
}

/// An enum's word in the database, in settings and in messages.
pub(super) trait Word: Copy + PartialEq + 'static {
    /// Each with its word.
    const WORDS: &'static [(Self, &'static str)];

    fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(value, _)| *value == self).map_or("", |(_, word)| *word)
    }

    /// None for a word of a later version.
    fn of_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, it)| *it == word).map(|(value, _)| *value)
    }
}

impl Word for EndReason {
    const WORDS: &'static [(Self, &'static str)] =
        &[(Self::End, "end"), (Self::Lost, "lost"), (Self::Restart, "restart"), (Self::Crash, "crash")];
}

impl Word for Kind {
    const WORDS: &'static [(Self, &'static str)] = &[
        (Self::EyesClosed, "eyes_closed"),
        (Self::Drowsy, "drowsy"),
        (Self::Absent, "absent"),
        (Self::Slumped, "slumped"),
        (Self::LookingAway, "looking_away"),
        (Self::Yawning, "yawning"),
    ];
}

impl Word for Level {
    const WORDS: &'static [(Self, &'static str)] =
        &[(Self::Note, "note"), (Self::Cue, "cue"), (Self::PreAlarm, "pre_alarm"), (Self::Alarm, "alarm")];
}

impl Word for Preset {
    const WORDS: &'static [(Self, &'static str)] =
        &[(Self::Default, "default"), (Self::Classic, "classic"), (Self::Strict, "strict")];
}
