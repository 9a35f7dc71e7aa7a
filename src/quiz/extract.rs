//! The JSON in a language model's reply, whatever stands around it.

mod strict;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

/// Bytes of a reply that are looked at.
pub const LONGEST: usize = 256 * 1024;
/// Times that a reply may be read over, all candidates together: what makes every beginning a long one is an attack.
const READINGS: usize = 16;
/// How reasoning models mark what they think; drafts of the reply stand in there.
const THOUGHTS: [(&str, &str); 3] =
    [("<think>", "</think>"), ("<thinking>", "</thinking>"), ("<reasoning>", "</reasoning>")];

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
    /// It began, or the thoughts before it did, but there is no end.
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

/// The first JSON object in `reply` that has a list called `field`. A bare list of objects is taken for that list, if
/// no object stands before it. Chatter, code fences and a reasoning model's thoughts are passed over; nothing is
/// repaired.
pub fn json(reply: &str, field: &str) -> Result<Value, NoJson> {
    if reply.len() > LONGEST {
        return Err(NoJson::TooLong);
    }
    let said = after_thoughts(reply)?;
    let mut search = Search { field, failed: (NoJson::None, 0), budget: READINGS * said.len() };
    search.run(said).ok_or(search.failed.0)
}

/// What follows the thoughts that stand before any JSON. Some servers leave out the mark that they begin with.
fn after_thoughts(reply: &str) -> Result<&str, NoJson> {
    let lower = reply.to_ascii_lowercase();
    let brace = lower.find('{').unwrap_or(lower.len());
    for (open, close) in THOUGHTS {
        let begin = lower.find(open);
        let end = lower.find(close).map(|at| at + close.len());
        match (begin, end) {
            (Some(begin), None) if begin < brace => return Err(NoJson::Truncated),
            (Some(begin), Some(end)) if begin < brace && begin < end => return Ok(&reply[end..]),
            (None, Some(end)) => return Ok(&reply[end..]),
            _ => {}
        }
    }
    Ok(reply)
}

struct Search<'a> {
    field: &'a str,
    /// The best-looking candidate's failure, and how many bytes of it were JSON.
    failed: (NoJson, usize),
    /// Bytes that may still be read.
    budget: usize,
}

impl Search<'_> {
    fn run(&mut self, said: &str) -> Option<Value> {
        let mut objects = 0;
        for (at, sign) in said.match_indices(['{', '[']) {
            let candidate = &said[at..];
            let list = sign == "[";
            let inside = list && objects > 0;
            objects += usize::from(!list);
            if inside || !promising(candidate, list) {
                continue;
            }
            match strict::value(candidate) {
                Ok(value) => match self.wrapped(value) {
                    Some(found) => return Some(found),
                    None => self.fail(NoJson::NoField, 1)?,
                },
                // What follows would be inside it, and is not to be trusted by itself.
                Err((why @ (NoJson::Truncated | NoJson::TooDeep | NoJson::Twice), _)) => return self.end(why),
                Err((why, read)) => self.fail(why, read)?,
            }
        }
        None
    }

    fn wrapped(&self, value: Value) -> Option<Value> {
        match value {
            Value::Array(_) => Some(Value::Object(Map::from_iter([(self.field.to_owned(), value)]))),
            Value::Object(ref fields) => fields.get(self.field)?.is_array().then_some(value),
            _ => None,
        }
    }

    /// None when the budget is spent.
    fn fail(&mut self, why: NoJson, read: usize) -> Option<()> {
        if read > self.failed.1 {
            self.failed = (why, read);
        }
        self.budget = self.budget.checked_sub(read)?;
        Some(())
    }

    fn end(&mut self, why: NoJson) -> Option<Value> {
        self.failed = (why, 0);
        None
    }
}

/// An object begins with a name or is empty, a list that counts begins with an object; most brackets in chatter do
/// neither.
fn promising(candidate: &str, list: bool) -> bool {
    let next = candidate.chars().skip(1).find(|c| !c.is_ascii_whitespace());
    match next {
        Some('{') => list,
        Some('"' | '}') => !list,
        None => !list,
        _ => false,
    }
}
