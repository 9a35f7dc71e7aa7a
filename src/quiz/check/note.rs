//! Whether a review note may be shown.

use serde_json::Value;
use whatlang::Lang;

use super::draft::{listed, number, string};
use super::{Flaw, Place, hygiene, language, quote};

/// Characters of a keyword.
const KEYWORD: (usize, usize) = (1, 60);
/// Characters of an explanation.
const EXPLANATION: (usize, usize) = (20, 600);

/// What to look at again, as the model wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteDraft {
    /// Of which wrong answer: 1, 2, ... as in the prompt.
    pub number: usize,
    /// What it is about, in a word or a few.
    pub keyword: String,
    /// What is right, and why.
    pub explanation: String,
    /// What the lecturer is said to have said.
    pub quote: String,
}

/// What `{"notes": [...]}` holds, in its order, at most `most` of it. That there were more is said at the end.
pub fn note_drafts(reply: &Value, most: usize) -> Vec<Result<NoteDraft, Flaw>> {
    listed(reply, "notes", most, |value| {
        Ok(NoteDraft {
            number: value.get("number").and_then(number).ok_or(Flaw::Shape("number"))?,
            keyword: string(value, "keyword")?,
            explanation: string(value, "explanation")?,
            quote: string(value, "quote")?,
        })
    })
}

/// Whether the note keeps every rule; its number is the caller's to look up. `context`: what was said in the cited
/// cues, NFC. What is returned is the quote as it was said.
pub fn check_note(note: &NoteDraft, context: &str, lecture: Lang) -> Result<String, Flaw> {
    hygiene::clean(&note.keyword, Place::Keyword, KEYWORD.0, KEYWORD.1)?;
    hygiene::clean(&note.explanation, Place::Explanation, EXPLANATION.0, EXPLANATION.1)?;
    language::terms(&note.keyword, Place::Keyword, lecture)?;
    language::spoken(&note.explanation, Place::Explanation, lecture, language::OWN)?;
    if !note.keyword.contains(char::is_alphanumeric) {
        return Err(Flaw::Shape("keyword"));
    }
    let said = quote::find_in(&note.quote, context)?;
    hygiene::clean(&said, Place::Quote, super::QUOTE.0, super::QUOTE.1)?;
    Ok(said)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const CONTEXT: &str = "TCP는 연결을 맺을 때 세 번 악수를 합니다.";

    fn note(keyword: &str, explanation: &str, quote: &str) -> Result<String, Flaw> {
        let reply = json!({"notes": [{"number": "1", "keyword": keyword, "explanation": explanation, "quote": quote}]});
        let read = note_drafts(&reply, 5).remove(0)?;
        check_note(&read, CONTEXT, Lang::Kor)
    }

    #[test]
    fn a_note_keeps_the_rules_of_a_question() {
        let (why, quote) = ("TCP는 연결을 맺을 때 SYN, SYN-ACK, ACK의 세 단계를 거칩니다.", "세 번 악수를 합니다.");
        assert_eq!(note("three-way handshake", why, quote), Ok(quote.to_owned()));
        for (keyword, explanation, quote, flaw) in [
            ("", why, quote, Flaw::Length { place: Place::Keyword, length: 0, least: 1, most: 60 }),
            ("-", why, quote, Flaw::Shape("keyword")),
            ("<b>TCP", why, quote, Flaw::Markup(Place::Keyword)),
            ("TCP", "짧다", quote, Flaw::Length { place: Place::Explanation, length: 2, least: 20, most: 600 }),
            ("TCP", "A handshake takes three steps in TCP.", quote, Flaw::Language(Place::Explanation, "Korean")),
            ("TCP", "더 알고 싶으면 https://evil.example 을 찾아보세요.", quote, Flaw::Link(Place::Explanation)),
            ("TCP", why, "세 번 악수를 했습니다.", Flaw::NotSaid),
            ("TCP", why, "악수", Flaw::QuoteShort),
        ] {
            assert_eq!(note(keyword, explanation, quote), Err(flaw), "{keyword} {explanation} {quote}");
        }
    }

    #[test]
    fn other_shapes_are_refused() {
        let reply = json!({"notes": [{"number": "first", "keyword": "a", "explanation": "b", "quote": "c"}, 1, {"number": 1}, 2, 3]});
        let read = note_drafts(&reply, 3);
        assert_eq!(
            read,
            [
                Err(Flaw::Shape("number")),
                Err(Flaw::Shape("number")),
                Err(Flaw::Shape("keyword")),
                Err(Flaw::TooMany(5))
            ]
        );
    }
}
