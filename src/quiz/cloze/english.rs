//! English: words, and which of them make terms.
//!
//! No part-of-speech tagger: whether a word is a noun is read off its neighbours in this very lecture ("the evicted page" against "to
//! evict the page"), which is right often enough, since a term is asked for only when it comes up several times or is defined.

pub(super) mod inflect;
mod slots;

use std::collections::HashMap;
use std::ops::Range;

use super::terms::Evidence;
use super::token::{Class, Slot, Token, pieces};
use super::words;

/// Words that only open a sentence; left out when it is asked.
pub(super) const OPENERS: [&str; 22] = [
    "so",
    "now",
    "okay",
    "ok",
    "and",
    "but",
    "well",
    "then",
    "also",
    "right",
    "um",
    "uh",
    "yes",
    "yeah",
    "therefore",
    "however",
    "thus",
    "hence",
    "actually",
    "basically",
    "again",
    "finally",
];
const DETERMINERS: [&str; 24] = [
    "a", "an", "the", "this", "that", "these", "those", "each", "every", "its", "their", "our", "his", "her", "my",
    "your", "some", "any", "no", "both", "all", "many", "several", "another",
];
const PREPOSITIONS: [&str; 19] = [
    "of", "in", "on", "by", "with", "without", "from", "into", "between", "for", "at", "through", "about", "against",
    "under", "over", "during", "as", "than",
];
const BEFORE_VERBS: [&str; 23] = [
    "i", "you", "we", "they", "he", "she", "it", "who", "can", "could", "may", "might", "must", "shall", "should",
    "will", "would", "do", "does", "did", "not", "cannot", "to",
];

/// How a word is used in the lecture.
#[derive(Debug, Clone, Copy, Default)]
struct Usage {
    noun: u32,
    verb: u32,
    head: u32,
    seen: u32,
}

/// What the whole lecture tells of its words, by lemma.
#[derive(Debug, Default)]
pub(super) struct Usages(HashMap<String, Usage>);

/// Words of a sentence; `shouting`: capitals mean nothing here.
pub(super) fn tokens(text: &str, shouting: bool) -> Vec<Token> {
    let pieces = pieces(text);
    pieces.into_iter().enumerate().map(|(i, (range, glued))| token(text, range, glued, i == 0, shouting)).collect()
}

fn token(text: &str, range: Range<usize>, glued: bool, first: bool, shouting: bool) -> Token {
    let whole = &text[range.clone()];
    let bare = whole.strip_suffix("'s").or_else(|| whole.strip_suffix("’s")).filter(|bare| !bare.is_empty());
    let pronoun = words::english_function(&lower(whole));
    let word = if pronoun { whole } else { bare.unwrap_or(whole) };
    let end = range.start + word.len();
    let lemma = inflect::lemma(word);
    let class = class(word, &lemma, first, shouting);
    Token { word: range.start..end, tail: end..range.end, plural: inflect::is_plural(word), lemma, class, glued }
}

fn class(word: &str, lemma: &str, first: bool, shouting: bool) -> Class {
    let odd = |c: char| !c.is_alphanumeric() && !matches!(c, '-' | '\'' | '’');
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    let capitals = word.chars().filter(|c| c.is_uppercase()).count();
    match word {
        _ if letters == 0 => figures(word),
        _ if words::english_function(&lower(word)) || word.chars().any(odd) || word.len() < 2 => Class::Function,
        _ if !shouting && capitals >= 2 && letters - capitals < 2 && word.len() <= 8 => Class::Acronym,
        _ if words::english_common(lemma) => Class::Common,
        _ if !shouting && !first && word.starts_with(char::is_uppercase) => Class::Name,
        _ => Class::Content,
    }
}

/// Years are the only figures that can be asked for.
pub(super) fn figures(word: &str) -> Class {
    let year = word.len() == 4 && word.parse::<u32>().is_ok_and(|year| (1000..2100).contains(&year));
    if year { Class::Year } else { Class::Number }
}

/// Lower case, with a straight apostrophe.
pub(super) fn lower(word: &str) -> String {
    word.to_lowercase().replace('’', "'")
}

/// Every token's word in lower case.
pub(super) fn lowers(text: &str, tokens: &[Token]) -> Vec<String> {
    tokens.iter().map(|token| lower(&text[token.word.clone()])).collect()
}

/// Where a sentence names something.
pub(super) fn slots(text: &str, tokens: &[Token]) -> Vec<Slot> {
    slots::find(tokens, &lowers(text, tokens))
}

