//! Captions that roll: a cue repeats the words before it and adds some. Every word is kept once, with the cue that brought it.

/// A cue's words, and when it is shown.
pub(super) struct Shown<'a> {
    pub start_s: f64,
    /// NaN when unknown.
    pub end_s: f64,
    pub text: &'a str,
}

/// Seconds between two cues of one roll.
const APART_S: f64 = 1.0;
/// Seconds that a cue without an end is believed to be shown.
const UNKNOWN_S: f64 = 10.0;
/// Words whose repetition is no accident: "stochastic gradient descent" may end one cue and begin the next.
const STRONG_WORDS: usize = 4;
/// Characters likewise, where all of a cue is repeated in two words or more.
const STRONG_CHARS: usize = 12;
/// One cue of so many that repeats a whole one makes the captions rolling: then shorter repeats are theirs too.
const ROLLING_ONE_IN: usize = 5;

/// For each cue how many of its first words were shown by the cue before it.
pub(super) fn repeated(cues: &[Shown]) -> Vec<usize> {
    let words: Vec<Vec<&str>> = cues.iter().map(|cue| cue.text.split_whitespace().collect()).collect();
    let mut overlaps = vec![0; cues.len()];
    for index in 1..cues.len() {
        if adjacent(&cues[index - 1], &cues[index]) {
            overlaps[index] = overlap(&words[index - 1], &words[index]);
        }
    }
    let whole =
        |index: usize| overlaps[index] == words[index].len() || index > 0 && overlaps[index] == words[index - 1].len();
    let strong = |index: usize| is_strong(&words[index][..overlaps[index]], whole(index));
    let hints = (0..cues.len()).filter(|index| strong(*index) || overlaps[*index] > 1 && whole(*index)).count();
    let rolls = hints * ROLLING_ONE_IN >= cues.len();
    (0..cues.len()).map(|index| if rolls || strong(index) { overlaps[index] } else { 0 }).collect()
}

fn adjacent(before: &Shown, after: &Shown) -> bool {
    let end = if before.end_s.is_nan() { before.start_s + UNKNOWN_S } else { before.end_s };
    after.start_s <= end + APART_S
}

fn is_strong(words: &[&str], whole: bool) -> bool {
    let chars = words.iter().map(|word| word.chars().count()).sum::<usize>();
    words.len() >= STRONG_WORDS || whole && words.len() > 1 && chars >= STRONG_CHARS
}

/// The most words at the end of `before` that `after` begins with; linear, by the failure function of Knuth, Morris and Pratt.
fn overlap(before: &[&str], after: &[&str]) -> usize {
    let failure = failures(after);
    let mut matched = 0;
    for word in &before[before.len().saturating_sub(after.len())..] {
        while matched > 0 && (matched == after.len() || after[matched] != *word) {
            matched = failure[matched - 1];
        }
        if after.get(matched) == Some(word) {
            matched += 1;
        }
    }
    matched
}

/// For each prefix of the words the longest shorter one that it ends with.
fn failures(words: &[&str]) -> Vec<usize> {
    let mut failure = vec![0; words.len()];
    for index in 1..words.len() {
        let mut matched = failure[index - 1];
        while matched > 0 && words[matched] != words[index] {
            matched = failure[matched - 1];
        }
        failure[index] = if words[matched] == words[index] { matched + 1 } else { 0 };
    }
    failure
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(cues: &[(f64, f64, &str)]) -> Vec<usize> {
        let shown: Vec<_> =
            cues.iter().map(|(start_s, end_s, text)| Shown { start_s: *start_s, end_s: *end_s, text }).collect();
        repeated(&shown)
    }

    #[test]
    fn overlaps_are_the_longest() {
        let words = |text: &'static str| text.split(' ').collect::<Vec<_>>();
        for (before, after, expected) in [
            ("a b c", "b c d", 2),
            ("a b c", "a b c", 3),
            ("a b c", "a b c d", 3),
            ("a b c d", "c d", 2),
            ("a b c", "a b d", 0),
            ("a a a", "a a a a", 3),
            ("x a b a", "a b a c", 3),
            ("c d", "x y", 0),
        ] {
            assert_eq!(overlap(&words(before), &words(after)), expected, "{before} | {after}");
        }
    }

    #[test]
    fn rolling_captions_are_found() {
        let youtube = [
            (0.0, 2.0, "so today"),
            (2.0, 2.01, "so today"),
            (2.01, 4.0, "so today we look at"),
            (4.0, 4.01, "we look at"),
        ];
        assert_eq!(of(&youtube), [0, 2, 2, 3]);
        let growing =
            [(0.0, 1.0, "the"), (1.0, 2.0, "the heap"), (2.0, 3.0, "the heap is a"), (3.0, 4.0, "the heap is a tree")];
        assert_eq!(of(&growing), [0, 1, 2, 4]);
    }

    #[test]
    fn what_a_speaker_says_twice_stays() {
        let plain = [
            (0.0, 2.0, "I said no"),
            (2.0, 4.0, "no I did not"),
            (4.0, 5.0, "okay"),
            (5.0, 6.0, "okay"),
            (6.0, 6.5, "it is stochastic gradient descent"),
            (6.5, 7.0, "stochastic gradient descent is a method"),
            (7.0, 8.0, "what is a heap"),
            (18.0, 20.0, "what is a heap"),
        ];
        assert_eq!(of(&plain), [0; 8]);
    }
}
