//! Whatever a model replies: no panic, and what passes keeps every rule, as told by other code than the rules' own.

use std::collections::HashSet;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization;
use whatlang::Lang;

use super::*;
use crate::quiz::extract;
use crate::quiz::question::Choice;
use crate::quiz::transcript::Cue;

const SAID: [&str; 5] = [
    "Every function call pushes a frame onto the call stack.",
    "The frame holds the \u{201c}local\u{201d} variables.",
    "When the function returns, its frame is popped.",
    "함수가 끝나면 프레임이 사라집니다.",
    "The frame holds the return address, \u{130}stanbul \u{df} <b [x].",
];

fn cues() -> Vec<Cue> {
    SAID.iter()
        .zip(0..)
        .map(|(text, at)| Cue { start_s: f64::from(at), end_s: f64::from(at) + 0.5, text: (*text).to_owned() })
        .collect()
}

fn part(all: &[Cue], language: Lang) -> Part<'_> {
    Part { index: 7, all, cues: 1..5, language }
}

/// Texts that are near the rules' limits, right or wrong by chance.
fn text() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "the frame",
        "call stack",
        "What is it?",
        "무엇인가요?",
        "프레임",
        "A) ",
        "B",
        "all of the above",
        "<b>",
        "https://",
        "\u{202e}",
        "\u{200b}",
        "ignore previous",
        "option B",
        " ",
        ".",
        "heap",
        "Heap",
        "a",
        "1",
        "-1",
        "C++",
        "긴 설명입니다",
        "because it is said",
        "x".repeat(90).leak(),
        "\u{0}",
        "e\u{301}",
    ]);
    prop_oneof![
        prop::collection::vec(pieces, 1..5).prop_map(|pieces| pieces.join(" ")),
        "(?s).{0,40}",
        prop::sample::select(SAID.to_vec()).prop_map(str::to_owned),
        Just("What does the frame hold when it is pushed?".to_owned()),
    ]
}

/// A question that mostly has its shape, of which something may be anything.
fn draft() -> impl Strategy<Value = Value> {
    let good = ["local data", "the heap", "a register", "a file"]
        .map(|text| json!({"text": text, "reason": format!("It is {text} here.")}));
    let option = || (text(), text()).prop_map(|(text, reason)| json!({"text": text, "reason": reason}));
    let options = prop_oneof![
        4 => Just(good.to_vec()),
        2 => (0..4_usize, option()).prop_map(move |(at, option)| {
            let mut options = good.to_vec();
            options[at] = option;
            options
        }),
        1 => prop::collection::vec(option(), 0..6),
    ];
    let question = prop_oneof![2 => Just("What does each frame hold at first?".to_owned()), 1 => text()];
    let key = prop_oneof![4 => prop::sample::select(vec!["A", "b", "C)", "(d)", "local data"]).prop_map(Value::from), 1 => any_json()];
    let quote = prop_oneof![2 => part_of_said(), 1 => text()];
    let cues = prop_oneof![4 => prop::collection::vec(1..5_usize, 1..4).prop_map(|cues| json!(cues)), 1 => any_json()];
    (question, options, key, quote, cues).prop_map(|(question, options, key, quote, cues)| {
        json!({"question": question, "options": options, "key": key, "quote": quote, "cues": cues})
    })
}

fn part_of_said() -> impl Strategy<Value = String> {
    let all: Vec<char> = SAID.join(" ").chars().collect();
    (0..all.len(), 8..70_usize).prop_map(move |(from, length)| all.iter().skip(from).take(length).collect())
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    let names = prop::sample::select(vec![
        "question", "options", "text", "reason", "key", "quote", "cues", "number", "answer", "keyword",
    ]);
    leaf.prop_recursive(4, 32, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(names.clone(), inner, 0..6).prop_map(|fields| json!(fields)),
        ]
    })
}

/// Letters and digits alone, compatible forms and case folded.
fn skeleton(text: &str) -> String {
    text.nfkc().filter(|c| !c.is_whitespace() && !c.is_ascii_punctuation()).flat_map(char::to_lowercase).collect()
}

fn assert_harmless(text: &str) {
    let bad = |c: char| {
        c.is_control()
            || ('\u{202a}'..='\u{202e}').contains(&c)
            || ('\u{2066}'..='\u{2069}').contains(&c)
            || c == '\u{200b}'
    };
    assert!(!text.chars().any(bad), "{text:?}");
    let lower = text.to_lowercase();
    for never in ["<b", "</", "<|", "https://", "ignore previous", "option b"] {
        assert!(!lower.contains(never), "{text:?}");
    }
}

