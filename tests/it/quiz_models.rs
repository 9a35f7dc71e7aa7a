//! Language models behind the socket: what learners see of good ones and of those that misbehave.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use loa::protocol::quiz::{ProgressWord, QuizProgress, SourceWord};
use loa::protocol::server::ServerMessage;
use loa::quiz::transcript::Lang;
use serde_json::json;

use crate::lectures::cues;
use crate::llm_server::good::Model;
use crate::llm_server::{Act, Asked, LlmServer, Then, error};
use crate::quizzing::{HASTE, LECTURE, answer, asked, graded, hello, kept, made, play, say, stranger};
use crate::support::{Client, PATIENCE, TestServer, learner, picture};

/// A server with a language model that answers within a second, or not at all.
async fn with_model(
    behaviour: impl Fn(&Asked) -> Act + Send + Sync + 'static,
    more: &[&str],
) -> (TestServer, LlmServer) {
    let model = LlmServer::start(behaviour).await;
    let base_url = format!("quiz.base_url={}", model.base_url);
    let sets = [
        HASTE,
        &base_url,
        "quiz.model=tester",
        "quiz.api_key=secret",
        "quiz.first_token_ms=1000",
        "quiz.total_ms=3000",
        "quiz.budget_ms=4000",
        "quiz.attempts=2",
    ];
    (TestServer::start(&[&sets[..], more].concat()).await, model)
}

async fn generate(client: &mut Client, minutes: usize, language: Lang) {
    for piece in cues(minutes, language).chunks(100) {
        say(client, json!({"type": "transcript", "cues": piece})).await;
    }
    say(client, json!({"type": "quiz.generate"})).await;
}

#[tokio::test]
async fn a_model_s_questions_are_asked_and_wrong_answers_explained_by_it() {
    for language in [Lang::Eng, Lang::Kor] {
        let model = Arc::new(Model::default());
        let (server, seen) = with_model(move |asked| model.act(asked), &[]).await;
        let mut client = server.client().await;
        let session = hello(&mut client).await.parse().expect("an id");
        generate(&mut client, 12, language).await;
        let (mut items, progress) = made(&mut client).await;
        assert_eq!((progress.state, progress.source), (ProgressWord::Done, SourceWord::Llm), "{progress:?}");
        assert_eq!((progress.chunks_done, items.len()), (progress.chunks, progress.items));
        assert!(progress.chunks >= 3 && items.len() >= progress.chunks, "{progress:?}");
        items.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
        play(&mut client, items[0].at_s - 0.2, true).await;
        let ask = asked(&mut client).await;
        assert_eq!((ask.quiz, ask.source), (items[0].quiz, SourceWord::Llm));
        answer(&mut client, ask.quiz, 0).await;
        let first = graded(&mut client).await;
        say(&mut client, json!({"type": "quiz.open", "quiz": items[1].quiz})).await;
        let ask = asked(&mut client).await;
        answer(&mut client, ask.quiz, ()).await;
        assert!(!graded(&mut client).await.correct);
        say(&mut client, json!({"type": "end"})).await;
        let wrong = 1 + usize::from(!first.correct);
        let found = kept(&server, session, |it| it.notes.len() == wrong).await;
        assert!(found.notes.iter().all(|note| note.keyword.is_some()), "{found:?}");
        let due = server.store.reviews_due(loa::store::UtcMs(0), 10).await.expect("asked");
        assert!(due.is_empty(), "made once: {due:?}");
        assert!(seen.keys().iter().all(|key| key.as_deref() == Some("Bearer secret")));
    }
}

