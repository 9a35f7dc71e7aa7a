//! A lecture as the maker sees it: every sentence's words, and the terms found in all of them together.

use std::collections::HashMap;

use super::english::{self, Usages};
use super::korean::{self, Stems};
use super::terms::{self, Term};
use super::token::{Class, Slot, Token};

/// A language that the maker knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tongue {
    English,
    Korean,
}

/// A sentence.
#[derive(Debug)]
pub(super) struct Line<'a> {
    pub text: &'a str,
    pub tokens: Vec<Token>,
    /// Where it names something.
    pub slots: Vec<Slot>,
    /// Numbers of the lemmas that are no function words, sorted, each once.
    pub telling: Vec<u32>,
}

/// A term's place in a sentence.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// Which of the lecture's terms.
    pub term: usize,
    /// Its tokens.
    pub tokens: std::ops::Range<usize>,
}

/// Every sentence and term.
pub(super) struct Lecture<'a> {
    pub tongue: Tongue,
    pub lines: Vec<Line<'a>>,
    /// The weightiest first.
    pub terms: Vec<Term>,
    /// For every sentence, the terms in it.
    pub places: Vec<Vec<Place>>,
}

impl<'a> Lecture<'a> {
    /// Reads all sentences; time and memory grow with their length only.
    pub fn read(texts: impl Iterator<Item = &'a str>, tongue: Tongue) -> Self {
        let texts: Vec<&str> = texts.collect();
        match tongue {
            Tongue::English => english(&texts),
            Tongue::Korean => korean(&texts),
        }
    }

    /// Whether hardly any sentence has an end. Korean ones end in a verb, with a full stop or without.
    pub fn runs_on(&self) -> bool {
        let ends = self.lines.iter().filter(|line| stopped(line.text)).count();
        self.tongue == Tongue::English && ends * 4 < self.lines.len()
    }

    fn new(tongue: Tongue, mut lines: Vec<Line<'a>>, fits: impl Fn(&[Token], terms::Evidence) -> bool) -> Self {
        number(&mut lines);
        let terms = terms::collect(&lines, tongue, fits);
        let mut places = vec![Vec::new(); lines.len()];
        for (term, found) in terms.iter().enumerate() {
            for used in &found.uses {
                if let Some(places) = places.get_mut(used.line) {
                    places.push(Place { term, tokens: used.tokens.clone() });
                }
            }
        }
        Self { tongue, lines, terms, places }
    }
}

fn english<'a>(texts: &[&'a str]) -> Lecture<'a> {
    let capitals = |c: &char| c.is_uppercase();
    let letters = texts.iter().flat_map(|text| text.chars()).filter(|c| c.is_alphabetic()).count();
    let shouting = texts.iter().flat_map(|text| text.chars()).filter(capitals).count() * 3 > letters;
    let mut usages = Usages::default();
    let lines = texts.iter().map(|text| {
        let tokens = english::tokens(text, shouting);
        usages.note(text, &tokens);
        Line { text, slots: english::slots(text, &tokens), tokens, telling: Vec::new() }
    });
    let lines = lines.collect();
    Lecture::new(Tongue::English, lines, |tokens, evidence| usages.term(tokens, evidence))
}

fn korean<'a>(texts: &[&'a str]) -> Lecture<'a> {
    let mut stems = Stems::default();
    texts.iter().for_each(|text| stems.note(text));
    let lines = texts.iter().map(|text| {
        let tokens = korean::tokens(text, &stems);
        Line { text, slots: korean::slots(text, &tokens), tokens, telling: Vec::new() }
    });
    Lecture::new(Tongue::Korean, lines.collect(), |tokens, evidence| stems.term(tokens, evidence))
}

/// Ends as a sentence does.
pub(super) fn stopped(text: &str) -> bool {
    text.trim_end().ends_with(['.', '!', '?', '…', '"', '”', ')'])
}

fn number(lines: &mut [Line<'_>]) {
    let mut numbers: HashMap<String, u32> = HashMap::new();
    for line in lines {
        for token in line.tokens.iter().filter(|token| token.class != Class::Function) {
            let next = numbers.len() as u32;
            line.telling.push(*numbers.entry(token.lemma.clone()).or_insert(next));
        }
        line.telling.sort_unstable();
        line.telling.dedup();
    }
}

/// How many numbers two sorted lists share.
pub(super) fn shared(a: &[u32], b: &[u32]) -> usize {
    a.iter().filter(|number| b.binary_search(number).is_ok()).count()
}
