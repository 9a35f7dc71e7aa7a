//! `[quiz]`: what makes questions, and how much of it.

use std::time::Duration;

use serde::Deserialize;

use super::validate::within;
use super::{ConfigError, Secret};
use crate::quiz::llm::{SecretString, Settings};

/// `[quiz]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quiz {
    /// What makes questions when nobody says.
    pub source: QuizSource,
    /// Where the language model is asked; empty: OpenAI, if there is a key.
    pub base_url: String,
    /// Its key; may be empty.
    pub api_key: Secret,
    /// Its name.
    pub model: String,
    /// For the connection.
    pub connect_ms: u64,
    /// For the first token, and between two.
    pub first_token_ms: u64,
    /// For one reply.
    pub total_ms: u64,
    /// Tries of one request.
    pub attempts: u32,
    /// For all tries of one request together.
    pub budget_ms: u64,
    /// Bytes of a reply.
    pub reply_bytes: usize,
    /// Tokens of a reply.
    pub reply_tokens: u32,
    /// Requests for one lecture at one time.
    pub requests_at_once: usize,
    /// Requests for all lectures at one time.
    pub requests_of_all: usize,
    /// Lectures at one time.
    pub lectures_at_once: usize,
    /// For one lecture.
    pub lecture_ms: u64,
    /// Parts of one lecture.
    pub lecture_parts: usize,
    /// Sets that one learner has made in a day.
    pub sets_per_day: u32,
    /// Sets that the language model is asked about in a day for all.
    pub model_sets_per_day: usize,
    /// Review notes that the model writes for one learner in a day.
    pub notes_per_day: u32,
    /// Bytes of one session's transcript.
    pub transcript_bytes: usize,
    /// MiB of all sessions' transcripts.
    pub transcripts_mib: usize,
    /// Between two questions.
    pub pause_ms: u64,
}

/// What makes questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum QuizSource {
    /// The language model if one is set up, else the maker that needs no network.
    Auto,
    /// The language model.
    Llm,
    /// The maker that needs no network.
    Cloze,
}

impl Quiz {
    /// Whether a language model is set up.
    pub fn has_llm(&self) -> bool {
        !self.base_url.is_empty() || !self.api_key.expose().is_empty()
    }

    /// Whether it makes the questions when nobody says.
    pub fn uses_llm(&self) -> bool {
        match self.source {
            QuizSource::Llm => true,
            QuizSource::Cloze => false,
            QuizSource::Auto => self.has_llm(),
        }
    }

    /// What makes questions when nobody says, for people.
    pub fn maker(&self) -> String {
        if self.uses_llm() {
            format!("{} at {}", self.model, super::database::without_passwords(self.endpoint()))
        } else {
            "cloze".to_owned()
        }
    }

    /// Where the language model is asked.
    pub fn endpoint(&self) -> &str {
        if self.base_url.is_empty() { OPENAI } else { &self.base_url }
    }

    /// For the language model's client.
    pub fn llm(&self) -> Settings {
        let key = self.api_key.expose();
        Settings {
            base_url: self.endpoint().to_owned(),
            api_key: (!key.is_empty()).then(|| SecretString::from(key)),
            model: self.model.clone(),
            connect: Duration::from_millis(self.connect_ms),
            first_token: Duration::from_millis(self.first_token_ms),
            total: Duration::from_millis(self.total_ms),
            attempts: self.attempts,
            budget: Duration::from_millis(self.budget_ms),
            reply_bytes: self.reply_bytes,
            max_tokens: self.reply_tokens,
        }
    }

    /// For one lecture.
    pub fn lecture_time(&self) -> Duration {
        Duration::from_millis(self.lecture_ms)
    }

    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        let not_allowed = |key: &str, value: &str, allowed| {
            Err(ConfigError::NotAllowed { key: key.into(), value: value.into(), allowed })
        };
        if self.source == QuizSource::Llm && !self.has_llm() {
            let allowed = "llm wants quiz.base_url (OPENAI_BASE_URL) or quiz.api_key (OPENAI_API_KEY)";
            return not_allowed("quiz.source", "llm", allowed);
        }
        // What is not allowed is not repeated: it may hold a password.
        if !url::Url::parse(self.endpoint()).is_ok_and(|url| is_plain(&url)) {
            let allowed = "an http or https address without user, query or fragment, as in http://localhost:11434/v1";
            return not_allowed("quiz.base_url (OPENAI_BASE_URL)", "***", allowed);
        }
        if self.model.trim().is_empty() {
            return not_allowed("quiz.model", "\"\"", "the name of a model of that server");
        }
        within("quiz.connect_ms", self.connect_ms, 10, 600_000, "10 to 600000")?;
        within("quiz.first_token_ms", self.first_token_ms, 10, 600_000, "10 to 600000")?;
        within("quiz.total_ms", self.total_ms, 10, 3_600_000, "10 to 3600000")?;
        within("quiz.attempts", self.attempts, 1, 20, "1 to 20")?;
        within("quiz.budget_ms", self.budget_ms, 10, 3_600_000, "10 to 3600000")?;
        within("quiz.reply_bytes", self.reply_bytes, 4096, 16 << 20, "4096 to 16777216")?;
        within("quiz.reply_tokens", self.reply_tokens, 256, 1_000_000, "256 to 1000000")?;
        within("quiz.requests_at_once", self.requests_at_once, 1, 16, "1 to 16")?;
        within("quiz.requests_of_all", self.requests_of_all, 1, 1024, "1 to 1024")?;
        within("quiz.lectures_at_once", self.lectures_at_once, 1, 4096, "1 to 4096")?;
        within("quiz.lecture_ms", self.lecture_ms, 100, 86_400_000, "100 to 86400000")?;
        within("quiz.lecture_parts", self.lecture_parts, 1, 10_000, "1 to 10000")?;
        within("quiz.sets_per_day", self.sets_per_day, 0, 10_000, "0 to 10000")?;
        within("quiz.model_sets_per_day", self.model_sets_per_day, 0, 1_000_000, "0 to 1000000")?;
        within("quiz.notes_per_day", self.notes_per_day, 0, 10_000, "0 to 10000")?;
        within("quiz.transcript_bytes", self.transcript_bytes, 4096, 16 << 20, "4096 to 16777216")?;
        within("quiz.transcripts_mib", self.transcripts_mib, 1, 65_536, "1 to 65536")?;
        within("quiz.pause_ms", self.pause_ms, 0, 600_000, "0 to 600000")
    }
}

/// Whether it is the address of a server, and nothing else.
pub(super) fn is_plain(url: &url::Url) -> bool {
    let secretive = !url.username().is_empty() || url.password().is_some();
    let more = url.query().is_some() || url.fragment().is_some();
    matches!(url.scheme(), "http" | "https") && url.has_host() && !secretive && !more
}

/// As OpenAI's own clients have it.
const OPENAI: &str = "https://api.openai.com/v1";