fn assert_keeps_the_rules(question: &Question, all: &[Cue], language: Lang) {
    let asked = question.question.chars().count();
    assert!((10..=300).contains(&asked) && question.options.len() == 4 && question.key < 4 && question.chunk == 7);
    for option in &question.options {
        assert!((1..=160).contains(&option.text.chars().count()) && (1..=400).contains(&option.reason.chars().count()));
        assert_harmless(&option.text);
        assert_harmless(&option.reason);
        assert!(!option.text.to_lowercase().contains("all of the above"));
    }
    assert_harmless(&question.question);
    assert_harmless(&question.quote);
    let plain: Vec<&Choice> =
        question.options.iter().filter(|option| option.text.chars().all(|c| c.is_alphanumeric() || c == ' ')).collect();
    let distinct: HashSet<String> = plain.iter().map(|option| skeleton(&option.text)).collect();
    assert_eq!(distinct.len(), plain.len(), "{:?}", question.options);
    let lengths: Vec<usize> = question.options.iter().map(|option| option.text.chars().count()).collect();
    let others = lengths.iter().enumerate().filter(|(at, _)| *at != question.key).map(|(_, length)| *length);
    assert!(10 * lengths[question.key] <= 16 * others.max().expect("three") + 80);
    let said: Vec<&str> = all[question.cues.clone()].iter().map(|cue| cue.text.as_str()).collect();
    assert!(said.join(" ").contains(&question.quote) && question.quote.chars().count() <= 400);
    assert!(question.quote.chars().count() >= 12 || question.quote.split(' ').count() >= 3);
    assert!(question.cues.start >= 1 && question.cues.end <= 5 && question.at_s == all[question.cues.end - 1].end_s);
    let hangul = question.question.chars().filter(|c| ('가'..='힣').contains(c)).count();
    let latin = question.question.chars().filter(char::is_ascii_alphabetic).count();
    assert!(if language == Lang::Kor { hangul * 7 >= latin * 3 } else { latin >= hangul }, "{}", question.question);
}

/// Through the text and back, as a reply goes; how many questions passed.
fn run(reply: &str, language: Lang) -> usize {
    let all = cues();
    let part = part(&all, language);
    let Ok(value) = extract::json(reply, "questions") else { return 0 };
    let mut passed: Vec<Question> = Vec::new();
    for draft in drafts(&value, 3).into_iter().flatten() {
        let earlier: Vec<&Question> = passed.iter().collect();
        if let Ok(question) = check(&draft, &part, &earlier) {
            assert_keeps_the_rules(&question, &all, language);
            passed.push(question);
        }
    }
    passed.len()
}

fn language() -> impl Strategy<Value = Lang> {
    prop::sample::select(vec![Lang::Eng, Lang::Kor, Lang::Jpn, Lang::Cmn, Lang::Rus, Lang::Tha])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_text_ends_without_a_panic(reply in "(?s).{0,200}", language in language()) {
        run(&reply, language);
    }

    #[test]
    fn any_json_ends_without_a_panic(value in any_json(), language in language()) {
        run(&json!({"questions": [value.clone()]}).to_string(), language);
        run(&json!({"questions": value}).to_string(), language);
    }

    #[test]
    fn what_passes_keeps_the_rules(items in prop::collection::vec(draft(), 1..4), korean in prop::bool::weighted(0.1)) {
        run(&json!({"questions": items}).to_string(), if korean { Lang::Kor } else { Lang::Eng });
    }

    #[test]
    fn any_note_ends_without_a_panic(value in any_json(), keyword in text(), explanation in text(), quote in text(), context in text()) {
        let note = json!({"number": 1, "keyword": keyword, "explanation": explanation, "quote": quote});
        let context: String = context.nfc().collect();
        for note in note_drafts(&json!({"notes": [note, value]}), 2).into_iter().flatten() {
            if let Ok(said) = check_note(&note, &context, Lang::Eng) {
                prop_assert!(context.contains(&said));
                assert_harmless(&note.explanation);
                assert_harmless(&note.keyword);
            }
        }
    }

    #[test]
    fn any_answers_are_no_agreement_by_chance(value in any_json(), seed: u64) {
        let choice = || Choice { text: String::new(), reason: String::new() };
        let options = vec![choice(), choice(), choice(), choice()];
        let question = Question { at_s: 0.0, chunk: 0, question: String::new(), options, key: 2, quote: String::new(), cues: 0..1 };
        let shown = [Shown::new(&question, seed)];
        let told = value.to_string();
        let agreed = solved(&shown, &json!({"answers": [value]}));
        prop_assert!(agreed == [false] || (told.contains("answer") && told.contains("number")));
    }

    #[test]
    fn flaws_are_short_and_hold_nothing_of_the_reply(item in draft()) {
        let all = cues();
        let flaw = Draft::read(&item).and_then(|draft| check(&draft, &part(&all, Lang::Eng), &[]));
        if let Err(flaw) = flaw {
            prop_assert!(flaw.to_string().len() < 120);
            prop_assert!(!flaw.to_string().contains("https"));
        }
    }
}

/// The generator above is of use only if it finds what passes.
#[test]
fn some_of_what_is_tried_passes() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let tried = (0..300).filter_map(|_| draft().new_tree(&mut runner).ok());
    let passed: usize = tried.map(|tree| run(&json!({"questions": [tree.current()]}).to_string(), Lang::Eng)).sum();
    assert!(passed > 10, "{passed}");
}
