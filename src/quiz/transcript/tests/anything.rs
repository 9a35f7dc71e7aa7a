//! Whatever comes: no panic, and what is promised holds.

use proptest::prelude::*;

use super::*;

fn second() -> impl Strategy<Value = f64> {
    prop_oneof![8 => 0.0..600.0, 2 => 0.0..2e6, 1 => any::<f64>(), 1 => Just(f64::NAN), 1 => Just(f64::MIN_POSITIVE), 1 => Just(-0.0)]
}

/// Words that mean something to the code, and any others.
fn text() -> impl Strategy<Value = String> {
    let known = proptest::sample::select(vec![
        "<c>",
        "</c>",
        "<v Kim>",
        "<00:00:01.000>",
        "{\\an8}",
        "&amp;",
        "&#39;",
        "&lt;",
        "[Music]",
        "(",
        "[",
        ">>",
        "♪",
        "Dr.",
        "e.g.",
        "3.14",
        "end.",
        "Why?",
        "합니다",
        "그래서",
        "거든요",
        "니다",
        "까",
        "다",
        "요",
        "。",
        "…",
        "\n",
        "  ",
        "\u{301}",
        "\u{e0041}",
        "the",
        "heap",
        "The",
    ]);
    let word =
        prop_oneof![4 => known.prop_map(str::to_owned), 2 => "[a-z]{1,9}[,.]?", 1 => "\\PC{0,60}", 1 => ".{0,20}"];
    prop::collection::vec(word, 0..40).prop_map(|words| words.join(" "))
}

fn cues() -> impl Strategy<Value = Vec<Cue>> {
    let cue = (second(), second(), text()).prop_map(|(start_s, end_s, text)| Cue { start_s, end_s, text });
    prop::collection::vec(cue, 0..60)
}

/// A speaker's cues one after the other, with pauses.
fn speech() -> impl Strategy<Value = Vec<Cue>> {
    let cue = (0.2_f64..8.0, prop_oneof![4 => Just(0.0), 1 => 0.0_f64..400.0], text());
    prop::collection::vec(cue, 1..80).prop_map(|parts| {
        let mut second = 0.0;
        let place = |(length, pause, text): (f64, f64, String)| {
            let cue = Cue { start_s: second, end_s: second + length, text };
            second += length + pause;
            cue
        };
        parts.into_iter().map(place).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_cues(raw in cues()) {
        if let Ok(transcript) = Transcript::new(raw.clone()) {
            check(&transcript);
            prop_assert_eq!(Transcript::new(raw), Ok(transcript));
        }
    }

    #[test]
    fn any_speech(raw in speech()) {
        if let Ok(transcript) = Transcript::new(raw) {
            check(&transcript);
        }
    }

    #[test]
    fn any_order(raw in speech()) {
        let mut turned = raw.clone();
        turned.reverse();
        prop_assert_eq!(Transcript::new(turned), Transcript::new(raw));
    }

    #[test]
    fn any_bytes(file in prop::collection::vec(any::<u8>(), 0..2000)) {
        let _ = subtitles::parse(&file);
    }

    #[test]
    fn any_lines(lines in prop::collection::vec(prop_oneof![
        Just("WEBVTT".to_owned()), Just("NOTE".to_owned()), Just(String::new()), Just("00:01.000 --> 00:02.000".to_owned()),
        Just("00:00:0x,000 --> 1".to_owned()), "[0-9]{1,3}", "[0-9:.,]{0,14} ?--> ?[0-9:.,]{0,14}", text(),
    ], 0..60)) {
        if let Ok(cues) = subtitles::parse(lines.join("\n").as_bytes()) {
            let _ = Transcript::new(cues).map(|transcript| check(&transcript));
        }
    }
}
