//! Whatever is said: no panic, and every question keeps its promises.

use proptest::prelude::*;
use unicode_normalization::UnicodeNormalization;

use super::*;
use crate::quiz::transcript::Cue;

/// Words that make terms, definitions, particles, years and trouble.
const WORDS: [&str; 64] = [
    "the",
    "a",
    "an",
    "is",
    "are",
    "called",
    "page",
    "pages",
    "table",
    "cache",
    "caches",
    "TLB",
    "MMU",
    "FIFO",
    "LRU",
    "kernel",
    "kernels",
    "Belady's",
    "anomaly.",
    "Turing",
    "of",
    "and",
    "which",
    "so",
    "copies",
    "writes,",
    "1789",
    "1848",
    "1917",
    "1945",
    "means",
    "that.",
    "is.",
    "photon",
    "photons.",
    "ﬁeld",
    "field",
    "광합성은",
    "광합성을",
    "엽록체에서",
    "엽록체는",
    "스트로마라고",
    "합니다.",
    "과정입니다.",
    "회로는",
    "캘빈",
    "회로를",
    "이런",
    "식물을",
    "ATP와",
    "ATP를",
    "NADPH가",
    "있습니다.",
    "ŀlama",
    "İ",
    "ß",
    "한",
    "____",
    "“",
    "’s",
    "e\u{301}",
    "𝕏𝕐",
    "\u{200b}",
    "…",
];

fn speech() -> impl Strategy<Value = Vec<Cue>> {
    let word = prop_oneof![30 => proptest::sample::select(&WORDS[..]).prop_map(str::to_owned), 1 => "\\PC{1,12}"];
    let text = proptest::collection::vec(word, 3..14).prop_map(|words| words.join(" "));
    proptest::collection::vec(text, 12..120).prop_map(|texts| {
        let cue = |(i, text)| Cue { start_s: i as f64 * 4.0, end_s: i as f64 * 4.0 + 3.5, text };
        texts.into_iter().enumerate().map(cue).collect()
    })
}

/// Sentences that are asked about, if anything is.
fn lessons() -> impl Strategy<Value = Vec<Cue>> {
    let nouns = [
        "kernel",
        "page fault",
        "ﬁeld line",
        "field line",
        "Ångström",
        "TLB",
        "entropy",
        "heat bath",
        "K",
        "a.b",
        "x-ray",
    ];
    let noun = move || proptest::sample::select(nouns.to_vec());
    let korean = ["엽록체", "광합성", "캘빈 회로", "ATP", "루비스코", "스트로마", "기공", "C4 식물", "보상점", "ß세포"];
    let korean_noun = move || proptest::sample::select(korean.to_vec());
    let filler = || {
        let words = ["crystal", "melting", "copper", "orbit", "plasma", "spin", "lattice", "decay", "mirror", "laser"];
        proptest::sample::select(words.to_vec())
    };
    let korean_filler = || {
        proptest::sample::select(vec!["구리", "궤도", "격자", "거울", "붕괴", "결정", "전류", "자기장", "용액", "이온"])
    };
    let english = (noun(), noun(), filler(), filler(), filler())
        .prop_map(|(a, b, x, y, z)| format!("A {a} is a {x} {y} that covers every {b} without any {z} between."));
    let named = (noun(), filler(), filler(), filler())
        .prop_map(|(a, x, y, z)| format!("A {x} {y} that covers the {z} under pressure is called a {a}."));
    let said = (korean_noun(), korean_noun(), korean_filler(), korean_filler(), korean_filler())
        .prop_map(|(a, b, x, y, z)| format!("{a}은 {x} {y} 안에서 {z}와 {b}을 만드는 물질입니다."));
    let texts = prop_oneof![
        proptest::collection::vec(prop_oneof![english, named], 8..60),
        proptest::collection::vec(said, 20..60)
    ];
    texts.prop_map(|texts| {
        let cue = |(i, text)| Cue { start_s: i as f64 * 5.0, end_s: i as f64 * 5.0 + 4.0, text };
        texts.into_iter().enumerate().map(cue).collect()
    })
}

fn keeps_its_promises(cues: Vec<Cue>) {
    let Ok(transcript) = Transcript::new(cues) else { return };
    let all = lecture(&transcript);
    assert_eq!(all, lecture(&transcript));
    assert_eq!(all.len(), transcript.chunks().len());
    for (done, part) in all.iter().zip(transcript.chunks()) {
        assert_eq!(done.chunk, part.index);
        assert!(done.questions.len() <= 2 && done.questions.is_empty() != done.dropped.is_empty());
        done.questions.iter().for_each(|question| promises(&transcript, part, question));
    }
}

pub(super) fn promises(transcript: &Transcript, part: &Chunk, question: &Question) {
    let fold =
        |text: &str| text.nfkc().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).collect::<String>();
    let mut options: Vec<String> = question.options.iter().map(|option| fold(&option.text)).collect();
    let key = options.get(question.key).cloned().expect("a key");
    assert!(!fold(&question.question).contains(&key), "{question:?}");
    assert!(question.question.contains("____") && question.question.chars().count() <= 300);
    options.sort();
    options.dedup();
    assert!(options.len() == 4 && question.options.len() == 4 && !options.contains(&String::new()), "{question:?}");
    assert!(question.options.iter().all(|option| (1..=400).contains(&option.reason.chars().count())));
    assert!(question.options.iter().all(|option| (1..=160).contains(&option.text.chars().count())));
    assert!(transcript.said(question.cues.clone()).contains(&question.quote) && question.quote.chars().count() <= 400);
    assert!((1..=12).contains(&question.cues.len()));
    assert!(part.cues.start <= question.cues.start && question.cues.end <= part.cues.end);
    assert_eq!((question.chunk, question.at_s), (part.index, transcript.cues()[question.cues.end - 1].end_s));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn random_words(cues in speech()) {
        keeps_its_promises(cues);
    }

    #[test]
    fn lessons_with_hostile_terms(cues in lessons()) {
        keeps_its_promises(cues);
    }

    #[test]
    fn any_text(texts in proptest::collection::vec(any::<String>(), 1..60)) {
        let cue = |(i, text)| Cue { start_s: i as f64 * 4.0, end_s: i as f64 * 4.0 + 3.5, text };
        keeps_its_promises(texts.into_iter().enumerate().map(cue).collect());
    }
}
