//! Raw cues made clean: in order, each with a word and an end, none over another, every word once.

use super::{Cue, LONGEST_S, clean, rolling};

/// Seconds between two cues that begin together.
const TOGETHER_S: f64 = 0.05;
/// Seconds between a cue and the same words again, as a player's second track or a second sending gives them.
const AGAIN_S: f64 = 0.3;
/// Cues back in which the same words are looked for.
const AGAIN_CUES: usize = 4;
/// Seconds that a cue without an end is given, when its text does not need more.
const UNKNOWN_S: f64 = 5.0;
/// Characters a second of slow speech: in English 15 are usual, in Korean 7.
const SLOW: f64 = 6.0;
/// Seconds that a player may leave a cue on the screen after it was said.
const LINGERS_S: f64 = 30.0;

/// What [`super::Transcript::cues`] promises; empty when nobody spoke.
pub(super) fn normalise(raw: Vec<Cue>) -> Vec<Cue> {
    let mut cues: Vec<Cue> = raw.into_iter().filter(|cue| (0.0..=LONGEST_S).contains(&cue.start_s)).map(tidy).collect();
    cues.retain(|cue| !cue.text.is_empty());
    cues.sort_by(|a, b| a.start_s.total_cmp(&b.start_s));
    let cues = said_together(said_again(unrolled(cues)));
    with_ends(cues)
}

/// Clean text; an end that cannot be is NaN.
fn tidy(cue: Cue) -> Cue {
    let known = cue.end_s > cue.start_s && cue.end_s <= LONGEST_S + UNKNOWN_S;
    // 0.0 + makes a zero of minus zero, so that both sort and hash alike.
    Cue { start_s: 0.0 + cue.start_s, end_s: if known { cue.end_s } else { f64::NAN }, text: clean::text(&cue.text) }
}

/// Without the words that the cue before showed already; what showed nothing new lengthens the cue before.
fn unrolled(cues: Vec<Cue>) -> Vec<Cue> {
    let shown: Vec<_> =
        cues.iter().map(|cue| rolling::Shown { start_s: cue.start_s, end_s: cue.end_s, text: &cue.text }).collect();
    let repeated = rolling::repeated(&shown);
    let mut kept: Vec<Cue> = Vec::with_capacity(cues.len());
    for (mut cue, repeated) in cues.into_iter().zip(repeated) {
        if repeated > 0 {
            cue.text = cue.text.split(' ').skip(repeated).collect::<Vec<_>>().join(" ");
        }
        match kept.last_mut() {
            Some(before) if cue.text.is_empty() => before.end_s = before.end_s.max(cue.end_s),
            _ => kept.push(cue),
        }
    }
    kept.retain(|cue| cue.text.chars().any(char::is_alphanumeric));
    kept
}

/// The same words at the same time, or at once after it, are one cue.
fn said_again(cues: Vec<Cue>) -> Vec<Cue> {
    let mut kept: Vec<Cue> = Vec::with_capacity(cues.len());
    for cue in cues {
        let recent = kept.iter_mut().rev().take(AGAIN_CUES);
        let same =
            recent.into_iter().find(|before| before.text == cue.text && cue.start_s <= end_or_start(before) + AGAIN_S);
        match same {
            Some(before) => before.end_s = before.end_s.max(cue.end_s),
            None => kept.push(cue),
        }
    }
    kept
}

fn end_or_start(cue: &Cue) -> f64 {
    if cue.end_s.is_nan() { cue.start_s } else { cue.end_s }
}

/// Cues that begin at one time, as two lines of one caption, are one cue.
fn said_together(cues: Vec<Cue>) -> Vec<Cue> {
    let mut kept: Vec<Cue> = Vec::with_capacity(cues.len());
    for cue in cues {
        match kept.last_mut() {
            Some(before) if cue.start_s - before.start_s < TOGETHER_S => {
                before.text.push(' ');
                before.text.push_str(&cue.text);
                before.end_s = before.end_s.max(cue.end_s);
            }
            _ => kept.push(cue),
        }
    }
    kept
}

