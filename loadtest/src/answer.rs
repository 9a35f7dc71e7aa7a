//! What the generator needs of a server's message. Everything else is skipped unread, to keep the generator cheap.

use std::borrow::Cow;

use serde::Deserialize;

/// A server's message; fields of all types together, absent texts empty.
#[derive(Debug, Deserialize)]
pub struct Answer<'a> {
    /// The message's type.
    #[serde(borrow, rename = "type")]
    pub message_type: Cow<'a, str>,
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
    /// Of `verdict`: how likely the eyes are closed, 0..1; absent without a face.
    #[serde(default)]
    pub closed: Option<f64>,
    /// Of `ping`, `alert` and `alert.cleared`.
    #[serde(default)]
    pub n: u64,
    /// Of `alert`: what it is about.
    #[serde(borrow, default)]
    pub kind: Cow<'a, str>,
    /// Of `alert`: ms of the watch session.
    #[serde(default)]
    pub at_ms: u64,
    /// Of `state`; of `quiz.progress` too.
    #[serde(borrow, default)]
    pub state: Cow<'a, str>,
    /// Of `rate`.
    #[serde(default)]
    pub frames_per_second: f64,
    /// Of `welcome`: the watch session's age, ms.
    #[serde(default)]
    pub now_ms: u64,
    /// Of `welcome`: the frame rate that is wished.
    #[serde(default)]
    pub rate: f64,
    /// Of `welcome`: what to resume with.
    #[serde(borrow, default)]
    pub resume: Cow<'a, str>,
    /// Of `welcome` after a resume.
    #[serde(default)]
    pub recovered: Option<bool>,
    /// Of `quiz.item`, `quiz.ask` and `quiz.graded`.
    #[serde(borrow, default)]
    pub quiz: Cow<'a, str>,
    /// Of `quiz.ask`; only their number matters.
    #[serde(default)]
    pub options: Vec<serde::de::IgnoredAny>,
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
        assert!(answers.iter().all(|answer| matches!(answer.message_type, Cow::Borrowed(_))));
        let verdict = answers.iter().find(|answer| answer.message_type == "verdict").expect("a verdict");
        assert_eq!((verdict.seq, verdict.captured_ms), (Some(7), Some(123_456)));
        assert!(matches!(verdict.presence, Cow::Borrowed("face")) && matches!(verdict.eyes, Cow::Borrowed("open")));
        let dropped = answers.iter().find(|answer| answer.message_type == "dropped").expect("a dropped");
        assert_eq!((dropped.seq, &*dropped.reason), (Some(12), "superseded"));
    }

    #[test]
    fn escaped_texts_are_read_too() {
        let answer = Answer::parse(r#"{"type":"\u0065rror","message":"a \"type\""}"#).expect("JSON");
        assert_eq!((&*answer.message_type, &*answer.message), ("error", "a \"type\""));
        assert!(Answer::parse("{}").is_err() && Answer::parse("[]").is_err() && Answer::parse("").is_err());
    }
}
