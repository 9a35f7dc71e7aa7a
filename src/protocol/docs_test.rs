//! The examples of docs/protocol.md are what the code reads and writes.

use serde_json::Value;

use super::client::ClientMessage;
use super::server::{DropReason, ServerMessage};

const DOCUMENT: &str = include_str!("../../docs/protocol.md");

fn examples(direction: &str) -> Vec<&'static str> {
    let fence = format!("```json {direction}\n");
    DOCUMENT.split(fence.as_str()).skip(1).filter_map(|rest| rest.split("```").next()).collect()
}

/// Every field that the document shows must survive reading and writing with the same value.
fn same(path: &str, documented: &Value, written: &Value) {
    match (documented, written) {
        (Value::Object(documented), Value::Object(written)) => {
            let names = |object: &serde_json::Map<String, Value>| object.keys().cloned().collect::<Vec<_>>();
            assert_eq!(names(documented), names(written), "fields of {path}");
            documented.iter().for_each(|(name, value)| same(&format!("{path}.{name}"), value, &written[name]));
        }
        (Value::Array(documented), Value::Array(written)) => {
            assert_eq!(documented.len(), written.len(), "{path}");
            documented.iter().zip(written).for_each(|(a, b)| same(path, a, b));
        }
        (Value::Number(documented), Value::Number(written)) => {
            let (a, b) = (documented.as_f64().unwrap_or(f64::NAN), written.as_f64().unwrap_or(f64::NAN));
            assert!((a - b).abs() < 1e-5, "{path}: {a} became {b}");
        }
        _ => assert_eq!(documented, written, "{path}"),
    }
}

#[test]
fn every_documented_client_message_is_understood() {
    let examples = examples("client");
    assert!(examples.len() >= 5, "the document lost its examples");
    for text in examples {
        let message = ClientMessage::parse(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let written = serde_json::to_value(&message).expect("messages serialise");
        same("client", &serde_json::from_str(text).expect("parsed before"), &written);
    }
}

#[test]
fn every_documented_server_message_is_what_the_server_writes() {
    let examples = examples("server");
    assert!(examples.len() >= 9, "the document lost its examples");
    for text in examples {
        let message: ServerMessage = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let written: Value = serde_json::from_str(&message.to_json()).expect("the server writes JSON");
        same("server", &serde_json::from_str(text).expect("parsed before"), &written);
    }
}

#[test]
fn every_code_and_reason_is_documented() {
    use crate::auth::BadToken;
    use crate::vision::{FrameError, JpegLimits};
    let limits = JpegLimits { side: 1, pixels: 1 };
    let frame_errors = [
        FrameError::Empty,
        FrameError::NotJpeg(""),
        FrameError::Truncated(1),
        FrameError::Dimensions { width: 0, height: 0, limits },
        FrameError::Invalid(String::new()),
        FrameError::Internal,
    ];
    let reasons = DropReason::ALL;
    let tokens =
        [BadToken::Forged, BadToken::Expired, BadToken::WrongAudience, BadToken::SignedOut].map(BadToken::code);
    let codes = frame_errors.iter().map(FrameError::code).chain(reasons.iter().map(|reason| reason.word()));
    for code in codes.chain(tokens).chain([
        "frame_too_large",
        "text_too_large",
        "bad_message",
        "unknown_type",
        "unexpected",
        "bad_clock",
        "token_missing",
        "no_consent",
        "server_full",
    ]) {
        assert!(DOCUMENT.contains(&format!("`{code}`")), "{code} is not in docs/protocol.md");
    }
    for reason in reasons {
        assert_eq!(serde_json::to_value(reason).expect("a word"), reason.word());
    }
}
