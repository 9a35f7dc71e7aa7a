//! Texts made comparable.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::canonical_combining_class;

/// Signs that tell options apart, unlike punctuation: C and C++, x < 0 and x > 0, 5 and 5 %.
const SIGNS: &str = "+<>=~|^$#%&*/√×÷±≤≥≠∞¬∧∨∈∉⊂⊃∪∩→←€£¥₩°";

/// Characters by which a sentence is known again.
const BEGINNING: usize = 40;

/// Characters, as people would count them or nearly so.
pub fn length(text: &str) -> usize {
    text.chars().count()
}

/// NFC, one space for any white space, none around it.
pub fn squeeze(text: &str) -> String {
    let composed: String = text.nfc().collect();
    composed.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether the text holds what is quoted, or its beginning if it was cut.
pub fn says(text: &str, quote: &str) -> bool {
    let beginning: String = fold(quote).chars().take(BEGINNING).collect();
    !beginning.is_empty() && fold(text).contains(beginning.trim_end())
}

/// NFKC, lower case, a space for any run of white space and punctuation. Empty when it was all punctuation.
pub fn fold(text: &str) -> String {
    let plain: Vec<char> = text.nfkc().flat_map(char::to_lowercase).collect();
    let mut folded = String::with_capacity(text.len());
    let mut gap = false;
    for (at, &c) in plain.iter().enumerate() {
        if !counts(c) && !is_minus(&plain, at) {
            gap = true;
            continue;
        }
        if gap && !folded.is_empty() {
            folded.push(' ');
        }
        gap = false;
        folded.push(if counts(c) { c } else { '-' });
    }
    folded
}

fn counts(c: char) -> bool {
    c.is_alphanumeric() || canonical_combining_class(c) != 0 || SIGNS.contains(c)
}

/// Before a number, and after none: "-5", not "3-5".
fn is_minus(text: &[char], at: usize) -> bool {
    let after_number = at.checked_sub(1).and_then(|before| text.get(before)).is_some_and(|c| c.is_alphanumeric());
    let before_number = text.get(at + 1).is_some_and(|c| c.is_numeric());
    matches!(text.get(at), Some('-' | '−' | '–')) && before_number && !after_number
}

/// What an option says without the "B)", "(2)", "③" or "라." before it, and the place that the label names (0, 1, ...).
pub fn unlabelled(option: &str) -> (Option<usize>, &str) {
    let open = option.strip_prefix(['(', '[']).unwrap_or(option);
    let bracketed = open.len() < option.len();
    let mut rest = open.chars();
    let Some((place, circled)) = rest.next().and_then(label) else { return (None, option) };
    let after = rest.as_str();
    let closed = after.strip_prefix([')', ']', '.', ':']);
    let text = closed.unwrap_or(after);
    let apart = text.starts_with(char::is_whitespace) || (after.starts_with(')') && !bracketed);
    let labelled = circled || (closed.is_some() && apart);
    let text = text.trim_start();
    if labelled && !text.is_empty() { (Some(place), text) } else { (None, option) }
}

/// The place that a sign stands for, and whether it is a label even without a bracket or full stop after it.
fn label(sign: char) -> Option<(usize, bool)> {
    let lists = ["ABCDEFGH", "abcdefgh", "12345678", "가나다라마바사아"];
    let place = |list: &str| list.chars().position(|c| c == sign);
    place("①②③④⑤⑥⑦⑧").map(|at| (at, true)).or_else(|| lists.iter().find_map(|list| place(list)).map(|at| (at, false)))
}

/// How alike two folded texts are, 0 to 1: Dice's coefficient of their words, or of their pairs of characters where
/// words change with their role in a sentence or have no spaces between them (Korean, Japanese, Chinese).
pub fn likeness(one: &str, other: &str) -> f64 {
    let by_pairs = one.chars().chain(other.chars()).any(|c| c >= '\u{1100}' && c.is_alphabetic());
    if by_pairs { dice(pairs(one), pairs(other)) } else { dice(words(one), words(other)) }
}

fn pairs(text: &str) -> Vec<(char, char)> {
    let letters: Vec<char> = text.chars().filter(|c| *c != ' ').collect();
    letters.windows(2).map(|pair| (pair[0], pair[1])).collect()
}

fn words(text: &str) -> Vec<&str> {
    text.split(' ').filter(|word| !word.is_empty()).collect()
}

fn dice<T: Ord>(mut one: Vec<T>, mut other: Vec<T>) -> f64 {
    one.sort_unstable();
    other.sort_unstable();
    let (total, mut shared) = (one.len() + other.len(), 0);
    let mut left = other.iter().peekable();
    for item in &one {
        while left.next_if(|candidate| *candidate < item).is_some() {}
        shared += usize::from(left.next_if(|candidate| *candidate == item).is_some());
    }
    if total == 0 { 0.0 } else { 2.0 * shared as f64 / total as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_spaces_and_punctuation_fold() {
        for (one, other) in [
            ("Paris", " PARIS. "),
            ("The \u{201c}stack\u{201d}", "the stack"),
            ("Ｐａｒｉｓ", "paris"),
            ("a,b", "a b"),
            ("광합성", "광합성."),
            ("\u{1100}\u{1161}", "가"),
        ] {
            assert_eq!(fold(one), fold(other), "{one}");
        }
        for (one, other) in
            [("C", "C++"), ("C", "C#"), ("x < 0", "x > 0"), ("-5", "5"), ("1.5", "15"), ("5%", "5"), ("*p", "p")]
        {
            assert_ne!(fold(one), fold(other), "{one}");
        }
        assert_eq!(fold("?!"), "");
    }

    #[test]
    fn quotes_are_known_again() {
        let quote = "The stack holds return addresses, and grows towards the heap with every call.";
        for text in [
            "Said at 3:12: “the stack holds return addresses, and grows …”",
            "The stack holds return addresses, and grows towards the heap with every call.",
        ] {
            assert!(says(text, quote), "{text}");
        }
        assert!(!says("The stack holds return addresses.", quote) && !says("", quote) && !says(quote, "?!"));
        assert!(says("3:12에 이렇게 말했습니다: “스택은 위로 자란다”", "스택은 위로 자란다."));
    }

    #[test]
    fn labels_are_no_part_of_an_option() {
        for (option, place, text) in [
            ("A) Paris", Some(0), "Paris"),
            ("(b) Paris", Some(1), "Paris"),
            ("3. Paris", Some(2), "Paris"),
            ("④ 파리", Some(3), "파리"),
            ("④파리", Some(3), "파리"),
            ("라. 파리", Some(3), "파리"),
            ("B)Paris", Some(1), "Paris"),
            ("1.5 metres", None, "1.5 metres"),
            ("A", None, "A"),
            ("A)", None, "A)"),
            ("A cat", None, "A cat"),
            ("가나다", None, "가나다"),
            ("", None, ""),
            ("(", None, "("),
        ] {
            assert_eq!(unlabelled(option), (place, text), "{option}");
        }
    }

    #[test]
    fn likeness_is_by_words_or_by_pairs() {
        assert_eq!(likeness("", ""), 0.0);
        assert_eq!(likeness("a b c", "c b a"), 1.0);
        assert_eq!(likeness("a a a", "a b c"), 1.0 / 3.0);
        assert!(likeness("광합성은 어디에서 일어나는가", "광합성이 어디에서 일어나는가") > 0.8);
        assert!(likeness("광합성은 어디에서 일어나는가", "세포 호흡의 산물은 무엇인가") < 0.3);
    }
}
