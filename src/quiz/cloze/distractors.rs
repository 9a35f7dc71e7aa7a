//! Wrong options: other terms of the same lecture that could stand in the blank, and are not true there.

use super::english::inflect;
use super::lecture::{Lecture, Place, Tongue, shared};
use super::terms::{Kind, Term, Use, surface, tokens};
use super::token::{Class, Token, folded};

/// Terms looked at for one blank: the lecture's weightiest, so that a question costs no more in a longer lecture.
const POOL: usize = 400;
/// Sentences of a term looked at.
const LOOKED_AT: usize = 12;
/// Uses of a term among which its number is looked for.
const SURFACES: usize = 100;
/// Wrong options.
pub(super) const WANTED: usize = 3;
/// A term in so many sentences at least, and in so many of a hundred, is the lecture's very subject.
const TOPIC_LEAST: usize = 10;
const TOPIC_PERCENT: usize = 7;
/// Characters of an option.
const LONGEST: usize = 60;

/// A wrong option.
#[derive(Debug, Clone)]
pub(super) struct Wrong {
    /// Which of the lecture's terms.
    pub term: usize,
    /// As shown, in the answer's number.
    pub text: String,
}

/// What is blanked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Blank<'a> {
    /// The sentences that are shown.
    pub lines: &'a [usize],
    /// What they say, in lower case.
    pub text: &'a str,
    /// The answer in the last of them.
    pub place: &'a Place,
    /// The answer as shown.
    pub answer: &'a str,
    /// The answer is a plural.
    pub plural: bool,
    /// Options of the questions before: others are more welcome.
    pub seen: &'a [&'a str],
}

/// Three, the best first; None if there are not three good ones.
pub(super) fn choose(lecture: &Lecture<'_>, blank: Blank<'_>) -> Option<Vec<Wrong>> {
    let answer = lecture.terms.get(blank.place.term)?;
    let mut ranked: Vec<(f64, Wrong)> = (0..lecture.terms.len().min(POOL))
        .filter_map(|term| {
            let other = lecture.terms.get(term)?;
            let text = fits(lecture, blank, answer, term, other)?;
            Some((likeness(lecture, blank, answer, other, &text), Wrong { term, text }))
        })
        .collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.term.cmp(&b.1.term)));
    let mut chosen: Vec<Wrong> = Vec::with_capacity(WANTED);
    for (_, wrong) in ranked {
        if chosen.len() < WANTED && chosen.iter().all(|other| apart(lecture, other, &wrong)) {
            chosen.push(wrong);
        }
    }
    (chosen.len() == WANTED).then_some(chosen)
}

fn apart(lecture: &Lecture<'_>, a: &Wrong, b: &Wrong) -> bool {
    let key = |wrong: &Wrong| lecture.terms.get(wrong.term).map_or("", |term| term.key.as_str());
    !overlap(&a.text, &b.text) && !same_thing(key(a), key(b))
}

/// How the other term would stand in the blank; None if it must not.
fn fits(lecture: &Lecture<'_>, blank: Blank<'_>, answer: &Term, term: usize, other: &Term) -> Option<String> {
    let kind = other.kind == answer.kind && other.key != answer.key;
    if !kind
        || same_thing(&answer.key, &other.key)
        || present(lecture, blank, term, other)
        || true_there(lecture, blank, other)
    {
        return None;
    }
    let text = shown(lecture, other, blank.plural)?;
    let (length, wanted) = (text.chars().count(), blank.answer.chars().count());
    let alike = length <= LONGEST && length * 5 >= wanted * 2 && length * 2 <= wanted * 5 + 4;
    (alike && !overlap(&text, blank.answer)).then_some(text)
}

/// One contains the other, or they read alike.
fn overlap(a: &str, b: &str) -> bool {
    let (a, b) = (folded(a), folded(b));
    a.contains(&b) || b.contains(&a)
}

/// An acronym and what it stands for.
fn same_thing(a: &str, b: &str) -> bool {
    let initials = |key: &str| key.split([' ', '-']).filter_map(|word| word.chars().next()).collect::<String>();
    let stands_for = |short: &str, long: &str| long.contains([' ', '-']) && initials(long) == short;
    stands_for(a, b) || stands_for(b, a)
}

/// It stands in what is shown.
fn present(lecture: &Lecture<'_>, blank: Blank<'_>, term: usize, other: &Term) -> bool {
    let placed = |line: &usize| lecture.places.get(*line).is_some_and(|places| places.iter().any(|at| at.term == term));
    let first = other.uses.first().map(|used| surface(&lecture.lines, used).to_lowercase()).unwrap_or_default();
    first.is_empty() || blank.text.contains(&first) || blank.lines.iter().any(placed)
}

/// Sentences between a sentence and the term's nearest use.
fn distance(term: &Term, line: usize) -> usize {
    let after = term.uses.partition_point(|used| used.line < line);
    let near = term.uses.get(after.saturating_sub(1)..).unwrap_or_default().iter().take(2);
    near.map(|used| used.line.abs_diff(line)).min().unwrap_or(usize::MAX)
}

/// As far as words can tell: elsewhere in the lecture it stands beside the same words, or much the same is said of it.
fn true_there(lecture: &Lecture<'_>, blank: Blank<'_>, other: &Term) -> bool {
    let Some(asked) = blank.lines.last().and_then(|&line| lecture.lines.get(line)) else { return true };
    let beside = neighbours(&asked.tokens, blank.place.tokens.start, blank.place.tokens.end);
    other.uses.iter().take(LOOKED_AT).any(|used| {
        let Some(line) = lecture.lines.get(used.line) else { return false };
        let there = neighbours(&line.tokens, used.tokens.start, used.tokens.end);
        let same_side = beside.0.is_some() && beside.0 == there.0 || beside.1.is_some() && beside.1 == there.1;
        let (same, said) = (shared(&asked.telling, &line.telling), asked.telling.len());
        said >= 3 && same * 2 > said || same_side && same * 5 >= said * 2
    })
}

