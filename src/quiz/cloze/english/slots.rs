//! Where English gives things their names: "an X is a ...", "... is called X".

use super::super::token::{Role, Slot, Token};

/// Tokens of a name at most.
const LONGEST: usize = 4;

/// Where names are given; `lower` holds every token's word in lower case.
pub(super) fn find(tokens: &[Token], lower: &[String]) -> Vec<Slot> {
    let subject = subject(tokens, lower).into_iter().chain(later(tokens, lower));
    let named = (0..tokens.len()).filter_map(|i| named(tokens, lower, i));
    let named = named.map(|tokens| Slot { tokens, role: Role::Named });
    subject.chain(named).collect()
}

/// "[Then] [a] page fault is an exception ...", "temporal locality means that ..."
fn subject(tokens: &[Token], lower: &[String]) -> Option<Slot> {
    let word = |i: usize| lower.get(i).map_or("", String::as_str);
    let skipped = (0..2).find(|&i| !super::OPENERS.contains(&word(i)))?;
    let start = skipped + usize::from(matches!(word(skipped), "a" | "an" | "the"));
    definition(tokens, lower, start)
}

fn definition(tokens: &[Token], lower: &[String], start: usize) -> Option<Slot> {
    let word = |i: usize| lower.get(i).map_or("", String::as_str);
    let longest = run(tokens, start);
    let found = (start + 1..=longest.end).find_map(|end| Some((end, role(word(end), word(end + 1))?)));
    let (end, role) = found?;
    let flows = tokens.get(start..end)?.iter().all(|token| token.glued);
    flows.then_some(Slot { tokens: start..end, role })
}

/// Without punctuation a definition may begin anywhere: "... a crowd attacked the bastille the bastille was a fortress ..."
fn later<'a>(tokens: &'a [Token], lower: &'a [String]) -> impl Iterator<Item = Slot> + 'a {
    let article = |i: &usize| matches!(lower.get(*i).map(String::as_str), Some("a" | "an" | "the"));
    (2..tokens.len()).filter(article).filter_map(|i| {
        tokens.get(i - 1).filter(|before| before.glued && before.class.in_terms())?;
        definition(tokens, lower, i + 1).filter(|slot| slot.role == Role::Defined)
    })
}

/// What a verb after the subject, and the word after it, make of the subject.
fn role(verb: &str, next: &str) -> Option<Role> {
    let names = matches!(next, "a" | "an" | "the" | "any" | "one" | "another" | "when" | "simply" | "basically");
    match (verb, next) {
        ("is" | "are" | "was" | "were", _) if names => Some(Role::Defined),
        ("means", next) if next != "of" => Some(Role::Defined),
        ("refers", "to") | ("consists", "of") | ("describes" | "states", _) => Some(Role::Defined),
        (
            "is" | "are" | "was" | "were" | "has" | "have" | "had" | "can" | "may" | "must" | "will" | "does" | "says",
            _,
        ) => Some(Role::Topic),
        _ => None,
    }
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
