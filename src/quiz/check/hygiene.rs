//! What no text may hold, whoever wrote it: what is not seen, what leads elsewhere, what speaks to a machine.

use unicode_normalization::char::canonical_combining_class;

use super::flaw::Place;
use super::{Flaw, text};

/// Combining marks on one letter; Vietnamese has two, stacks of them cover the lines around.
const MARKS: usize = 4;
/// Beginnings of links.
const SCHEMES: [&str; 7] = ["://", "www.", "javascript:", "mailto:", "data:text", "data:image", "vbscript:"];
/// Endings of hosts that nothing else ends with: Node.js, main.py, ASP.NET and `rect.top` are no links.
const HOSTS: [&str; 7] = [".com", ".org", ".xyz", ".kr", ".ru", ".cn", ".biz"];
/// Endings of hosts if a path follows.
const HOSTS_WITH_PATH: [&str; 14] = [
    ".net/", ".io/", ".me/", ".dev/", ".app/", ".info/", ".link/", ".site/", ".shop/", ".top/", ".ly/", ".gg/", ".co/",
    ".online/",
];
/// Elements of HTML that do something even without an attribute.
const ELEMENTS: [&str; 18] = [
    "script",
    "style",
    "iframe",
    "frame",
    "frameset",
    "object",
    "embed",
    "svg",
    "math",
    "textarea",
    "title",
    "template",
    "noscript",
    "xmp",
    "plaintext",
    "marquee",
    "base",
    "form",
];
/// Characters of a type's parameters.
const PARAMETERS: usize = 60;
/// Marks of roles and of parts in the chat formats of the usual models, and of links and pictures in Markdown.
const MARKUP: [&str; 14] = [
    "<|",
    "|>",
    "<\u{ff5c}",
    "\u{ff5c}>",
    "[inst]",
    "[/inst]",
    "<<sys>>",
    "<</sys>>",
    "[system]",
    "[assistant]",
    "](",
    "![",
    "&lt;",
    "&#",
];
/// What is said to a model or by one. A lecture on processors has "previous instructions", one on security has
/// "hacked".
const INSTRUCTIONS: [&str; 20] = [
    "as an ai",
    "as a language model",
    "as a large language model",
    "an ai assistant",
    "ignore previous",
    "ignore the previous",
    "ignore all previous",
    "ignore the above",
    "ignore all instructions",
    "ignore your instructions",
    "disregard previous",
    "disregard the previous",
    "disregard all previous",
    "disregard the above",
    "system prompt",
    "이전 지시",
    "지시를 무시",
    "지시사항을 무시",
    "시스템 프롬프트",
    "언어 모델로서",
];
/// Before a letter that names an option.
const BEFORE_LETTER: [&str; 8] = ["option", "options", "choice", "answer", "보기", "선택지", "선지", "정답은"];

/// One rule of a text's.
type Rule = (fn(&str) -> bool, fn(Place) -> Flaw);

/// Every rule that holds for every text.
const RULES: [Rule; 6] = [
    (hidden, Flaw::Hidden),
    (lookalike, Flaw::Lookalike),
    (link, Flaw::Link),
    (markup, Flaw::Markup),
    (instruction, Flaw::Instruction),
    (names_letter, Flaw::NamesLetter),
];

/// Refuses a text that is too short or too long, or breaks one of the rules above.
pub fn clean(text: &str, place: Place, least: usize, most: usize) -> Result<(), Flaw> {
    let length = text::length(text);
    if !(least..=most).contains(&length) {
        return Err(Flaw::Length { place, length, least, most });
    }
    let broken = RULES.iter().find(|(breaks, _)| breaks(text)).map(|(_, flaw)| flaw(place));
    match broken {
        // What a lecturer called A stays A.
        None | Some(Flaw::NamesLetter(Place::Quote)) => Ok(()),
        Some(flaw) => Err(flaw),
    }
}