fn with_ends(mut cues: Vec<Cue>) -> Vec<Cue> {
    let starts: Vec<f64> = cues.iter().skip(1).map(|cue| cue.start_s).chain([f64::INFINITY]).collect();
    for (cue, next) in cues.iter_mut().zip(starts) {
        let spoken = cue.text.chars().count() as f64 / SLOW;
        let end = if cue.end_s.is_nan() {
            cue.start_s + spoken.max(UNKNOWN_S)
        } else {
            cue.end_s.min(cue.start_s + spoken.max(LINGERS_S))
        };
        cue.end_s = end.min(next);
    }
    cues
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(cues: &[(f64, f64, &str)]) -> Vec<(f64, f64, String)> {
        let raw = cues.iter().map(|(start_s, end_s, text)| Cue {
            start_s: *start_s,
            end_s: *end_s,
            text: (*text).to_owned(),
        });
        normalise(raw.collect()).into_iter().map(|cue| (cue.start_s, cue.end_s, cue.text)).collect()
    }

    fn cue(start_s: f64, end_s: f64, text: &str) -> (f64, f64, String) {
        (start_s, end_s, text.to_owned())
    }

    #[test]
    fn impossible_times_are_no_cues() {
        let raw = [
            (f64::NAN, 1.0, "nan"),
            (f64::INFINITY, 1.0, "inf"),
            (-1.0, 1.0, "before"),
            (700_000.0, 700_001.0, "after 7 days"),
            (1.0, 2.0, " \u{200b} "),
        ];
        assert_eq!(of(&raw), []);
    }

    #[test]
    fn ends_are_found() {
        let raw = [(20.0, f64::NAN, "last"), (0.0, 0.0, "one"), (3.0, 2.0, "two"), (10.0, f64::INFINITY, "three")];
        let clean = [cue(0.0, 3.0, "one"), cue(3.0, 8.0, "two"), cue(10.0, 15.0, "three"), cue(20.0, 25.0, "last")];
        assert_eq!(of(&raw), clean);
        let long = "a word ".repeat(60);
        assert_eq!(of(&[(0.0, f64::NAN, &long)])[0].1, 419.0 / 6.0);
        assert_eq!(of(&[(0.0, 9_000.0, "left on the screen")])[0].1, 30.0);
    }

    #[test]
    fn overlaps_are_cut_and_twins_joined() {
        let raw =
            [(0.0, 5.0, "first"), (3.0, 6.0, "second"), (6.0, 8.0, "upper"), (6.0, 8.0, "lower"), (8.0, 9.0, "x")];
        let clean = [cue(0.0, 3.0, "first"), cue(3.0, 6.0, "second"), cue(6.0, 8.0, "upper lower"), cue(8.0, 9.0, "x")];
        assert_eq!(of(&raw), clean);
    }

    #[test]
    fn what_was_sent_twice_counts_once() {
        let raw = [(0.0, 2.0, "one"), (2.0, 4.0, "two"), (0.0, 2.0, "one"), (2.0, 4.0, "two"), (9.0, 9.5, "two")];
        assert_eq!(of(&raw), [cue(0.0, 2.0, "one"), cue(2.0, 4.0, "two"), cue(9.0, 9.5, "two")]);
    }

    #[test]
    fn rolling_captions_say_every_word_once() {
        let raw = [
            (0.0, 2.0, " \nso<00:00:01.000><c> today</c>"),
            (2.0, 2.01, "so today\n "),
            (2.01, 4.0, "so today\nwe<00:00:03.000><c> look</c><c> at</c>"),
            (4.0, 4.01, "we look at\n "),
            (4.01, 6.0, "we look at\nheaps<00:00:05.000><c> and</c>"),
        ];
        assert_eq!(of(&raw), [cue(0.0, 2.01, "so today"), cue(2.01, 4.01, "we look at"), cue(4.01, 6.0, "heaps and")]);
    }
}
