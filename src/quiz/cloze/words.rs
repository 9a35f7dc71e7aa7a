//! Words that every lecture has. Written for this program by hand: what holds sentences together, and what is too ordinary to be asked for.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::english::inflect;

static ENGLISH_FUNCTION: LazyLock<HashSet<&str>> = LazyLock::new(|| list(include_str!("words/english-function.txt")));
static ENGLISH_COMMON: LazyLock<HashSet<String>> =
    LazyLock::new(|| include_str!("words/english-common.txt").split_whitespace().map(inflect::lemma).collect());
static KOREAN_FUNCTION: LazyLock<HashSet<&str>> = LazyLock::new(|| list(include_str!("words/korean-function.txt")));
static KOREAN_COMMON: LazyLock<HashSet<&str>> = LazyLock::new(|| list(include_str!("words/korean-common.txt")));

fn list(words: &'static str) -> HashSet<&'static str> {
    words.split_whitespace().collect()
}

/// Articles, pronouns, prepositions, auxiliaries, adverbs; lower case, straight apostrophes.
pub(super) fn english_function(word: &str) -> bool {
    ENGLISH_FUNCTION.contains(word)
}

/// Everyday English; a lemma as `inflect::lemma` makes it.
pub(super) fn english_common(lemma: &str) -> bool {
    ENGLISH_COMMON.contains(lemma)
}

/// Pronouns, adverbs, connectives, bound nouns; without a particle.
pub(super) fn korean_function(stem: &str) -> bool {
    KOREAN_FUNCTION.contains(stem)
}

/// Everyday Korean nouns; without a particle.
pub(super) fn korean_common(stem: &str) -> bool {
    KOREAN_COMMON.contains(stem)
}