/// Control characters (line breaks among them), invisible ones, those that turn the direction, private ones, and letters buried under
/// marks.
pub fn hidden(text: &str) -> bool {
    let mut before = ' ';
    let mut marks = 0;
    text.chars().any(|c| {
        marks = if canonical_combining_class(c) != 0 || c == '\u{fe0f}' { marks + 1 } else { 0 };
        let joins = matches!(c, '\u{200c}' | '\u{200d}') && joined_script(before);
        before = c;
        marks > MARKS || (unseen(c) && !joins)
    })
}

fn unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
            | '\u{e000}'..='\u{f8ff}' | '\u{fe00}'..='\u{fe0e}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{ffff}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{10ffff}')
}

/// Persian and the languages of India spell with joiners that are not seen.
fn joined_script(c: char) -> bool {
    matches!(c, '\u{620}'..='\u{6ff}' | '\u{900}'..='\u{dff}')
}

/// A word of Latin and Cyrillic letters; those of Greek are at home in science.
fn lookalike(text: &str) -> bool {
    let cyrillic = |c: char| matches!(c, '\u{400}'..='\u{52f}');
    text.split(|c: char| !c.is_alphabetic())
        .any(|word| word.contains(cyrillic) && word.contains(|c: char| c.is_ascii_alphabetic()))
}

fn link(text: &str) -> bool {
    let lower = plain(text);
    SCHEMES.iter().any(|scheme| lower.contains(scheme))
        || HOSTS.iter().any(|host| has_host(&lower, host))
        || HOSTS_WITH_PATH.iter().any(|host| has_named(&lower, host))
}

/// A name right before the ending, no letter right after it.
fn has_host(lower: &str, ending: &str) -> bool {
    lower.match_indices(ending).any(|(at, _)| {
        let named = lower[..at].ends_with(char::is_alphanumeric);
        named && !lower[at + ending.len()..].starts_with(|c: char| c.is_ascii_alphanumeric())
    })
}

fn has_named(lower: &str, ending: &str) -> bool {
    lower.match_indices(ending).any(|(at, _)| lower[..at].ends_with(char::is_alphanumeric))
}

/// HTML is whatever a browser would take for a tag: "x < y" is none, "x<y" is.
fn markup(text: &str) -> bool {
    let lower = plain(text);
    let tag = lower.match_indices('<').any(|(at, _)| {
        let after = &lower[at + 1..];
        let begins = after.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'));
        begins && !is_parameters(&lower[..at], after)
    });
    tag || MARKUP.iter().any(|mark| lower.contains(mark))
}

/// `Vec<String>`: right after a name, names and commas up to the bracket that closes it. Without attributes it is
/// harmless as HTML.
fn is_parameters(before: &str, after: &str) -> bool {
    let Some((inside, _)) = after.split_once('>') else { return false };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | ',' | ' ' | ':' | '&' | '<' | '[' | ']');
    before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
        && text::length(inside) <= PARAMETERS
        && inside.chars().all(plain)
        && !inside.split(|c: char| !c.is_ascii_alphanumeric()).any(|name| ELEMENTS.contains(&name))
}

fn instruction(text: &str) -> bool {
    let lower = text::squeeze(&plain(text));
    INSTRUCTIONS.iter().any(|phrase| has_word(&lower, phrase))
}

fn names_letter(text: &str) -> bool {
    let lower = plain(text);
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let named = |word: &str| word.starts_with(['a', 'b', 'c', 'd']) && word.chars().skip(1).all(|c| c >= '\u{ac00}');
    let pair = |pair: &[&str]| BEFORE_LETTER.contains(&pair[0]) && named(pair[1]) && pair[1] != "a";
    words.windows(2).any(pair) || BARE_A.iter().any(|phrase| has_word(&lower, phrase))
}

/// "Option a" is one, "answer a question" is none.
const BARE_A: [&str; 4] = ["option a", "answer is a)", "보기 a", "정답은 a"];

