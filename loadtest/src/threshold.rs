//! Conditions under which a test has failed: `p99_ms>100`.

use std::str::FromStr;

use anyhow::{Context as _, bail, ensure};
use serde::Serialize;
use serde_json::Value;

/// One condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// What is looked at, as in the JSON output; `a.b` is b within a.
    key: String,
    comparison: Comparison,
    bound: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Above,
    AtLeast,
    Below,
    AtMost,
    Equal,
    Unequal,
}

/// Longer signs first: `>` is a part of `>=`.
const SIGNS: [(&str, Comparison); 6] = [
    (">=", Comparison::AtLeast),
    ("<=", Comparison::AtMost),
    ("==", Comparison::Equal),
    ("!=", Comparison::Unequal),
    (">", Comparison::Above),
    ("<", Comparison::Below),
];

impl FromStr for Threshold {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || format!("{text:?} is not like p99_ms>100 (signs: > >= < <= == !=)");
        let (at, sign, comparison) = SIGNS
            .iter()
            .filter_map(|(sign, comparison)| text.find(sign).map(|at| (at, *sign, *comparison)))
            .min_by_key(|(at, sign, _)| (*at, std::cmp::Reverse(sign.len())))
            .ok_or_else(expected)?;
        let key = text[..at].trim();
        let bound: f64 = text[at + sign.len()..].trim().parse().map_err(|_| expected())?;
        if key.is_empty() || !bound.is_finite() {
            return Err(expected());
        }
        Ok(Self { key: key.to_owned(), comparison, bound })
    }
}

impl Threshold {
    /// Why the test has failed by this condition, if so. What was not measured cannot be good.
    ///
    /// # Errors
    /// When there is no such number.
    pub fn failure(&self, numbers: &Value) -> anyhow::Result<Option<String>> {
        let Self { key, comparison, bound } = self;
        let value = key.split('.').try_fold(numbers, |value, part| value.get(part));
        let value = value.with_context(|| format!("--fail-if names {key}, which is not in the JSON output"))?;
        if value.is_null() {
            return Ok(Some(format!("{key} was not measured")));
        }
        let Some(number) = value.as_f64() else { bail!("--fail-if names {key}, which is no number") };
        let met = match comparison {
            Comparison::Above => number > *bound,
            Comparison::AtLeast => number >= *bound,
            Comparison::Below => number < *bound,
            Comparison::AtMost => number <= *bound,
            Comparison::Equal => number == *bound,
            Comparison::Unequal => number != *bound,
        };
        Ok(met.then(|| format!("{key} is {number}, and {self} is a failure")))
    }
}

/// Refuses names that the JSON output will not have, before anything is measured; `nothing` is that output with nothing in it.
///
/// # Errors
/// With the names that there are.
pub fn check(thresholds: &[Threshold], nothing: &impl Serialize) -> anyhow::Result<()> {
    let output = serde_json::to_value(nothing).context("cannot write the numbers")?;
    for Threshold { key, .. } in thresholds {
        ensure!(
            is_number(&output, key),
            "--fail-if names {key}, which is no number of the JSON output; its numbers are {}",
            names(&output).join(", ")
        );
    }
    Ok(())
}

/// Null is a number that was not measured.
fn may_be_number(value: &Value) -> bool {
    value.is_number() || value.is_null()
}

/// What is counted by word has no words yet.
fn is_number(nothing: &Value, key: &str) -> bool {
    match key.split_once('.') {
        None => nothing.get(key).is_some_and(may_be_number),
        Some((table, _)) => nothing.get(table).is_some_and(Value::is_object),
    }
}

fn names(nothing: &Value) -> Vec<String> {
    let all = nothing.as_object().into_iter().flatten();
    let shown = |(name, value): (&String, &Value)| match value {
        Value::Object(_) => Some(format!("{name}.WORD")),
        _ => may_be_number(value).then(|| name.clone()),
    };
    all.filter_map(shown).collect()
}

impl std::fmt::Display for Threshold {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = SIGNS.iter().find(|(_, comparison)| *comparison == self.comparison).map_or("", |(sign, _)| sign);
        write!(out, "{}{sign}{}", self.key, self.bound)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::numbers::Numbers;

    fn fails(condition: &str) -> bool {
        let numbers = json!({"p99_ms": 100.0, "dropped": 3, "none": null, "by": {"word": 2}});
        condition.parse::<Threshold>().expect(condition).failure(&numbers).expect(condition).is_some()
    }

    #[test]
    fn every_sign_is_understood() {
        for condition in
            ["p99_ms>99.9", "p99_ms >= 100", "dropped<4", "dropped<=3", "dropped==3", "dropped!=2", "by.word>1"]
        {
            assert!(fails(condition), "{condition}");
        }
        for condition in ["p99_ms>100", "p99_ms>=100.1", "dropped<3", "dropped<=2", "dropped==2", "dropped!=3"] {
            assert!(!fails(condition), "{condition}");
        }
        assert!(fails("none>1e9"), "what was not measured is no success");
    }

    #[test]
    fn unknown_names_are_refused_before_the_run() {
        let checked = |condition: &str| {
            let threshold: Threshold = condition.parse().expect(condition);
            check(&[threshold], &Numbers::default())
        };
        for known in ["p99_ms>100", "dropped!=0", "server_cores>1.5", "errors_by_kind.closed_1006>0"] {
            checked(known).expect(known);
        }
        // Neither an array, nor a yes or no, nor a table of counts is a number.
        for unknown in ["p98_ms>1", "right>0", "interrupted==1", "errors_by_kind>0", "by.word>1"] {
            let said = checked(unknown).expect_err(unknown).to_string();
            let (_, named) = said.split_once("its numbers are ").expect("names");
            assert!(named.contains("p99_ms, ") && named.contains("errors_by_kind.WORD"), "{said}");
            assert!(!named.contains("right") && !named.contains("interrupted"), "{said}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "p99_ms", ">5", "p99_ms>", "p99_ms>fast", "p99_ms>NaN", "a=>b"] {
            assert!(text.parse::<Threshold>().is_err(), "{text}");
        }
        let unknown: Threshold = "p98_ms>1".parse().expect("well formed");
        assert!(unknown.failure(&json!({"p99_ms": 1})).is_err());
        assert_eq!("p99_ms >=  5".parse::<Threshold>().expect("well formed").to_string(), "p99_ms>=5");
    }
}