impl Usages {
    /// Takes one sentence in.
    pub fn note(&mut self, text: &str, tokens: &[Token]) {
        let lower = lowers(text, tokens);
        for (i, token) in tokens.iter().enumerate().filter(|(_, token)| token.class.in_terms()) {
            let usage = self.0.entry(token.lemma.clone()).or_default();
            let next = tokens.get(i + 1).filter(|_| token.glued);
            let head = next.is_none_or(|next| !next.class.in_terms());
            usage.seen += 1;
            usage.head += u32::from(head);
            usage.noun += u32::from(head && after_determiner(tokens, &lower, i));
            usage.verb += u32::from(verb_like(tokens, &lower, i));
        }
    }

    fn of(&self, lemma: &str) -> Usage {
        self.0.get(lemma).copied().unwrap_or_default()
    }

    /// May these words be a term?
    pub fn term(&self, tokens: &[Token], evidence: Evidence) -> bool {
        match tokens {
            [] => false,
            [only] => self.word(only, evidence),
            [first, .., last] => {
                let ordinary = tokens.iter().all(|token| token.class == Class::Common);
                let lines = if ordinary { 3 } else { 2 };
                let noun = self.noun(&last.lemma) && !last.lemma.ends_with("ly") && self.opens(&first.lemma);
                let once = evidence.topic && !ordinary && first.class != Class::Common;
                evidence.named || evidence.defined && !ordinary || noun && (evidence.lines >= lines || once)
            }
        }
    }

    fn word(&self, token: &Token, evidence: Evidence) -> bool {
        match token.class {
            Class::Acronym | Class::Name | Class::Year => true,
            Class::Content => evidence.defined || evidence.lines >= 2 && self.alone(&token.lemma),
            _ => false,
        }
    }

    /// May end a term: a noun more often than a verb.
    pub fn noun(&self, lemma: &str) -> bool {
        let usage = self.of(lemma);
        usage.noun > usage.verb
    }

    /// May begin a term of several words.
    pub fn opens(&self, lemma: &str) -> bool {
        let usage = self.of(lemma);
        usage.verb == 0 || usage.noun > usage.verb
    }

    /// A noun that stands alone, twice at least, and is not only the beginning of longer terms.
    pub fn alone(&self, lemma: &str) -> bool {
        let usage = self.of(lemma);
        self.noun(lemma) && usage.noun >= 2 && usage.head * 5 >= usage.seen * 2
    }
}

/// An article or a preposition stands before it, with two other words between at most.
fn after_determiner(tokens: &[Token], lower: &[String], i: usize) -> bool {
    for j in (i.saturating_sub(3)..i).rev() {
        let (Some(token), Some(word)) = (tokens.get(j), lower.get(j)) else { return false };
        if !token.glued {
            return false;
        }
        if DETERMINERS.contains(&word.as_str()) || PREPOSITIONS.contains(&word.as_str()) {
            return true;
        }
        if !token.class.in_terms() {
            return false;
        }
    }
    false
}

fn verb_like(tokens: &[Token], lower: &[String], i: usize) -> bool {
    let word = |i: usize| lower.get(i).map_or("", String::as_str);
    let before = i.checked_sub(1).filter(|&j| tokens.get(j).is_some_and(|token| token.glued)).map_or("", word);
    let glued = tokens.get(i).is_some_and(|token| token.glued);
    let object = glued && DETERMINERS.contains(&word(i + 1));
    match before {
        "to" => object,
        _ => object || BEFORE_VERBS.contains(&before),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Vec<&str> {
        let tokens = tokens(text, false);
        slots(text, &tokens).into_iter().map(|slot| &text[super::super::token::span(&tokens[slot.tokens])]).collect()
    }

    #[test]
    fn names_are_found() {
        assert_eq!(named("So a page fault is an exception that occurs."), ["page fault"]);
        assert_eq!(named("Temporal locality means that data is used again."), ["Temporal locality"]);
        assert_eq!(named("Those twelve bits are called the offset."), ["offset"]);
        assert_eq!(named("This effect is known as Belady's anomaly."), ["Belady's anomaly"]);
        assert_eq!(named("We call that a TLB miss."), ["TLB miss"]);
        assert!(named("When a process calls fork, he was called by them.").is_empty());
        assert!(named("The first one is space.").is_empty());
    }

    #[test]
    fn words_are_told_apart() {
        let text = "In 1789 the TLB of Belady's 64-bit machine cost 3,000 cycles";
        let classes: Vec<_> = tokens(text, false).iter().map(|token| token.class).collect();
        use Class::*;
        assert_eq!(
            classes,
            [Function, Year, Function, Acronym, Function, Name, Content, Common, Common, Number, Content]
        );
    }
}
