//! Cues into sentences, punctuated or not, Korean or English.

mod endings;
mod words;

use super::{Cue, Sentence};
use endings::{Ending, english, korean};
use words::Word;

/// Words and characters of a sentence, at most.
const MAX_WORDS: usize = 60;
const MAX_CHARS: usize = 300;
/// Words after which a cue's end is a sentence's, where nothing is punctuated.
const ENOUGH_WORDS: usize = 20;
/// The same where the next word is likely to begin one.
const FEW_WORDS: usize = 6;
/// Seconds without a word that end a sentence where nothing is punctuated, and where it is.
const PAUSE_S: f64 = 0.8;
const LONG_PAUSE_S: f64 = 3.0;
/// Words a full stop, at most, where it is believed that there would be one.
const PUNCTUATED: usize = 40;

/// Every word in exactly one sentence, in order.
pub(super) fn split(cues: &[Cue]) -> Vec<Sentence> {
    let punctuated = is_punctuated(cues);
    let mut words = words::of(cues).peekable();
    let mut sentences = Vec::new();
    let mut here: Vec<Word> = Vec::with_capacity(MAX_WORDS);
    while let Some(word) = words.next() {
        here.push(word);
        let next = words.peek();
        if ends(&here, next, punctuated) {
            sentences.extend(sentence(&here));
            here.clear();
        }
        while is_full(&here, next) {
            let kept = best_cut(&here);
            sentences.extend(sentence(&here[..kept]));
            here.drain(..kept);
        }
    }
    sentences
}

fn is_punctuated(cues: &[Cue]) -> bool {
    let (mut all, mut stops) = (0, 0);
    for word in words::of(cues) {
        all += 1;
        stops += usize::from(endings::of(word.text, None) == Ending::Stop);
    }
    stops * PUNCTUATED >= all
}

/// Whether a sentence is over with the last of these words.
fn ends(words: &[Word], next: Option<&Word>, punctuated: bool) -> bool {
    let (Some(last), Some(next)) = (words.last(), next) else { return true };
    let pause = next.start_s - last.end_s;
    match endings::of(last.text, Some(next.text)) {
        Ending::Stop => words.len() > 1 || !endings::is_item(last.text),
        _ if punctuated => pause > LONG_PAUSE_S,
        Ending::Verb => true,
        _ if pause > PAUSE_S => true,
        ending => ends_unpunctuated(ending, words.len(), last, next),
    }
}

fn ends_unpunctuated(ending: Ending, words: usize, last: &Word, next: &Word) -> bool {
    let cue_ends = next.cue != last.cue;
    let verb = ending == Ending::MaybeVerb && (cue_ends || korean::begins(next.text));
    let enough = words > if english::begins(next.text) { FEW_WORDS } else { ENOUGH_WORDS };
    verb || cue_ends && enough && english::may_end(last.text)
}

/// Whether the next word would be one too many.
fn is_full(words: &[Word], next: Option<&Word>) -> bool {
    let (Some(first), Some(next)) = (words.first(), next) else { return false };
    words.len() >= MAX_WORDS || next.to_char - first.from_char > MAX_CHARS
}

/// How many of these words to keep when they are too many: until a comma in the second half, a cue's end, or all.
fn best_cut(words: &[Word]) -> usize {
    let half = words.len() / 2;
    let ends_at = |good: &dyn Fn(usize) -> bool| (half + 1..=words.len()).rev().find(|kept| good(*kept));
    let comma = ends_at(&|kept| words[kept - 1].text.ends_with([',', ';', ':', '、', '，', '；']));
    let cue = ends_at(&|kept| words.get(kept).is_some_and(|next| next.cue != words[kept - 1].cue));
    comma.or(cue).unwrap_or(words.len())
}

