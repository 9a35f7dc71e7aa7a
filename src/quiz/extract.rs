//! The JSON in a language model's reply, whatever stands around it.

use serde_json::Value;

/// Bytes of a reply that are looked at.
pub const LONGEST: usize = 256 * 1024;

/// Why a reply is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoJson {
    /// More than [`LONGEST`].
    #[error("the reply is longer than 256 KiB")]
    TooLong,
    /// Not a word of it.
    #[error("the reply holds no JSON object")]
    None,
    /// The likeliest candidate is no JSON.
    #[error("the reply holds something like JSON, but it is not valid")]
    Invalid,
    /// It began, but did not end.
    #[error("the reply's JSON begins, but does not end")]
    Truncated,
    /// Deeper than any reply that is asked for.
    #[error("the reply's JSON is nested too deeply")]
    TooDeep,
    /// Which one counts?
    #[error("the reply's JSON has a field twice in one object")]
    Twice,
    /// Other JSON than was asked for.
    #[error("the reply's JSON lacks the list that was asked for")]
    NoField,
}

/// The first JSON object in `reply` that has a list called `field`; a bare list is taken for it.
pub fn json(reply: &str, field: &str) -> Result<Value, NoJson> {
    let _ = (reply, field);
    Err(NoJson::None)
}
