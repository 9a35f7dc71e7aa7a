//! A client of any server that speaks OpenAI's chat format: OpenAI itself, vLLM, Ollama, llama.cpp's server and others.
//!
//! The request is built and sent through async-openai, whose own retries are off. What comes back is bounded and translated before that
//! crate reads it (`http`, `stream`), since it would collect bodies of any size and write what it cannot read into the log.

mod dialect;
mod error;
mod http;
mod piece;
mod reading;
mod retry;
mod stream;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_openai::Client;
use futures::StreamExt;
pub use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep_until, timeout_at};

pub use self::error::LlmError;

use self::dialect::Dialect;
use self::error::Failure;
use self::http::Endpoint;
use self::piece::Piece;
use self::reading::{Reading, Said};

/// Nobody waits longer for one reply.
const LONGEST: Duration = Duration::from_secs(86_400);

/// The text of a body that comes in these pieces, without a server; for tests.
///
/// # Errors
/// What is wrong with it.
#[doc(hidden)]
pub fn read_body<'a>(reply_bytes: usize, chunks: impl IntoIterator<Item = &'a [u8]>) -> Result<String, String> {
    let mut body = stream::Body::new(reply_bytes);
    let mut pieces = Vec::new();
    let fed = chunks.into_iter().try_for_each(|chunk| body.feed(chunk, &mut pieces));
    fed.and_then(|()| body.end(&mut pieces)).map_err(|failure| format!("{failure:?}"))?;
    Ok(pieces.into_iter().map(|piece| piece.text).collect())
}

/// Where the model is, and how long one may wait for it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Up to and without `/chat/completions`, as in `https://api.openai.com/v1`.
    pub base_url: String,
    /// None where the server asks for none, as Ollama and llama.cpp's.
    pub api_key: Option<SecretString>,
    /// By the server's name for it.
    pub model: String,
    /// For the connection, TLS included.
    pub connect: Duration,
    /// From the request to the first token, and from each token to the next. Tokens of reasoning count.
    pub first_token: Duration,
    /// For one try.
    pub total: Duration,
    /// At most so many; a try that only finds out what the server cannot do is none.
    pub attempts: u32,
    /// For all tries of a call and the waits between them.
    pub budget: Duration,
    /// A reply's text may have so many bytes. Its body may have `stream::FRAMING` times as many.
    pub reply_bytes: usize,
    /// The model is told to end after so many.
    pub max_tokens: u32,
}

impl Default for Settings {
    /// OpenAI without a key and a model: both must be given.
    fn default() -> Self {
        Self {
            base_url: "https://api.openai.com/v1".to_owned(),
            api_key: None,
            model: String::new(),
            connect: Duration::from_secs(5),
            first_token: Duration::from_secs(60),
            total: Duration::from_secs(180),
            attempts: 4,
            budget: Duration::from_secs(300),
            reply_bytes: 256 * 1024,
            max_tokens: 4096,
        }
    }
}

/// One call.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// What to do, and the reply's shape in words: not every server takes the schema.
    pub system: &'a str,
    /// With what.
    pub user: &'a str,
    /// ASCII letters, digits, `_` and `-`; at most 64.
    pub schema_name: &'a str,
    /// JSON Schema of the reply, in OpenAI's strict subset.
    pub schema: &'a serde_json::Value,
    /// 0 to 2.
    pub temperature: f64,
}

/// What the model said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Never blank, at most `Settings::reply_bytes`. JSON only where the server can be made to keep to it.
    pub text: String,
    /// As the server counts; many do not.
    pub tokens: Option<Usage>,
    /// Requests that it took.
    pub tries: u32,
}

/// Tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Of what was asked.
    pub prompt: u64,
    /// Of the reply, reasoning included.
    pub completion: u64,
}

/// A client. Clones share connections, and what was learnt of the server. Shown without its key.
#[derive(Debug, Clone)]
pub struct Llm(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Settings,
    client: Client<Endpoint>,
    dialect: Mutex<Dialect>,
    spent: Mutex<Spent>,
}

/// What a client was used for so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spent {
    /// Calls that got a reply.
    pub replied: u64,
    /// Calls that did not.
    pub failed: u64,
    /// Requests of all calls, those that were tried again included.
    pub requests: u64,
    /// As the server counts; many do not.
    pub tokens: Usage,
}

