//! Why no questions are made.

use crate::quiz::generate::GenerateError;
use crate::store::StoreError;

/// The sentences are shown to the client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// No language model is set up.
    #[error(
        "no language model is set up on this server (OPENAI_BASE_URL, OPENAI_API_KEY or quiz.base_url); ask for cloze"
    )]
    NoLlm,
    /// A wish for questions by hand.
    #[error("questions by hand are made by POST /api/v1/quiz-sets; ask for llm or cloze")]
    ByHand,
    /// Of this transcript nothing can be made.
    #[error("{0}")]
    Transcript(String),
    /// More parts than a lecture may have.
    #[error(
        "the subtitles have {parts} parts of 2 to 4 minutes, and at most {most} are asked about; send fewer of them"
    )]
    TooManyParts {
        /// Of this transcript.
        parts: usize,
        /// That are taken.
        most: usize,
    },
    /// Too many lectures at one time.
    #[error("too many lectures' questions are being made; try again in a minute")]
    Busy,
    /// The learner's share of the day is used up.
    #[error("{per_day} sets were made for this learner today; more can be made tomorrow (UTC)")]
    Limit {
        /// Sets a day.
        per_day: u32,
    },
    /// The share of all learners is, or that of those who come from the same address.
    #[error("the language model was asked about enough lectures today; ask for cloze, or come again tomorrow (UTC)")]
    LimitOfAll,
    /// No such set of this lecture.
    #[error("this lecture has no such set; quiz.sets lists them")]
    NoSuchSet,
    /// The database does not answer.
    #[error("the database does not answer; try again in a moment")]
    Database,
    /// The language model did not.
    #[error("{0}")]
    Llm(String),
    /// It did not for some parts.
    #[error("{parts} of {all} parts were not asked about to the end ({why}); ask again, and all are made anew")]
    Incomplete {
        /// Without questions.
        parts: usize,
        /// Of the lecture.
        all: usize,
        /// The last of the reasons.
        why: String,
    },
    /// The learner did not want to wait.
    #[error("the rest was not waited for; what is there can be used")]
    Stopped,
    /// It took too long.
    #[error("the questions were not made in time; what is there can be used")]
    TooSlow,
    /// Nothing passed.
    #[error("no question that could be made of this transcript was good enough")]
    Nothing,
    /// The server is about to stop.
    #[error("the server restarts; ask again when it is back")]
    Restart,
    /// A mistake of ours.
    #[error("the server failed; try again")]
    Internal,
}

impl Refused {
    /// The machine-readable code of the wire protocol.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoLlm => "llm_missing",
            Self::ByHand => "bad_message",
            Self::Transcript(_) | Self::TooManyParts { .. } => "transcript_unusable",
            Self::Busy => "quiz_busy",
            Self::Limit { .. } | Self::LimitOfAll => "quiz_limit",
            Self::NoSuchSet => "set_unknown",
            Self::Database => "database_away",
            Self::Llm(_) | Self::Incomplete { .. } => "llm_failed",
            Self::Stopped => "quiz_stopped",
            Self::TooSlow => "quiz_timeout",
            Self::Nothing => "quiz_none",
            Self::Restart => "restart",
            Self::Internal => "internal",
        }
    }

    /// Milliseconds after which the same wish may be granted; None: not for its own sake.
    pub fn retry_after_ms(&self) -> Option<u64> {
        match self {
            Self::Busy => Some(60_000),
            Self::Database | Self::Restart | Self::Internal => Some(5_000),
            Self::Llm(_) | Self::Incomplete { .. } | Self::TooSlow => Some(60_000),
            _ => None,
        }
    }

    /// Whether no transcript could bring it about.
    pub fn is_ours(&self) -> bool {
        matches!(self, Self::Llm(_) | Self::Incomplete { .. } | Self::Database | Self::Restart | Self::Internal)
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "a quiz was not stored or read");
        Self::Database
    }
}

impl From<GenerateError> for Refused {
    fn from(error: GenerateError) -> Self {
        match error {
            GenerateError::Llm(error) => Self::Llm(error.to_string()),
            GenerateError::Abandoned => Self::Internal,
        }
    }
}
