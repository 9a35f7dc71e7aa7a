//! A question as the model wrote it: read where its meaning is clear, refused where it is not.

use serde_json::Value;

use super::{Flaw, text};
use crate::quiz::question::Choice;

/// Options that are read: more than are wanted, so that too many are told as such; a flood is not read.
const OPTIONS: usize = 16;
/// Cues that are read, likewise.
const CUES: usize = 64;

/// A question as the model wrote it: of the right shape, and no more than that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What is asked.
    pub question: String,
    /// As many as there were, without "A)" if all of them began with their letter.
    pub options: Vec<Choice>,
    /// The right one's index in `options`.
    pub key: usize,
    /// What the lecturer is said to have said.
    pub quote: String,
    /// Numbers of cues, as cited.
    pub cues: Vec<usize>,
}

impl Draft {
    /// Reads one of the reply's questions.
    pub fn read(value: &Value) -> Result<Self, Flaw> {
        let written = options(value)?;
        let key = key(value.get("key"), &written)?;
        Ok(Self {
            question: string(value, "question")?,
            options: without_labels(written),
            key,
            quote: string(value, "quote")?,
            cues: cues(value)?,
        })
    }
}

/// What `{"questions": [...]}` holds, in its order, at most `most` of it; each is a draft or says what is wrong with
/// it. That there were more is said at the end.
pub fn drafts(reply: &Value, most: usize) -> Vec<Result<Draft, Flaw>> {
    listed(reply, "questions", most, Draft::read)
}

/// Reads the first `most` items of a list; that there are more is one flaw at its end.
pub fn listed<T>(
    reply: &Value,
    field: &'static str,
    most: usize,
    read: impl Fn(&Value) -> Result<T, Flaw>,
) -> Vec<Result<T, Flaw>> {
    let Some(items) = reply.get(field).and_then(Value::as_array) else { return vec![Err(Flaw::Shape(field))] };
    let more = (items.len() > most).then_some(Err(Flaw::TooMany(items.len())));
    items.iter().take(most).map(read).chain(more).collect()
}

/// A text of the object's, its white space squeezed.
pub fn string(value: &Value, field: &'static str) -> Result<String, Flaw> {
    value.get(field).and_then(Value::as_str).map(text::squeeze).ok_or(Flaw::Shape(field))
}

fn options(value: &Value) -> Result<Vec<Choice>, Flaw> {
    let items = value.get("options").and_then(Value::as_array).ok_or(Flaw::Shape("options"))?;
    if items.len() > OPTIONS {
        return Err(Flaw::OptionCount(items.len()));
    }
    items.iter().map(|item| Ok(Choice { text: string(item, "text")?, reason: string(item, "reason")? })).collect()
}

/// Labels name the place that an option was written at; it is shown at another.
fn without_labels(mut options: Vec<Choice>) -> Vec<Choice> {
    let labelled = |(at, option): (usize, &Choice)| text::unlabelled(&option.text).0 == Some(at);
    if options.iter().enumerate().all(labelled) {
        for option in &mut options {
            option.text = text::unlabelled(&option.text).1.to_owned();
        }
    }
    options
}

/// A letter, with or without what labels have around it, or the text of exactly one option. One that could be both is
/// neither.
fn key(value: Option<&Value>, options: &[Choice]) -> Result<usize, Flaw> {
    let written = match value {
        Some(Value::String(written)) => text::squeeze(written),
        Some(Value::Number(_)) => return Err(Flaw::KeyNumber),
        _ => return Err(Flaw::Shape("key")),
    };
    let bare = written.trim_matches(|c: char| c.is_ascii_punctuation());
    if !bare.is_empty() && bare.chars().all(|c| c.is_ascii_digit()) {
        return Err(Flaw::KeyNumber);
    }
    match (place(&written), worded(&written, options)) {
        (Some(place), None) | (None, Some(place)) if place < options.len() => Ok(place),
        (Some(place), Some(same)) if place == same => Ok(place),
        _ => Err(Flaw::KeyUnclear),
    }
}

/// The place that "B", "b", "(B)", "B." and the like stand for: 0 to 3.
pub fn place(written: &str) -> Option<usize> {
    let open = written.trim_start_matches(['(', '[']);
    let mut rest = open.trim_end_matches([')', ']', '.', ':']).chars();
    let letter = rest.next()?.to_ascii_uppercase();
    let alone = rest.next().is_none();
    "ABCD".chars().position(|c| alone && c == letter)
}

/// The only option with this text; a label before it must be its own.
fn worded(written: &str, options: &[Choice]) -> Option<usize> {
    let (label, bare) = text::unlabelled(written);
    let fits = |at: usize, option: &str| same(option, written) || (label == Some(at) && same(option, bare));
    let mut fitting = options.iter().enumerate().filter(|(at, option)| fits(*at, &option.text)).map(|(at, _)| at);
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}

fn same(option: &str, written: &str) -> bool {
    option == written || text::unlabelled(option).1 == written
}

