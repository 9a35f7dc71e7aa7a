//! Where English gives things their names: "an X is a ...", "... is called X".

use super::super::token::{Slot, Token};

/// Tokens of a name at most.
const LONGEST: usize = 4;

/// Where names are given; `lower` holds every token's word in lower case.
pub(super) fn find(tokens: &[Token], lower: &[String]) -> Vec<Slot> {
    let subject = subject(tokens, lower).map(|tokens| Slot { tokens, naming: false });
    let named = (0..tokens.len()).filter_map(|i| named(tokens, lower, i)).map(|tokens| Slot { tokens, naming: true });
    subject.into_iter().chain(named).collect()
}

/// "[Then] [a] page fault is an exception ...", "temporal locality means that ..."
fn subject(tokens: &[Token], lower: &[String]) -> Option<std::ops::Range<usize>> {
    let word = |i: usize| lower.get(i).map_or("", String::as_str);
    let skipped = (0..2).find(|&i| !super::OPENERS.contains(&word(i)))?;
    let start = skipped + usize::from(matches!(word(skipped), "a" | "an" | "the"));
    let name = run(tokens, start);
    let defines = match (word(name.end), word(name.end + 1)) {
        ("is" | "are" | "was" | "were", next) => {
            matches!(next, "a" | "an" | "the" | "any" | "one" | "another" | "when" | "simply" | "basically")
        }
        ("means", next) => !matches!(next, "of"),
        ("refers", "to") | ("consists", "of") | ("describes" | "states", _) => true,
        _ => false,
    };
    let flows = tokens.get(start..name.end)?.iter().all(|token| token.glued);
    (defines && flows && !name.is_empty()).then_some(name)
}

/// "... called [the] offset", "known as X", "call this an X", "abbreviated as X"
fn named(tokens: &[Token], lower: &[String], i: usize) -> Option<std::ops::Range<usize>> {
    let word = |i: usize| lower.get(i).map_or("", String::as_str);
    let after = match (word(i), word(i + 1)) {
        ("called" | "termed" | "dubbed", _) => i + 1,
        ("known" | "abbreviated", "as") => i + 2,
        ("referred", "to") if word(i + 2) == "as" => i + 3,
        ("call" | "calls", "it" | "this" | "that" | "these" | "them") => i + 2,
        _ => return None,
    };
    let start = after + usize::from(matches!(word(after), "a" | "an" | "the" | "its" | "their"));
    let name = run(tokens, start);
    let flows = tokens.get(i..start)?.iter().all(|token| token.glued);
    let ends = tokens.get(name.end.checked_sub(1)?).is_some_and(|last| !last.glued)
        || matches!(word(name.end), "and" | "or" | "because" | "since" | "which" | "that" | "in" | "then" | "when");
    (flows && ends && !name.is_empty()).then_some(name)
}

/// The words from `start` that can be one name.
fn run(tokens: &[Token], start: usize) -> std::ops::Range<usize> {
    let mut end = start;
    while let Some(token) = tokens.get(end).filter(|token| token.class.in_terms() && end < start + LONGEST) {
        end += 1;
        if !token.glued {
            break;
        }
    }
    start..end
}
