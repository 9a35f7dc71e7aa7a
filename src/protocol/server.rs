//! Text messages of the server.

use serde::{Deserialize, Serialize};

use super::client::PresetWord;
use super::quiz::{QuizAsk, QuizGraded, QuizItem, QuizProgress, QuizSets};

/// A message to a client. [`docs/protocol.md`](../../../docs/protocol.md) explains every field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// Always the first message.
    Welcome(Welcome),
    /// What one frame shows.
    Verdict(Box<Verdict>),
    /// The learner's state is another now.
    State(StateChange),
    /// Something to tell the learner.
    Alert(Alert),
    /// The learner is back.
    #[serde(rename = "alert.cleared")]
    AlertCleared(AlertCleared),
    /// A frame that was not looked at.
    Dropped {
        /// Which.
        seq: u32,
        /// Why.
        reason: DropReason,
    },
    /// The wished frame rate from now on.
    Rate {
        /// Frames a second.
        frames_per_second: f32,
    },
    /// How far a set of questions is.
    #[serde(rename = "quiz.progress")]
    QuizProgress(QuizProgress),
    /// There is a question at this place.
    #[serde(rename = "quiz.item")]
    QuizItem(QuizItem),
    /// Please show this question.
    #[serde(rename = "quiz.ask")]
    QuizAsk(QuizAsk),
    /// What an answer was worth.
    #[serde(rename = "quiz.graded")]
    QuizGraded(QuizGraded),
    /// The sets of this lecture.
    #[serde(rename = "quiz.sets")]
    QuizSets(QuizSets),
    /// A sign of life, to be answered with `pong`.
    Ping {
        /// Counts up.
        n: u64,
    },
    /// One message was bad.
    Error(ErrorMessage),
}

impl ServerMessage {
    /// The JSON text. Every message serialises, so this does not fail.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Limits and rhythm of the connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Welcome {
    /// `loa.v1`.
    pub protocol: String,
    /// Name and version of the server.
    pub server: String,
    /// The watch session's name, for logs and questions.
    pub session: String,
    /// A secret that makes another connection of the same learner go on with this watch session.
    pub resume: String,
    /// Whose it is.
    pub learner: String,
    /// Whether the learner has agreed to the camera; without that, no frame is looked at.
    pub consent: bool,
    /// Whether the watch session that was asked for goes on, with every alert that was missed; none: none was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovered: Option<bool>,
    /// Alerts and clearances that were not acknowledged, in order; empty unless recovered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missed: Vec<Notice>,
    /// How old the watch session is, ms: the zero of `since_ms` and `at_ms` lies so far back.
    pub now_ms: u64,
    /// What the learner is like.
    pub state: StateWord,
    /// Whose limits of attention hold.
    pub preset: PresetWord,
    /// Wished frames a second.
    pub rate: f32,
    /// What is enforced.
    pub limits: Limits,
    /// When to expect signs of life.
    pub heartbeat: HeartbeatTimes,
    /// How long the watch session waits for another connection, ms.
    pub resume_within_ms: u64,
}

/// What the learner is like; one at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateWord {
    /// A face, nothing wrong with it.
    Attentive,
    /// Eyes closed for longer than a blink.
    EyesClosed,
    /// Eyes closed too often and too long over the last minute.
    Drowsy,
    /// Nobody in view.
    Absent,
    /// Somebody without a face, or the head down with the lids closed.
    Slumped,
    /// The head turned aside or down, eyes open.
    LookingAway,
    /// Nothing to go by.
    Unknown,
}

/// What an alert is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// Eyes closed for too long.
    EyesClosed,
    /// Eyes closed too often.
    Drowsy,
    /// Nobody in view.
    Absent,
    /// Slumped or bowed.
    Slumped,
    /// Looking elsewhere.
    LookingAway,
}

