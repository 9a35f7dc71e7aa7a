//! How sentences end: by a full stop that is none of an abbreviation; where nothing is punctuated, by a Korean verb, or in English by
//! what may stand at a line's end.

pub(super) mod english;
pub(super) mod korean;

use super::super::language::is_hangul;

/// What a word does to the sentence that it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Ends it.
    Stop,
    /// Ends it where nothing is punctuated: -습니다, -거든요.
    Verb,
    /// Ends it there if the cue ends too, or the next word begins a sentence: -한다, -는데요.
    MaybeVerb,
    /// Goes on.
    None,
}

/// Never at a sentence's end.
const ABBREVIATIONS: [&str; 22] = [
    "Dr", "Mr", "Mrs", "Ms", "Prof", "St", "Gen", "Col", "Lt", "Rev", "vs", "e.g", "i.e", "E.g", "I.e", "eg", "ie",
    "cf", "approx", "dept", "resp", "Ph.D",
];
/// Not before a number: No. 5, but "No." is an answer.
const NUMBERED: [&str; 11] = ["no", "nos", "fig", "figs", "eq", "eqs", "sec", "ch", "vol", "pp", "ca"];
/// With these, what begins after an abbreviation such as U.S. or etc. is a new sentence.
const OPENERS: [&str; 38] = [
    "The", "This", "That", "These", "Those", "It", "We", "He", "She", "They", "You", "I", "In", "On", "At", "And",
    "But", "So", "If", "Now", "What", "Why", "How", "When", "Where", "There", "Then", "Here", "For", "Let", "Let's",
    "Okay", "OK", "Well", "Our", "My", "Another", "However",
];
const CLOSERS: [char; 14] = ['"', '\'', '”', '’', ')', ']', '}', '」', '』', '»', '）', '】', '》', '*'];

/// What `word` does, before `next`.
pub(super) fn of(word: &str, next: Option<&str>) -> Ending {
    let bare = word.trim_end_matches(CLOSERS);
    if bare.ends_with(['!', '?', '。', '！', '？', '؟', '।']) {
        return Ending::Stop;
    }
    if bare.ends_with(['.', '…', '．']) {
        return if stops(bare, next) { Ending::Stop } else { Ending::None };
    }
    korean::verb(bare, next)
}

fn stops(word: &str, next: Option<&str>) -> bool {
    let stem = word.trim_start_matches(|c: char| !c.is_alphanumeric()).trim_end_matches(['.', '…', '．']);
    if is_hangul_end(stem) {
        // Three dots after no verb are a hesitation.
        return !word.ends_with(['…']) && !word.ends_with("..") || korean::verb(stem, None) != Ending::None;
    }
    let Some(next) = next else { return true };
    let first = next.chars().find(|c| c.is_alphanumeric());
    let numbered = first.is_some_and(char::is_numeric) && NUMBERED.iter().any(|known| stem.eq_ignore_ascii_case(known));
    if first.is_some_and(char::is_lowercase) || numbered || ABBREVIATIONS.contains(&stem) {
        return false;
    }
    !is_initials(stem) || OPENERS.contains(&next.trim_end_matches(','))
}

fn is_hangul_end(stem: &str) -> bool {
    stem.chars().next_back().is_some_and(is_hangul)
}

/// `1.` of a list, when it begins a sentence.
pub(crate) fn is_item(word: &str) -> bool {
    word.strip_suffix('.').is_some_and(|stem| stem.len() <= 2 && stem.bytes().all(|byte| byte.is_ascii_digit()))
}

/// `U.S`, `J`, `a.m`, `etc`.
fn is_initials(stem: &str) -> bool {
    let letters = stem.split('.').all(|part| part.chars().count() == 1 && part.chars().all(char::is_alphabetic));
    letters && stem != "I" || matches!(stem, "etc" | "Inc" | "Ltd" | "Co" | "Corp")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_stops() {
        for (word, next, stop) in [
            ("done.", Some("Next"), true),
            ("done.", None, true),
            ("(done.)", Some("Next"), true),
            ("done.\"", Some("Next"), true),
            ("Dr.", Some("Kim"), false),
            ("e.g.", Some("Paris"), false),
            ("3.14", Some("Then"), false),
            ("2.", Some("Then"), true),
            ("No.", Some("5"), false),
            ("No.", Some("It"), true),
            ("ms.", Some("The"), true),
            ("1998.", Some("Then"), true),
            ("v1.2", Some("Then"), false),
            ("U.S.", Some("Army"), false),
            ("U.S.", Some("The"), true),
            ("etc.", Some("So"), true),
            ("wait...", Some("what"), false),
            ("wait…", Some("What"), true),
            ("됩니다.", Some("다음"), true),
            ("됩니다.", Some("heap은"), true),
            ("그...", Some("그래서"), false),
            ("거죠…", Some("그래서"), true),
            ("what?!", Some("no"), true),
            ("approx.", Some("three"), false),
            ("x", Some("Then"), false),
        ] {
            assert_eq!(of(word, next) == Ending::Stop, stop, "{word} {next:?}");
        }
    }
}
