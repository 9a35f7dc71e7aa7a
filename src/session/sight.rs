//! An analysis in the words of the attention engine, and the engine's in those of the protocol.

use crate::attention::{FaceSight, Kind, Level, Preset, Sight, State};
use crate::inference::Presence;
use crate::protocol::client::PresetWord;
use crate::protocol::server::{AlertKind, AlertLevel, StateWord};

/// What the engine is told of a frame.
pub fn sight(presence: &Presence) -> Sight {
    match presence {
        Presence::Face(face) => Sight::Face(FaceSight {
            closed: face.eyes.closed,
            mouth_wide: face.mouth_wide,
            yaw: face.pose.yaw,
            pitch: face.pose.pitch,
            roll: face.pose.roll,
        }),
        Presence::Person(_) => Sight::Person,
        Presence::Nobody(_) => Sight::Nobody,
        Presence::Unknown(_) => Sight::Unknown,
    }
}

/// A state on the wire.
pub fn state_word(state: State) -> StateWord {
    match state {
        State::Attentive => StateWord::Attentive,
        State::EyesClosed => StateWord::EyesClosed,
        State::Drowsy => StateWord::Drowsy,
        State::Absent => StateWord::Absent,
        State::Slumped => StateWord::Slumped,
        State::LookingAway => StateWord::LookingAway,
        State::Unknown => StateWord::Unknown,
    }
}

/// An alert's kind on the wire; yawns are never told.
pub fn alert_kind(kind: Kind) -> Option<AlertKind> {
    match kind {
        Kind::EyesClosed => Some(AlertKind::EyesClosed),
        Kind::Drowsy => Some(AlertKind::Drowsy),
        Kind::Absent => Some(AlertKind::Absent),
        Kind::Slumped => Some(AlertKind::Slumped),
        Kind::LookingAway => Some(AlertKind::LookingAway),
        Kind::Yawning => None,
    }
}

/// An alert's level on the wire; notes are never told.
pub fn alert_level(level: Level) -> Option<AlertLevel> {
    match level {
        Level::Note => None,
        Level::Cue => Some(AlertLevel::Cue),
        Level::PreAlarm => Some(AlertLevel::PreAlarm),
        Level::Alarm => Some(AlertLevel::Alarm),
    }
}

/// A preset's name.
pub fn preset(word: PresetWord) -> Preset {
    match word {
        PresetWord::Default => Preset::Default,
        PresetWord::Classic => Preset::Classic,
        PresetWord::Strict => Preset::Strict,
    }
}

/// A preset's name on the wire.
pub fn preset_word(preset: Preset) -> PresetWord {
    match preset {
        Preset::Default => PresetWord::Default,
        Preset::Classic => PresetWord::Classic,
        Preset::Strict => PresetWord::Strict,
    }
}
