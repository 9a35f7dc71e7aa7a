//! Sentences into parts of 2 to 4 minutes that cover everything.
//!
//! The parts with the least cost together are found by dynamic programming over the places where one may end: few enough that each
//! part's beginnings are counted out (see [`places`]).

use super::{Chunk, Sentence};

/// Seconds of a part: as wanted, at least, and at most.
const WANTED_S: f64 = 180.0;
const LEAST_S: f64 = 120.0;
const MOST_S: f64 = 240.0;
/// Seconds that no part exceeds: it took in a rest that is too short to be one.
const HARD_S: f64 = 300.0;
/// Characters of a part: a language model is given them all.
const MAX_CHARS: usize = 8_000;
/// Seconds of silence from which on a part ends gladly; longer silence is no longer part.
const PAUSE_S: f64 = 20.0;
/// Between two places where a part may end lie so many seconds or characters: at most some 200 beginnings for each end.
const STEP_S: f64 = 2.0;
const STEP_CHARS: usize = 200;
/// What a part costs that is too short or too long, and for each minute of it.
const WRONG: f64 = 3.0;
const WRONG_MINUTE: f64 = 10.0;
/// What a long silence at the end is worth, and for each minute of it up to 3.
const SILENCE: f64 = 0.5;

/// Every sentence in exactly one part, in order.
pub(super) fn cut(sentences: &[Sentence]) -> Vec<Chunk> {
    let places = places(sentences);
    let mut ends = Vec::new();
    let befores = cheapest(&places);
    let mut at = places.len().saturating_sub(1);
    while at > 0 {
        ends.push(at);
        at = befores[at];
    }
    ends.reverse();
    let begins = std::iter::once(0).chain(ends.iter().copied());
    let ranges = begins.zip(&ends).map(|(from, to)| places[from].sentence..places[*to].sentence);
    ranges.enumerate().filter_map(|(index, range)| chunk(sentences, index, range)).collect()
}

fn chunk(sentences: &[Sentence], index: usize, range: std::ops::Range<usize>) -> Option<Chunk> {
    let part = sentences.get(range.clone())?;
    let (first, last) = (part.first()?, part.last()?);
    let cues = first.cues.start..last.cues.end;
    Some(Chunk { index, start_s: first.start_s, end_s: last.end_s, sentences: range, cues })
}

/// Where a part may end, and the next begins.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Place {
    /// Sentences before it.
    sentence: usize,
    /// Seconds before it, of each silence no more than [`PAUSE_S`].
    second: f64,
    /// Characters before it.
    char: usize,
    /// Seconds of silence here.
    silence: f64,
}

/// The beginning, the end, every long silence, and sentences' ends between them, [`STEP_S`] or [`STEP_CHARS`] apart.
fn places(sentences: &[Sentence]) -> Vec<Place> {
    let mut places = vec![Place { sentence: 0, second: 0.0, char: 0, silence: 0.0 }];
    let mut here = places[0];
    let mut kept = here;
    for (index, sentence) in sentences.iter().enumerate() {
        let next = sentences.get(index + 1);
        let silence = next.map_or(0.0, |next| (next.start_s - sentence.end_s).max(0.0));
        here.sentence = index + 1;
        here.second += (sentence.end_s - sentence.start_s).max(0.0);
        here.char += sentence.text.chars().count() + 1;
        here.silence = silence;
        let far = here.second - kept.second >= STEP_S || here.char - kept.char >= STEP_CHARS;
        if far || silence >= PAUSE_S || next.is_none() {
            places.push(here);
            kept = here;
        }
        here.second += silence.min(PAUSE_S);
    }
    places
}

/// For each place where the part that ends there begins.
fn cheapest(places: &[Place]) -> Vec<usize> {
    let mut befores = vec![0; places.len()];
    let mut costs = vec![0.0; places.len()];
    for to in 1..places.len() {
        let near = (0..to).rev().take_while(|from| *from + 1 == to || fits(&places[*from], &places[to]));
        let costly = near.map(|from| (from, costs[from] + cost(&places[from], &places[to])));
        let best = costly.min_by(|a, b| a.1.total_cmp(&b.1));
        (befores[to], costs[to]) = best.unwrap_or((to - 1, f64::INFINITY));
    }
    befores
}