fn cues(value: &Value) -> Result<Vec<usize>, Flaw> {
    let items = value.get("cues").and_then(Value::as_array).ok_or(Flaw::Shape("cues"))?;
    if items.len() > CUES {
        return Err(Flaw::CitedCount(items.len()));
    }
    items.iter().map(|item| number(item).ok_or(Flaw::Shape("cues"))).collect()
}

/// 12, "12" or "[12]", as the prompt's lines are numbered.
pub fn number(value: &Value) -> Option<usize> {
    match value {
        Value::Number(number) => usize::try_from(number.as_u64()?).ok(),
        Value::String(written) => written.trim().trim_start_matches('[').trim_end_matches(']').parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn value(texts: [&str; 4], key: Value) -> Value {
        let options: Vec<Value> = texts.iter().map(|text| json!({"text": text, "reason": "so"})).collect();
        json!({"question": " What \n is\tit? ", "options": options, "key": key, "quote": "q", "cues": [3, "4", "[5]"]})
    }

    fn read_key(texts: [&str; 4], key: Value) -> Result<usize, Flaw> {
        Draft::read(&value(texts, key)).map(|draft| draft.key)
    }

    #[test]
    fn a_clear_key_is_read() {
        let texts = ["Paris", "Rome", "Bern", "Oslo"];
        for key in ["B", "b", "B)", "(B)", "B.", "[b]", "B:", " B ", "Rome", "B) Rome", "(b) Rome"] {
            assert_eq!(read_key(texts, json!(key)), Ok(1), "{key}");
        }
        assert_eq!(read_key(["A) Paris", "B) Rome", "C) Bern", "D) Oslo"], json!("Rome")), Ok(1));
        assert_eq!(read_key(["A) Paris", "B) Rome", "C) Bern", "D) Oslo"], json!("B) Rome")), Ok(1));
        assert_eq!(read_key(["A", "B", "C", "D"], json!("C")), Ok(2));
    }

    #[test]
    fn an_unclear_key_is_refused() {
        let texts = ["Paris", "Rome", "Bern", "Oslo"];
        for key in ["E", "", "AB", "A, B", "Berlin", "A) Rome", "ROME!", "가", "B or C", "Rome and Bern"] {
            assert_eq!(read_key(texts, json!(key)), Err(Flaw::KeyUnclear), "{key}");
        }
        for key in [json!(1), json!(1.5), json!("2"), json!("(2)")] {
            assert_eq!(read_key(texts, key), Err(Flaw::KeyNumber));
        }
        for key in [json!(null), json!(["B"]), json!({"B": 1}), json!(true)] {
            assert_eq!(read_key(texts, key), Err(Flaw::Shape("key")));
        }
        assert_eq!(
            read_key(["C", "A", "D", "B"], json!("A")),
            Err(Flaw::KeyUnclear),
            "a letter and another option's text"
        );
        assert_eq!(read_key(["Rome", "Rome", "Bern", "Oslo"], json!("Rome")), Err(Flaw::KeyUnclear));
    }

    #[test]
    fn labels_go_if_all_have_them() {
        let texts =
            |texts| Draft::read(&value(texts, json!("A"))).expect("good").options.into_iter().map(|option| option.text);
        assert!(texts(["A) a1", "B) b1", "C) c1", "D) d1"]).eq(["a1", "b1", "c1", "d1"]));
        assert!(texts(["A. flavus", "B. subtilis", "C. elegans", "E. coli"]).eq([
            "A. flavus",
            "B. subtilis",
            "C. elegans",
            "E. coli"
        ]));
    }

    #[test]
    fn other_shapes_are_refused() {
        for (field, bad) in [
            ("question", json!(null)),
            ("question", json!(["a"])),
            ("options", json!({"A": "x"})),
            ("text", json!("unused")),
            ("quote", json!(3)),
            ("cues", json!("3")),
            ("cues", json!([-1])),
            ("cues", json!([1.5])),
            ("cues", json!([[3]])),
        ] {
            let mut broken = value(["a", "b", "c", "d"], json!("A"));
            broken[field] = bad;
            if field == "text" {
                broken["options"] = json!(["a", "b", "c", "d"]);
            }
            assert_eq!(Draft::read(&broken), Err(Flaw::Shape(field)));
        }
        for value in [json!(null), json!(1), json!("a"), json!([])] {
            assert!(Draft::read(&value).is_err());
        }
    }

    #[test]
    fn a_flood_is_read_in_part() {
        let one = value(["a", "b", "c", "d"], json!("A"));
        let read = drafts(&json!({"questions": vec![one; 10_000]}), 3);
        assert_eq!((read.len(), read.last()), (4, Some(&Err(Flaw::TooMany(10_000)))));
        assert_eq!(drafts(&json!({"answers": []}), 3), [Err(Flaw::Shape("questions"))]);
        assert_eq!(drafts(&json!({"questions": []}), 3), []);
    }
}