/// How a set ended, and how many verdicts came meanwhile.
async fn ended(client: &mut Client) -> (QuizProgress, usize) {
    let jpeg = picture("faces/open_320x240.jpg");
    let mut frames = tokio::time::interval(Duration::from_millis(200));
    let (mut verdicts, started) = (0, Instant::now());
    loop {
        assert!(started.elapsed() < PATIENCE, "it never ended");
        tokio::select! {
            message = client.next() => match message {
                ServerMessage::Verdict(_) => verdicts += 1,
                ServerMessage::QuizProgress(progress) if progress.state != ProgressWord::Making => return (progress, verdicts),
                // A dozen servers share the machine.
                ServerMessage::Dropped { .. } | ServerMessage::QuizProgress(_) | ServerMessage::QuizItem(_) => {}
                other => panic!("{other:?}"),
            },
            _ = frames.tick() => drop(client.send_frame(&jpeg).await),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_a_model_does_the_learner_is_told_and_watched_on() {
    let flood = vec![b'a'; 1 << 16];
    let tricks: Vec<(&str, Act)> = vec![
        ("hang", Act::Hang),
        ("silent", Act::Silent),
        ("stall", Act::SayThen("{\"questions\":[".into(), Then::Stall)),
        ("reset", Act::SayThen("{\"questions\":[".into(), Then::Reset)),
        ("500", error(500, "<script>secret key sk-123</script>", "down")),
        ("429", Act::Status(429, vec!["Retry-After: 3600".into()], "{}".into())),
        ("401", error(401, "no", "invalid_api_key")),
        ("404", error(404, "no such model", "model_not_found")),
        ("html", Act::Status(200, vec!["Content-Type: text/html".into()], "<html>hello</html>".into())),
        ("100 MB", Act::Flood("application/json", flood)),
        ("empty", Act::Say(String::new())),
    ];
    let each = tricks.into_iter().map(|(name, act)| async move {
        let (server, _model) = with_model(move |_| act.clone(), &[]).await;
        let mut client = server.client().await;
        hello(&mut client).await;
        generate(&mut client, 12, Lang::Eng).await;
        let (progress, verdicts) = ended(&mut client).await;
        assert_eq!(progress.state, ProgressWord::Failed, "{name}: {progress:?}");
        assert!(
            ["llm_failed", "quiz_none"].contains(&progress.code.as_deref().unwrap_or_default()),
            "{name}: {progress:?}"
        );
        assert_eq!((progress.items, progress.source), (0, SourceWord::Llm), "{name}: nothing is put in its place");
        // Neither the key nor the server's own words.
        let told = format!("{progress:?}");
        assert!(progress.message.is_some() && !told.contains("secret") && !told.contains("<script"), "{name}: {told}");
        // Who asks for it gets questions all the same.
        generate(&mut client, 12, Lang::Eng).await;
        drop(ended(&mut client).await);
        say(&mut client, json!({"type": "quiz.generate", "source": "cloze"})).await;
        let (cloze, _) = ended(&mut client).await;
        assert_eq!(cloze.source, SourceWord::Cloze, "{name}");
        verdicts
    });
    let verdicts: usize = futures::future::join_all(each).await.into_iter().sum();
    assert!(verdicts > 0);
}

#[tokio::test]
async fn replies_that_are_no_good_are_dropped_and_said_so() {
    let bad = json!({"questions": [{"question": "What is the answer to everything?", "options": [
        {"text": "one", "reason": "a"}, {"text": "One.", "reason": "b"}], "key": "A", "quote": "never said", "cues": [1]}]});
    let (server, model) = with_model(move |_| Act::Say(bad.to_string()), &[]).await;
    let mut client = server.client().await;
    hello(&mut client).await;
    generate(&mut client, 12, Lang::Eng).await;
    let (items, progress) = made(&mut client).await;
    assert_eq!((items.len(), progress.state, progress.code.as_deref()), (0, ProgressWord::Failed, Some("quiz_none")));
    assert!(progress.dropped.len() >= progress.chunks && progress.chunks_done == progress.chunks, "{progress:?}");
    // Each part: once, and twice more.
    assert_eq!(model.requests().len(), 3 * progress.chunks);
    let lecture = loa::store::Lecture::new(LECTURE, None, None).expect("an address");
    let sets = server.store.lecture_sets(learner(), &lecture, 10).await.expect("asked");
    assert!(sets.is_empty(), "{sets:?}");
}

#[tokio::test]
async fn a_model_that_dies_midway_leaves_no_stub_for_everybody() {
    let (good, dead) = (Model::default(), Arc::new(AtomicBool::new(true)));
    let down = dead.clone();
    let (server, _model) = with_model(
        move |asked| match down.load(Ordering::Relaxed) && !asked.user().contains("\n[1] ") {
            true => error(500, "down", "down"),
            false => good.act(asked),
        },
        &["quiz.sets_per_day=2"],
    )
    .await;
    let mut client = server.client().await;
    hello(&mut client).await;
    generate(&mut client, 12, Lang::Eng).await;
    let (items, progress) = made(&mut client).await;
    assert_eq!((progress.state, progress.code.as_deref()), (ProgressWord::Failed, Some("llm_failed")));
    assert!(!items.is_empty() && progress.message.is_some_and(|it| it.contains("parts were not asked about")));
    say(&mut client, json!({"type": "quiz.open", "quiz": items[0].quiz})).await;
    let ask = asked(&mut client).await;
    answer(&mut client, ask.quiz, 0).await;
    graded(&mut client).await;
    dead.store(false, Ordering::Relaxed);
    say(&mut client, json!({"type": "quiz.generate"})).await;
    let (all, progress) = made(&mut client).await;
    assert_eq!(progress.state, ProgressWord::Done, "{progress:?}");
    assert!(all.len() > items.len() && all.iter().all(|it| it.answered.is_none()));
}

#[tokio::test]
async fn lectures_that_come_to_nothing_are_counted() {
    let bad = Act::Say("I am a teapot.".to_owned());
    let (server, _model) = with_model(move |_| bad.clone(), &["quiz.sets_per_day=1"]).await;
    let mut client = server.client().await;
    hello(&mut client).await;
    generate(&mut client, 6, Lang::Eng).await;
    assert_eq!(made(&mut client).await.1.code.as_deref(), Some("quiz_none"));
    say(&mut client, json!({"type": "quiz.generate"})).await;
    assert_eq!(client.error().await.code, "quiz_limit");
}

#[tokio::test]
async fn a_learner_has_two_lectures_made_at_one_time_and_others_have_theirs() {
    let slow = ["quiz.first_token_ms=60000", "quiz.total_ms=60000", "quiz.budget_ms=60000"];
    let three = [&slow[..], &["quiz.lectures_at_once=3"]].concat();
    let (server, _model) = with_model(|_| Act::Hang, &three).await;
    let mut clients = Vec::new();
    for minutes in [6, 12, 18] {
        let mut client = server.client().await;
        hello(&mut client).await;
        generate(&mut client, minutes, Lang::Eng).await;
        match client.next().await {
            ServerMessage::QuizProgress(_) => clients.push(client),
            ServerMessage::Error(error) => assert_eq!((error.code.as_str(), clients.len()), ("quiz_busy", 2)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(clients.len(), 2);
    let (mut other, _) = stranger(&server).await;
    generate(&mut other, 18, Lang::Eng).await;
    assert!(matches!(other.next().await, ServerMessage::QuizProgress(_)));
    // All places are taken by a model that hangs: who needs none goes on.
    let (mut third, _) = stranger(&server).await;
    generate(&mut third, 24, Lang::Eng).await;
    assert_eq!(third.error().await.code, "quiz_busy");
    say(&mut third, json!({"type": "quiz.generate", "source": "cloze"})).await;
    assert_eq!(made(&mut third).await.1.source, SourceWord::Cloze);
}

#[tokio::test]
async fn the_model_is_asked_about_as_many_lectures_a_day_as_its_owner_allows() {
    let good = Model::default();
    let (server, _model) = with_model(move |asked| good.act(asked), &["quiz.model_sets_per_day=1"]).await;
    let mut client = server.client().await;
    hello(&mut client).await;
    generate(&mut client, 6, Lang::Eng).await;
    assert_eq!(made(&mut client).await.1.source, SourceWord::Llm);
    let (mut other, _) = stranger(&server).await;
    generate(&mut other, 12, Lang::Eng).await;
    let refused = other.error().await;
    assert!(refused.code == "quiz_limit" && refused.message.contains("cloze"), "{refused:?}");
    say(&mut other, json!({"type": "quiz.generate", "source": "cloze"})).await;
    assert_eq!(made(&mut other).await.1.source, SourceWord::Cloze);
    // What is there is free.
    let (mut third, _) = stranger(&server).await;
    generate(&mut third, 6, Lang::Eng).await;
    assert_eq!(made(&mut third).await.1.source, SourceWord::Llm);
}

#[tokio::test]
async fn what_was_there_when_nobody_waited_any_more_is_there_after_a_break() {
    let good = Model::default();
    let slow = ["quiz.first_token_ms=60000", "quiz.total_ms=60000", "quiz.budget_ms=60000"];
    let (server, _model) =
        with_model(move |asked| if asked.user().contains("\n[1] ") { good.act(asked) } else { Act::Hang }, &slow).await;
    let mut client = server.client().await;
    let wish = json!({"type": "hello", "token": crate::support::token(), "lecture": {"url": LECTURE}});
    say(&mut client, wish.clone()).await;
    let welcome = client.welcome().await;
    generate(&mut client, 12, Lang::Eng).await;
    let first = loop {
        match client.next().await {
            ServerMessage::QuizItem(item) => break item,
            ServerMessage::QuizProgress(_) => {}
            other => panic!("{other:?}"),
        }
    };
    say(&mut client, json!({"type": "quiz.cancel"})).await;
    say(&mut client, json!({"type": "quiz.open", "quiz": first.quiz})).await;
    let ask = loop {
        match client.next().await {
            ServerMessage::QuizAsk(ask) => break ask,
            ServerMessage::QuizProgress(_) | ServerMessage::QuizItem(_) => {}
            other => panic!("{other:?}"),
        }
    };
    answer(&mut client, ask.quiz, 0).await;
    let correct = graded(&mut client).await.correct;
    drop(client);
    let mut client = server.client().await;
    let mut again = wish;
    again["resume"] = welcome.resume.into();
    say(&mut client, again).await;
    assert_eq!(client.welcome().await.recovered, Some(true));
    let (items, progress) = made(&mut client).await;
    assert_eq!((progress.state, progress.code.as_deref()), (ProgressWord::Failed, Some("quiz_stopped")));
    let item = items.iter().find(|it| it.quiz == first.quiz).expect("it is still there");
    assert_eq!(item.answered.map(|it| it.correct), Some(correct));
}

#[tokio::test]
async fn nobody_waits_any_more_nothing_is_asked_any_more() {
    for leave in [true, false] {
        let slow = ["quiz.first_token_ms=60000", "quiz.total_ms=60000", "quiz.budget_ms=60000", "session.resume_ms=0"];
        let (server, model) = with_model(|_| Act::Hang, &slow).await;
        let mut client = server.client().await;
        hello(&mut client).await;
        generate(&mut client, 12, Lang::Eng).await;
        let started = Instant::now();
        while model.requests().is_empty() {
            assert!(started.elapsed() < PATIENCE, "it is never asked");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        if leave {
            drop(client);
        } else {
            say(&mut client, json!({"type": "quiz.cancel"})).await;
        }
        while model.hung_up() < model.requests().len() {
            assert!(started.elapsed() < PATIENCE, "it is waited for, left: {leave}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert!(server.metric("loa_quiz_sets_total{source=\"llm\",outcome=\"deserted\"}").await >= 1.0);
    }
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_a_model() {
    let slow = ["quiz.first_token_ms=60000", "quiz.total_ms=60000", "quiz.budget_ms=60000"];
    let (server, model) = with_model(|_| Act::Hang, &slow).await;
    let mut client = server.client().await;
    hello(&mut client).await;
    generate(&mut client, 12, Lang::Eng).await;
    let started = Instant::now();
    while model.requests().is_empty() {
        assert!(started.elapsed() < PATIENCE, "it is never asked");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    server.shutdown.cancel();
    assert_eq!(client.close_code().await, Some(1012));
    tokio::time::timeout(PATIENCE, server.task).await.expect("in time").expect("no panic");
}
