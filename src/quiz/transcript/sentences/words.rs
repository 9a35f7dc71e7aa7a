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

/// All words of all cues, in order.
pub(super) fn of(cues: &[Cue]) -> impl Iterator<Item = Word<'_>> {
    let counted = cues.iter().enumerate().scan(0, |chars, (index, cue)| {
        let from = *chars;
        let length = cue.text.chars().count();
        *chars += length + 1;
        Some((index, cue, from, length))
    });
    counted.flat_map(|(index, cue, from, length)| in_cue(index, cue, from, length))
}

/// With `from` characters in the cues before it, and `length` of them in it.
fn in_cue(index: usize, cue: &Cue, from: usize, length: usize) -> impl Iterator<Item = Word<'_>> {
    let second = move |char: usize| cue.start_s + (cue.end_s - cue.start_s) * (char as f64 / length as f64);
    let pieces = cue.text.split(' ').flat_map(|word| pieces(word).into_iter().enumerate());
    pieces.scan(0, move |chars, (piece, text)| {
        let at = *chars + usize::from(piece == 0 && *chars > 0);
        let to = at + text.chars().count();
        *chars = to;
        let (start_s, end_s) = (second(at), second(to));
        let (from_char, to_char) = (from + at, from + to);
        Some(Word { text, cue: index, start_s, end_s, from_char, to_char, glued: piece > 0 })
    })
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
