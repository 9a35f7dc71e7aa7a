//! Text messages of the client.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::quiz::{AnswerWords, Generate, TranscriptPiece};

/// A message that this server knows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ClientMessage {
    /// The first message.
    Hello(Hello),
    /// The camera is off by the learner's wish.
    Pause {},
    /// The camera is on again.
    Resume {},
    /// The answer to a ping.
    Pong {
        /// The ping's number.
        #[serde(default)]
        n: u64,
    },
    /// The client has shown what came up to this number: it need not be replayed.
    #[serde(rename = "alert.ack")]
    AlertAck {
        /// The `n` of the newest `alert` or `alert.cleared`.
        n: u64,
    },
    /// Where the lecture is.
    Playback(Playback),
    /// A piece of the lecture's subtitles.
    Transcript(TranscriptPiece),
    /// Make questions of them.
    #[serde(rename = "quiz.generate")]
    QuizGenerate(Generate),
    /// Never mind.
    #[serde(rename = "quiz.cancel")]
    QuizCancel {},
    /// Which sets are there?
    #[serde(rename = "quiz.sets")]
    QuizSets {},
    /// Ask the questions of this set.
    #[serde(rename = "quiz.use")]
    QuizUse {
        /// Its name.
        set: Uuid,
    },
    /// Ask this question now.
    #[serde(rename = "quiz.open")]
    QuizOpen {
        /// Its name.
        quiz: Uuid,
    },
    /// An answer.
    #[serde(rename = "quiz.answer")]
    QuizAnswer(AnswerWords),
    /// The learner is done.
    End {},
}

/// What a client says of itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Hello {
    /// Who it is: an access token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// What is watched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lecture: Option<LectureWords>,
    /// Name and version of the client program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// Whether verdicts shall carry the face's points.
    #[serde(default)]
    pub landmarks: bool,
    /// Whose limits of attention hold; none: the server's choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub preset: Option<PresetWord>,
    /// The `resume` of the welcome whose watch session shall go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<String>,
    /// The `n` of the newest `alert` or `alert.cleared` that came; none: as acknowledged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_n: Option<u64>,
}

/// A lecture, as its page calls it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LectureWords {
    /// Its address; http or https.
    pub url: String,
    /// The course that it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub course: Option<String>,
    /// Its own name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// How long it is, seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_s: Option<f64>,
}

/// What the lecture's player does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Playback {
    /// Seconds from the beginning.
    pub position_s: f64,
    /// Whether it plays.
    pub playing: bool,
    /// Times the usual speed; none: 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// How long the lecture is, seconds; none while the player does not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_s: Option<f64>,
}

/// Limits of attention by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PresetWord {
    /// As most learners want it.
    Default,
    /// As the first Loa did: late.
    Classic,
    /// Early.
    Strict,
}

/// Why a text is not a message. The texts are shown to the client.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadMessage {
    /// Not a JSON object with a type.
    #[error("not a JSON object with a \"type\"{0}")]
    NoMessage(String),
    /// A known type with a field of the wrong kind.
    #[error("a {kind} message with a wrong field: {what}")]
    WrongField {
        /// The type.
        kind: String,
        /// What is wrong.
        what: String,
    },
    /// A type that this server does not know.
    #[error("this server does not know messages of type {0:?}")]
    UnknownType(String),
}

impl BadMessage {
    /// The machine-readable code of the wire protocol.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoMessage(_) | Self::WrongField { .. } => "bad_message",
            Self::UnknownType(_) => "unknown_type",
        }
    }
}

/// The longest piece of a client's own text that is said back to it, characters.
const QUOTED: usize = 40;
const TYPES: [&str; 14] = [
    "hello",
    "pause",
    "resume",
    "pong",
    "alert.ack",
    "playback",
    "transcript",
    "quiz.generate",
    "quiz.cancel",
    "quiz.sets",
    "quiz.use",
    "quiz.open",
    "quiz.answer",
    "end",
];

impl ClientMessage {
    /// Reads one text message.
    ///
    /// # Errors
    /// [`BadMessage::UnknownType`] for a well-formed message of another type, else one of the others.
    pub fn parse(text: &str) -> Result<Self, BadMessage> {
        let short = |error: serde_json::Error| error.to_string().chars().take(200).collect::<String>();
        let value: Value =
            serde_json::from_str(text).map_err(|error| BadMessage::NoMessage(format!(": {}", short(error))))?;
        let Some(kind) = value.get("type").and_then(Value::as_str).map(str::to_owned) else {
            return Err(BadMessage::NoMessage(String::new()));
        };
        if !TYPES.contains(&kind.as_str()) {
            return Err(BadMessage::UnknownType(kind.chars().take(QUOTED).collect()));
        }
        serde_json::from_value(value).map_err(|error| BadMessage::WrongField { kind, what: short(error) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn unknown_fields_are_ignored() {
        let message = ClientMessage::parse(r#"{"type":"hello","landmarks":true,"new":{"deep":[1]}}"#);
        assert_eq!(message, Ok(ClientMessage::Hello(Hello { landmarks: true, ..Hello::default() })));
        assert_eq!(ClientMessage::parse(r#"{"type":"pause","why":1}"#), Ok(ClientMessage::Pause {}));
    }

    #[test]
    fn what_is_no_message_is_told_apart() {
        assert_eq!(ClientMessage::parse(r#"{"type":"dance"}"#), Err(BadMessage::UnknownType("dance".into())));
        for text in ["", "hello", "[]", "{}", r#"{"type":1}"#, r#"{"type":"hello","landmarks":"yes"}"#, "\"\\u0000\""] {
            let error = ClientMessage::parse(text).expect_err(text);
            assert_eq!(error.code(), "bad_message", "{text}");
        }
    }

    #[test]
    fn deep_nesting_is_refused_not_followed() {
        let text = format!(r#"{{"type":"hello","x":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(ClientMessage::parse(&text).expect_err("too deep").code(), "bad_message");
    }

    proptest! {
        #[test]
        fn any_text_is_answered(text: String) {
            let _ = ClientMessage::parse(&text);
        }
    }
}