impl AlertKind {
    /// The word of the wire protocol.
    pub fn word(self) -> &'static str {
        match self {
            Self::EyesClosed => "eyes_closed",
            Self::Drowsy => "drowsy",
            Self::Absent => "absent",
            Self::Slumped => "slumped",
            Self::LookingAway => "looking_away",
        }
    }
}

/// How loud an alert is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertLevel {
    /// A quiet hint.
    Cue,
    /// A first warning.
    PreAlarm,
    /// Wake up.
    Alarm,
}

impl AlertLevel {
    /// The word of the wire protocol.
    pub fn word(self) -> &'static str {
        match self {
            Self::Cue => "cue",
            Self::PreAlarm => "pre_alarm",
            Self::Alarm => "alarm",
        }
    }
}

/// Another state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StateChange {
    /// The new one.
    pub state: StateWord,
    /// The former.
    pub from: StateWord,
    /// Its onset, ms of the watch session.
    pub since_ms: u64,
    /// When it was found, ms of the watch session.
    pub at_ms: u64,
}

/// Something to tell the learner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Counts `alert` and `alert.cleared` of the watch session together.
    pub n: u64,
    /// What it is about.
    pub kind: AlertKind,
    /// How loud.
    pub level: AlertLevel,
    /// The onset, ms of the watch session.
    pub since_ms: u64,
    /// When it was raised, ms of the watch session.
    pub at_ms: u64,
    /// How long it had lasted then, ms.
    pub lasted_ms: u64,
}

/// One of those that are numbered and replayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum Notice {
    /// Something to tell the learner.
    #[serde(rename = "alert")]
    Alert(Alert),
    /// The learner is back.
    #[serde(rename = "alert.cleared")]
    Cleared(AlertCleared),
}

impl Notice {
    /// Its number.
    pub fn n(&self) -> u64 {
        match self {
            Self::Alert(alert) => alert.n,
            Self::Cleared(cleared) => cleared.n,
        }
    }
}

impl From<Notice> for ServerMessage {
    fn from(notice: Notice) -> Self {
        match notice {
            Notice::Alert(alert) => Self::Alert(alert),
            Notice::Cleared(cleared) => Self::AlertCleared(cleared),
        }
    }
}

/// The learner is back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertCleared {
    /// Counts `alert` and `alert.cleared` of the watch session together.
    pub n: u64,
    /// All alerts of this kind are over.
    pub kind: AlertKind,
    /// When that was found, ms of the watch session.
    pub at_ms: u64,
}

/// What the server enforces on a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes of one binary message.
    pub frame_bytes: usize,
    /// Width times height of a picture.
    pub frame_pixels: usize,
    /// Pixels of a picture's longer side.
    pub frame_side: usize,
    /// Frames a second, averaged over a second.
    pub frames_per_second: u32,
    /// Bytes of one text message.
    pub text_bytes: usize,
    /// Bad messages in a row before the connection is closed.
    pub errors_in_a_row: u32,
}

/// When to expect signs of life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeartbeatTimes {
    /// The server pings this often.
    pub ping_every_ms: u64,
    /// After this long without a sign of life the other side is gone.
    pub silent_for_ms: u64,
}

/// What one frame shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The frame.
    pub seq: u32,
    /// Its capture time.
    pub captured_ms: u64,
    /// Who is there.
    pub presence: PresenceWord,
    /// Why that is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReasonWord>,
    /// How likely presence is what it says, 0..1; none while unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f32>,
    /// Open or closed.
    pub eyes: Eyes,
    /// How likely the eyes are closed, 0..1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<f32>,
    /// Where and how sure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub face: Option<FaceBox>,
    /// Each eye by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eye: Option<EyeRatios>,
    /// Mouth opening.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mouth: Option<Mouth>,
    /// Head pose, degrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<Head>,
    /// Picture statistics.
    pub quality: PictureQuality,
    /// x, y pairs in ten-thousandths of width and height.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub landmarks: Option<Vec<i32>>,
    /// Where the time went, ms.
    pub ms: Times,
    /// How many frames were worked on together.
    pub batch: usize,
    /// How it was looked at.
    pub look: LookWord,
}

