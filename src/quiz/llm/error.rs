//! Why there is no reply: as it is found out, and as it is told.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Settings;

/// Characters of a server's own text that are told.
const TOLD: usize = 200;

/// Why there is no reply. No sentence holds anything of the server's own text: learners are told them. That is in [`LlmError::said`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LlmError {
    /// From `Llm::new`.
    #[error(
        "the language model's base URL must be http:// or https:// without user, query or fragment, as in http://127.0.0.1:11434/v1"
    )]
    BaseUrl,
    /// From `Llm::new`.
    #[error("the language model's key holds characters that no key has: copy it again, without spaces and line breaks")]
    Key,
    /// From `Llm::new`.
    #[error("the connection to the language model cannot be set up: {0}")]
    Setup(String),
    /// 401 or 403.
    #[error("the key was refused by the language model's server: check OPENAI_API_KEY, and that it may use the model")]
    Unauthorized,
    /// 404 in the API's own words.
    #[error("the language model's server has no model `{model}`: set one that it has")]
    Model {
        /// As configured.
        model: String,
        /// The server's words.
        said: String,
    },
    /// 404, a redirection or a page for people.
    #[error("there is no chat API at the language model's base URL: most servers want /v1 at its end")]
    NoApi,
    /// 429 that no waiting ends.
    #[error("the account at the language model's provider has no quota left: see its billing page")]
    Quota,
    /// 400 and the like: the same request would be refused again.
    #[error("the language model's server refused the request ({status})")]
    Rejected {
        /// HTTP's.
        status: u16,
        /// The server's words.
        said: String,
    },
    /// 429 to the end.
    #[error("the language model's server has too many requests{}: try again later, or ask less at once", wished(.wait))]
    RateLimited {
        /// What the server wants one to wait.
        wait: Option<Duration>,
    },
    /// 5xx, 408 or 409 to the end.
    #[error("the language model's server fails ({status})")]
    Server {
        /// HTTP's.
        status: u16,
        /// The server's words.
        said: String,
    },
    /// No connection.
    #[error("the language model's server cannot be reached ({0}): is it running, and is the base URL right?")]
    Unreachable(String),
    /// The connection ended before the reply did, or what came is no event stream.
    #[error("the connection to the language model's server broke off before the reply was there")]
    Broken,
    /// Nothing said.
    #[error("the language model said nothing for {} s: it may be loading or overloaded", .0.as_secs_f64())]
    FirstToken(Duration),
    /// Fell silent.
    #[error("the language model fell silent for {} s before its reply was there", .0.as_secs_f64())]
    Stalled(Duration),
    /// One try took too long.
    #[error("the language model's reply was not there after {} s: a smaller or faster model may do", .0.as_secs_f64())]
    Total(Duration),
    /// All tries took too long.
    #[error("the language model's reply was not there after {} s over all tries", .0.as_secs_f64())]
    Budget(Duration),
    /// To the end.
    #[error("the language model's reply was empty")]
    Empty,
    /// Text, body or one event.
    #[error("the language model's reply is too large: more than {0} bytes of text")]
    TooLarge(usize),
    /// By `Settings::max_tokens` or the model's context.
    #[error(
        "the language model's reply was cut off at its limit of {0} tokens: raise it, or the model's context length"
    )]
    CutOff(u32),
    /// By the model, or by a filter.
    #[error("the language model refused to reply")]
    Refused,
}

impl LlmError {
    /// Nothing that is asked of this server will be answered until a person changes something.
    pub fn is_hopeless(&self) -> bool {
        use LlmError as E;
        matches!(self, E::BaseUrl | E::Key | E::Setup(_) | E::Unauthorized | E::Model { .. } | E::NoApi | E::Quota)
    }

    /// The server's own words, for the operator's log: one line of at most 200 characters, without the key.
    pub fn said(&self) -> Option<&str> {
        match self {
            Self::Model { said, .. } | Self::Rejected { said, .. } | Self::Server { said, .. } => Some(said),
            _ => None,
        }
    }
}

fn wished(wait: &Option<Duration>) -> String {
    wait.map(|wait| format!(" and wants a wait of {} s", wait.as_secs())).unwrap_or_default()
}

/// What went wrong with one request. Travels inside the translated stream too, hence serde.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("the request failed")]
pub(super) enum Failure {
    /// A status, or an error inside a stream.
    Status {
        status: u16,
        wait: Option<Duration>,
        text: String,
    },
    Connect(String),
    Broken,
    /// A page for people.
    Page,
    FirstToken,
    Stalled,
    Total,
    Budget,
    Empty,
    TooLarge,
    CutOff,
    Refused,
}

impl Failure {
    /// For people.
    pub(super) fn tell(&self, settings: &Settings) -> LlmError {
        match self {
            Self::Status { status, wait, text } => told(*status, *wait, text, settings),
            Self::Connect(why) => LlmError::Unreachable(why.clone()),
            Self::Broken => LlmError::Broken,
            Self::Page => LlmError::NoApi,
            Self::FirstToken => LlmError::FirstToken(settings.first_token),
            Self::Stalled => LlmError::Stalled(settings.first_token),
            Self::Total => LlmError::Total(settings.total),
            Self::Budget => LlmError::Budget(settings.budget),
            Self::Empty => LlmError::Empty,
            Self::TooLarge => LlmError::TooLarge(settings.reply_bytes),
            Self::CutOff => LlmError::CutOff(settings.max_tokens),
            Self::Refused => LlmError::Refused,
        }
    }
}

