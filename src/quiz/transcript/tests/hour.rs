//! An hour of lecture: every second of speech is in a part.

use super::*;

/// An hour of cues of 3 s, said from these sentences in turn, `per_cue` words in each; `silent` seconds stay so.
fn hour(sentences: &[&str], per_cue: usize, silent: &[Range<f64>]) -> Vec<Cue> {
    let mut words = sentences.iter().flat_map(|sentence| sentence.split(' ')).cycle();
    let starts = (0..1200).map(|index| 3.0 * f64::from(index));
    let spoken = starts.filter(|start| !silent.iter().any(|silent| silent.contains(start)));
    spoken
        .map(|start_s| cue(start_s, start_s + 3.0, &words.by_ref().take(per_cue).collect::<Vec<_>>().join(" ")))
        .collect()
}

const ENGLISH: [&str; 4] = [
    "A hash table stores each key in a bucket, and the bucket is found by the key's hash.",
    "When two keys fall into one bucket, we speak of a collision.",
    "How do we resolve it?",
    "One way is chaining, e.g. with a linked list in each bucket; another is open addressing, which looks for the next free place.",
];
const KOREAN: [&str; 4] = [
    "해시 테이블은 키를 버킷에 저장합니다",
    "두 키가 같은 버킷에 들어가면 충돌이라고 하는데요",
    "그래서 chaining 이나 open addressing 을 쓰게 됩니다",
    "그러면 둘 중에 무엇이 더 좋을까요",
];

/// Every second of every cue lies in exactly one part, but for a hundredth between two sentences of one cue.
fn check_coverage(transcript: &Transcript) {
    let chunks = transcript.chunks();
    for cue in transcript.cues() {
        for tenth in 1..30 {
            let second = cue.start_s + (cue.end_s - cue.start_s) * f64::from(tenth) / 30.0;
            let parts = chunks.iter().filter(|chunk| (chunk.start_s..=chunk.end_s).contains(&second)).count();
            let between = chunks.windows(2).any(|pair| (pair[0].end_s..=pair[1].start_s).contains(&second));
            assert!(
                parts == 1 || between && transcript.chunks().iter().any(|chunk| (chunk.end_s - second).abs() < 0.5),
                "{second}"
            );
        }
    }
}

fn of(cues: Vec<Cue>) -> Transcript {
    let transcript = Transcript::new(cues).expect("speech");
    check(&transcript);
    check_coverage(&transcript);
    transcript
}

fn all_good(transcript: &Transcript) -> bool {
    transcript.chunks().iter().all(|chunk| (120.0..=240.0).contains(&(chunk.end_s - chunk.start_s)))
}

#[test]
fn punctuated_english() {
    let transcript = of(hour(&ENGLISH, 7, &[]));
    assert_eq!((transcript.language(), transcript.chunks().len()), (Lang::Eng, 20));
    assert!(all_good(&transcript));
    let chunks = transcript.chunks();
    assert!((chunks[0].start_s, chunks[19].end_s) == (0.0, 3600.0));
    let ends = chunks[..19].iter().map(|chunk| &transcript.sentences()[chunk.sentences.end - 1].text);
    assert!(ends.into_iter().all(|text| text.ends_with(['.', '?'])));
}

#[test]
fn english_without_punctuation() {
    let plain = ENGLISH.map(|sentence| sentence.replace(['.', ',', '?', ';'], "").to_lowercase());
    let transcript = of(hour(&plain.each_ref().map(String::as_str), 7, &[]));
    assert!(transcript.chunks().len() == 20 && all_good(&transcript));
}

#[test]
fn korean_without_punctuation() {
    let transcript = of(hour(&KOREAN, 5, &[]));
    assert_eq!((transcript.language(), transcript.chunks().len()), (Lang::Kor, 20));
    assert!(all_good(&transcript));
    let whole = transcript.sentences().iter().filter(|sentence| sentence.text.ends_with(['다', '요'])).count();
    assert!(whole * 10 >= transcript.sentences().len() * 9, "{whole} of {}", transcript.sentences().len());
}

#[test]
fn a_break_of_ten_minutes_ends_a_part() {
    let transcript = of(hour(&ENGLISH, 7, &[1500.0..2100.0]));
    let before = transcript.chunks().iter().rfind(|chunk| chunk.end_s <= 1500.0).expect("a part before it");
    assert!(before.end_s > 1490.0 && transcript.chunks()[before.index + 1].start_s >= 2100.0);
    assert!(all_good(&transcript));
}

#[test]
fn an_opening_of_seconds_belongs_to_the_first_part() {
    let transcript = of(hour(&ENGLISH, 7, &[9.0..60.0]));
    let first = &transcript.chunks()[0];
    assert!(first.start_s == 0.0 && first.end_s > 180.0, "{first:?}");
}
