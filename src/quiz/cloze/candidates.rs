//! Which sentences of a part, and which terms in them, are worth asking, the best first.

use std::ops::Range;

use super::lecture::{Lecture, Line, Place};
use super::statement::{Statement, judge};
use super::terms::Kind;
use super::token::{Role, Token};

/// Telling words besides the answer without which a blank could be anything.
const TELLING: usize = 3;
/// Below this a question is not worth its interruption. From reading what was made of six lectures.
const WORTH: f64 = 2.0;

/// A sentence and what would be blanked in it.
#[derive(Debug, Clone)]
pub(super) struct Candidate {
    /// About 2 to 6.
    pub score: f64,
    /// The sentence, after the one that it points back to, if it does.
    pub lines: Vec<usize>,
    /// For each of these, its first token that is shown.
    pub firsts: Vec<usize>,
    /// The answer, in the last of them.
    pub place: Place,
}

/// Those of some sentences, the best first.
pub(super) fn find(lecture: &Lecture<'_>, sentences: Range<usize>) -> Vec<Candidate> {
    let mut found: Vec<Candidate> = Vec::new();
    for line in sentences.clone() {
        let Some((said, statement)) =
            lecture.lines.get(line).and_then(|said| Some((said, judge(said, lecture.tongue)?)))
        else {
            continue;
        };
        let places = lecture.places.get(line).map_or(&[][..], Vec::as_slice);
        for place in places.iter().filter(|place| outermost(places, place)) {
            found.extend(candidate(lecture, &sentences, line, said, statement, place));
        }
    }
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.lines.cmp(&b.lines)));
    found
}

/// No longer term stands around it.
fn outermost(places: &[Place], place: &Place) -> bool {
    let inside = |other: &Place| other.tokens.start <= place.tokens.start && place.tokens.end <= other.tokens.end;
    !places.iter().any(|other| other.tokens.len() > place.tokens.len() && inside(other))
}

fn candidate(
    lecture: &Lecture<'_>,
    part: &Range<usize>,
    line: usize,
    said: &Line<'_>,
    statement: Statement,
    place: &Place,
) -> Option<Candidate> {
    let slot = said.slots.iter().find(|slot| slot.tokens == place.tokens);
    let named = slot.is_some_and(|slot| slot.role == Role::Named);
    let before = if statement.points { Some(context(lecture, part, line, named)?) } else { None };
    let score = score(lecture, said, statement, place)? - if before.is_some() { 0.3 } else { 0.0 };
    let begins = match slot {
        Some(slot) if slot.role == Role::Defined && slot.tokens.start > statement.first + 1 => slot.tokens.start - 1,
        _ => statement.first,
    };
    let (mut lines, mut firsts) = (vec![line], vec![begins]);
    if let Some((line, first)) = before {
        lines.insert(0, line);
        firsts.insert(0, first);
    }
    (score >= WORTH && place.tokens.start >= statement.first).then(|| Candidate {
        score,
        lines,
        firsts,
        place: place.clone(),
    })
}

/// The sentence before one that says "this is called ...", if it can stand there.
fn context(lecture: &Lecture<'_>, part: &Range<usize>, line: usize, naming: bool) -> Option<(usize, usize)> {
    let before = line.checked_sub(1).filter(|before| naming && part.contains(before))?;
    let statement = judge(lecture.lines.get(before)?, lecture.tongue)?;
    (!statement.points).then_some((before, statement.first))
}

fn score(lecture: &Lecture<'_>, said: &Line<'_>, statement: Statement, place: &Place) -> Option<f64> {
    let term = lecture.terms.get(place.term)?;
    let slot = said.slots.iter().find(|slot| slot.tokens == place.tokens);
    let others = others(said, place);
    let role = slot.map(|slot| slot.role);
    let tells = matches!(role, Some(Role::Named | Role::Defined));
    if others < TELLING && !tells || others == 0 && !statement.points {
        return None;
    }
    let role = match role {
        Some(Role::Named) => 1.8,
        Some(Role::Defined) => 1.6,
        Some(Role::Topic) => 0.5,
        None if term.kind == Kind::Year => 0.7,
        None if place.tokens.start <= statement.first + 1 => 0.4,
        None => 0.0,
    };
    let vague = if term.kind == Kind::Word && !term.key.contains(' ') && term.defined.is_none() { 0.5 } else { 0.0 };
    Some(statement.score + 0.6 * term.weight + role + 0.12 * others.min(5) as f64 - hinted(said, place) - vague)
}

/// Telling words besides the answer.
fn others(said: &Line<'_>, place: &Place) -> usize {
    let inside = |i: usize| place.tokens.contains(&i);
    said.tokens.iter().enumerate().filter(|(i, token)| !inside(*i) && token.class.telling()).count()
}

/// 광분해 and 분해되는: the answer's last two syllables begin another word.
fn ends_alike(part: &Token, other: &Token) -> bool {
    let letters = part.lemma.chars().count();
    let end: String = part.lemma.chars().skip(letters.saturating_sub(2)).collect();
    letters > 2 && !end.is_ascii() && other.lemma != part.lemma && other.lemma.starts_with(&end)
}

/// A word of the answer stands elsewhere in the sentence: half the answer is given away.
fn hinted(said: &Line<'_>, place: &Place) -> f64 {
    let answer = said.tokens.get(place.tokens.clone()).unwrap_or_default();
    let given = said.tokens.iter().enumerate().any(|(i, token)| {
        !place.tokens.contains(&i)
            && answer.iter().any(|part| part.class.telling() && (part.lemma == token.lemma || ends_alike(part, token)))
    });
    if given { 0.6 } else { 0.0 }
}
