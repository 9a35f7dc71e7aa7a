//! How sentences end: by a full stop that is none of an abbreviation, or in spoken Korean by the verb.

use super::super::language::is_hangul;

/// What a word does to the sentence that it is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// Ends it.
    Stop,
    /// Ends it where nothing is punctuated: -습니다, -입니까.
    Formal,
    /// Ends it if the cue ends here, or the next word begins one; spoken Korean writes no full stops.
    Spoken,
    /// Goes on.
    None,
}

/// Never at a sentence's end.
const ABBREVIATIONS: [&str; 34] = [
    "dr", "mr", "mrs", "ms", "prof", "st", "vs", "e.g", "i.e", "eg", "ie", "cf", "fig", "figs", "eq", "eqs", "sec",
    "ch", "no", "nos", "vol", "pp", "approx", "dept", "ca", "resp", "al", "sr", "jr", "gen", "col", "lt", "rev",
    "ph.d",
];
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
    spoken(bare, next)
}

fn stops(word: &str, next: Option<&str>) -> bool {
    let first = next.and_then(|next| next.chars().find(|c| c.is_alphanumeric()));
    let stem = word.trim_start_matches(|c: char| !c.is_alphanumeric()).trim_end_matches(['.', '…', '．']);
    let goes_on = first.is_some_and(char::is_lowercase);
    if goes_on || is_number(stem) && next.is_some() {
        return !goes_on && !is_item(stem);
    }
    if is_hangul_end(stem) {
        return true;
    }
    if ABBREVIATIONS.iter().any(|abbreviation| stem.eq_ignore_ascii_case(abbreviation)) {
        return next.is_none();
    }
    !is_initials(stem) || next.is_none_or(|next| OPENERS.contains(&next.trim_end_matches(',')))
}

fn is_hangul_end(stem: &str) -> bool {
    stem.chars().next_back().is_some_and(is_hangul)
}

fn is_number(stem: &str) -> bool {
    stem.starts_with(|c: char| c.is_ascii_digit())
}

/// `1.` of a list: a sentence seldom ends in so short a number, and does so harmlessly.
fn is_item(stem: &str) -> bool {
    stem.len() <= 2 && stem.bytes().all(|byte| byte.is_ascii_digit())
}

/// `U.S`, `J`, `a.m`, `etc`.
fn is_initials(stem: &str) -> bool {
    let letters = stem.split('.').all(|part| part.chars().count() == 1 && part.chars().all(char::is_alphabetic));
    letters && stem != "I" || matches!(stem, "etc" | "Inc" | "Ltd" | "Co" | "Corp")
}

/// Nouns that end like verbs.
const NOUNS: [&str; 12] =
    ["필요", "중요", "주요", "수요", "동요", "강요", "소요", "개요", "민요", "가요", "바다", "마다"];
/// Said of what was said: the sentence is only quoted.
const QUOTING: [&str; 8] = ["라고", "라는", "하고", "하는", "라며", "라면서", "만", "고"];
/// With these a sentence begins.
const BEGINNINGS: [&str; 30] = [
    "그래서",
    "그리고",
    "그런데",
    "근데",
    "그러면",
    "그럼",
    "그러니까",
    "그래도",
    "하지만",
    "그러나",
    "따라서",
    "자",
    "이제",
    "또",
    "또한",
    "그다음",
    "그다음에",
    "다음",
    "다음으로",
    "먼저",
    "우선",
    "여기서",
    "여기",
    "예를",
    "왜냐하면",
    "즉",
    "만약",
    "만약에",
    "오늘은",
    "네",
];

/// Whether this word begins a sentence in spoken Korean.
pub(super) fn begins(word: &str) -> bool {
    BEGINNINGS.contains(&word.trim_end_matches(','))
}

/// Ends like a Korean verb that closes a sentence.
fn spoken(word: &str, next: Option<&str>) -> Ending {
    if next.is_some_and(|next| QUOTING.contains(&next)) || NOUNS.iter().any(|noun| word.ends_with(noun)) {
        return Ending::None;
    }
    let mut back = word.chars().rev();
    let (Some(last), Some(before)) = (back.next(), back.next()) else { return Ending::None };
    if matches!(last, '다' | '까') && before == '니' {
        // A final ㅂ before it: not 그러니까.
        let formal = back.next().is_some_and(|third| is_final(third, BIEUP));
        return if formal { Ending::Formal } else { Ending::None };
    }
    if is_verb(last, before) { Ending::Spoken } else { Ending::None }
}

fn is_verb(last: char, before: char) -> bool {
    match last {
        // 했다, 한다, 이다, 없다.
        '다' => is_final(before, NIEUN) || is_final(before, SSANGSIOT) || matches!(before, '이' | '없' | '같'),
        // 일까, 볼까.
        '까' => is_final(before, RIEUL),
        // 해요, 거든요, 네요, 거죠.
        '요' | '죠' => is_hangul(before),
        '지' => before == '렇',
        _ => false,
    }
}

/// Final consonants in their order in Unicode.
const NIEUN: u32 = 4;
const RIEUL: u32 = 8;
const BIEUP: u32 = 17;
const SSANGSIOT: u32 = 20;

fn is_final(syllable: char, consonant: u32) -> bool {
    is_hangul(syllable) && (u32::from(syllable) - u32::from('가')) % 28 == consonant
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
            ("2.", Some("Then"), false),
            ("1998.", Some("Then"), true),
            ("v1.2", Some("Then"), false),
            ("U.S.", Some("Army"), false),
            ("U.S.", Some("The"), true),
            ("etc.", Some("So"), true),
            ("wait...", Some("what"), false),
            ("wait…", Some("What"), true),
            ("됩니다.", Some("다음"), true),
            ("what?!", Some("no"), true),
            ("approx.", Some("three"), false),
            ("x", Some("Then"), false),
        ] {
            assert_eq!(of(word, next) == Ending::Stop, stop, "{word} {next:?}");
        }
    }

    #[test]
    fn verbs_end_spoken_korean() {
        for (word, next, ends) in [
            ("알아보겠습니다", Some("먼저"), true),
            ("무엇입니까", None, true),
            ("그러니까", Some("이게"), false),
            ("하니까", Some("이게"), false),
            ("있는데요", None, true),
            ("거든요", None, true),
            ("거죠", None, true),
            ("그럴까", None, true),
            ("했다", None, true),
            ("한다", None, true),
            ("한다", Some("라고"), false),
            ("됩니다", Some("라는"), false),
            ("필요", Some("하다"), false),
            ("중요", None, false),
            ("날마다", None, false),
            ("요", None, false),
            ("heap", None, false),
        ] {
            assert_eq!(matches!(of(word, next), Ending::Spoken | Ending::Formal), ends, "{word} {next:?}");
        }
    }
}
