//! What was heard but not said: `[Music]`, `(applause)`, `♪`, and the mark of a new speaker.

/// Characters in a pair of brackets that can be a sound.
const LONGEST: usize = 40;
/// Capitals in square brackets from which on they are a sound, as `[RUSTLING]`, and no name, as `[GPU]`.
const CAPITALS: usize = 6;

const SOUNDS: [&str; 58] = [
    "music",
    "applause",
    "applauding",
    "laughter",
    "laughs",
    "laughing",
    "laugh",
    "chuckles",
    "chuckling",
    "chuckle",
    "cheering",
    "cheers",
    "clapping",
    "claps",
    "coughs",
    "coughing",
    "cough",
    "sighs",
    "sigh",
    "silence",
    "noise",
    "inaudible",
    "unintelligible",
    "indistinct",
    "crosstalk",
    "chatter",
    "sneezes",
    "sneezing",
    "clears",
    "beep",
    "beeping",
    "bell",
    "ringing",
    "rings",
    "blank_audio",
    "foreign",
    "static",
    "knocking",
    "gasps",
    "breathing",
    "humming",
    "음악",
    "박수",
    "웃음",
    "웃음소리",
    "박수소리",
    "기침",
    "기침소리",
    "환호",
    "환호성",
    "한숨",
    "침묵",
    "잡음",
    "소음",
    "종소리",
    "효과음",
    "음악소리",
    "들리지",
];
/// Beside a sound, in the same brackets.
const BESIDE: [&str; 29] = [
    "audience",
    "students",
    "student",
    "class",
    "crowd",
    "professor",
    "speaker",
    "loud",
    "soft",
    "light",
    "upbeat",
    "gentle",
    "playing",
    "plays",
    "background",
    "intro",
    "outro",
    "and",
    "in",
    "the",
    "throat",
    "blank",
    "audio",
    "speech",
    "소리",
    "않음",
    "흐르는",
    "배경",
    "잔잔한",
];

/// The line without them. A line that is sung is gone; what is in other brackets was said.
pub(super) fn strip(line: &str) -> String {
    let is_note = |c: char| matches!(c, '♪' | '♫' | '♩' | '♬' | '🎵' | '🎶');
    if line.starts_with(is_note) && line.ends_with(is_note) {
        return String::new();
    }
    speakers(&bracketed(&line.replace(is_note, " ")))
}

fn bracketed(line: &str) -> String {
    let mut said = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(['[', '(']) {
        said.push_str(&rest[..at]);
        let tail = &rest[at..];
        match sound(tail, line.trim()) {
            Some(sound) => {
                said.push(' ');
                rest = &tail[sound.len()..];
            }
            None => {
                said.push_str(&tail[..1]);
                rest = &tail[1..];
            }
        }
    }
    said.push_str(rest);
    said
}

/// The brackets that the text begins with, when a sound is in them.
fn sound<'a>(text: &'a str, line: &str) -> Option<&'a str> {
    let square = text.starts_with('[');
    let close = if square { ']' } else { ')' };
    let (end, _) = text.char_indices().take(LONGEST + 2).find(|(_, c)| *c == close)?;
    let (whole, inner) = (&text[..=end], text[1..end].trim());
    let alone = square && whole == line && inner.chars().all(|c| c.is_alphabetic() || c.is_whitespace());
    (is_sound(inner) || square && is_shouted(inner) || alone).then_some(whole)
}

fn is_sound(inner: &str) -> bool {
    let inner = inner.to_lowercase();
    let mut words = inner.split_whitespace().map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()));
    let any = inner.split_whitespace().any(|word| SOUNDS.contains(&word));
    any && words.all(|word| SOUNDS.contains(&word) || BESIDE.contains(&word) || word.is_empty())
}

/// `[RUSTLING]`, and `[ __ ]` for a word that was bleeped out.
fn is_shouted(inner: &str) -> bool {
    let capitals = inner.chars().filter(|c| c.is_uppercase()).count();
    let only = |good: fn(char) -> bool| inner.chars().all(|c| good(c) || c.is_whitespace());
    capitals >= CAPITALS && only(char::is_uppercase) || inner.contains('_') && only(|c| c == '_')
}

/// `>>` at the beginning, after a sentence, or between two words of prose: elsewhere it is an operator.
fn speakers(line: &str) -> String {
    let mut said: Vec<&str> = Vec::new();
    let mut words = line.split_whitespace().peekable();
    while let Some(word) = words.next() {
        let bare = word.trim_start_matches('>');
        let marked = word.len() >= bare.len() + 2 && may_change(said.last(), bare, words.peek());
        said.extend(Some(if marked { bare } else { word }).filter(|kept| !kept.is_empty()));
    }
    said.join(" ")
}

/// Whether another speaker may begin between these words; `bare` is what hangs on the mark.
fn may_change(before: Option<&&str>, bare: &str, after: Option<&&str>) -> bool {
    let Some(before) = before else { return true };
    let prose = bare.is_empty() && is_prose(before) && after.is_some_and(|word| is_prose(word));
    prose || before.ends_with(['.', '?', '!', '…'])
}

/// No `x`, no `a[0]`.
fn is_prose(word: &str) -> bool {
    let word = word.trim_end_matches([',', ';', ':']);
    word.chars().nth(1).is_some() && word.chars().all(|c| c.is_alphabetic() || matches!(c, '\'' | '-'))
}