fn fits(from: &Place, to: &Place) -> bool {
    to.second - from.second <= HARD_S && to.char - from.char <= MAX_CHARS
}

/// Least at 3 minutes and a square's, so that parts are alike.
fn cost(from: &Place, to: &Place) -> f64 {
    let seconds = to.second - from.second;
    let wrong_s = (LEAST_S - seconds).max(seconds - MOST_S);
    let wrong = if wrong_s > 0.0 { WRONG + WRONG_MINUTE * wrong_s / 60.0 } else { 0.0 };
    let glad = if to.silence >= PAUSE_S { SILENCE * (1.0 + to.silence.min(WANTED_S) / 60.0) } else { 0.0 };
    ((seconds - WANTED_S) / 60.0).powi(2) + wrong - glad
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sentences of 5 s and 60 characters, those in `silent` seconds left out.
    fn minutes(minutes: f64, silent: &[std::ops::Range<f64>]) -> Vec<Sentence> {
        let starts = (0..(minutes * 12.0) as usize).map(|index| index as f64 * 5.0);
        let spoken = starts.filter(|start| !silent.iter().any(|silent| silent.contains(start)));
        let sentence = |(index, start_s): (usize, f64)| Sentence {
            text: "x".repeat(60),
            start_s,
            end_s: start_s + 5.0,
            cues: index..index + 1,
        };
        spoken.enumerate().map(sentence).collect()
    }

    fn lengths(sentences: &[Sentence]) -> Vec<f64> {
        cut(sentences).iter().map(|chunk| chunk.end_s - chunk.start_s).collect()
    }

    #[test]
    fn parts_are_alike() {
        assert_eq!(lengths(&minutes(15.0, &[])), [180.0; 5]);
        assert_eq!(lengths(&minutes(1.0, &[])), [60.0]);
        assert_eq!(lengths(&minutes(3.5, &[])), [210.0]);
        assert_eq!(lengths(&minutes(4.5, &[])), [135.0, 135.0]);
        assert_eq!(lengths(&minutes(60.0, &[])).len(), 20);
        assert_eq!(cut(&[]), []);
    }

    #[test]
    fn every_length_gives_good_parts() {
        for fives in 1..400 {
            let lengths = lengths(&minutes(f64::from(fives) / 12.0, &[]));
            let total: f64 = lengths.iter().sum();
            assert_eq!(total, f64::from(fives) * 5.0);
            let good = |length: &f64| (LEAST_S..=MOST_S).contains(length);
            assert!(lengths.len() == 1 && total < MOST_S || lengths.iter().all(good), "{total} s: {lengths:?}");
        }
    }

    #[test]
    fn silence_is_a_boundary_and_breaks_nothing() {
        let sentences = minutes(12.0, &[200.0..500.0]);
        let chunks = cut(&sentences);
        assert_eq!((chunks[0].start_s, chunks[0].end_s, chunks[1].start_s), (0.0, 200.0, 500.0));
        assert_eq!(chunks.len(), 2);
        let alone = minutes(10.0, &[10.0..570.0]);
        assert_eq!(cut(&alone).len(), 1);
    }

    #[test]
    fn dense_text_is_cut_earlier() {
        let mut sentences = minutes(6.0, &[]);
        sentences.iter_mut().for_each(|sentence| sentence.text = "x".repeat(300));
        let chunks = cut(&sentences);
        let chars = |chunk: &Chunk| chunk.sentences.len() * 301;
        assert!(chunks.iter().all(|chunk| chars(chunk) <= MAX_CHARS), "{chunks:?}");
        assert_eq!(chunks.iter().map(|chunk| chunk.sentences.len()).sum::<usize>(), sentences.len());
    }

    #[test]
    fn a_sentence_longer_than_any_part_is_one() {
        let long = |start_s: f64| Sentence { text: "x".into(), start_s, end_s: start_s + 1000.0, cues: 0..1 };
        assert_eq!(lengths(&[long(0.0), long(1000.0)]), [1000.0, 1000.0]);
    }
}
