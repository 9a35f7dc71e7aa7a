//! Words with their times.

use unicode_normalization::char::is_combining_mark;

use super::super::Cue;

/// Characters after which a word is cut before the next letter: languages without spaces, and nonsense.
const USUAL_CHARS: usize = 40;
/// Characters after which it is cut anywhere.
const MAX_CHARS: usize = 100;

/// What stands between two spaces, or a piece of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Word<'a> {
    pub text: &'a str,
    /// Index of its cue.
    pub cue: usize,
    /// Seconds, by its characters' share of its cue.
    pub start_s: f64,
    pub end_s: f64,
    /// Characters before it in the whole transcript, cues joined by one space; and with it.
    pub from_char: usize,
    pub to_char: usize,
    /// Without a space before it.
    pub glued: bool,
}

/// All words of all cues.
pub(super) fn of(cues: &[Cue]) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut chars = 0;
    for (index, cue) in cues.iter().enumerate() {
        let length = cue.text.chars().count();
        let second = |char: usize| cue.start_s + (cue.end_s - cue.start_s) * (char as f64 / length as f64);
        let mut at = 0;
        for spaced in cue.text.split(' ') {
            for (piece, text) in pieces(spaced).into_iter().enumerate() {
                let to = at + text.chars().count();
                let (start_s, end_s) = (second(at), second(to));
                let (from_char, to_char) = (chars + at, chars + to);
                words.push(Word { text, cue: index, start_s, end_s, from_char, to_char, glued: piece > 0 });
                at = to;
            }
            at += 1;
        }
        chars += length + 1;
    }
    words
}

/// A word cut after full stops of scripts that write no spaces, and where it is too long.
fn pieces(word: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut from, mut chars) = (0, 0);
    let mut before = ' ';
    for (at, char) in word.char_indices() {
        let over = chars == MAX_CHARS || chars >= USUAL_CHARS && !is_combining_mark(char);
        if over || is_stop(before) && char.is_alphanumeric() {
            pieces.push(&word[from..at]);
            (from, chars) = (at, 0);
        }
        before = char;
        chars += 1;
    }
    pieces.push(&word[from..]);
    pieces
}

fn is_stop(char: char) -> bool {
    matches!(char, '。' | '！' | '？' | '」' | '』')
}
