//! Korean: words without their particles, and which of them make terms.
//!
//! No dictionary (why: see the module above), so a particle is taken off where what remains is known from this lecture with other
//! particles too: 회로는 and 회로를 speak for 회로, nothing speaks for 회 + 로. Particles after the wrong last sound are never taken off
//! (산소 + 은 cannot be). What only ever ends as verbs do too is no noun.

pub(super) mod josa;
mod slots;

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::english::{figures, inflect};
use super::terms::Evidence;
use super::token::{Class, Slot, Token, pieces};
use super::words;

/// Words that only open a sentence; left out when it is asked.
pub(super) const OPENERS: [&str; 38] = [
    "그리고",
    "그런데",
    "근데",
    "하지만",
    "그러나",
    "그래서",
    "그러니까",
    "그러면",
    "그럼",
    "따라서",
    "즉",
    "자",
    "네",
    "예",
    "음",
    "어",
    "아",
    "또",
    "또한",
    "이제",
    "먼저",
    "일단",
    "우선",
    "사실",
    "물론",
    "특히",
    "결국",
    "아무튼",
    "어쨌든",
    "반면에",
    "반면",
    "반대로",
    "마지막으로",
    "다음으로",
    "쉽게",
    "말해서",
    "말하면",
    "솔직히",
];
/// How verbs and adjectives end, in sentences and before nouns.
const ENDINGS: [&str; 47] = [
    "니다",
    "어요",
    "아요",
    "해요",
    "돼요",
    "져요",
    "워요",
    "려요",
    "네요",
    "군요",
    "나요",
    "까요",
    "세요",
    "거든요",
    "잖아요",
    "는데",
    "은데",
    "지만",
    "면서",
    "으면",
    "려고",
    "도록",
    "니까",
    "어서",
    "아서",
    "해서",
    "돼서",
    "져서",
    "하면",
    "되면",
    "하는",
    "되는",
    "있는",
    "없는",
    "하고",
    "되고",
    "하게",
    "하며",
    "되어",
    "하여",
    "던",
    "했다",
    "된다",
    "한다",
    "었다",
    "았다",
    "졌다",
];
/// What verbs and adjectives are made with; a "noun" that ends so is one of them.
const VERBAL: [&str; 8] = ["하", "되", "있", "없", "않", "시키", "스럽", "지"];