/// How a frame was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LookWord {
    /// By all models.
    Full,
    /// It shows what the frames before it showed; only the eyes were judged anew.
    Glance,
}

/// Who is in the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PresenceWord {
    /// A face.
    Face,
    /// A person whose face is not in view.
    Person,
    /// Nobody.
    Nobody,
    /// Cannot be said.
    Unknown,
}

/// Why presence is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonWord {
    /// Too little for a person, too much for an empty room.
    Unsure,
    /// Too dark.
    Dark,
    /// Overexposed.
    Bright,
    /// No content.
    Flat,
    /// No detail.
    Blurred,
}

/// The eyes of the learner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Eyes {
    /// Open.
    Open,
    /// Closed.
    Closed,
    /// No face to look at.
    Unknown,
}

/// The learner's face.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct FaceBox {
    /// x, y, width, height as shares of the picture.
    pub r#box: [f32; 4],
    /// The detector's score.
    pub score: f32,
    /// The landmark model's confidence.
    pub flag: f32,
    /// How many faces were found.
    pub seen: usize,
    /// Why this one.
    pub chosen: Chosen,
}

/// How the learner's face was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Chosen {
    /// It was the only one.
    Only,
    /// The largest and nearest the centre of several.
    LargestCentral,
}

/// Each eye by itself.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EyeRatios {
    /// Aspect ratio of the learner's own left eye; a glance does not measure it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_ear: Option<f32>,
    /// Aspect ratio of the learner's own right eye.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right_ear: Option<f32>,
    /// How likely the learner's own left eye is closed, 0..1.
    pub left_closed: f32,
    /// How likely the learner's own right eye is closed, 0..1.
    pub right_closed: f32,
}

/// Mouth opening.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Mouth {
    /// How likely it is open as in a yawn, 0..1.
    pub wide: f32,
    /// Inner height by inner width.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<f32>,
}

/// Head pose in degrees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Head {
    /// Positive: to the learner's own left.
    pub yaw: f32,
    /// Positive: down.
    pub pitch: f32,
    /// Positive: to the learner's own left shoulder.
    pub roll: f32,
}

/// Picture statistics, each 0..1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PictureQuality {
    /// Mean of the luma.
    pub brightness: f32,
    /// Its standard deviation.
    pub contrast: f32,
    /// Its mean gradient.
    pub sharpness: f32,
}

/// Where the time went, ms.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Times {
    /// Waiting for a place and a worker.
    pub wait: f32,
    /// JPEG decoding.
    pub decode: f32,
    /// Finding faces.
    pub detect: f32,
    /// Finding landmarks.
    pub landmarks: f32,
    /// From the frame's arrival to its answer.
    pub total: f32,
}

/// Why a frame was not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DropReason {
    /// A newer frame came first.
    Superseded,
    /// The server had no time for it within its limit.
    Expired,
    /// More frames a second than allowed.
    Rate,
    /// The camera is paused.
    Paused,
    /// The connection is closing.
    Closing,
}

impl DropReason {
    /// Every reason.
    pub const ALL: [Self; 5] = [Self::Superseded, Self::Expired, Self::Rate, Self::Paused, Self::Closing];

    /// The word of the wire protocol.
    pub fn word(self) -> &'static str {
        match self {
            Self::Superseded => "superseded",
            Self::Expired => "expired",
            Self::Rate => "rate",
            Self::Paused => "paused",
            Self::Closing => "closing",
        }
    }
}

/// One message was bad.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorMessage {
    /// The frame, when it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<u32>,
    /// Machine-readable.
    pub code: String,
    /// A sentence.
    pub message: String,
    /// Whether the same message may succeed later.
    pub retry: bool,
    /// When, if the server knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}