/// The telling words next to some tokens.
fn neighbours(tokens: &[Token], start: usize, end: usize) -> (Option<&str>, Option<&str>) {
    let telling = |token: &&Token| token.class.telling();
    let before = start.checked_sub(1).and_then(|i| tokens.get(i)).filter(|token| token.glued && token.tail.is_empty());
    let last = tokens.get(end.saturating_sub(1)).filter(|token| token.glued && token.tail.is_empty());
    let after = last.and(tokens.get(end));
    (before.filter(telling).map(|token| token.lemma.as_str()), after.filter(telling).map(|token| token.lemma.as_str()))
}

/// How tempting: near in the lecture, of the same build, with the same head.
fn likeness(lecture: &Lecture<'_>, blank: Blank<'_>, answer: &Term, other: &Term, text: &str) -> f64 {
    let line = blank.lines.last().copied().unwrap_or_default();
    let far = distance(other, line) as f64;
    let phrase = |key: &str| key.contains(' ');
    let length = text.chars().count().abs_diff(blank.answer.chars().count()) as f64;
    let latin = |text: &str| text.chars().any(|c| c.is_ascii_alphabetic());
    let bare = without_article(lecture, answer) == without_article(lecture, other);
    let score = |yes: bool, worth: f64| if yes { worth } else { 0.0 };
    let seen = blank.seen.iter().filter(|seen| **seen == text).count().min(4) as f64;
    let near = 0.8 * (-far / 15.0).exp();
    0.3 * other.weight + near - 0.04 * length - 0.15 * seen - score(everywhere(lecture, other), 0.6)
        + score(same_head(lecture.tongue, &answer.key, &other.key), 0.6)
        + score(phrase(&answer.key) == phrase(&other.key), 0.4)
        + score(other.defined.is_some() == answer.defined.is_some(), 0.4)
        + score(latin(text) == latin(blank.answer), 0.3)
        + score(bare, 0.3)
}

/// What the whole lecture is about tends to be true in any of its sentences.
fn everywhere(lecture: &Lecture<'_>, term: &Term) -> bool {
    term.uses.len() >= TOPIC_LEAST.max(lecture.lines.len() * TOPIC_PERCENT / 100)
}

/// "dirty bit" and "valid bit"; in Korean the last syllable too: 보상점, 광포화점.
fn same_head(tongue: Tongue, a: &str, b: &str) -> bool {
    let last = |key: &str| key.rsplit(' ').next().map(str::to_owned);
    let syllable = |key: &str| key.chars().next_back().filter(|c| !c.is_ascii());
    let words = a.contains(' ') && last(a) == last(b);
    words || tongue == Tongue::Korean && syllable(a).is_some() && syllable(a) == syllable(b)
}

/// English: it comes without an article somewhere, in the singular: "paging", not "page".
fn without_article(lecture: &Lecture<'_>, term: &Term) -> bool {
    term.uses.iter().take(LOOKED_AT).any(|used| {
        let Some(line) = lecture.lines.get(used.line) else { return false };
        let plural = line.tokens.get(used.tokens.end.saturating_sub(1)).is_some_and(|token| token.plural);
        let before = used.tokens.start.checked_sub(1).and_then(|i| line.tokens.get(i));
        !plural && before.is_none_or(|before| !before.glued || before.class != Class::Function)
    })
}

/// English: there can be several of it, since it comes after "a" somewhere.
fn counted(lecture: &Lecture<'_>, term: &Term) -> bool {
    term.uses.iter().take(LOOKED_AT).any(|used| {
        let line = lecture.lines.get(used.line);
        let before = used.tokens.start.checked_sub(1).and_then(|i| Some((line?.text, line?.tokens.get(i)?)));
        let word = before.and_then(|(text, before)| text.get(before.word.clone())).unwrap_or_default().to_lowercase();
        matches!(word.as_str(), "a" | "an" | "each" | "every" | "one" | "another")
    })
}

/// A term as an option: in the number asked for, lower case unless it is a name.
pub(super) fn shown(lecture: &Lecture<'_>, term: &Term, plural: bool) -> Option<String> {
    let is_plural =
        |used: &&Use| tokens(&lecture.lines, used).and_then(<[Token]>::last).is_some_and(|last| last.plural);
    let begins = |used: &&Use| used.tokens.start == 0;
    let uses = || term.uses.iter().take(SURFACES).filter(|used| is_plural(used) == plural);
    if let Some(used) = uses().find(|used| !begins(used)).or_else(|| uses().next()) {
        return Some(lower_case(surface(&lecture.lines, used), term.kind, begins(&used)));
    }
    let used = term.uses.iter().take(SURFACES).find(|used| !begins(used)).or(term.uses.first())?;
    let text = lower_case(surface(&lecture.lines, used), term.kind, begins(&used));
    match plural {
        true if counted(lecture, term) => inflect::plural(&text),
        true => None,
        false => inflect::singular(&text),
    }
}

/// Takes back the capital of a sentence's beginning.
pub(super) fn lower_case(text: &str, kind: Kind, begins: bool) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) if begins && kind == Kind::Word && letters.clone().next().is_some_and(char::is_lowercase) => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => text.to_owned(),
    }
}