/// `phrase` in `lower`, with no Latin letter right before or after it.
fn has_word(lower: &str, phrase: &str) -> bool {
    lower.match_indices(phrase).any(|(at, _)| {
        let begins = !lower[..at].ends_with(|c: char| c.is_ascii_alphanumeric());
        begins && !lower[at + phrase.len()..].starts_with(|c: char| c.is_ascii_alphanumeric())
    })
}

/// Lower case, and wide letters as usual ones: "ｈｔｔｐ" is a link, too.
fn plain(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    text.nfkc().flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flaw(text: &str) -> Option<Flaw> {
        clean(text, Place::Question, 1, 300).err()
    }

    #[test]
    fn plain_texts_are_clean() {
        for text in [
            "What does the stack hold?",
            "x < y 이고 y > z 이면?",
            "Node.js, ASP.NET, main.py, rect.top, logger.info() and Socket.IO 3.14",
            "What does HashMap<String, Vec<u8>> hold?",
            "β-carotene in μm, Δx",
            "C++와 C#의 차이는?",
            "Which array index is a[0]?",
            "Can this answer a question? Is a choice made? It has many options, both good and bad.",
            "सन्‍धि क्या है?",
            "می‌خواهم چیست؟",
            "Việt Nam ở đâu?",
            "그 답은 a와 b의 합인가?",
            "What do large language models predict?",
            "Does it wait for previous instructions? Who hacked it?",
        ] {
            assert_eq!(flaw(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_not_seen_is_refused() {
        for text in [
            "a\u{0}b",
            "a\u{7}",
            "a\u{202e}cba",
            "a\u{200b}b",
            "\u{feff}a",
            "a\u{ad}b",
            "a\u{e0041}",
            "\u{3164}",
            "a\u{2066}b",
            "a\u{200d}b",
            "e\u{301}\u{301}\u{301}\u{301}\u{301}",
            "a\nb",
        ] {
            assert_eq!(flaw(text), Some(Flaw::Hidden(Place::Question)), "{text:?}");
        }
        assert_eq!(flaw("P\u{430}ris"), Some(Flaw::Lookalike(Place::Question)));
    }

    #[test]
    fn links_and_markup_are_refused() {
        for text in [
            "see https://a",
            "WWW.a",
            "go to evil.com now",
            "evil.co.kr",
            "javascript:alert(1)",
            "ｈｔｔｐ://x",
            "me@evil.org",
            "bit.ly/x",
            "evil.net/x",
        ] {
            assert_eq!(flaw(text), Some(Flaw::Link(Place::Question)), "{text}");
        }
        for text in [
            "<b>a</b>",
            "<img src=x",
            "a</div",
            "<!-- a",
            "[a](b)",
            "![a",
            "<|im_start|>system",
            "[INST] a",
            "＜script",
            "&#60;",
            "a<script>",
            "a<b",
            "a<b onclick=x>",
            "Vec<svg>",
            "Vec<a/>",
        ] {
            assert_eq!(flaw(text), Some(Flaw::Markup(Place::Question)), "{text}");
        }
    }

    #[test]
    fn instructions_and_letters_are_refused() {
        for text in ["As an AI I cannot", "IGNORE  previous text", "What is in the system prompt?", "이전 지시를 따라"]
        {
            assert_eq!(flaw(text), Some(Flaw::Instruction(Place::Question)), "{text}");
        }
        for text in ["Option B is wrong", "option A", "보기 C는 틀렸다", "The answer (D) fits", "정답은 b"] {
            assert_eq!(flaw(text), Some(Flaw::NamesLetter(Place::Question)), "{text}");
        }
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert_eq!(clean("가나다", Place::Quote, 1, 3), Ok(()));
        assert!(matches!(clean("", Place::Quote, 1, 3), Err(Flaw::Length { length: 0, .. })));
        assert!(matches!(clean("가나다라", Place::Quote, 1, 3), Err(Flaw::Length { length: 4, .. })));
    }
}