/// Which particles each stem was seen with, in the whole lecture.
#[derive(Debug, Default)]
pub(super) struct Stems(HashMap<String, HashSet<(&'static str, bool)>>);

impl Stems {
    /// Takes one sentence in.
    pub fn note(&mut self, text: &str) {
        for (range, _) in pieces(text) {
            let word = &text[range];
            for split in josa::splits(word) {
                let form = josa::open(split.josa).unwrap_or(split.josa);
                self.0.entry(split.stem.to_owned()).or_default().insert((form, split.doubtful));
            }
        }
    }

    fn forms(&self, stem: &str) -> (usize, usize) {
        let Some(forms) = self.0.get(stem) else { return (0, 0) };
        let doubtful = forms.iter().filter(|(_, doubtful)| *doubtful).count();
        (forms.len() - doubtful, doubtful)
    }

    fn support(&self, stem: &str) -> i64 {
        let (sure, doubtful) = self.forms(stem);
        let short = i64::from(stem.chars().count() < 2) * 3;
        2 * sure as i64 + doubtful as i64 - short
    }

    /// Seen with two particles, one of which no verb has.
    pub fn noun(&self, stem: &str) -> bool {
        let (sure, doubtful) = self.forms(stem);
        sure >= 1 && sure + doubtful >= 2
    }

    /// May these words be a term?
    pub fn term(&self, tokens: &[Token], evidence: Evidence) -> bool {
        let enough = evidence.defined || evidence.lines >= 2;
        match tokens {
            [only] => match only.class {
                Class::Acronym | Class::Year => true,
                Class::Content => enough && (evidence.defined || self.noun(&only.lemma)),
                _ => false,
            },
            [before @ .., last] => {
                let ordinary = tokens.iter().all(|token| token.class == Class::Common);
                let nouns =
                    before.iter().all(|token| token.class == Class::Acronym || self.forms(&token.lemma) != (0, 0));
                enough && !ordinary && nouns && (evidence.defined || self.noun(&last.lemma))
            }
            [] => false,
        }
    }

    /// Where the particle begins: a byte of the word, its end for none.
    fn part(&self, word: &str) -> usize {
        let whole = self.support(word) + i64::from(self.forms(word) != (0, 0)) * 2;
        josa::splits(word)
            .filter(|split| !VERBAL.iter().any(|end| split.doubtful && split.stem.ends_with(end)))
            .map(|split| (self.support(split.stem), split.stem.len()))
            .filter(|(support, _)| *support > whole)
            .max_by_key(|&(support, length)| (support, Reverse(length)))
            .map_or(word.len(), |(_, length)| length)
    }
}

/// Words of a sentence.
pub(super) fn tokens(text: &str, stems: &Stems) -> Vec<Token> {
    pieces(text).into_iter().map(|(range, glued)| token(text, range, glued, stems)).collect()
}

fn token(text: &str, range: Range<usize>, glued: bool, stems: &Stems) -> Token {
    let whole = &text[range.clone()];
    let cut = if words::korean_function(whole) { whole.len() } else { stems.part(whole) };
    let end = range.start + cut;
    let stem = &text[range.start..end];
    let latin = stem.is_ascii();
    let one = stem.strip_suffix('들').filter(|one| stems.forms(one) != (0, 0)).unwrap_or(stem);
    let lemma = if latin { inflect::lemma(stem) } else { one.to_owned() };
    let class = class(whole, stem, stems);
    Token { word: range.start..end, tail: end..range.end, lemma, class, plural: false, glued }
}

fn class(whole: &str, stem: &str, stems: &Stems) -> Class {
    let letters: Vec<char> = stem.chars().filter(|c| c.is_alphabetic()).collect();
    let odd = |c: char| !c.is_alphanumeric() && c != '-';
    if words::korean_function(whole) || words::korean_function(stem) || stem.chars().any(odd) {
        return Class::Function;
    }
    if letters.is_empty() || stem.strip_suffix('년').is_some_and(|year| figures(year) == Class::Year) {
        return figures(stem.trim_end_matches('년'));
    }
    if stem.is_ascii() {
        return latin(stem);
    }
    let bare = stem.len() == whole.len();
    match stem {
        _ if (bare && predicate(stem, stems)) || VERBAL.iter().any(|end| stem.ends_with(end) && !stems.noun(stem)) => {
            Class::Predicate
        }
        _ if words::korean_common(stem) || letters.len() < 2 => Class::Common,
        _ => Class::Content,
    }
}

fn latin(stem: &str) -> Class {
    let lower = stem.to_lowercase();
    match stem {
        _ if words::english_function(&lower) => Class::Function,
        _ if stem.chars().any(|c| c.is_ascii_uppercase()) && stem.len() > 1 => Class::Acronym,
        _ if words::english_common(&inflect::lemma(&lower)) || stem.len() < 2 => Class::Common,
        _ => Class::Content,
    }
}

/// Ends as verbs do, or as adjectives before a noun (작은, 쌓인), and no particle speaks for a noun.
fn predicate(word: &str, stems: &Stems) -> bool {
    let modifies = word.chars().next_back().and_then(josa::last_sound).is_some_and(|sound| sound == 4 || sound == 8);
    let unknown = stems.forms(word) == (0, 0);
    unknown
        && (modifies || ENDINGS.iter().any(|end| word.ends_with(end)) || word.ends_with(['고', '며', '면', '서', '게']))
}

/// Where a sentence names something.
pub(super) fn slots(text: &str, tokens: &[Token]) -> Vec<Slot> {
    slots::find(text, tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    use super::super::token::Role;

    const LECTURE: [&str; 5] = [
        "캘빈 회로는 스트로마에서 일어납니다.",
        "캘빈은 이 회로를 밝혔고 스트로마를 관찰했습니다.",
        "틸라코이드가 층층이 쌓인 구조를 그라나라고 부릅니다.",
        "광합성은 빛에너지로 포도당을 만드는 과정입니다.",
        "광합성의 속도는 온도에 따라 다릅니다.",
    ];

    fn stems() -> Stems {
        let mut stems = Stems::default();
        LECTURE.iter().for_each(|text| stems.note(text));
        stems
    }

    #[test]
    fn particles_come_off_where_the_lecture_says_so() {
        let stems = stems();
        let words =
            |text: &'static str| tokens(text, &stems).into_iter().map(|token| &text[token.word]).collect::<Vec<_>>();
        assert_eq!(words(LECTURE[0]), ["캘빈", "회로", "스트로마", "일어납니다"]);
        assert_eq!(words("회로 광합성"), ["회로", "광합성"]);
        assert!(stems.noun("회로") && stems.noun("광합성") && !stems.noun("회"));
    }

    #[test]
    fn names_are_found() {
        let stems = stems();
        let named = |text: &'static str| {
            let tokens = tokens(text, &stems);
            slots(text, &tokens)
                .into_iter()
                .filter(|slot| slot.role != Role::Topic)
                .map(|slot| &text[super::super::token::span(&tokens[slot.tokens])])
                .collect::<Vec<_>>()
        };
        assert_eq!(named(LECTURE[2]), ["그라나"]);
        assert_eq!(named(LECTURE[3]), ["광합성"]);
        assert!(named(LECTURE[0]).is_empty());
    }
}
