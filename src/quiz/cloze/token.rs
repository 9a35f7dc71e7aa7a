//! Words of a sentence, as far as the maker tells them apart.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

/// What a word can be good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// Holds sentences together: articles, pronouns, particles, adverbs. Never part of a term.
    Function,
    /// Korean: a verb or an adjective by its ending. Never part of a term.
    Predicate,
    /// Everyday words: part of a term, never a term alone.
    Common,
    /// Whatever else.
    Content,
    /// Content in capitals: TLB, ATP.
    Acronym,
    /// Content with a capital inside a sentence.
    Name,
    /// A year in four digits.
    Year,
    /// Other figures.
    Number,
}

impl Class {
    /// May be part of a term.
    pub fn in_terms(self) -> bool {
        matches!(self, Class::Common | Class::Content | Class::Acronym | Class::Name)
    }

    /// Says something of its own.
    pub fn telling(self) -> bool {
        matches!(self, Class::Content | Class::Acronym | Class::Name | Class::Year)
    }
}

/// One word.
#[derive(Debug, Clone)]
pub(super) struct Token {
    /// Its bytes in the sentence, without punctuation and without what is in `tail`.
    pub word: Range<usize>,
    /// Bytes of what hangs on it: a Korean particle, an English 's. Often empty.
    pub tail: Range<usize>,
    /// What its inflections have in common; a key, not for people.
    pub lemma: String,
    pub class: Class,
    /// An English plural by its looks.
    pub plural: bool,
    /// Only white space between it and the next word.
    pub glued: bool,
}

/// How a sentence puts a term forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// "This is called X."
    Named,
    /// "X is a ..."
    Defined,
    /// "X can be ..."
    Topic,
}

/// A place in a sentence where a term is put forward.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slot {
    /// The term's tokens.
    pub tokens: Range<usize>,
    pub role: Role,
}

/// Words with the white space between them: bytes of each word without the punctuation around it, and whether only white space
/// lies between it and the next.
pub(super) fn pieces(text: &str) -> Vec<(Range<usize>, bool)> {
    let mut found: Vec<(Range<usize>, bool)> = Vec::new();
    let mut at = 0;
    for piece in text.split(' ') {
        let begin = at;
        at += piece.len() + 1;
        let inner = piece.trim_start_matches(|c: char| !c.is_alphanumeric());
        let opened = piece.len() - inner.len();
        let word = inner.trim_end_matches(|c: char| !c.is_alphanumeric());
        if (opened > 0 || word.is_empty())
            && let Some(last) = found.last_mut()
        {
            last.1 = false;
        }
        if !word.is_empty() {
            let start = begin + opened;
            found.push((start..start + word.len(), word.len() == inner.len()));
        }
    }
    if let Some(last) = found.last_mut() {
        last.1 = false;
    }
    found
}

/// What two texts share if they read alike: compatible forms, case, spaces and punctuation make no difference.
pub(super) fn folded(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).collect()
}

/// The lemmas of some tokens as one key.
pub(super) fn key(tokens: &[Token]) -> String {
    tokens.iter().map(|token| token.lemma.as_str()).collect::<Vec<_>>().join(" ")
}

/// Bytes from the first to the last word of some tokens, the last one's tail left out.
pub(super) fn span(tokens: &[Token]) -> Range<usize> {
    match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => first.word.start..last.word.end,
        _ => 0..0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn punctuation_parts_words() {
        let text = "So, (the) TLB — or “cache” is";
        let words: Vec<_> = pieces(text).into_iter().map(|(range, glued)| (&text[range], glued)).collect();
        assert_eq!(
            words,
            [("So", false), ("the", false), ("TLB", false), ("or", false), ("cache", false), ("is", false)]
        );
        assert_eq!(pieces("page table").first(), Some(&(0..4, true)));
        assert!(pieces("... — !").is_empty());
    }
}
