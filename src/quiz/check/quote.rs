//! Whether something was said, word for word, and where.

use std::ops::Range;

use super::{Flaw, Part, Place, text};

/// Cues that may be cited.
const CITED: Range<usize> = 1..13;
/// Cues from the first to the last one cited.
const APART: usize = 15;
/// Characters of a quote.
const LONGEST: usize = 400;
/// Characters that are enough, whatever the words.
const CHARACTERS: usize = 12;
/// Words that are enough, whatever the characters.
const WORDS: usize = 3;

/// Something that was said: as it was said, and in which cues.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// As it stands in the cues.
    pub text: String,
    /// The cues.
    pub cues: Range<usize>,
}

/// Finds a quote in the cues that are cited for it, or, if the part holds it exactly once, there. Case, white space and
/// the kind of quotation marks and dashes do not count; everything else does.
pub fn find(quote: &str, cited: &[usize], part: &Part) -> Result<Said, Flaw> {
    let cues = span(cited, part)?;
    let folded = folded_quote(quote)?;
    let text = part.text(cues.clone());
    match Folded::new(&text).first(&folded) {
        Some(at) => Ok(Said { text: text[at].to_owned(), cues }),
        None => elsewhere(&folded, part),
    }
}

/// The quote as it stands in `context`.
pub fn find_in(quote: &str, context: &str) -> Result<String, Flaw> {
    let folded = folded_quote(quote)?;
    let at = Folded::new(context).first(&folded).ok_or(Flaw::NotSaid)?;
    Ok(context[at].to_owned())
}

fn span(cited: &[usize], part: &Part) -> Result<Range<usize>, Flaw> {
    if !CITED.contains(&cited.len()) {
        return Err(Flaw::CitedCount(cited.len()));
    }
    let (first, last) = cited.iter().fold((usize::MAX, 0), |(low, high), &cue| (low.min(cue), high.max(cue)));
    if !part.cues.contains(&first) || !part.cues.contains(&last) || last >= part.all.len() {
        return Err(Flaw::CitedOutside);
    }
    if last - first >= APART {
        return Err(Flaw::CitedApart);
    }
    Ok(first..last + 1)
}

fn folded_quote(quote: &str) -> Result<String, Flaw> {
    let quote = text::squeeze(quote);
    let bare = quote.trim_matches(is_mark).trim();
    let length = text::length(bare);
    if length > LONGEST {
        return Err(Flaw::Length { place: Place::Quote, length, least: 1, most: LONGEST });
    }
    let words = bare.split(' ').filter(|word| word.contains(char::is_alphanumeric)).count();
    let letters = bare.chars().filter(|c| c.is_alphanumeric()).count();
    if letters == 0 || (length < CHARACTERS && words < WORDS) {
        return Err(Flaw::QuoteShort);
    }
    Ok(Folded::new(bare).text)
}

/// The quote is true, its place is not: takes the place.
fn elsewhere(folded: &str, part: &Part) -> Result<Said, Flaw> {
    let text = part.text(part.cues.clone());
    let said = Folded::new(&text);
    let at = said.first(folded).ok_or(Flaw::NotSaid)?;
    if said.again(folded, &at) {
        return Err(Flaw::NotSaid);
    }
    let cues = touched(part, &at);
    if cues.len() > APART { Err(Flaw::CitedApart) } else { Ok(Said { text: text[at].to_owned(), cues }) }
}

/// The cues that a range of the part's text, bytes, was said in.
fn touched(part: &Part, at: &Range<usize>) -> Range<usize> {
    let (mut begin, mut touched) = (0, part.cues.end..part.cues.start);
    for (cue, said) in part.all.iter().enumerate().take(part.cues.end).skip(part.cues.start) {
        let end = begin + said.text.len();
        if begin < at.end && at.start < end {
            touched = touched.start.min(cue)..cue + 1;
        }
        begin = end + 1;
    }
    touched
}

/// A text as it is compared, and where each of its bytes comes from.
struct Folded {
    text: String,
    /// For each byte of `text`: where the character that it comes from begins and ends.
    origin: Vec<(usize, usize)>,
}

impl Folded {
    fn new(said: &str) -> Self {
        let mut folded = Self { text: String::with_capacity(said.len()), origin: Vec::with_capacity(said.len()) };
        for (at, c) in said.char_indices() {
            folded.push(c, at..at + c.len_utf8());
        }
        folded
    }

    /// White space after `<` and `[` goes: the prompt adds it, see `prompt::data`.
    fn push(&mut self, c: char, from: Range<usize>) {
        let glued = self.text.is_empty() || self.text.ends_with([' ', '<', '[']);
        if c.is_whitespace() && glued {
            return;
        }
        let plain = fold_char(c);
        let before = self.text.len();
        self.text.extend(plain.to_lowercase());
        self.origin.resize(self.origin.len() + self.text.len() - before, (from.start, from.end));
    }

