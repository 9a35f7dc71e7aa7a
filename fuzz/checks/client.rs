//! A client's text message, and what is made of its fields.

use std::sync::LazyLock;

use loa::auth::Tokens;
use loa::config::Config;
use loa::protocol::client::{BadMessage, ClientMessage, LectureWords};
use loa::protocol::quiz::TranscriptPiece;
use loa::quiz::transcript::{Cue, Transcript};
use loa::session::playback::{Mark, Playback};
use loa::store::{Lecture, UtcMs};

static TOKENS: LazyLock<Tokens> = LazyLock::new(|| {
    let key = "auth.key=a key that nobody who fuzzes can know".to_owned();
    Tokens::open(&Config::load(None, &[key]).expect("good settings").auth, UtcMs::now()).expect("a key")
});

/// The message's bytes; what is no UTF-8 never comes so far.
pub fn client(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match ClientMessage::parse(&text) {
        Ok(message) => {
            let written = serde_json::to_string(&message).expect("plain data");
            let again = ClientMessage::parse(&written).expect("what was understood once");
            assert_eq!(std::mem::discriminant(&again), std::mem::discriminant(&message));
            taken(message);
        }
        Err(bad) => {
            // Said back to the client: short, whatever it sent.
            let sentence = bad.to_string();
            assert!(sentence.chars().count() < 500, "{sentence}");
            assert!(matches!(bad, BadMessage::UnknownType(_)) == (bad.code() == "unknown_type"));
        }
    }
}

fn taken(message: ClientMessage) {
    match message {
        ClientMessage::Hello(hello) => {
            if let Some(token) = &hello.token {
                assert!(TOKENS.read_access(token, UtcMs::now()).is_err(), "a forged token holds");
            }
            hello.lecture.iter().for_each(lecture);
        }
        ClientMessage::Playback(said) => {
            if let Some(mark) = Mark::new(said.position_s, said.playing, said.rate.unwrap_or(1.0)) {
                let mut playback = Playback::default();
                playback.note(1_000, mark);
                for at in [0, 1_000, 61_000, u64::MAX] {
                    assert!(playback.position(at).is_none_or(|it| (0.0..=605_761.0).contains(&it)));
                    assert!(playback.played(at).is_some_and(|it| (0.0..=961.0).contains(&it)));
                }
            }
        }
        ClientMessage::Transcript(piece) => transcript(piece),
        _ => {}
    }
}

fn lecture(words: &LectureWords) {
    let made = Lecture::new(&words.url, words.course.as_deref(), words.title.as_deref());
    let Some(lecture) = made.map(|it| it.lasting(words.duration_s)) else { return };
    assert!(lecture.url().starts_with("http://") || lecture.url().starts_with("https://"), "{}", lecture.url());
    let again = Lecture::new(lecture.url(), lecture.course(), lecture.title()).expect("it was an address before");
    assert_eq!((again.url(), again.course(), again.title()), (lecture.url(), lecture.course(), lecture.title()));
    assert_eq!(again.id(), lecture.id());
    assert!(lecture.duration_seconds().is_none_or(|it| (1.0..=604_800.0).contains(&it)));
}

fn transcript(piece: TranscriptPiece) {
    let cues = piece.cues.into_iter();
    let raw = cues.map(|it| Cue { start_s: it.start_s, end_s: it.end_s.unwrap_or(f64::NAN), text: it.text });
    if let Ok(transcript) = Transcript::new(raw.collect()) {
        assert!(!transcript.chunks().is_empty());
        assert!(transcript.cues().is_sorted_by(|a, b| a.start_s <= b.start_s && a.end_s <= b.start_s));
    }
}
