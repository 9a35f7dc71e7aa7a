//! A subtitle file: to cues, to a transcript, to questions that need no network.

use loa::quiz::cloze;
use loa::quiz::transcript::{MAX_CUES, Transcript, subtitles};

/// The file.
pub fn subtitles(data: &[u8]) {
    let Ok(cues) = subtitles::parse(data) else { return };
    assert!((1..=MAX_CUES).contains(&cues.len()));
    assert!(cues.iter().all(|cue| cue.start_s.is_finite() && cue.start_s >= 0.0 && !cue.text.trim().is_empty()));
    let Ok(transcript) = Transcript::new(cues) else { return };
    clean(&transcript);
    for done in cloze::lecture(&transcript) {
        for question in done.questions {
            let mut texts: Vec<&str> = question.options.iter().map(|it| it.text.as_str()).collect();
            texts.sort_unstable();
            texts.dedup();
            assert!(texts.len() == 4 && question.key < 4, "{question:?}");
            assert!(question.at_s.is_finite() && question.chunk < transcript.chunks().len());
            assert!(transcript.said(question.cues.clone()).contains(&question.quote), "{question:?}");
        }
    }
}

/// What is promised of a transcript.
fn clean(transcript: &Transcript) {
    let (cues, sentences, chunks) = (transcript.cues(), transcript.sentences(), transcript.chunks());
    assert!(!cues.is_empty() && !sentences.is_empty() && !chunks.is_empty());
    assert!(cues.is_sorted_by(|a, b| a.start_s < b.start_s && a.end_s <= b.start_s), "cues rise and do not overlap");
    for cue in cues {
        assert!((0.0..=605_000.0).contains(&cue.start_s) && cue.end_s > cue.start_s, "{cue:?}");
        assert!((1..=300).contains(&cue.text.chars().count()) && !cue.text.contains(char::is_control), "{cue:?}");
    }
    for sentence in sentences {
        assert!((1..=300).contains(&sentence.text.chars().count()) && sentence.end_s >= sentence.start_s);
        assert!(transcript.said(sentence.cues.clone()).contains(&sentence.text), "{sentence:?}");
    }
    let mut next = 0;
    for (index, chunk) in chunks.iter().enumerate() {
        assert!(chunk.index == index && chunk.sentences.start == next && !chunk.sentences.is_empty());
        assert!(chunk.cues.end <= cues.len() && chunk.end_s >= chunk.start_s);
        next = chunk.sentences.end;
    }
    assert_eq!(next, sentences.len(), "every sentence is in one part");
    assert_eq!(transcript.hash().len(), 64);
}
