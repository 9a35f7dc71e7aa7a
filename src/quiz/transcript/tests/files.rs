//! Files in the shapes in which they are found: tests/fixtures/subtitles.

use std::path::Path;

use super::*;

fn file(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/subtitles").join(name)).expect("a fixture")
}

fn clean(name: &str) -> Vec<Cue> {
    let cues = cues::normalise(subtitles::parse(&file(name)).expect("cues"));
    check_cues(&cues);
    cues
}

fn texts(cues: &[Cue]) -> Vec<&str> {
    cues.iter().map(|cue| cue.text.as_str()).collect()
}

#[test]
fn youtube_says_every_word_once() {
    let cues = clean("youtube-rolling.vtt");
    assert_eq!(
        texts(&cues)[..3],
        [
            "so welcome back everyone today",
            "we're going to talk about binary heaps",
            "and why a priority queue is usually"
        ]
    );
    assert!((cues[1].start_s, cues[1].end_s) == (2.4, 5.2), "{:?}", cues[1]);
    let transcript = Transcript::new(subtitles::parse(&file("youtube-rolling.vtt")).expect("cues")).expect("speech");
    check(&transcript);
    assert_eq!(transcript.said(0..99).split(' ').count(), 76);
    assert_eq!((transcript.language(), transcript.chunks().len()), (Lang::Eng, 1));
}

#[test]
fn youtube_in_korean_becomes_sentences() {
    let transcript = Transcript::new(subtitles::parse(&file("youtube-korean.vtt")).expect("cues")).expect("speech");
    check(&transcript);
    assert_eq!(transcript.language(), Lang::Kor);
    let sentences: Vec<_> = transcript.sentences().iter().map(|sentence| sentence.text.as_str()).collect();
    let expected = [
        "자 이제 그래프 탐색을 볼 텐데요 그래프 탐색에는 두 가지가 있습니다",
        "하나는 깊이 우선 탐색이고 하나는 너비 우선 탐색이죠",
        "그러면 둘은 무엇이 다를까요",
        "깊이 우선 탐색은 stack 을 쓰고 너비 우선 탐색은 queue 를 씁니다",
        "그래서 너비 우선 탐색이 최단 경로를 찾게 되는 거예요",
        "다만 간선의 가중치가 모두 같아야 합니다",
        "이게 중요 합니다",
        "가중치가 다르면 dijkstra 를 써야 되거든요",
        "다음 시간에는 그것을 보겠습니다",
    ];
    assert_eq!(sentences, expected);
}

#[test]
fn live_captions_that_grow_say_every_word_once() {
    let cues = clean("live-roll-up.vtt");
    let said = "the scheduler picks the next process from the ready queue and gives it a slice of time when the slice is over the \
                timer interrupts and the scheduler picks again";
    assert_eq!(texts(&cues).join(" "), said);
    assert_eq!((cues.len(), cues[5].start_s), (30, 2.0));
}

#[test]
fn webvtt_of_every_kind() {
    let expected = [
        "Good morning, and welcome to Databases.",
        "What does A&B mean if x < y?",
        "Its end lies before its start; it's shown all the same.",
        "An index entry is written as key --> page.",
        "That was an hour.",
    ];
    let cues = clean("voices.vtt");
    assert_eq!(texts(&cues), expected);
    assert_eq!((cues[2].start_s, cues[2].end_s, cues[4].start_s), (9.0, 15.0, 3600.0));
}

#[test]
fn a_broken_file_counts_as_far_as_it_can_be_read() {
    let expected = [
        (1.0, 3.5, "A transaction is a unit of work"),
        (4.0, 6.0, "that either happens as a whole, or not at all."),
        (6.0, 9.0, "Its letters are ACID:"),
        (9.0, 12.0, "atomicity, consistency, isolation and durability."),
        (15.0, 18.0, "Out of order, since somebody cut this file."),
        (20.0, 22.0, "- Forty-two?"),
    ];
    assert_eq!(clean("broken.srt"), expected.map(|(start_s, end_s, text)| cue(start_s, end_s, text)));
}

#[test]
fn korean_files_in_old_encodings() {
    let cues = clean("cp949.srt");
    assert_eq!(cues, clean("utf16.srt"));
    assert_eq!(cues.len(), 3);
    assert_eq!(cues[2].text, "왜 나누어 써야 할까요? 똠방각하 같은 글자도 CP949에는 있습니다.");
}

#[test]
fn what_is_no_subtitle_file_is_told() {
    for file in [&b""[..], b"WEBVTT\n\n", b"hello", b"\x89PNG\r\n\x1a\n\0\0\0", b"1\n00:00:01,000 --> 00:00:02,000\n\n"]
    {
        assert_eq!(subtitles::parse(file), Err(subtitles::SubtitleError::NoCue));
    }
    let large = vec![b'x'; MAX_BYTES + 1];
    assert_eq!(subtitles::parse(&large), Err(subtitles::SubtitleError::TooLarge(MAX_BYTES + 1)));
    let many = "0:1 --> 0:2\nx\n\n".repeat(MAX_CUES + 1);
    assert_eq!(subtitles::parse(many.as_bytes()), Err(subtitles::SubtitleError::TooManyCues));
}

#[test]
fn clean_cues_stay_as_they_are() {
    for name in ["youtube-rolling.vtt", "youtube-korean.vtt"] {
        let transcript = Transcript::new(subtitles::parse(&file(name)).expect("cues")).expect("speech");
        assert_eq!(Transcript::new(transcript.cues().to_vec()), Ok(transcript), "{name}");
    }
}
