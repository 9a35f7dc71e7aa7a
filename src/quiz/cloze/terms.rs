//! What can be asked for: words and phrases that this lecture is about.

use std::collections::HashMap;
use std::ops::Range;

use super::lecture::{Line, Tongue};
use super::token::{Class, Role, Token, key, span};

/// Words of a term at most.
const LONGEST: usize = 4;
/// Sentences beyond which a term says no more by coming up again.
const FAMILIAR: usize = 8;

/// What a term is; options are all of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    Acronym,
    Name,
    Year,
}

/// Where a term stands.
#[derive(Debug, Clone)]
pub(super) struct Use {
    /// Which sentence.
    pub line: usize,
    pub tokens: Range<usize>,
}

/// Something that can be asked for.
#[derive(Debug)]
pub(super) struct Term {
    /// Lemmas with spaces between.
    pub key: String,
    pub kind: Kind,
    /// Along the lecture; never empty.
    pub uses: Vec<Use>,
    /// The sentence that names it.
    pub defined: Option<usize>,
    /// How much the lecture is about it: about 0.7 to 4.
    pub weight: f64,
}

/// What speaks for a phrase being a term.
#[derive(Debug, Clone, Copy)]
pub(super) struct Evidence {
    /// In how many sentences it stands.
    pub lines: usize,
    /// Some sentence names or defines it.
    pub defined: bool,
    /// Some sentence says "called ..." of it.
    pub named: bool,
    /// Some sentence is about it.
    pub topic: bool,
}

#[derive(Default)]
struct Draft {
    uses: Vec<Use>,
    defined: Option<usize>,
    named: bool,
    topic: bool,
}

/// Every term, the weightiest first. `fits` knows the language: may these tokens be a term?
pub(super) fn collect(lines: &[Line<'_>], tongue: Tongue, fits: impl Fn(&[Token], Evidence) -> bool) -> Vec<Term> {
    let mut drafts = drafts(lines, tongue);
    drafts.retain(|_, draft| {
        let (defined, seen) = (draft.defined.is_some(), count_lines(&draft.uses));
        let evidence = Evidence { lines: seen, defined, named: draft.named, topic: draft.topic };
        draft.uses.first().and_then(|used| tokens(lines, used)).is_some_and(|tokens| fits(tokens, evidence))
    });
    absorb(&mut drafts);
    let mut terms: Vec<Term> = drafts.into_iter().map(|(key, draft)| term(lines, key, draft)).collect();
    terms.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.key.cmp(&b.key)));
    terms
}

/// The tokens of a use.
pub(super) fn tokens<'a>(lines: &'a [Line<'_>], used: &Use) -> Option<&'a [Token]> {
    lines.get(used.line)?.tokens.get(used.tokens.clone())
}

/// How a use reads.
pub(super) fn surface<'a>(lines: &[Line<'a>], used: &Use) -> &'a str {
    let text = lines.get(used.line).map_or("", |line| line.text);
    tokens(lines, used).and_then(|tokens| text.get(span(tokens))).unwrap_or_default()
}

fn drafts(lines: &[Line<'_>], tongue: Tongue) -> HashMap<String, Draft> {
    let mut drafts: HashMap<String, Draft> = HashMap::new();
    for (number, line) in lines.iter().enumerate() {
        for range in phrases(&line.tokens, tongue) {
            let role = line.slots.iter().find(|slot| slot.tokens == range).map(|slot| slot.role);
            let draft = drafts.entry(key(&line.tokens[range.clone()])).or_default();
            draft.uses.push(Use { line: number, tokens: range });
            draft.defined = draft.defined.or(matches!(role, Some(Role::Named | Role::Defined)).then_some(number));
            draft.named |= role == Some(Role::Named);
            draft.topic |= role.is_some();
        }
    }
    drafts
}

/// Every run of words that could be a term by its shape.
fn phrases(tokens: &[Token], tongue: Tongue) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (start, first) in tokens.iter().enumerate() {
        if first.class == Class::Year {
            found.push(start..start + 1);
        }
        for end in start + 1..=tokens.len().min(start + LONGEST) {
            let Some(last) = tokens.get(end - 1).filter(|last| last.class.in_terms()) else { break };
            found.push(start..end);
            let hangs = tongue == Tongue::Korean && !last.tail.is_empty();
            if !last.glued || hangs {
                break;
            }
        }
    }
    found
}

fn count_lines(uses: &[Use]) -> usize {
    let mut lines: Vec<usize> = uses.iter().map(|used| used.line).collect();
    lines.dedup();
    lines.len()
}

/// Leaves out what comes up as a part of one longer term nearly always: "lookaside buffer", "translation lookaside".
fn absorb(drafts: &mut HashMap<String, Draft>) {
    let mut whole: HashMap<String, usize> = HashMap::new();
    for (key, draft) in drafts.iter() {
        let words: Vec<&str> = key.split(' ').collect();
        for length in 1..words.len() {
            for part in words.windows(length) {
                let most = whole.entry(part.join(" ")).or_default();
                *most = draft.uses.len().max(*most);
            }
        }
    }
    drafts.retain(|key, draft| whole.get(key).is_none_or(|&within| within * 4 < draft.uses.len() * 3));
}

fn term(lines: &[Line<'_>], key: String, draft: Draft) -> Term {
    let kind = kind(lines, &draft.uses);
    let known = count_lines(&draft.uses).min(FAMILIAR) as f64;
    let phrase = if key.contains(' ') { 0.6 } else { 0.0 };
    let defined = if draft.defined.is_some() { 0.8 } else { 0.0 };
    let special = if kind == Kind::Word { 0.0 } else { 0.3 };
    Term { key, kind, uses: draft.uses, defined: draft.defined, weight: known.ln_1p() + phrase + defined + special }
}

fn kind(lines: &[Line<'_>], uses: &[Use]) -> Kind {
    let class = |used: &Use| tokens(lines, used).filter(|tokens| tokens.len() == 1).map(|tokens| tokens[0].class);
    let named = uses.iter().any(|used| class(used) == Some(Class::Name));
    match uses.first().and_then(class) {
        Some(Class::Acronym) => Kind::Acronym,
        Some(Class::Year) => Kind::Year,
        _ if named => Kind::Name,
        _ => Kind::Word,
    }
}