impl Llm {
    /// Connects to nothing yet.
    ///
    /// # Errors
    /// A base URL or key that cannot be used, or no TLS.
    pub fn new(settings: &Settings) -> Result<Self, LlmError> {
        let settings = settings.bounded();
        let client = http::client(&settings)?;
        Ok(Self(Arc::new(Inner { settings, client, dialect: Mutex::default(), spent: Mutex::default() })))
    }

    /// What it was used for so far.
    pub fn spent(&self) -> Spent {
        *self.0.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, tries: u32, tokens: Option<Usage>, replied: bool) {
        let mut spent = self.0.spent.lock().unwrap_or_else(PoisonError::into_inner);
        spent.requests += u64::from(tries);
        *(if replied { &mut spent.replied } else { &mut spent.failed }) += 1;
        let Usage { prompt, completion } = tokens.unwrap_or_default();
        spent.tokens.prompt = spent.tokens.prompt.saturating_add(prompt);
        spent.tokens.completion = spent.tokens.completion.saturating_add(completion);
    }

    /// The server's name for the model.
    pub fn model(&self) -> &str {
        &self.0.settings.model
    }

    /// For one call.
    pub(super) fn budget(&self) -> Duration {
        self.0.settings.budget
    }

    /// Asks until there is a reply, the attempts are used up or waiting longer makes no sense. Dropping the future closes the
    /// connection.
    ///
    /// # Errors
    /// That of the last try. All end within `Settings::budget`.
    pub async fn ask(&self, ask: &Ask<'_>) -> Result<Reply, LlmError> {
        let give_up = Instant::now() + self.0.settings.budget;
        let mut dialect = self.known();
        let (mut tries, mut failed) = (0, 0);
        loop {
            tries += 1;
            let failure = match self.attempt(ask, dialect, give_up).await {
                Ok((text, tokens)) => {
                    self.learn(dialect);
                    self.note(tries, tokens, true);
                    tracing::debug!(tries, bytes = text.len(), ?tokens, "the language model replied");
                    return Ok(Reply { text, tokens, tries });
                }
                Err(failure) => failure,
            };
            if let Some(simpler) = dialect.without(&failure) {
                dialect = simpler;
                continue;
            }
            failed += 1;
            let error = failure.tell(&self.0.settings);
            let next = retry::wait(&failure, failed).map(|wait| Instant::now() + wait);
            match next {
                Some(next) if failed < self.0.settings.attempts && next < give_up => sleep_until(next).await,
                _ => {
                    self.note(tries, None, false);
                    if let Some(said) = error.said() {
                        tracing::warn!(%error, said, "the language model's server did not reply");
                    }
                    return Err(error);
                }
            }
        }
    }

    async fn attempt(&self, ask: &Ask<'_>, dialect: Dialect, give_up: Instant) -> Result<Said, Failure> {
        let settings = &self.0.settings;
        let mut reading = Reading::new(settings, give_up);
        let request = dialect.request(ask, settings);
        let opened = {
            let chat = self.0.client.chat();
            timeout_at(reading.deadline(), chat.create_stream_byot::<_, Piece>(request)).await
        };
        let mut stream = opened.map_err(|_| reading.late())?.map_err(Failure::from)?;
        loop {
            match timeout_at(reading.deadline(), stream.next()).await {
                Ok(Some(piece)) => reading.add(piece.map_err(Failure::from)?)?,
                Ok(None) => return reading.end(),
                Err(_) if reading.finished() => return reading.end(),
                Err(_) => return Err(reading.late()),
            }
        }
    }

    fn known(&self) -> Dialect {
        *self.0.dialect.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn learn(&self, worked: Dialect) {
        self.0.dialect.lock().unwrap_or_else(PoisonError::into_inner).learn(worked);
    }
}

impl Settings {
    /// No wait of more than a day, so that no clock overflows.
    fn bounded(&self) -> Self {
        let mut settings = self.clone();
        for wait in [&mut settings.connect, &mut settings.first_token, &mut settings.total, &mut settings.budget] {
            *wait = (*wait).min(LONGEST);
        }
        settings
    }
}
