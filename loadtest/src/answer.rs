//! What the generator needs of a server's message. Everything else is skipped unread, to keep the generator cheap.

use std::borrow::Cow;

use serde::Deserialize;

/// A server's message; fields of all types together, absent texts empty.
#[derive(Debug, Deserialize)]
pub struct Answer<'a> {
    /// The message's type.
    #[serde(borrow, rename = "type")]
    pub kind: Cow<'a, str>,
    /// Of `verdict`, `dropped` and most `error`s.
    #[serde(default)]
    pub seq: Option<u32>,
    /// Of `verdict`: what the frame's header said.
    #[serde(default)]
    pub captured_ms: Option<u64>,
    /// Of `verdict`.
    #[serde(borrow, default)]
    pub presence: Cow<'a, str>,
    /// Of `verdict`.
    #[serde(borrow, default)]
    pub eyes: Cow<'a, str>,
    /// Of `dropped`.
    #[serde(borrow, default)]
    pub reason: Cow<'a, str>,
    /// Of `error`.
    #[serde(borrow, default)]
    pub code: Cow<'a, str>,
    /// Of `error`.
    #[serde(borrow, default)]
    pub message: Cow<'a, str>,
    /// Of `ping`.
    #[serde(default)]
    pub n: u64,
}

impl<'a> Answer<'a> {
    /// Reads one text message.
    ///
    /// # Errors
    /// When it is not a JSON object with a type, or when a field is of the wrong kind.
    pub fn parse(text: &'a str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = include_str!("../../docs/protocol.md");

    #[test]
    fn every_documented_message_is_read_without_copying() {
        let examples = DOCUMENT.split("```json server\n").skip(1).filter_map(|rest| rest.split("```").next());
        let answers: Vec<_> = examples.map(|text| Answer::parse(text).expect(text)).collect();
        assert!(answers.len() >= 9, "the document lost its examples");
        assert!(answers.iter().all(|answer| matches!(answer.kind, Cow::Borrowed(_))));
        let verdict = answers.iter().find(|answer| answer.kind == "verdict").expect("a verdict");
        assert_eq!((verdict.seq, verdict.captured_ms), (Some(7), Some(123_456)));
        assert!(matches!(verdict.presence, Cow::Borrowed("face")) && matches!(verdict.eyes, Cow::Borrowed("open")));
        let dropped = answers.iter().find(|answer| answer.kind == "dropped").expect("a dropped");
        assert_eq!((dropped.seq, &*dropped.reason), (Some(12), "superseded"));
    }

    #[test]
    fn escaped_texts_are_read_too() {
        let answer = Answer::parse(r#"{"type":"\u0065rror","message":"a \"type\""}"#).expect("JSON");
        assert_eq!((&*answer.kind, &*answer.message), ("error", "a \"type\""));
        assert!(Answer::parse("{}").is_err() && Answer::parse("[]").is_err() && Answer::parse("").is_err());
    }
}
