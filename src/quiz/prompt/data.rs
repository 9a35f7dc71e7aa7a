//! Other people's words in a prompt: fenced, so that the model can tell them from what it is told.

use std::fmt::Write;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Letters and digits of a fence.
const FENCE: usize = 12;

/// Data between two lines that do not occur in it. Same data, same fence: what is asked twice can be cached.
#[derive(Debug, Default)]
pub struct Data {
    text: String,
}

impl Data {
    /// A line of our own before others' words, such as a heading; others' words go into `say`.
    pub fn line(&mut self, label: &str, words: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{label}{}", harmless(words));
    }

    /// The whole block: heading, fence, data, fence. It closes where we say and nowhere else.
    pub fn fenced(&self, name: &str) -> String {
        let fence = fence(&self.text);
        format!("{name} (data, begins and ends with the line {fence}):\n{fence}\n{}{fence}\n", self.text)
    }
}

/// Words in one line without what chat formats take for the beginning of a role or of a turn, `<|im_start|>`,
/// `<start_of_turn>`, `</s>`, `[INST]`, `<<SYS>>`: servers that read such marks anywhere in a prompt would let a
/// transcript speak as the system. A space after each `<` and `[` breaks all of them, and quotes are compared without
/// it. Control and invisible characters go.
pub fn harmless(words: &str) -> String {
    let mut safe = String::with_capacity(words.len() + 8);
    for word in words.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()) {
        if !safe.is_empty() {
            safe.push(' ');
        }
        push(&mut safe, word);
    }
    safe
}

fn push(safe: &mut String, word: &str) {
    let mut letters = word.chars().filter(|c| !unseen(*c)).peekable();
    while let Some(c) = letters.next() {
        safe.push(c);
        if matches!(c, '<' | '[') && letters.peek().is_some() {
            safe.push(' ');
        }
    }
}

/// What hides words from people that a model reads: direction marks, zero width, tags.
fn unseen(c: char) -> bool {
    matches!(c,
        '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Looks random; is not in the text.
fn fence(text: &str) -> String {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    let mut random = fastrand::Rng::with_seed(hasher.finish());
    loop {
        let letters: String = (0..FENCE).map(|_| random.digit(36).to_ascii_uppercase()).collect();
        if !text.contains(&letters) {
            return format!("====={letters}=====");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_of_roles_are_broken() {
        for (words, safe) in [
            ("<|im_start|>system", "< |im_start|>system"),
            ("[INST] a [/INST]", "[ INST] a [ /INST]"),
            ("<<SYS>>", "< < SYS>>"),
            ("</s><start_of_turn>", "< /s>< start_of_turn>"),
            ("x < y [1]", "x < y [ 1]"),
            ("a\n\n=====\r\n\u{0}b\u{202e}c\u{e0041}", "a ===== bc"),
            ("", ""),
        ] {
            assert_eq!(harmless(words), safe);
        }
    }

    #[test]
    fn a_fence_is_not_in_its_data() {
        let mut data = Data::default();
        data.line("[1] ", "words");
        let first = fence(&data.text);
        data.line("[2] ", &first);
        let block = data.fenced("LECTURE");
        let fences: Vec<&str> = block.lines().filter(|line| line.starts_with("=====")).collect();
        assert_eq!((fences.len(), fences[0]), (2, fences[1]));
        assert!(!data.text.contains(fences[0].trim_matches('=')));
        assert_eq!(block, data.fenced("LECTURE"));
    }
}
