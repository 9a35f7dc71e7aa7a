//! What a watch session leaves in the database, and whose it is, over real sockets.

use std::time::{Duration, Instant};

use loa::attention::{Kind, Level, Limits};
use loa::config::Config;
use loa::protocol::server::{Alert, ServerMessage, Welcome};
use loa::store::{Caller, EndReason, LearnerId, MinuteTotals, SessionDetails, SessionFilter, SessionId, UtcMs};
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

use crate::support::{Client, PATIENCE, TestServer, config, learner, picture, tokens};

const OPEN: &str = "faces/open_320x240.jpg";
const CLOSED: &str = "faces/closed_320x240.jpg";
const FRAME: Duration = Duration::from_millis(250);
/// What is kept is there so soon after it was told (the promise is one second; machines stall).
const SOON: Duration = Duration::from_secs(5);

/// The default preset with a first warning after 2 s of closed eyes.
fn hasty(sets: &[&str]) -> Config {
    let mut config = config(sets);
    let limits = &mut config.attention.presets.default;
    *limits = Limits { eyes_closed_prealarm_ms: 2_000, ..limits.clone() };
    config
}

/// Shows a picture until `done` says so of a message.
async fn show(client: &mut Client, name: &str, done: impl Fn(&ServerMessage) -> bool) -> ServerMessage {
    let jpeg = picture(name);
    let mut frames = tokio::time::interval(FRAME);
    let started = Instant::now();
    loop {
        assert!(started.elapsed() < PATIENCE, "it never came");
        tokio::select! {
            message = client.next_any() => if done(&message) { return message },
            _ = frames.tick() => drop(client.send_frame(&jpeg).await),
        }
    }
}

async fn show_until_alert(client: &mut Client) -> Alert {
    match show(client, CLOSED, |message| matches!(message, ServerMessage::Alert(_))).await {
        ServerMessage::Alert(alert) => alert,
        other => panic!("instead of an alert: {other:?}"),
    }
}

async fn show_for(client: &mut Client, name: &str, time: Duration) {
    let end = Instant::now() + time;
    show(client, name, |message| matches!(message, ServerMessage::Verdict(_)) && Instant::now() >= end).await;
}

fn id(welcome: &Welcome) -> SessionId {
    SessionId(Uuid::parse_str(&welcome.session).expect("an id"))
}

