//! Quizzes over real sockets: from subtitles to a graded answer, and all that must not happen on the way.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use loa::protocol::quiz::{ProgressWord, QuizAsk, QuizGraded, QuizItem, QuizProgress, SourceWord};
use loa::protocol::server::ServerMessage;
use loa::quiz::transcript::subtitles;
use loa::store::{Caller, Choice, HandSet, LearnerId, Lecture, NewGuest, NewQuiz, SessionId, SessionQuizzes, UtcMs};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

use crate::support::{Client, PATIENCE, TestServer, fixture, learner, picture, tokens};

pub const LECTURE: &str = "https://example.com/lectures/paging";
/// Nothing between an answer and the next question.
pub const HASTE: &str = "quiz.pause_ms=0";

/// The lecture's subtitles, as `transcript` messages.
fn transcript(name: &str) -> Vec<String> {
    let file = std::fs::read(fixture(name)).expect("a fixture");
    let cues = subtitles::parse(&file).expect("subtitles");
    cues.chunks(100).map(|piece| json!({"type": "transcript", "cues": piece}).to_string()).collect()
}

fn english() -> Vec<String> {
    transcript("lectures/os-paging.en.vtt")
}

/// A hello that names the lecture, and a watch session to go on with.
pub fn hello_words(resume: Option<&str>) -> String {
    let mut hello = json!({"lecture": {"url": LECTURE, "title": "Paging"}});
    if let Some(secret) = resume {
        hello["resume"] = secret.into();
    }
    hello.to_string().replacen('{', r#"{"type":"hello","#, 1)
}

pub async fn hello(client: &mut Client) -> String {
    client.send_text(&hello_words(None)).await;
    client.welcome().await.session
}

pub async fn say(client: &mut Client, message: Value) {
    client.send_text(&message.to_string()).await;
}

/// Sends the subtitles and wishes for questions.
async fn generate(client: &mut Client, pieces: &[String]) {
    for piece in pieces {
        client.send_text(piece).await;
    }
    say(client, json!({"type": "quiz.generate", "source": "cloze"})).await;
}

/// What came until the set was complete, or was not to be.
pub async fn made(client: &mut Client) -> (Vec<QuizItem>, QuizProgress) {
    let mut items = Vec::new();
    loop {
        match client.next().await {
            ServerMessage::QuizItem(item) => items.push(item),
            ServerMessage::QuizProgress(progress) if progress.state == ProgressWord::Making => {}
            ServerMessage::QuizProgress(progress) => return (items, progress),
            other => panic!("instead of a set: {other:?}"),
        }
    }
}

/// A client with a complete set.
async fn ready(server: &TestServer) -> (Client, Uuid, Vec<QuizItem>) {
    let mut client = server.client().await;
    let session = hello(&mut client).await;
    let items = make(&mut client).await;
    (client, session.parse().expect("an id"), items)
}

/// Has a set made, whose items come back along the lecture.
pub async fn make(client: &mut Client) -> Vec<QuizItem> {
    generate(client, &english()).await;
    let (mut items, progress) = made(client).await;
    assert_eq!((progress.state, progress.source), (ProgressWord::Done, SourceWord::Cloze), "{progress:?}");
    assert!(items.len() >= 3, "{progress:?}");
    assert_eq!(items.len(), progress.items);
    items.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
    items
}

pub async fn asked(client: &mut Client) -> QuizAsk {
    match client.next().await {
        ServerMessage::QuizAsk(ask) => ask,
        other => panic!("instead of a question: {other:?}"),
    }
}

pub async fn graded(client: &mut Client) -> QuizGraded {
    match client.next().await {
        ServerMessage::QuizGraded(graded) => graded,
        other => panic!("instead of a grade: {other:?}"),
    }
}

pub async fn play(client: &mut Client, position: f64, playing: bool) {
    say(client, json!({"type": "playback", "position_s": position, "playing": playing})).await;
}

pub async fn answer(client: &mut Client, quiz: Uuid, choice: impl Into<Value>) {
    say(client, json!({"type": "quiz.answer", "quiz": quiz, "choice": choice.into()})).await;
}

/// What the database has of a session, once it is as it shall be.
pub async fn kept(server: &TestServer, session: Uuid, good: impl Fn(&SessionQuizzes) -> bool) -> SessionQuizzes {
    let started = Instant::now();
    loop {
        let found = server.store.session_quizzes(learner(), SessionId(session)).await;
        match found {
            Ok(found) if good(&found) => return found,
            other => assert!(started.elapsed() < PATIENCE, "it never came: {other:?}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Another learner's client.
pub async fn stranger(server: &TestServer) -> (Client, Caller) {
    let caller = Caller::authenticated(LearnerId::new_id());
    server.store.add_guest(caller, NewGuest::default(), UtcMs::now()).await.expect("stored");
    let token = tokens().access(caller.learner(), None, UtcMs::now());
    let mut client = server.client().await;
    say(&mut client, json!({"type": "hello", "token": token, "lecture": {"url": LECTURE}})).await;
    client.welcome().await;
    (client, caller)
}

#[tokio::test]
async fn from_subtitles_to_a_graded_answer_that_is_kept() {
    let server = TestServer::start(&[HASTE]).await;
    let (mut client, session, items) = ready(&server).await;
    // Playing over its second, a little before it.
    play(&mut client, items[0].at_s - 0.3, true).await;
    let ask = asked(&mut client).await;
    assert_eq!((ask.quiz, ask.at_s, ask.options.len()), (items[0].quiz, items[0].at_s, 4));
    answer(&mut client, ask.quiz, 4).await;
    assert_eq!(client.error().await.code, "quiz_no_choice");
    answer(&mut client, ask.quiz, 1).await;
    let result = graded(&mut client).await;
    assert_eq!((result.choice, result.correct), (Some(1), result.key == 1));
    assert_eq!(result.reasons.len(), 4);
    let quote = result.quote.expect("what was said");
    let key = &ask.options[result.key];
    assert!(quote.contains(key.as_str()), "{key:?} is not in {quote:?}");
    for again in [Value::from(result.key), Value::Null] {
        answer(&mut client, ask.quiz, again).await;
        assert_eq!(client.error().await.code, "quiz_answered");
    }
    // Over the next two, by one jump; one is passed, one is answered wrong.
    play(&mut client, items[2].at_s + 1.0, false).await;
    let passed = asked(&mut client).await;
    answer(&mut client, passed.quiz, Value::Null).await;
    assert!(!graded(&mut client).await.correct);
    let last = asked(&mut client).await;
    assert_eq!([passed.quiz, last.quiz], [items[1].quiz, items[2].quiz]);
    say(&mut client, json!({"type": "end"})).await;
    let kept = kept(&server, session, |it| it.notes.len() > usize::from(!result.correct)).await;
    let answered: Vec<_> = kept.quizzes.iter().map(|it| &it.outcome).collect();
    assert_eq!(answered.len(), 2, "what was not answered is no answer");
    let chosen = &kept.quizzes[0].choices[answered[0].answer.choice.expect("a choice") as usize - 1];
    assert_eq!(chosen, &ask.options[1], "kept is the option, not its place on the screen");
    assert_eq!(answered[0].answer.took_ms, Some(result.took_ms));
    assert!(kept.notes.iter().all(|note| note.keyword.is_some() && note.lecture_seconds.is_some()), "{kept:?}");
    client.close_code().await;
}

#[tokio::test]
async fn the_key_is_in_no_byte_before_the_answer() {
    let server = TestServer::start(&[HASTE]).await;
    let mut client = server.client().await;
    hello(&mut client).await;
    generate(&mut client, &english()).await;
    play(&mut client, 0.0, false).await;
    let mut bytes = String::new();
    let mut open = None;
    // The set is made; then all of it is jumped over, and asked one after the other.
    while open.is_none() {
        let Some(Ok(Message::Text(text))) = client.next_raw().await else { continue };
        bytes.push_str(&text);
        match serde_json::from_str(&text).expect("a message") {
            ServerMessage::QuizProgress(progress) if progress.state == ProgressWord::Done => {
                play(&mut client, 1e5, false).await;
            }
            ServerMessage::QuizAsk(ask) => open = Some(ask),
            _ => {}
        }
    }
    let ask = open.expect("a question");
    for word in ["key", "correct", "reason", "quote", "explanation"] {
        assert!(!bytes.contains(&format!("\"{word}")), "{word} came too early: {bytes}");
    }
    // Nor does its place give the key away: over many sessions it is anywhere.
    let lecture = Lecture::new(LECTURE, None, None).expect("an address");
    let set = server.store.lecture_sets(learner(), &lecture, 10).await.expect("asked")[0].id.0;
    let mut places = std::collections::HashSet::new();
    for _ in 0..40 {
        let mut other = server.client().await;
        hello(&mut other).await;
        say(&mut other, json!({"type": "quiz.use", "set": set})).await;
        made(&mut other).await;
        say(&mut other, json!({"type": "quiz.open", "quiz": ask.quiz})).await;
        let mut options = asked(&mut other).await.options;
        answer(&mut other, ask.quiz, 0).await;
        places.insert(graded(&mut other).await.key);
        options.sort();
        let mut first = ask.options.clone();
        first.sort();
        assert_eq!(options, first);
    }
    assert_eq!(places.len(), 4);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_a_code() {
    let server = TestServer::start(&[]).await;
    let mut client = server.client().await;
    let id = Uuid::now_v7();
    let wishes = [
        json!({"type": "transcript", "cues": []}),
        json!({"type": "quiz.generate"}),
        json!({"type": "quiz.cancel"}),
        json!({"type": "quiz.sets"}),
        json!({"type": "quiz.use", "set": id}),
        json!({"type": "quiz.open", "quiz": id}),
        json!({"type": "quiz.answer", "quiz": id, "choice": 0}),
    ];
    for wish in &wishes {
        say(&mut client, wish.clone()).await;
        assert_eq!(client.error().await.code, "token_missing", "{wish}");
    }
    client.hello().await;
    for (wish, code) in [
        (json!({"type": "quiz.generate"}), "transcript_missing"),
        (json!({"type": "quiz.sets"}), "no_lecture"),
        (json!({"type": "quiz.use", "set": id}), "no_lecture"),
        (json!({"type": "quiz.open", "quiz": id}), "quiz_unknown"),
        (json!({"type": "quiz.answer", "quiz": id, "choice": 0}), "quiz_not_open"),
        (json!({"type": "quiz.answer", "quiz": id, "choice": -1}), "bad_message"),
        (json!({"type": "quiz.answer", "quiz": "seven", "choice": 1}), "bad_message"),
        (json!({"type": "transcript", "cues": [{"start_s": "now", "text": "a"}]}), "bad_message"),
    ] {
        say(&mut client, wish.clone()).await;
        assert_eq!(client.error().await.code, code, "{wish}");
    }
    let mut client = server.client().await;
    hello(&mut client).await;
    say(&mut client, json!({"type": "transcript", "cues": [{"start_s": 1, "text": "Short."}]})).await;
    for (wish, code) in [
        (json!({"type": "quiz.use", "set": id}), "set_unknown"),
        (json!({"type": "quiz.generate"}), "transcript_unusable"),
        (json!({"type": "quiz.generate", "source": "llm"}), "llm_missing"),
        (json!({"type": "quiz.generate", "source": "hand"}), "bad_message"),
    ] {
        say(&mut client, wish.clone()).await;
        assert_eq!(client.error().await.code, code, "{wish}");
    }
    client.verdict(&picture("faces/open_320x240.jpg")).await;
}

#[tokio::test]
async fn answers_belong_to_the_session_that_asked() {
    let server = TestServer::start(&[HASTE]).await;
    let (mut client, session, items) = ready(&server).await;
    say(&mut client, json!({"type": "quiz.open", "quiz": items[0].quiz})).await;
    let ask = asked(&mut client).await;
    let (mut other, _) = stranger(&server).await;
    answer(&mut other, ask.quiz, 0).await;
    assert_eq!(other.error().await.code, "quiz_not_open");
    say(&mut other, json!({"type": "quiz.open", "quiz": ask.quiz})).await;
    assert_eq!(other.error().await.code, "quiz_unknown", "only of the set in use");
    // After the end, in the same breath.
    let late = json!({"type": "quiz.answer", "quiz": ask.quiz, "choice": 0}).to_string();
    let mut both = String::new();
    write!(both, r#"{{"type":"end"}}"#).expect("written");
    client.send_raw(Message::text(both)).await;
    let _ = futures::SinkExt::send(&mut client.socket, Message::text(late)).await;
    let mut refused = None;
    let code = loop {
        match client.next_raw().await {
            Some(Ok(Message::Text(text))) => {
                if let Ok(ServerMessage::Error(error)) = serde_json::from_str(&text) {
                    refused = Some(error.code);
                }
            }
            Some(Ok(Message::Close(frame))) => break frame.map(|it| u16::from(it.code)),
            Some(Ok(_)) => {}
            Some(Err(_)) | None => break None,
        }
    };
    assert!(refused.is_none_or(|code| code == "session_ended"));
    assert_eq!(code, Some(1000));
    let found = server.store.session_quizzes(learner(), SessionId(session)).await.unwrap_or_default();
    assert!(found.quizzes.is_empty(), "{found:?}");
}

#[tokio::test]
async fn who_asks_for_the_same_gets_the_same_made_once() {
    let server = TestServer::start(&[HASTE, "quiz.sets_per_day=1"]).await;
    let mut clients = Vec::new();
    for _ in 0..6 {
        clients.push(stranger(&server).await.0);
    }
    let pieces = english();
    let wishes = clients.iter_mut().map(|client| {
        let pieces = &pieces;
        async move {
            generate(client, pieces).await;
            made(client).await.1.set
        }
    });
    let sets = futures::future::join_all(wishes).await;
    assert!(sets[0].is_some() && sets.iter().all(|set| *set == sets[0]), "{sets:?}");
    assert!(server.metric("loa_quiz_sets_total{source=\"cloze\",outcome=\"done\"}").await <= 2.0);
    let lecture = Lecture::new(LECTURE, None, None).expect("an address");
    assert_eq!(server.store.lecture_sets(learner(), &lecture, 10).await.expect("asked").len(), 1);
    // Once more is free, another transcript is not: one of them has paid for the first.
    let korean = transcript("lectures/photosynthesis.ko.vtt");
    let mut limited = 0;
    for client in &mut clients {
        generate(client, &pieces).await;
        assert_eq!(made(client).await.1.set, sets[0]);
        for piece in &korean {
            client.send_text(piece).await;
        }
        say(client, json!({"type": "quiz.generate"})).await;
        match client.next().await {
            ServerMessage::Error(error) => {
                assert_eq!(error.code, "quiz_limit");
                limited += 1;
            }
            ServerMessage::QuizItem(_) | ServerMessage::QuizProgress(_) => drop(made(client).await),
            other => panic!("{other:?}"),
        }
    }
    assert!(limited <= 1, "only who had the first made");
}

/// The database is there for others as well: ten wishes at once, then two a second.
#[tokio::test]
async fn wishes_without_end_are_told_to_wait() {
    let server = TestServer::start(&[]).await;
    let mut client = server.client().await;
    hello(&mut client).await;
    let mut answered = 0;
    loop {
        say(&mut client, json!({"type": "quiz.sets"})).await;
        match client.next().await {
            ServerMessage::QuizSets(_) => answered += 1,
            ServerMessage::Error(error) => {
                assert_eq!((error.code.as_str(), error.retry_after_ms), ("quiz_busy", Some(1_000)));
                break;
            }
            other => panic!("{other:?}"),
        }
        assert!(answered < 100, "each wish is granted");
    }
    assert!(answered >= 10, "{answered}");
}

#[tokio::test]
async fn a_client_that_comes_back_finds_its_quizzes() {
    let server = TestServer::start(&[HASTE]).await;
    let mut client = server.client().await;
    let hello = json!({"type": "hello", "token": crate::support::token(), "lecture": {"url": LECTURE}});
    say(&mut client, hello.clone()).await;
    let welcome = client.welcome().await;
    generate(&mut client, &english()).await;
    let (items, _) = made(&mut client).await;
    say(&mut client, json!({"type": "quiz.open", "quiz": items[1].quiz})).await;
    let ask = asked(&mut client).await;
    drop(client);
    let mut client = server.client().await;
    let mut again = hello;
    again["resume"] = welcome.resume.into();
    say(&mut client, again).await;
    assert_eq!(client.welcome().await.recovered, Some(true));
    let (mut again, mut open) = (Vec::new(), None);
    while open.is_none() || again.len() < items.len() {
        match client.next().await {
            ServerMessage::QuizItem(item) => again.push(item),
            ServerMessage::QuizAsk(ask) => open = Some(ask),
            ServerMessage::QuizProgress(_) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(open.as_ref(), Some(&ask), "in the same order");
    answer(&mut client, ask.quiz, 2).await;
    while !matches!(client.next().await, ServerMessage::QuizGraded(_)) {}
}

/// A set by hand, with as many questions as there may be.
fn by_hand(count: u32) -> HandSet {
    let choice = |words: &str, correct| Choice { words: words.into(), correct, reason: None };
    let quiz = |number| NewQuiz {
        at_s: f64::from(number),
        question: format!("What is the number {number}?"),
        explanation: Some("It was said.".into()),
        choices: vec![choice("this", true), choice("that", false)],
        quote: None,
        context: None,
        cue_start_s: None,
        cue_end_s: None,
    };
    HandSet { title: Some("Numbers".into()), quizzes: (1..=count).map(quiz).collect() }
}

#[tokio::test]
async fn a_set_by_hand_is_listed_and_played_however_long_it_is() {
    let server = TestServer::start(&[HASTE, "limits.outbox_messages=32"]).await;
    let (mut client, caller) = stranger(&server).await;
    let lecture = Lecture::new(LECTURE, None, None).expect("an address");
    let set = server.store.make_set(caller, &lecture, &by_hand(100), UtcMs::now()).await.expect("good");
    let elsewhere = Lecture::new("https://example.com/other", None, None).expect("an address");
    let other = server.store.make_set(caller, &elsewhere, &by_hand(1), UtcMs::now()).await.expect("good");
    say(&mut client, json!({"type": "quiz.sets"})).await;
    let ServerMessage::QuizSets(sets) = client.next().await else { panic!("no sets") };
    assert_eq!((sets.sets.len(), sets.sets[0].items, sets.sets[0].mine), (1, 100, true));
    assert_eq!((sets.sets[0].set, sets.sets[0].source), (set.0, SourceWord::Hand));
    say(&mut client, json!({"type": "quiz.use", "set": other.0})).await;
    assert_eq!(client.error().await.code, "set_unknown", "of this lecture only");
    say(&mut client, json!({"type": "quiz.use", "set": set.0})).await;
    let (items, progress) = made(&mut client).await;
    assert_eq!((items.len(), progress.items, progress.source), (100, 100, SourceWord::Hand));
    // Played over in a row, all are asked.
    play(&mut client, 0.0, true).await;
    for expected in &items[..3] {
        let ask = asked(&mut client).await;
        assert_eq!(ask.quiz, expected.quiz);
        answer(&mut client, ask.quiz, 0).await;
        let result = graded(&mut client).await;
        assert_eq!((result.reasons.len(), result.explanation.as_deref()), (0, Some("It was said.")));
    }
}

#[tokio::test]
async fn transcripts_are_bounded() {
    let server = TestServer::start(&["quiz.transcript_bytes=4096", "quiz.transcripts_mib=1"]).await;
    let mut client = server.client().await;
    hello(&mut client).await;
    let piece = |bytes: usize| json!({"type": "transcript", "cues": [{"start_s": 1, "text": "a".repeat(bytes)}]});
    say(&mut client, piece(3000)).await;
    say(&mut client, piece(2000)).await;
    assert_eq!(client.error().await.code, "transcript_too_large");
    say(&mut client, piece(1000)).await;
    say(&mut client, piece(1000)).await;
    assert_eq!(client.error().await.code, "transcript_too_large", "what came before is kept");
    let mut clients = Vec::new();
    for most in [4, 256] {
        let refused = loop {
            assert!(clients.len() <= most, "one learner holds more than four, or all more than 1 MiB together");
            let mut client = if most == 4 {
                let mut mine = server.client().await;
                hello(&mut mine).await;
                mine
            } else {
                stranger(&server).await.0
            };
            say(&mut client, piece(4000)).await;
            say(&mut client, json!({"type": "quiz.sets"})).await;
            match client.next().await {
                ServerMessage::Error(error) => break error,
                _ => clients.push(client),
            }
        };
        assert_eq!((refused.code.as_str(), refused.retry), ("transcript_busy", true));
        assert!(clients.len() + 1 >= most, "others have room: {}", clients.len());
    }
    drop(clients);
    client.verdict(&picture("faces/open_320x240.jpg")).await;
}

#[tokio::test]
async fn a_lecture_has_so_many_parts() {
    let server = TestServer::start(&[HASTE, "quiz.lecture_parts=2"]).await;
    let mut client = server.client().await;
    hello(&mut client).await;
    generate(&mut client, &english()).await;
    let error = client.error().await;
    assert_eq!((error.code.as_str(), error.retry), ("transcript_unusable", false));
    assert!(error.message.contains("at most 2"), "{error:?}");
}
