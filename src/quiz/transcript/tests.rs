//! Whole transcripts: real shapes of files, an hour of lecture, and anything at all.

mod anything;
mod files;
mod hour;

use super::*;

fn cue(start_s: f64, end_s: f64, text: &str) -> Cue {
    Cue { start_s, end_s, text: text.to_owned() }
}

/// What must hold of every transcript.
fn check(transcript: &Transcript) {
    check_cues(transcript.cues());
    check_sentences(transcript);
    check_chunks(transcript);
}

fn check_cues(cues: &[Cue]) {
    for cue in cues {
        assert!(0.0 <= cue.start_s && cue.start_s < cue.end_s && cue.end_s.is_finite(), "{cue:?}");
        assert_eq!(cue.text, cue.text.split_whitespace().collect::<Vec<_>>().join(" "));
        assert!(cue.text.chars().any(char::is_alphanumeric) && !cue.text.chars().any(char::is_control));
    }
    for pair in cues.windows(2) {
        assert!(pair[0].end_s <= pair[1].start_s, "{pair:?}");
    }
}

fn letters<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    texts.flat_map(str::chars).filter(|c| *c != ' ').collect()
}

fn check_sentences(transcript: &Transcript) {
    let (cues, sentences) = (transcript.cues(), transcript.sentences());
    let said = letters(cues.iter().map(|cue| cue.text.as_str()));
    assert_eq!(letters(sentences.iter().map(|sentence| sentence.text.as_str())), said);
    let mut second = 0.0;
    for sentence in sentences {
        assert!(second <= sentence.start_s + 1e-6 && sentence.start_s <= sentence.end_s, "{sentence:?} after {second}");
        second = sentence.end_s;
        assert!(!sentence.cues.is_empty() && sentence.cues.end <= cues.len());
        assert!(sentence.text.chars().count() <= 300 && sentence.text.split(' ').count() <= 60);
        assert!(transcript.said(sentence.cues.clone()).contains(&sentence.text), "verbatim");
    }
}

fn check_chunks(transcript: &Transcript) {
    let mut next = 0;
    for (index, chunk) in transcript.chunks().iter().enumerate() {
        assert_eq!((chunk.index, chunk.sentences.start), (index, next));
        assert!(!chunk.sentences.is_empty());
        next = chunk.sentences.end;
        let sentences = &transcript.sentences()[chunk.sentences.clone()];
        assert_eq!((chunk.start_s, chunk.end_s), (sentences[0].start_s, sentences[sentences.len() - 1].end_s));
        let chars: usize = sentences.iter().map(|sentence| sentence.text.chars().count() + 1).sum();
        assert!(chars <= 8_000 + 1);
        assert_eq!(chunk.cues, sentences[0].cues.start..sentences[sentences.len() - 1].cues.end);
    }
    assert_eq!(next, transcript.sentences().len());
}

#[test]
fn too_little_and_too_much_are_told() {
    assert_eq!(Transcript::new(vec![]), Err(TranscriptError::Empty));
    assert_eq!(
        Transcript::new(vec![cue(0.0, 1.0, "[Music]"), cue(f64::NAN, 1.0, "word")]),
        Err(TranscriptError::Empty)
    );
    assert_eq!(Transcript::new(vec![cue(0.0, 1.0, "hello world")]), Err(TranscriptError::TooShort(11)));
    let many = vec![cue(0.0, 1.0, ""); MAX_CUES + 1];
    assert_eq!(Transcript::new(many), Err(TranscriptError::TooManyCues(MAX_CUES + 1)));
    let long = cue(0.0, 1.0, &"x".repeat(MAX_BYTES + 1));
    assert_eq!(Transcript::new(vec![long]), Err(TranscriptError::TooLong(MAX_BYTES + 1)));
}

#[test]
fn the_hash_is_of_words_and_tenths() {
    let of = |start_s: f64, word: &str| {
        let cues = vec![cue(start_s, start_s + 20.0, &"every word counts ".repeat(12)), cue(90.0, 95.0, word)];
        Transcript::new(cues).expect("enough").hash().to_owned()
    };
    let hash = of(1.0, "end");
    assert!(hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_eq!(of(1.01, " <i>end</i>\n"), hash);
    assert_ne!(of(1.1, "end"), hash);
    assert_ne!(of(1.0, "ends"), hash);
}

#[test]
fn said_joins_cues() {
    let words = "every word counts ".repeat(12);
    let transcript =
        Transcript::new(vec![cue(0.0, 5.0, &words), cue(5.0, 6.0, "one"), cue(6.0, 7.0, "two")]).expect("enough");
    assert_eq!(transcript.said(1..3), "one two");
    assert_eq!(transcript.said(2..usize::MAX), "two");
    assert_eq!(transcript.said(7..9), "");
    assert_eq!(transcript.said(std::ops::Range { start: 2, end: 1 }), "");
}