fn sentence(words: &[Word]) -> Option<Sentence> {
    let (first, last) = (words.first()?, words.last()?);
    let mut text = String::new();
    for (index, word) in words.iter().enumerate() {
        text.push_str(if index == 0 || word.glued { "" } else { " " });
        text.push_str(word.text);
    }
    Some(Sentence { text, start_s: first.start_s, end_s: last.end_s, cues: first.cue..last.cue + 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cues(texts: &[&str]) -> Vec<Cue> {
        let cue = |(index, text): (usize, &&str)| Cue {
            start_s: 3.0 * index as f64,
            end_s: 3.0 * index as f64 + 3.0,
            text: (*text).to_owned(),
        };
        texts.iter().enumerate().map(cue).collect()
    }

    fn texts(cues: &[Cue]) -> Vec<String> {
        split(cues).into_iter().map(|sentence| sentence.text).collect()
    }

    #[test]
    fn punctuated_english() {
        let cues = cues(&[
            "Dr. Kim measured 3.14 in v1.2. That is",
            "fine, e.g. for us. Why? \"Because.\" The U.S. Army",
            "uses it... and so do we.",
        ]);
        let expected = [
            "Dr. Kim measured 3.14 in v1.2.",
            "That is fine, e.g. for us.",
            "Why?",
            "\"Because.\"",
            "The U.S. Army uses it... and so do we.",
        ];
        assert_eq!(texts(&cues), expected);
    }

    #[test]
    fn list_numbers_begin_sentences() {
        let cues = cues(&["There are 2. 1. The heap. 2. The stack."]);
        assert_eq!(texts(&cues), ["There are 2.", "1. The heap.", "2. The stack."]);
    }

    #[test]
    fn korean_without_punctuation() {
        let cues = cues(&[
            "오늘은 힙에 대해서 알아보겠습니다 먼저 힙은",
            "트리라고 할 수 있는데요 그래서 모양이",
            "중요 합니다 왜 그럴까요",
            "그러니까 이게 필요",
            "하다는 거죠",
            "네",
        ]);
        let expected = [
            "오늘은 힙에 대해서 알아보겠습니다",
            "먼저 힙은 트리라고 할 수 있는데요",
            "그래서 모양이 중요 합니다",
            "왜 그럴까요",
            "그러니까 이게 필요 하다는 거죠",
            "네",
        ];
        assert_eq!(texts(&cues), expected);
    }

    #[test]
    fn times_are_in_proportion() {
        let cues = cues(&["aaaa. Bbbb cccc."]);
        let times: Vec<_> = split(&cues).iter().map(|sentence| (sentence.start_s, sentence.end_s)).collect();
        assert_eq!(times, [(0.0, 0.9375), (1.125, 3.0)]);
    }

    #[test]
    fn unpunctuated_english_ends_at_pauses_and_cues() {
        let line = "and then we look at the heap which is a tree";
        let mut cues = cues(&[line, line, line, line]);
        cues[3].start_s += 1.0;
        let words: Vec<_> = texts(&cues).iter().map(|text| text.split(' ').count()).collect();
        assert_eq!(words, [22, 11, 11]);
    }

    #[test]
    fn long_sentences_are_cut() {
        let long = format!("{} word, {}.", "word ".repeat(50), "other ".repeat(100));
        let sentences = texts(&cues(&[&long]));
        assert!(sentences.iter().all(|text| text.chars().count() <= MAX_CHARS && text.split(' ').count() <= MAX_WORDS));
        assert!(sentences[0].ends_with("word,"));
        let unspaced = "字".repeat(1000);
        assert!(texts(&cues(&[&unspaced])).iter().all(|text| text.chars().count() <= MAX_CHARS));
        assert_eq!(texts(&cues(&[&unspaced])).concat(), unspaced);
    }

    #[test]
    fn chinese_needs_no_spaces() {
        assert_eq!(texts(&cues(&["今天我们讲堆。堆是一种树。"])), ["今天我们讲堆。", "堆是一种树。"]);
    }
}