    /// Where in the text as it was said, bytes.
    fn first(&self, folded: &str) -> Option<Range<usize>> {
        let at = self.text.find(folded)?;
        let last = (at + folded.len()).checked_sub(1)?;
        Some(self.origin.get(at)?.0..self.origin.get(last)?.1)
    }

    /// Whether it was said once more, after `at`.
    fn again(&self, folded: &str, at: &Range<usize>) -> bool {
        let mut found = self.text.match_indices(folded).filter_map(|(begin, _)| self.origin.get(begin));
        found.any(|origin| origin.0 > at.start)
    }
}

fn fold_char(c: char) -> char {
    match c {
        _ if c.is_whitespace() => ' ',
        _ if is_mark(c) => '"',
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => '-',
        _ => c,
    }
}

/// Quotation marks and apostrophes of all kinds are one.
fn is_mark(c: char) -> bool {
    matches!(
        c,
        '"' | '\''
            | '‘'
            | '’'
            | '‚'
            | '‛'
            | '“'
            | '”'
            | '„'
            | '‟'
            | '«'
            | '»'
            | '‹'
            | '›'
            | '′'
            | '″'
            | '`'
            | '´'
            | '「'
            | '」'
            | '『'
            | '』'
    )
}

#[cfg(test)]
mod tests {
    use whatlang::Lang;

    use super::*;
    use crate::quiz::transcript::Cue;

    const SAID: [&str; 6] = [
        "before this part",
        "A stack grows with each call,",
        "and it \u{201c}shrinks\u{201d} when the call returns.",
        "That's it. That's it again.",
        "That's it again. 광합성은 엽록체에서 일어납니다.",
        "after this part",
    ];

    fn found(quote: &str, cited: &[usize]) -> Result<(String, Range<usize>), Flaw> {
        let all: Vec<Cue> =
            SAID.iter().map(|text| Cue { start_s: 0.0, end_s: 1.0, text: (*text).to_owned() }).collect();
        let part = Part { index: 0, all: &all, cues: 1..5, language: Lang::Eng };
        find(quote, cited, &part).map(|said| (said.text, said.cues))
    }

    #[test]
    fn it_is_kept_as_it_was_said() {
        for (quote, cited, said, cues) in [
            ("a stack grows with EACH call", &[1][..], "A stack grows with each call", 1..2),
            (
                "\"grows with each call,  and it 'shrinks' when\"",
                &[2, 1],
                "grows with each call, and it \u{201c}shrinks\u{201d} when",
                1..3,
            ),
            ("광합성은 엽록체에서 일어납니다.", &[4], "광합성은 엽록체에서 일어납니다.", 4..5),
            ("광합성은 엽록체에서 일어납니다", &[1, 2], "광합성은 엽록체에서 일어납니다", 4..5),
            ("each call, and it", &[4], "each call, and it", 1..3),
        ] {
            assert_eq!(found(quote, cited), Ok((said.to_owned(), cues)), "{quote}");
        }
    }

    #[test]
    fn what_was_not_said_there_is_refused() {
        for (quote, cited, flaw) in [
            ("a stack grows with every call", &[1][..], Flaw::NotSaid),
            ("a stack grows ... each call", &[1], Flaw::NotSaid),
            ("before this part", &[1], Flaw::NotSaid),
            ("after this part", &[4], Flaw::NotSaid),
            ("That\u{2019}s it again.", &[1], Flaw::NotSaid),
            ("it again", &[3], Flaw::QuoteShort),
            ("... ... ... --- \"", &[3], Flaw::QuoteShort),
            ("", &[3], Flaw::QuoteShort),
            ("a stack grows", &[], Flaw::CitedCount(0)),
            ("a stack grows", &[1; 13], Flaw::CitedCount(13)),
            ("a stack grows", &[0, 1], Flaw::CitedOutside),
            ("a stack grows", &[1, usize::MAX], Flaw::CitedOutside),
        ] {
            assert_eq!(found(quote, cited), Err(flaw), "{quote}");
        }
        assert!(matches!(found(&"a ".repeat(300), &[1]), Err(Flaw::Length { .. })));
    }

    #[test]
    fn letters_that_grow_in_lower_case_keep_their_place() {
        assert_eq!(
            find_in("i\u{307}STANBUL is a city", "In \u{130}stanbul is a city, is\u{df}?"),
            Ok("\u{130}stanbul is a city".to_owned())
        );
        assert_eq!(find_in("< b in the text", "a <b in the text"), Ok("<b in the text".to_owned()));
    }
}
