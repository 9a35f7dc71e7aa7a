//! What a language model's server sends: the stream's pieces, the JSON among the words, drafts of questions, answers, notes.

use std::sync::LazyLock;

use loa::quiz::check::{Part, Shown, check, check_note, drafts, note_drafts, solved};
use loa::quiz::extract;
use loa::quiz::llm;
use loa::quiz::question::{Choice, Question};
use loa::quiz::transcript::{Lang, Transcript, subtitles};

/// Bytes of a reply's text.
const REPLY: usize = 4096;

static LECTURE: LazyLock<Transcript> = LazyLock::new(|| {
    let file = include_bytes!("../../tests/fixtures/lectures/os-paging.en.vtt");
    Transcript::new(subtitles::parse(file).expect("cues")).expect("a lecture")
});

/// One byte that says where the rest comes in: as the body of an answer in pieces of that length, or as its text.
pub fn reply(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    if *first >= 0x80 {
        return body(rest, usize::from(first - 0x7f));
    }
    let text = String::from_utf8_lossy(rest);
    questions(&text);
    answers(&text, u64::from(*first));
    notes(&text);
}

fn body(bytes: &[u8], piece: usize) {
    let by_pieces = llm::read_body(REPLY, bytes.chunks(piece));
    let at_once = llm::read_body(REPLY, std::iter::once(bytes));
    match (&by_pieces, &at_once) {
        (Ok(a), Ok(b)) => assert_eq!(a, b, "it matters how the network cuts it"),
        (Err(_), Err(_)) => {}
        (a, b) => panic!("it matters how the network cuts it: {a:?} {b:?}"),
    }
}

fn part() -> Part<'static> {
    Part::of(&LECTURE, &LECTURE.chunks()[0])
}

fn questions(text: &str) {
    let Ok(json) = extract::json(text, "questions") else { return };
    let part = part();
    let mut passed: Vec<Question> = Vec::new();
    for draft in drafts(&json, 4) {
        let earlier: Vec<&Question> = passed.iter().collect();
        match draft.and_then(|draft| check(&draft, &part, &earlier)) {
            Ok(question) => {
                keeps_the_rules(&question, &part);
                passed.push(question);
            }
            // Told to the learner and to the model.
            Err(flaw) => assert!(flaw.to_string().chars().count() < 200, "{flaw}"),
        }
    }
}

fn keeps_the_rules(question: &Question, part: &Part) {
    assert!(question.options.len() == 4 && question.key < 4 && question.chunk == part.index, "{question:?}");
    assert!((10..=300).contains(&question.question.chars().count()), "{question:?}");
    let said: Vec<&str> = part.all[question.cues.clone()].iter().map(|cue| cue.text.as_str()).collect();
    assert!(said.join(" ").contains(&question.quote) && !question.quote.is_empty(), "{question:?}");
    assert!(question.cues.start >= part.cues.start && question.cues.end <= part.cues.end, "{question:?}");
    assert!(question.at_s == part.all[question.cues.end - 1].end_s);
    harmless(&question.question);
    for (index, option) in question.options.iter().enumerate() {
        assert!((1..=160).contains(&option.text.chars().count()) && (1..=400).contains(&option.reason.chars().count()));
        assert!(question.options[..index].iter().all(|other| other.text != option.text), "{question:?}");
        harmless(&option.text);
        harmless(&option.reason);
    }
}

fn harmless(text: &str) {
    let hidden = |c: char| {
        c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}' | '\u{feff}')
    };
    assert!(!text.contains(hidden), "{text:?}");
    let lower = text.to_lowercase();
    assert!(
        ["<script", "</", "https://", "http://", "ignore previous"].iter().all(|bad| !lower.contains(bad)),
        "{text:?}"
    );
}

fn answers(text: &str, seed: u64) {
    let Ok(json) = extract::json(text, "answers") else { return };
    let choice = |text: &str| Choice { text: text.into(), reason: String::new() };
    let options = vec![choice("one"), choice("two"), choice("three"), choice("four")];
    let question =
        Question { at_s: 0.0, chunk: 0, question: String::new(), options, key: 2, quote: String::new(), cues: 0..1 };
    let shown = [Shown::new(&question, seed), Shown::new(&question, seed + 1)];
    assert_eq!(solved(&shown, &json).len(), shown.len());
}

fn notes(text: &str) {
    let Ok(json) = extract::json(text, "notes") else { return };
    let context = LECTURE.said(0..8);
    for note in note_drafts(&json, 4).into_iter().flatten() {
        if let Ok(said) = check_note(&note, &context, Lang::Eng) {
            assert!(context.contains(&said));
            harmless(&note.keyword);
            harmless(&note.explanation);
        }
    }
}
