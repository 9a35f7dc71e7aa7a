//! Whole lectures: two of ten minutes and more, and four short ones of other subjects and styles.

use super::property_tests::promises;
use super::*;
use crate::quiz::transcript::{Cue, subtitles};

fn transcript(file: &[u8]) -> Transcript {
    Transcript::new(subtitles::parse(file).expect("cues")).expect("speech")
}

macro_rules! lecture {
    ($name:literal) => {
        transcript(include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/lectures/", $name)))
    };
}

fn made(transcript: &Transcript) -> Vec<Question> {
    let all = lecture(transcript);
    for (done, part) in all.iter().zip(transcript.chunks()) {
        done.questions.iter().for_each(|question| promises(transcript, part, question));
    }
    all.into_iter().flat_map(|done| done.questions).collect()
}

fn key(question: &Question) -> &str {
    question.options.get(question.key).map_or("", |choice| choice.text.as_str())
}

#[test]
fn every_part_of_long_lectures_has_two() {
    for transcript in [lecture!("os-paging.en.vtt"), lecture!("photosynthesis.ko.vtt")] {
        assert!(transcript.cues().last().expect("one").end_s >= 600.0);
        assert_eq!(made(&transcript).len(), 2 * transcript.chunks().len());
    }
}

#[test]
fn other_subjects_and_styles_have_some() {
    let short = [lecture!("algebra.en.vtt"), lecture!("joseon.ko.vtt"), lecture!("stats.ko.vtt")];
    for transcript in short {
        assert!(!made(&transcript).is_empty());
    }
}

#[test]
fn an_english_definition_is_asked() {
    let questions = made(&lecture!("os-paging.en.vtt"));
    let question = questions.iter().find(|question| key(question) == "page fault").expect("made");
    assert_eq!(
        question.question,
        "Fill in the blank: A(n) ____ is an exception that occurs when a program touches a page that is not present in physical memory."
    );
    assert!(question.quote.starts_with("A page fault is"));
    for (i, option) in question.options.iter().enumerate() {
        let begin = if i == question.key { "Said at 6:" } else { "“" };
        assert!(option.reason.starts_with(begin), "{}", option.reason);
    }
}

#[test]
fn what_this_is_called_is_asked_with_the_sentence_before() {
    let questions = made(&lecture!("photosynthesis.ko.vtt"));
    let question = questions.iter().find(|question| key(question) == "전자 전달계").expect("made");
    assert_eq!(
        question.question,
        "빈칸에 알맞은 말은? 전자는 막에 늘어선 단백질들을 차례로 거쳐 갑니다. 이 단백질들의 사슬을 ____(이)라고 합니다."
    );
}

#[test]
fn english_without_full_stops_is_not_asked_about() {
    let transcript = lecture!("revolution.en.vtt");
    let parts = lecture(&transcript);
    assert_eq!(parts.len(), transcript.chunks().len());
    for part in parts {
        assert!(part.questions.is_empty() && part.dropped[0].why.contains("full stops"), "{part:?}");
    }
}

#[test]
fn the_keys_stand_in_different_places() {
    let questions = made(&lecture!("os-paging.en.vtt"));
    let mut places: Vec<usize> = questions.iter().map(|question| question.key).collect();
    places.sort_unstable();
    places.dedup();
    assert!(places.len() >= 3, "{places:?}");
}

#[test]
fn nothing_is_asked_twice() {
    let transcript = lecture!("photosynthesis.ko.vtt");
    let part = &transcript.chunks()[0];
    let first = chunk(&transcript, part, &[]).questions;
    let second = chunk(&transcript, part, &first).questions;
    assert!(!second.is_empty());
    assert!(
        second
            .iter()
            .all(|question| first.iter().all(|other| key(other) != key(question) && other.quote != question.quote))
    );
}

#[test]
fn other_languages_are_refused_in_a_sentence() {
    let text = "La mémoire virtuelle est une technique qui permet aux programmes d'utiliser plus de mémoire que la machine n'en a.";
    let cue =
        |i: usize| Cue { start_s: i as f64 * 6.0, end_s: i as f64 * 6.0 + 5.0, text: format!("{text} Voilà {i}.") };
    let transcript = Transcript::new((0..20).map(cue).collect()).expect("speech");
    let all = lecture(&transcript);
    assert!(all.iter().all(|done| done.questions.is_empty() && done.dropped.len() == 1));
    let why =
        "questions can be made without a language model in English and Korean only, and this lecture is in French";
    assert_eq!(all[0].dropped[0].why, why);
}

#[test]
fn the_samples_are_what_is_made() {
    let samples = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/quiz-samples.md")).replace("\\_", "_");
    for transcript in [lecture!("os-paging.en.vtt"), lecture!("photosynthesis.ko.vtt")] {
        for question in made(&transcript).iter().take(5) {
            let options = question.options.iter().zip(["A", "B", "C", "D"]).enumerate().map(|(i, (option, letter))| {
                let mark = if i == question.key { "**" } else { "" };
                format!("- {letter}. {mark}{}{mark}\n", option.text)
            });
            let shown = format!("{}\n\n{}", question.question, options.collect::<String>());
            assert!(samples.contains(&shown), "not in docs/quiz-samples.md:\n{shown}");
        }
    }
}
