//! What the engine says.

use serde::{Deserialize, Serialize};

use super::Millis;

/// What the learner is like now; one at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// A face, nothing wrong with it.
    Attentive,
    /// Eyes closed for longer than a blink.
    EyesClosed,
    /// Eyes closed too often and too long over the last minute.
    Drowsy,
    /// Nobody in view.
    Absent,
    /// Somebody in view without a face, or the head down with the lids closed.
    Slumped,
    /// The head turned aside or down, eyes open.
    LookingAway,
    /// Nothing to go by: no frames, none that tell anything, or a paused camera.
    Unknown,
}

/// What an alert or an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// As [`State::EyesClosed`].
    EyesClosed,
    /// As [`State::Drowsy`].
    Drowsy,
    /// As [`State::Absent`].
    Absent,
    /// As [`State::Slumped`].
    Slumped,
    /// As [`State::LookingAway`].
    LookingAway,
    /// The mouth wide open for 2 s; logged, no state.
    Yawning,
}

/// How loud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Logged only; never an alert.
    Note,
    /// A quiet hint.
    Cue,
    /// A first warning.
    PreAlarm,
    /// Wake up.
    Alarm,
}

/// One thing that changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Another state.
    State {
        /// The former.
        from: State,
        /// The new one.
        to: State,
        /// Its onset.
        since: Millis,
        /// When it was found.
        at: Millis,
    },
    /// Something to tell the learner; follows its event.
    Alert(Alert),
    /// The learner is back: all alerts of the kind up to this one are over.
    Cleared {
        /// The newest alert of the kind.
        id: u32,
        /// Its kind.
        kind: Kind,
        /// When it was found.
        at: Millis,
    },
    /// An event opened, became louder or ended.
    Event(Event),
}

/// Something to tell the learner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// 1, 2, ... per watch session.
    pub id: u32,
    /// What it is about.
    pub kind: Kind,
    /// How loud; [`Level::Cue`] or above.
    pub level: Level,
    /// The onset.
    pub since: Millis,
    /// When it was raised.
    pub at: Millis,
}

/// Something for the report; said anew whenever it changes, the number tells which one it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// 1, 2, ... per watch session.
    pub number: u32,
    /// What it is about.
    pub kind: Kind,
    /// The onset, not the alarm.
    pub start: Millis,
    /// None while it lasts.
    pub end: Option<Millis>,
    /// The loudest alert that it led to; [`Level::Note`] for none.
    pub peak: Level,
}
