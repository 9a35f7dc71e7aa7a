//! English as it is transcribed without punctuation: captions break anywhere, sentences do not.

/// No sentence ends with these.
const DANGLING: [&str; 64] = [
    "a", "an", "the", "of", "to", "in", "on", "at", "by", "for", "from", "with", "into", "as", "than", "and", "or",
    "but", "if", "because", "that", "which", "who", "whose", "when", "where", "while", "is", "are", "was", "were",
    "be", "been", "has", "have", "had", "will", "would", "can", "could", "should", "may", "might", "must", "do",
    "does", "did", "my", "your", "his", "her", "its", "our", "their", "this", "these", "those", "we", "they", "he",
    "she", "i", "it's", "every",
];
/// Many sentences begin with these, and few lines in the middle of one.
const BEGINNINGS: [&str; 26] = [
    "so",
    "now",
    "okay",
    "ok",
    "well",
    "let's",
    "let",
    "but",
    "however",
    "therefore",
    "remember",
    "imagine",
    "suppose",
    "here's",
    "there's",
    "what's",
    "why",
    "how",
    "finally",
    "first",
    "next",
    "alright",
    "right",
    "yes",
    "um",
    "uh",
];

/// Whether a sentence may end with this word.
pub(crate) fn may_end(word: &str) -> bool {
    !has(&DANGLING, word)
}

/// Whether a sentence is likely to begin with this word, after a line's end.
pub(crate) fn begins(word: &str) -> bool {
    has(&BEGINNINGS, word)
}

fn has(words: &[&str], word: &str) -> bool {
    words.iter().any(|known| known.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_anywhere() {
        assert!(may_end("memory") && !may_end("The"));
        assert!(begins("So") && !begins("memory"));
    }
}
