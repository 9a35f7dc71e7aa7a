//! One event of the server, reduced to what is used of it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Usage;
use super::error::Failure;

/// A part of a reply; the whole, where the server does not stream.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Piece {
    /// What is to be read.
    pub text: String,
    /// It is at work: text, or reasoning that is not to be read.
    pub alive: bool,
    /// It said that this is the end.
    pub finished: bool,
    pub usage: Option<Usage>,
    /// Nothing useful will follow.
    pub failure: Option<Failure>,
}

impl From<Failure> for Piece {
    fn from(failure: Failure) -> Self {
        Self { failure: Some(failure), ..Self::default() }
    }
}

impl Piece {
    /// Of a `chat.completion.chunk`, a `chat.completion` or an error; anything else is an empty piece.
    pub(super) fn read(event: &Value) -> Self {
        if let Some(error) = event.get("error").filter(|error| !error.is_null()) {
            return Failure::Status { status: status(error), wait: None, text: event.to_string() }.into();
        }
        let usage = event.get("usage").and_then(usage);
        let Some(choice) = event.get("choices").and_then(|choices| choices.get(0)) else {
            return Self { usage, ..Self::default() };
        };
        let message = choice.get("delta").or_else(|| choice.get("message")).unwrap_or(&Value::Null);
        let text = message.get("content").map(text).unwrap_or_default();
        let says = |field: &str| message.get(field).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
        let reason = choice.get("finish_reason").and_then(Value::as_str).filter(|reason| !reason.is_empty());
        let failure = match reason {
            Some("length") => Some(Failure::CutOff),
            Some("content_filter") => Some(Failure::Refused),
            _ => says("refusal").then_some(Failure::Refused),
        };
        let alive = !text.is_empty() || says("reasoning_content") || says("reasoning");
        Self { alive, text, finished: reason.is_some(), usage, failure }
    }
}

/// Servers put HTTP's status into `code`, some as a string; others a word.
fn status(error: &Value) -> u16 {
    let code = error.get("code").or_else(|| error.get("status"));
    let number = code.and_then(|code| code.as_u64().or_else(|| code.as_str()?.parse().ok()));
    number.and_then(|number| u16::try_from(number).ok()).filter(|status| (400..600).contains(status)).unwrap_or(500)
}

/// A string, or parts that hold one each.
fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part.get("text")?.as_str()).collect(),
        _ => String::new(),
    }
}

fn usage(usage: &Value) -> Option<Usage> {
    Some(Usage { prompt: usage.get("prompt_tokens")?.as_u64()?, completion: usage.get("completion_tokens")?.as_u64()? })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn read(event: Value) -> Piece {
        Piece::read(&event)
    }

    #[test]
    fn text_comes_in_deltas_or_at_once() {
        let delta = read(json!({"choices": [{"delta": {"role": "assistant", "content": "안"}}], "usage": null}));
        assert_eq!(delta, Piece { text: "안".to_owned(), alive: true, ..Piece::default() });
        let parts = json!([{"type": "text", "text": "a"}, {"type": "text", "text": "b"}, 3]);
        let whole = read(json!({"choices": [{"message": {"content": parts}, "finish_reason": "stop"}]}));
        assert_eq!((whole.text.as_str(), whole.finished, whole.failure), ("ab", true, None));
    }

    #[test]
    fn the_first_delta_is_no_token() {
        assert_eq!(read(json!({"choices": [{"delta": {"role": "assistant", "content": ""}}]})), Piece::default());
        assert_eq!(read(json!({"choices": []})), Piece::default());
        assert_eq!(read(json!([1, 2])), Piece::default());
    }

    #[test]
    fn reasoning_is_life_but_no_text() {
        for field in ["reasoning_content", "reasoning"] {
            let piece = read(json!({"choices": [{"delta": {field: "hm"}}]}));
            assert_eq!(piece, Piece { alive: true, ..Piece::default() });
        }
    }

    #[test]
    fn ends_that_are_no_replies() {
        let ended = |reason: &str| read(json!({"choices": [{"delta": {}, "finish_reason": reason}]})).failure;
        assert_eq!(ended("stop"), None);
        assert_eq!(ended("length"), Some(Failure::CutOff));
        assert_eq!(ended("content_filter"), Some(Failure::Refused));
        let refusal = read(json!({"choices": [{"delta": {"refusal": "I'm sorry"}}]}));
        assert_eq!(refusal.failure, Some(Failure::Refused));
    }

    #[test]
    fn an_error_within_a_stream_has_a_status() {
        for (code, wanted) in [(json!(429), 429), (json!("503"), 503), (json!("overloaded"), 500), (json!(7), 500)] {
            let piece = read(json!({"error": {"message": "no", "code": code}}));
            assert!(matches!(piece.failure, Some(Failure::Status { status, .. }) if status == wanted), "{wanted}");
        }
        assert!(read(json!({"error": "no"})).failure.is_some());
    }

    #[test]
    fn tokens_are_told_last() {
        let piece = read(json!({"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 5}}));
        assert_eq!(piece.usage, Some(Usage { prompt: 10, completion: 5 }));
    }

    proptest! {
        #[test]
        fn a_piece_survives_its_own_encoding(text in ".*", alive: bool, status: u16) {
            let failure = Some(Failure::Status { status, wait: None, text: text.clone() });
            let piece = Piece { text, alive, failure, ..Piece::default() };
            let json = serde_json::to_string(&piece).expect("json");
            prop_assert_eq!(serde_json::from_str::<Piece>(&json).expect("a piece"), piece);
        }
    }
}
