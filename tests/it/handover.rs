//! Watch sessions go on in the server's next process.

use std::time::Duration;

use loa::protocol::quiz::ProgressWord;
use loa::protocol::server::{AlertKind, Notice, ServerMessage, StateWord, Welcome};
use loa::store::{LearnerId, NewGuest, UtcMs};

use crate::quizzing;
use crate::support::{Client, PATIENCE, TestServer, config, database, picture, tokens};

const ROOM: &str = "rooms/window.jpg";

/// Nobody is there for a second: an alert.
const SETTINGS: [&str; 5] = [
    "attention.absent.enter_ms=500",
    "attention.absent.enter_looks=2",
    "attention.evidence.alert_looks=2",
    "attention.presets.default.absent_prealarm_ms=1000",
    "attention.presets.default.absent_alarm_ms=600000",
];

async fn start(path: &str, more: &[&str]) -> TestServer {
    let place = format!("database.path={path}");
    let sets: Vec<&str> = [place.as_str()].iter().chain(&SETTINGS).chain(more).copied().collect();
    TestServer::with(config(&sets)).await
}

async fn stop(server: TestServer) {
    server.shutdown.cancel();
    tokio::time::timeout(PATIENCE, server.task).await.expect("it ends in time").expect("without a panic");
    server.store.close().await;
}

async fn again(server: &TestServer, welcome: &Welcome, last_n: u64) -> (Client, Welcome) {
    let mut client = server.client().await;
    let hello = format!(r#"{{"type":"hello","resume":"{}","last_n":{last_n}}}"#, welcome.resume);
    client.send_text(&hello).await;
    let welcome = client.welcome().await;
    (client, welcome)
}

/// Shows an empty room until the learner is told.
async fn until_alert(client: &mut Client) -> u64 {
    let jpeg = picture(ROOM);
    loop {
        client.send_frame(&jpeg).await;
        tokio::time::sleep(Duration::from_millis(250)).await;
        loop {
            match client.next().await {
                ServerMessage::Alert(alert) => {
                    assert_eq!(alert.kind, AlertKind::Absent);
                    return alert.n;
                }
                ServerMessage::Verdict(_) => break,
                _ => {}
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_session_goes_on_in_the_next_process_with_what_was_missed() {
    let path = database();
    let server = start(&path, &[]).await;
    let mut client = server.client().await;
    let before = client.hello().await;
    let n = until_alert(&mut client).await;
    server.shutdown.cancel();
    assert_eq!(client.close_code().await, Some(1012));
    stop(server).await;

    let server = start(&path, &[]).await;
    let (mut client, after) = again(&server, &before, n - 1).await;
    assert_eq!((after.recovered, after.session), (Some(true), before.session.clone()));
    assert_eq!((after.state, after.resume), (StateWord::Absent, before.resume.clone()));
    assert!(matches!(after.missed[..], [Notice::Alert(alert)] if alert.n == n), "not acknowledged: {:?}", after.missed);
    assert!(after.now_ms > 1_000, "it is as old as it is: {}", after.now_ms);
    // One session in the books, which goes on.
    client.verdict(&picture("faces/open_320x240.jpg")).await;
    client.send_text(r#"{"type":"end"}"#).await;
    assert_eq!(client.close_code().await, Some(1000));
    // Nobody can go on with it any more, here or elsewhere.
    stop(server).await;
    let server = start(&path, &[]).await;
    let (_, third) = again(&server, &before, n).await;
    assert_eq!(third.recovered, Some(false));
    stop(server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_was_away_at_the_shutdown_comes_back_as_well() {
    let path = database();
    let server = start(&path, &[]).await;
    let mut client = server.client().await;
    let before = client.hello().await;
    until_alert(&mut client).await;
    drop(client);
    while server.metric("loa_watches_waiting").await < 1.0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    stop(server).await;
    let server = start(&path, &[]).await;
    let (_client, after) = again(&server, &before, 0).await;
    assert_eq!((after.recovered, after.session), (Some(true), before.session));
    stop(server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn questions_go_on_with_what_was_answered_and_what_is_open() {
    let path = database();
    let server = start(&path, &[quizzing::HASTE]).await;
    let mut client = server.client().await;
    client.send_text(&quizzing::hello_words(None)).await;
    let before = client.welcome().await;
    let items = quizzing::make(&mut client).await;
    quizzing::play(&mut client, items[0].at_s - 0.3, true).await;
    let first = quizzing::asked(&mut client).await;
    quizzing::answer(&mut client, first.quiz, 0).await;
    let graded = quizzing::graded(&mut client).await;
    quizzing::play(&mut client, items[1].at_s + 0.5, true).await;
    let open = quizzing::asked(&mut client).await;
    stop(server).await;

    let server = start(&path, &[quizzing::HASTE]).await;
    let mut client = server.client().await;
    client.send_text(&quizzing::hello_words(Some(&before.resume))).await;
    assert_eq!(client.welcome().await.recovered, Some(true));
    let (mut told, mut again, mut state) = (Vec::new(), None, None);
    while state.is_none() || again.is_none() {
        match client.next().await {
            ServerMessage::QuizItem(item) => told.push(item),
            ServerMessage::QuizAsk(ask) => again = Some(ask),
            ServerMessage::QuizProgress(progress) => state = Some(progress.state),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((told.len(), state), (items.len(), Some(ProgressWord::Done)));
    let answered = told.iter().find(|it| it.quiz == first.quiz).and_then(|it| it.answered.as_ref());
    assert_eq!(answered.map(|it| it.correct), Some(graded.correct));
    assert_eq!(again, Some(open.clone()), "the same question, its options in the same order");
    quizzing::answer(&mut client, open.quiz, 0).await;
    assert_eq!(quizzing::graded(&mut client).await.quiz, open.quiz);
    stop(server).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_else_and_nobody_late_goes_on_with_it() {
    let path = database();
    let server = start(&path, &[]).await;
    let mut welcomes = Vec::new();
    for _ in 0..2 {
        let mut client = server.client().await;
        welcomes.push(client.hello().await);
        until_alert(&mut client).await;
    }
    stop(server).await;

    let server = start(&path, &[]).await;
    let other = loa::store::Caller::authenticated(LearnerId::new_id());
    server.store.add_guest(other, NewGuest::default(), UtcMs::now()).await.expect("stored");
    let token = tokens().access(other.learner(), Some(loa::consent::VERSION), UtcMs::now());
    let mut thief = server.client().await;
    let secret = &welcomes[0].resume;
    thief.send_text(&format!(r#"{{"type":"hello","token":"{token}","resume":"{secret}"}}"#)).await;
    let welcome = thief.welcome().await;
    assert_eq!((welcome.recovered, welcome.missed.len()), (Some(false), 0));
    let (_client, after) = again(&server, &welcomes[0], 0).await;
    assert_eq!(after.recovered, Some(true), "the attempt has not harmed the owner");
    stop(server).await;

    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let server = start(&path, &["session.resume_ms=1000"]).await;
    let (_client, after) = again(&server, &welcomes[1], 0).await;
    assert_eq!(after.recovered, Some(false), "too late");
    stop(server).await;
}