fn told(status: u16, wait: Option<Duration>, text: &str, settings: &Settings) -> LlmError {
    let said = || said(text, settings);
    match status {
        401 | 403 => LlmError::Unauthorized,
        404 if text.contains("model") && text.trim_start().starts_with('{') => {
            LlmError::Model { model: settings.model.clone(), said: said() }
        }
        300..=399 | 404 | 405 => LlmError::NoApi,
        429 if text.contains("insufficient_quota") => LlmError::Quota,
        429 => LlmError::RateLimited { wait },
        408 | 409 | 500.. => LlmError::Server { status, said: said() },
        _ => LlmError::Rejected { status, said: said() },
    }
}

/// Characters of the key in a row that give it away: services write `sk-…abcd`.
const GIVEN_AWAY: usize = 8;

/// The message within OpenAI's error object, or the body itself: one line, cut. Nothing of it if it holds a piece of the key.
fn said(text: &str, settings: &Settings) -> String {
    use secrecy::ExposeSecret;
    let body: Option<serde_json::Value> = serde_json::from_str(text).ok();
    let error = body.as_ref().map(|body| body.get("error").unwrap_or(body));
    let message = error.and_then(|error| error.as_str().or_else(|| error.get("message")?.as_str()));
    // As it would be shown: what is invisible may stand between the key's characters.
    let message = short(message.unwrap_or(text));
    let key: Vec<char> = settings.api_key.as_ref().map(|key| key.expose_secret().chars().collect()).unwrap_or_default();
    let mut pieces = key.windows(GIVEN_AWAY.min(key.len()).max(1)).map(|piece| piece.iter().collect::<String>());
    if pieces.any(|piece| message.contains(&piece)) {
        return "its words are not shown, for they repeat the key".to_owned();
    }
    message
}

/// One line of at most 200 characters, none of them invisible.
pub(super) fn short(text: &str) -> String {
    let shown = |c: &char| !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    let text: String = text.chars().filter(shown).collect();
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(TOLD) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None if line.is_empty() => "it gave no reason".to_owned(),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    fn told(status: u16, text: &str) -> LlmError {
        let settings = Settings {
            model: "llama".to_owned(),
            api_key: Some(SecretString::from("sk-12345678")),
            ..Settings::default()
        };
        Failure::Status { status, wait: None, text: text.to_owned() }.tell(&settings)
    }

    #[test]
    fn servers_word_their_errors_differently() {
        for (text, said) in [
            (r#"{"error": {"message": "too long"}}"#, "too long"),
            (r#"{"error": "too long"}"#, "too long"),
            (r#"{"object": "error", "message": "too long", "code": 400}"#, "too long"),
            (r#"{"detail": [{"loc": ["body"]}]}"#, r#"{"detail": [{"loc": ["body"]}]}"#),
            ("too\r\n\tlong\u{202e}", "too long"),
            ("key sk-12345678 is bad", "its words are not shown, for they repeat the key"),
            ("key sk-12345… is bad", "its words are not shown, for they repeat the key"),
            ("key sk-12\u{200b}345678 is bad", "its words are not shown, for they repeat the key"),
            ("key sk-1…5678 is bad", "key sk-1…5678 is bad"),
            ("", "it gave no reason"),
        ] {
            assert_eq!(told(400, text), LlmError::Rejected { status: 400, said: said.to_owned() });
        }
        let long = told(500, &"길다 ".repeat(500));
        assert!(long.said().is_some_and(|said| said.chars().count() == TOLD + 1), "{long:?}");
    }

    #[test]
    fn nobody_but_the_operator_is_told_the_server_s_words() {
        for status in [400, 404, 500, 503] {
            let error = told(status, r#"{"error": {"message": "no model, <script>secret key sk-123</script>"}}"#);
            assert!(error.said().is_some_and(|said| said.contains("<script>")), "{error:?}");
            assert!(!error.to_string().contains("script") && !error.to_string().contains("sk-"), "{error}");
        }
        assert_eq!(told(500, "x").to_string(), "the language model's server fails (500)");
    }

    #[test]
    fn a_missing_model_is_no_missing_api() {
        for text in [
            r#"{"error": {"message": "The model `llama` does not exist", "code": "model_not_found"}}"#,
            r#"{"error": {"message": "model \"llama\" not found, try pulling it first"}}"#,
            r#"{"object": "error", "message": "The model `llama` does not exist.", "code": 404}"#,
        ] {
            assert!(matches!(told(404, text), LlmError::Model { model, .. } if model == "llama"), "{text}");
        }
        for text in [r#"{"detail": "Not Found"}"#, "404 page not found", "<html>model</html>", ""] {
            assert_eq!(told(404, text), LlmError::NoApi, "{text}");
        }
    }
}