/// The session, once it is as it shall be.
async fn kept(server: &TestServer, session: SessionId, good: impl Fn(&SessionDetails) -> bool) -> SessionDetails {
    let started = Instant::now();
    loop {
        let found = server.store.session(learner(), session).await;
        match found {
            Ok(found) if good(&found) => return found,
            found => assert!(started.elapsed() < SOON, "not kept: {found:?}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn sum(minutes: &[MinuteTotals]) -> i64 {
    let one = |it: &MinuteTotals| {
        it.attentive_ms
            + it.eyes_closed_ms
            + it.drowsy_ms
            + it.absent_ms
            + it.slumped_ms
            + it.looking_away_ms
            + it.unknown_ms
            + it.paused_ms
    };
    minutes.iter().map(|it| i64::from(one(it))).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_is_kept_with_its_onset_and_its_place_in_the_lecture() {
    let server = TestServer::with(hasty(&[])).await;
    let mut client = server.client().await;
    let lecture = r#"{"url":"https://example.com/os/3?utm_source=x#t=5","course":"OS","title":"Paging"}"#;
    client.send_text(&format!(r#"{{"type":"hello","lecture":{lecture}}}"#)).await;
    let welcome = client.welcome().await;
    client.send_text(r#"{"type":"playback","position_s":600.5,"playing":true,"rate":2.0,"duration_s":3000}"#).await;
    show_for(&mut client, OPEN, Duration::from_secs(2)).await;
    let alert = show_until_alert(&mut client).await;
    let found = kept(&server, id(&welcome), |it| it.events.iter().any(|event| event.peak > Level::Note)).await;
    let (event, started) = (found.events[0], found.summary.started);
    assert_eq!((event.number, event.kind, event.peak, event.ended), (1, Kind::EyesClosed, Level::PreAlarm, None));
    assert_eq!(event.started, started.plus_ms(alert.since_ms), "the onset, not the alarm");
    let place = event.lecture_seconds.expect("the player spoke");
    let expected = 600.5 + 2.0 * alert.since_ms as f64 / 1000.0;
    // The player spoke a moment after the session began.
    assert!(place <= expected && place > expected - 6.0, "{place} instead of {expected}");
    assert_eq!(
        (found.summary.title.as_deref(), found.summary.url.as_deref()),
        (Some("Paging"), Some("https://example.com/os/3"))
    );
    assert_eq!((found.summary.ended, found.summary.duration_seconds), (None, Some(3000.0)));

    show_for(&mut client, OPEN, Duration::from_secs(4)).await;
    client.send_text(r#"{"type":"pause"}"#).await;
    client.send_text(r#"{"type":"end"}"#).await;
    assert_eq!(client.close_code().await, Some(1000));
    let found = kept(&server, id(&welcome), |it| it.summary.ended.is_some()).await;
    assert_eq!(found.summary.end_reason, Some(EndReason::End));
    assert!(found.events.iter().all(|it| it.ended.is_some()));
    let length = found.summary.ended.expect("ended").0 - started.0;
    assert_eq!(sum(&found.minutes), length, "every millisecond is somewhere: {:?}", found.minutes);
    let first = found.minutes[0];
    assert!(first.attentive_ms > 2_000 && first.eyes_closed_ms > 1_000 && first.frames > 20, "{first:?}");
    let closed: i64 = found.minutes.iter().map(|it| i64::from(it.eyes_closed_ms)).sum();
    let lasted: i64 = found.events.iter().filter_map(|it| Some(it.ended?.0 - it.started.0)).sum();
    assert!((closed - lasted).abs() < 1_000, "totals and events tell the same: {closed} and {lasted} ms");
    assert_eq!(first.lecture_seconds, Some(600.5));
    let played = found.summary.lecture_seconds.expect("the player spoke");
    assert!((played - 2.0 * length as f64 / 1000.0).abs() < 6.0, "{played} of {length} ms at double speed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_end_as_lost_or_by_a_restart() {
    let server = TestServer::with(hasty(&["session.resume_ms=700"])).await;
    let mut gone = server.client().await;
    let lost = gone.hello().await;
    show_until_alert(&mut gone).await;
    let left = UtcMs::now();
    drop(gone);
    let mut stays = server.client().await;
    let restarted = stays.hello().await;
    show_for(&mut stays, OPEN, Duration::from_millis(300)).await;
    let found = kept(&server, id(&lost), |it| it.summary.ended.is_some()).await;
    assert_eq!(found.summary.end_reason, Some(EndReason::Lost));
    let ended = found.summary.ended.expect("ended");
    assert!((ended.0 - left.0).abs() < 600, "when the connection broke, not when nobody came back: {ended:?} {left:?}");
    assert!(found.events.iter().all(|it| it.ended.is_some_and(|end| end <= ended)), "{:?}", found.events);
    assert_eq!(sum(&found.minutes), ended.0 - found.summary.started.0);

    server.shutdown.cancel();
    server.task.await.expect("it ends");
    let found = server.store.session(learner(), id(&restarted)).await.expect("kept before the end");
    assert_eq!(found.summary.end_reason, Some(EndReason::Restart));
    assert!(!found.minutes.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resumed_session_is_one_session() {
    let server = TestServer::with(hasty(&[])).await;
    let mut client = server.client().await;
    let welcome = client.hello().await;
    show_for(&mut client, OPEN, Duration::from_millis(600)).await;
    drop(client);
    let mut client = server.client().await;
    client.send_text(&format!(r#"{{"type":"hello","resume":"{}"}}"#, welcome.resume)).await;
    let again = client.welcome().await;
    assert_eq!((again.recovered, &again.session), (Some(true), &welcome.session));
    show_until_alert(&mut client).await;
    client.send_text(r#"{"type":"end"}"#).await;
    client.close_code().await;
    let found = kept(&server, id(&welcome), |it| it.summary.ended.is_some()).await;
    assert_eq!((found.summary.end_reason, found.events.len()), (Some(EndReason::End), 1));
    assert_eq!(sum(&found.minutes), found.summary.ended.expect("ended").0 - found.summary.started.0);
    assert_eq!(
        server
            .store
            .sessions(learner(), &SessionFilter { per_page: 10, ..SessionFilter::default() })
            .await
            .expect("a list")
            .total,
        1
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_never_seen_leaves_no_trace() {
    let server = TestServer::start(&[]).await;
    let mut client = server.client().await;
    let welcome = client.hello().await;
    client.send_text(r#"{"type":"playback","position_s":1,"playing":true,"duration_s":10}"#).await;
    client.send_text(r#"{"type":"end"}"#).await;
    assert_eq!(client.close_code().await, Some(1000));
    server.shutdown.cancel();
    server.task.await.expect("it ends");
    assert!(server.store.session(learner(), id(&welcome)).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_and_hellos_without_a_good_token_are_refused_and_a_good_one_is_welcome() {
    let server = TestServer::start(&[]).await;
    let mut client = server.client().await;
    client.send_raw(Message::binary(picture(OPEN))).await;
    let error = client.error().await;
    assert_eq!((error.code.as_str(), error.seq), ("token_missing", Some(0)));
    let (tokens, me, now) = (tokens(), learner().learner(), UtcMs::now());
    let good = tokens.access(me, Some(loa::consent::VERSION), now);
    let long_ago = now.before(Duration::from_hours(1));
    let forged = format!("{}x{}", &good[..good.len() / 2], &good[good.len() / 2 + 1..]);
    for (token, code) in [
        (String::new(), "token_invalid"),
        ("x".repeat(50_000), "token_invalid"),
        (forged, "token_invalid"),
        (tokens.access(me, Some(loa::consent::VERSION), long_ago), "token_expired"),
        (tokens.refresh(me, now), "token_audience"),
        (tokens.teacher(Vec::new(), Duration::from_hours(1), now), "token_audience"),
    ] {
        client.send_text(&format!(r#"{{"type":"hello","token":"{token}"}}"#)).await;
        assert_eq!(client.error().await.code, code, "{token:.40}");
    }
    client.send_raw(Message::text(r#"{"type":"hello"}"#)).await;
    assert_eq!(client.error().await.code, "token_missing");
    for lecture in [r#"{"url":"javascript:alert(1)"}"#, r#"{"url":""}"#, r#"{"title":"no address"}"#] {
        client.send_text(&format!(r#"{{"type":"hello","lecture":{lecture}}}"#)).await;
        assert_eq!(client.error().await.code, "bad_message", "{lecture}");
    }
    let welcome = client.hello().await;
    assert_eq!((welcome.learner, welcome.consent), (me.0.to_string(), true));
    for playback in [r#""position_s":-1"#, r#""position_s":1e300"#, r#""position_s":1,"rate":-2"#] {
        client.send_text(&format!(r#"{{"type":"playback",{playback},"playing":true}}"#)).await;
        assert_eq!(client.error().await.code, "bad_message", "{playback}");
    }
    client.verdict(&picture(OPEN)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_consent_no_frame_is_looked_at() {
    let server = TestServer::start(&[]).await;
    for consent in [None, Some("an older text")] {
        let mut client = server.client().await;
        let token = tokens().access(learner().learner(), consent, UtcMs::now());
        client.send_text(&format!(r#"{{"type":"hello","token":"{token}"}}"#)).await;
        assert!(!client.welcome().await.consent);
        let seq = client.send_frame(&picture(OPEN)).await;
        let error = client.error().await;
        assert_eq!((error.code.as_str(), error.seq), ("no_consent", Some(seq)));
    }
    assert_eq!(server.metric("loa_verdicts_total ").await, 0.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_are_sent_away_in_time() {
    let server = TestServer::start(&["session.ping_every_ms=100", "session.silent_for_ms=700"]).await;
    let mut client = server.client().await;
    let started = Instant::now();
    // A sign of life now and then does not help.
    while started.elapsed() < Duration::from_millis(500) {
        client.send_text(r#"{"type":"pong","n":0}"#).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(client.close_code().await, Some(4401));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_resume_secret_is_no_use_to_somebody_else() {
    let server = TestServer::start(&[]).await;
    let mut mine = server.client().await;
    let welcome = mine.hello().await;
    mine.verdict(&picture(OPEN)).await;
    let somebody_else = Caller::authenticated(LearnerId::new_id());
    let token = tokens().access(somebody_else.learner(), Some(loa::consent::VERSION), UtcMs::now());
    let mut thief = server.client().await;
    thief.send_text(&format!(r#"{{"type":"hello","token":"{token}","resume":"{}"}}"#, welcome.resume)).await;
    let theirs = thief.welcome().await;
    assert_eq!(theirs.recovered, Some(false));
    assert_ne!(theirs.session, welcome.session);
    mine.verdict(&picture(OPEN)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_server_for_one_file() {
    let config = config(&["inference.workers=1"]);
    let server = TestServer::with(config.clone()).await;
    let second = loa::server::Server::open(config.clone()).await.err().expect("refused").to_string();
    assert!(second.contains("another server uses it"), "{second}");
    server.shutdown.cancel();
    server.task.await.expect("it ends");
    drop(loa::server::Server::open(config).await.expect("nobody has it any more"));
}
