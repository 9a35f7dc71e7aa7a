//! Watch sessions over real sockets: alerts, the wished rate, and what a broken connection leaves.
//!
//! Frames carry the time that really passes: the engine obeys no capture times from the future. Where limits are shortened,
//! the test says so.

use std::time::{Duration, Instant};

use loa::attention::Limits;
use loa::config::Config;
use loa::protocol::frame::{Frame, Header};
use loa::protocol::server::{
    Alert, AlertCleared, AlertKind, AlertLevel, DropReason, Notice, ServerMessage, StateWord, Welcome,
};
use tokio::time::{sleep, sleep_until};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Client, TestServer, config, http, picture};

const OPEN: &str = "faces/open_320x240.jpg";
const CLOSED: &str = "faces/closed_320x240.jpg";
const ROOM: &str = "rooms/window.jpg";

/// How long a busy machine may stall, ms. That timers are exact is for the engine's own tests, whose clock is not real.
const STALL: u64 = 3_000;

/// The client's clock, and the way of a learner's frames.
struct Learner {
    client: Client,
    born: Instant,
    seq: u32,
}

/// What came while frames were sent: each message with the sequence of the newest frame then.
type Told = Vec<(u32, ServerMessage)>;

impl Learner {
    async fn new(server: &TestServer) -> (Self, Welcome) {
        Self::hello(server, r#"{"type":"hello"}"#).await
    }

    async fn hello(server: &TestServer, hello: &str) -> (Self, Welcome) {
        let mut client = server.client().await;
        client.send_text(hello).await;
        let welcome = client.welcome().await;
        (Self { client, born: Instant::now(), seq: 0 }, welcome)
    }

    async fn again(server: &TestServer, welcome: &Welcome, last_n: u64) -> (Self, Welcome) {
        let hello = format!(r#"{{"type":"hello","resume":"{}","last_n":{last_n}}}"#, welcome.resume);
        Self::hello(server, &hello).await
    }

    /// Shows a picture `per_second` times a second for so long; reads everything, verdicts too.
    async fn show(&mut self, name: &str, seconds: f64, per_second: f64) -> Told {
        self.show_bytes(&picture(name), seconds, per_second).await
    }

    async fn show_bytes(&mut self, jpeg: &[u8], seconds: f64, per_second: f64) -> Told {
        let begin = tokio::time::Instant::now();
        let mut told = Vec::new();
        for index in 0..(seconds * per_second).round() as u32 {
            let due = begin + Duration::from_secs_f64(f64::from(index) / per_second);
            told.extend(self.listen_until(due).await);
            self.seq += 1;
            let captured_ms = 5_000 + self.born.elapsed().as_millis() as u64;
            let frame = Frame::encode(Header { seq: self.seq, captured_ms }, jpeg);
            self.client.send(Message::Binary(frame)).await;
        }
        told.extend(self.listen_until(begin + Duration::from_secs_f64(seconds)).await);
        told
    }

    async fn listen_until(&mut self, end: tokio::time::Instant) -> Told {
        let mut told = Vec::new();
        loop {
            tokio::select! {
                biased;
                message = self.client.next_any() => told.push((self.seq, message)),
                () = sleep_until(end) => return told,
            }
        }
    }

    async fn listen(&mut self, seconds: f64) -> Told {
        self.listen_until(tokio::time::Instant::now() + Duration::from_secs_f64(seconds)).await
    }
}

fn notices(told: &Told) -> Vec<Notice> {
    let notice = |message: &ServerMessage| match message {
        ServerMessage::Alert(alert) => Some(Notice::Alert(*alert)),
        ServerMessage::AlertCleared(cleared) => Some(Notice::Cleared(*cleared)),
        _ => None,
    };
    told.iter().filter_map(|(_, message)| notice(message)).collect()
}

fn alerts(told: &Told) -> Vec<Alert> {
    let alert = |notice| if let Notice::Alert(alert) = notice { Some(alert) } else { None };
    notices(told).into_iter().filter_map(alert).collect()
}

fn cleared(told: &Told) -> Vec<AlertCleared> {
    let cleared = |notice| if let Notice::Cleared(cleared) = notice { Some(cleared) } else { None };
    notices(told).into_iter().filter_map(cleared).collect()
}

fn rates(told: &Told) -> Vec<f32> {
    let rate = |message: &ServerMessage| {
        if let ServerMessage::Rate { frames_per_second } = message { Some(*frames_per_second) } else { None }
    };
    told.iter().filter_map(|(_, message)| rate(message)).collect()
}

fn states(told: &Told) -> Vec<StateWord> {
    let state = |message: &ServerMessage| if let ServerMessage::State(it) = message { Some(it.state) } else { None };
    told.iter().filter_map(|(_, message)| state(message)).collect()
}

/// The default preset with shorter limits: absence 4 s and 6 s, closed eyes 2.5 s and 4 s.
fn hasty() -> Config {
    let mut config = config(&[]);
    let limits = &mut config.attention.presets.default;
    *limits = Limits {
        absent_prealarm_ms: 4_000,
        absent_alarm_ms: 6_000,
        eyes_closed_prealarm_ms: 2_500,
        eyes_closed_alarm_ms: 4_000,
        ..limits.clone()
    };
    config
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn blinks_raise_no_alert() {
    let server = TestServer::start(&[]).await;
    let (mut learner, _) = Learner::new(&server).await;
    let mut told = Vec::new();
    for _ in 0..10 {
        told.extend(learner.show(OPEN, 1.0, 4.0).await);
        told.extend(learner.show(CLOSED, 0.25, 4.0).await);
    }
    assert_eq!(notices(&told), []);
    assert_eq!(states(&told), [StateWord::Attentive]);
    let verdicts = told.iter().filter(|(_, it)| matches!(it, ServerMessage::Verdict(_))).count();
    assert!(verdicts >= 10, "{verdicts} of 50 frames were looked at");
}

/// The limits of the preset `default` as they are.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_seconds_of_closed_eyes_are_told_twice_and_cleared() {
    let server = TestServer::start(&[]).await;
    let (mut learner, welcome) = Learner::new(&server).await;
    assert_eq!((welcome.rate, welcome.state, welcome.recovered), (1.0, StateWord::Unknown, None));
    learner.show(OPEN, 3.0, 2.0).await;
    let closed_from = learner.born.elapsed().as_millis() as u64;
    let told = learner.show(CLOSED, 20.0, 2.0).await;
    let alerts = alerts(&told);
    let levels: Vec<_> = alerts.iter().map(|it| (it.n, it.kind, it.level)).collect();
    let expected = [(1, AlertKind::EyesClosed, AlertLevel::PreAlarm), (2, AlertKind::EyesClosed, AlertLevel::Alarm)];
    assert_eq!(levels, expected);
    for (alert, limit) in alerts.iter().zip([5_000, 15_000]) {
        assert_eq!(alert.lasted_ms, alert.at_ms - alert.since_ms);
        assert!((limit..limit + STALL).contains(&alert.lasted_ms), "{limit}: {alert:?}");
        assert!(alert.since_ms.abs_diff(closed_from) < STALL, "the onset, not the alarm: {alert:?}");
    }
    // The alert leaves with the result of the frame that tipped the scales, and before its verdict.
    let at = told.iter().position(|(_, it)| matches!(it, ServerMessage::Alert(_))).expect("told");
    let frame = told[at].0;
    assert!(
        told[at..].iter().any(|(_, it)| matches!(it, ServerMessage::Verdict(verdict) if verdict.seq == frame)),
        "the verdict of frame {frame} comes after its alert"
    );
    assert_eq!(rates(&told).first(), Some(&4.0), "more frames are wished while something looks wrong");
    let told = learner.show(OPEN, 7.0, 2.0).await;
    let ended: Vec<_> = cleared(&told).iter().map(|it| (it.n, it.kind)).collect();
    assert_eq!((ended, notices(&told).len()), (vec![(3, AlertKind::EyesClosed)], 1));
    assert_eq!(rates(&told), [1.0], "and fewer when all is well again");
    assert_eq!(states(&told), [StateWord::Attentive]);
    assert_eq!(server.metric(r#"loa_alerts_total{kind="eyes_closed",level="alarm"}"#).await, 1.0);
}

/// Shortened limits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_walks_away_is_missed_and_welcomed_back() {
    let server = TestServer::with(hasty()).await;
    let (mut learner, _) = Learner::new(&server).await;
    learner.show(OPEN, 2.0, 2.0).await;
    let told = learner.show(ROOM, 8.0, 2.0).await;
    let levels: Vec<_> = alerts(&told).iter().map(|it| (it.kind, it.level)).collect();
    assert_eq!(levels, [(AlertKind::Absent, AlertLevel::PreAlarm), (AlertKind::Absent, AlertLevel::Alarm)]);
    assert_eq!(states(&told), [StateWord::Absent]);
    let told = learner.show(OPEN, 4.0, 2.0).await;
    assert_eq!(cleared(&told).iter().map(|it| it.kind).collect::<Vec<_>>(), [AlertKind::Absent]);
    assert_eq!(states(&told), [StateWord::Attentive]);
}

/// Shortened limits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_absence_whose_frames_stop_is_told_by_the_clock() {
    let server = TestServer::with(hasty()).await;
    let (mut learner, _) = Learner::new(&server).await;
    learner.show(OPEN, 2.0, 2.0).await;
    let told = learner.show(ROOM, 3.7, 4.0).await;
    assert_eq!((states(&told), notices(&told).len()), (vec![StateWord::Absent], 0));
    let told = learner.listen(4.5).await;
    let alerts = alerts(&told);
    assert_eq!(alerts.iter().map(|it| it.level).collect::<Vec<_>>(), [AlertLevel::PreAlarm, AlertLevel::Alarm]);
    for (alert, limit) in alerts.iter().zip([4_000, 6_000]) {
        assert!((limit..limit + STALL).contains(&alert.lasted_ms), "{limit}: {alert:?}");
    }
}

/// Shortened limits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn alerts_missed_while_away_are_told_on_return_all_and_once() {
    let server = TestServer::with(hasty()).await;
    let (mut learner, first) = Learner::new(&server).await;
    learner.show(OPEN, 2.0, 2.0).await;
    let told = learner.show(ROOM, 5.0, 4.0).await;
    assert_eq!(alerts(&told).iter().map(|it| it.n).collect::<Vec<_>>(), [1]);
    // The connection breaks without a goodbye; the alarm's time comes while nobody is there.
    drop(learner);
    sleep(Duration::from_millis(6_000)).await;
    assert_eq!(server.metric("loa_watches_waiting ").await, 1.0);
    let (mut learner, again) = Learner::again(&server, &first, 1).await;
    assert_eq!((again.recovered, &again.session, again.state), (Some(true), &first.session, StateWord::Absent));
    let [Notice::Alert(missed)] = again.missed[..] else { panic!("one alarm was missed: {:?}", again.missed) };
    assert_eq!((missed.n, missed.kind, missed.level), (2, AlertKind::Absent, AlertLevel::Alarm));
    assert!((6_000..6_000 + STALL).contains(&missed.lasted_ms), "raised in time, not on return: {missed:?}");
    learner.client.send_text(r#"{"type":"alert.ack","n":2}"#).await;
    let told = learner.show(OPEN, 4.0, 2.0).await;
    assert_eq!(cleared(&told).iter().map(|it| it.n).collect::<Vec<_>>(), [3]);
    drop(learner);
    let (_learner, third) = Learner::again(&server, &first, 3).await;
    assert_eq!((third.recovered, third.missed.len(), third.state), (Some(true), 0, StateWord::Attentive));
    assert_eq!(server.metric(r#"loa_resumes_total{outcome="recovered"}"#).await, 2.0);
}

/// Shortened limits: the closure goes on over the break, and so does its clock.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_short_break_of_the_connection_interrupts_no_closure() {
    let server = TestServer::with(hasty()).await;
    let (mut learner, first) = Learner::new(&server).await;
    learner.show(OPEN, 2.0, 2.0).await;
    let told = learner.show(CLOSED, 3.5, 4.0).await;
    assert_eq!(alerts(&told).len(), 1, "the pre-alarm");
    drop(learner);
    let (mut learner, again) = Learner::again(&server, &first, 1).await;
    assert_eq!((again.recovered, again.state), (Some(true), StateWord::EyesClosed));
    let told = learner.show(CLOSED, 4.0, 4.0).await;
    assert_eq!(alerts(&told).iter().map(|it| (it.n, it.level)).collect::<Vec<_>>(), [(2, AlertLevel::Alarm)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restarted_server_says_that_nothing_is_recovered_and_goes_on() {
    let server = TestServer::start(&[]).await;
    let (mut learner, first) = Learner::new(&server).await;
    learner.show(OPEN, 1.0, 4.0).await;
    server.shutdown.cancel();
    assert_eq!(learner.client.close_code().await, Some(1012));
    server.task.await.expect("a clean end");
    let server = TestServer::start(&[]).await;
    let (mut learner, again) = Learner::again(&server, &first, 0).await;
    assert_eq!((again.recovered, again.missed.len(), again.now_ms < 1_000), (Some(false), 0, true));
    assert!(again.session != first.session && again.resume != first.resume);
    let told = learner.show(OPEN, 1.0, 4.0).await;
    assert_eq!(states(&told), [StateWord::Attentive]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_connections_with_one_secret_the_newer_wins() {
    let server = TestServer::start(&[]).await;
    let (mut older, first) = Learner::new(&server).await;
    older.show(OPEN, 1.0, 4.0).await;
    let (mut newer, again) = Learner::again(&server, &first, 0).await;
    assert_eq!((again.recovered, &again.session), (Some(true), &first.session));
    let farewell = loop {
        match older.client.next_raw().await {
            Some(Ok(Message::Close(frame))) => break frame.expect("a reason"),
            Some(Ok(_)) => {}
            other => panic!("instead of a goodbye: {other:?}"),
        }
    };
    assert_eq!(u16::from(farewell.code), 4410);
    assert!(farewell.reason.contains("another connection"), "{}", farewell.reason);
    let told = newer.show(OPEN, 1.0, 4.0).await;
    assert!(told.iter().filter(|(_, it)| matches!(it, ServerMessage::Verdict(_))).count() >= 3);
    assert_eq!(server.metric("loa_watches_waiting ").await, 0.0, "who was replaced leaves nothing behind");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_secret_recovers_nothing() {
    let server = TestServer::start(&[]).await;
    let (_bystander, theirs) = Learner::new(&server).await;
    for secret in ["", "0", &theirs.session, &"f".repeat(32), &"x".repeat(60_000), "'; drop table learners"] {
        let hello = format!(r#"{{"type":"hello","resume":"{secret}"}}"#);
        let (_, welcome) = Learner::hello(&server, &hello).await;
        assert_eq!((welcome.recovered, welcome.missed.len()), (Some(false), 0), "{secret:.40}");
        assert!(welcome.session != theirs.session);
    }
    let hello = format!(r#"{{"type":"hello","resume":"{}","last_n":99}}"#, theirs.resume);
    let (_, welcome) = Learner::hello(&server, &hello).await;
    assert_eq!(welcome.recovered, Some(false), "a number that was never given");
    let log = http(server.address, "GET /metrics HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n").await;
    assert!(!log.contains(&theirs.resume), "the secret is shown to nobody else");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_the_end_nobody_goes_on() {
    let server = TestServer::start(&[]).await;
    let (mut learner, first) = Learner::new(&server).await;
    learner.show(OPEN, 1.0, 2.0).await;
    learner.client.send_text(r#"{"type":"end"}"#).await;
    assert_eq!(learner.client.close_code().await, Some(1000));
    let (_, again) = Learner::again(&server, &first, 0).await;
    assert_eq!(again.recovered, Some(false));
}

/// Not even while the last frame is still in work.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_goes_on_between_the_end_and_the_goodbye() {
    let server = TestServer::start(&["inference.workers=1"]).await;
    let (mut busy, _) = Learner::new(&server).await;
    let (mut learner, first) = Learner::new(&server).await;
    for _ in 0..5 {
        busy.client.send_frame(&picture("faces/open_640x480.jpg")).await;
    }
    learner.client.send_frame(&picture("faces/open_640x480.jpg")).await;
    learner.client.send_text(r#"{"type":"end"}"#).await;
    let (mut other, again) = Learner::again(&server, &first, 0).await;
    // The other may come before the end is read, and then takes over; after it, it begins anew.
    let taken_over = again.recovered == Some(true);
    assert_eq!(learner.client.close_code().await, Some(if taken_over { 4410 } else { 1000 }));
    assert_eq!(again.session == first.session, taken_over);
    // Either way its session is alive.
    let told = other.show(OPEN, 1.0, 4.0).await;
    assert_eq!(states(&told), [StateWord::Attentive]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_watch_session_is_kept_for_its_time_only_and_places_are_bounded() {
    let server = TestServer::start(&["session.resume_ms=3000", "session.resume_places=2"]).await;
    let mut welcomes = Vec::new();
    for _ in 0..4 {
        let (mut learner, welcome) = Learner::new(&server).await;
        learner.client.verdict(&picture(OPEN)).await;
        drop(learner);
        welcomes.push(welcome);
    }
    sleep(Duration::from_millis(300)).await;
    assert_eq!(server.metric("loa_watches_waiting ").await, 2.0);
    sleep(Duration::from_millis(4_500)).await;
    assert_eq!(server.metric("loa_watches_waiting ").await, 0.0);
    let (_, again) = Learner::again(&server, &welcomes[0], 0).await;
    assert_eq!((again.recovered, again.resume_within_ms), (Some(false), 3_000));
}

/// Shortened limits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_camera_clears_what_was_told() {
    let server = TestServer::with(hasty()).await;
    let (mut learner, _) = Learner::new(&server).await;
    learner.show(OPEN, 1.0, 4.0).await;
    let told = learner.show(CLOSED, 3.5, 4.0).await;
    assert_eq!(alerts(&told).len(), 1);
    learner.client.send_text(r#"{"type":"pause"}"#).await;
    let told = learner.listen(0.5).await;
    assert_eq!((cleared(&told).len(), states(&told)), (1, vec![StateWord::Unknown]));
    assert_eq!(notices(&learner.listen(3.0).await), [], "nothing is told while the camera is off");
    learner.client.send_text(r#"{"type":"resume"}"#).await;
    assert_eq!(states(&learner.show(OPEN, 1.5, 4.0).await), [StateWord::Attentive]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn presets_are_chosen_by_name() {
    let server = TestServer::start(&[]).await;
    let (mut learner, welcome) = Learner::hello(&server, r#"{"type":"hello","preset":"classic"}"#).await;
    assert_eq!(serde_json::to_value(welcome.preset).expect("a word"), "classic");
    let told = learner.show(CLOSED, 6.5, 2.0).await;
    assert_eq!((notices(&told), rates(&told)), (vec![], vec![]), "classic warns after 50 s and stays at 1 frame/s");
    let mut client = server.client().await;
    client.send_text(r#"{"type":"hello","preset":"lenient"}"#).await;
    let error = client.error().await;
    assert_eq!(error.code, "bad_message");
    assert!(error.message.contains("classic"), "{}", error.message);
}

/// A capture time that cannot be is counted, and neither obeyed nor a reason to stop.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn impossible_capture_times_are_counted() {
    let server = TestServer::start(&[]).await;
    let (mut learner, _) = Learner::new(&server).await;
    let jpeg = picture(OPEN);
    for (seq, captured_ms) in [(1, 5_000), (2, 5_000), (3, u64::MAX), (4, 0)] {
        learner.client.send(Message::Binary(Frame::encode(Header { seq, captured_ms }, &jpeg))).await;
        assert!(matches!(learner.client.next().await, ServerMessage::Verdict(verdict) if verdict.seq == seq));
    }
    let rejected = |reason: &str| format!(r#"loa_observations_rejected_total{{reason="{reason}"}}"#);
    assert_eq!(server.metric(&rejected("from_future")).await, 1.0);
    assert_eq!(server.metric(&rejected("repeated")).await, 2.0);
    assert_eq!(notices(&learner.show(OPEN, 1.0, 4.0).await), []);
    let mut codes = Vec::new();
    for seq in 100..125 {
        learner.client.send(Message::Binary(Frame::encode(Header { seq, captured_ms: 7 }, &jpeg))).await;
        match learner.client.next().await {
            ServerMessage::Error(error) => {
                codes.push(error.code);
                learner.client.next().await;
            }
            other => assert!(matches!(other, ServerMessage::Verdict(_) | ServerMessage::Dropped { .. }), "{other:?}"),
        }
        sleep(Duration::from_millis(110)).await;
    }
    assert_eq!(codes, ["bad_clock"], "a client whose clock stands still is told so, once");
}

/// While frames wait too long, clients are asked for fewer, and more than twice that are not taken.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_short_of_time_asks_for_fewer_frames() {
    // 16 learners who wish ten large frames a second each are too much for one worker; they send more than twice as many.
    let server = TestServer::start(&[
        "inference.workers=1",
        "inference.max_batch=1",
        "inference.max_age_ms=250",
        "attention.presets.default.calm_rate=10",
        "attention.presets.default.alert_rate=10",
    ])
    .await;
    let large = image::load_from_memory(&picture("faces/open_640x480.jpg")).expect("a good picture");
    let mut jpeg = Vec::new();
    large
        .resize_exact(1280, 1024, image::imageops::FilterType::Triangle)
        .write_to(&mut std::io::Cursor::new(&mut jpeg), image::ImageFormat::Jpeg)
        .expect("encoded");
    let (mut inside, mut learners) = (Vec::new(), Vec::new());
    for _ in 0..16 {
        inside.push(Learner::new(&server).await.0);
    }
    for mut learner in inside {
        let jpeg = jpeg.clone();
        learners.push(tokio::spawn(async move { learner.show_bytes(&jpeg, 4.0, 22.0).await }));
    }
    let mut told: Told = Vec::new();
    for learner in learners {
        told.extend(learner.await.expect("it lives"));
    }
    let asked = rates(&told);
    assert!(asked.iter().any(|rate| *rate < 9.0), "160 large frames a second are too many for one worker: {asked:?}");
    assert!(asked.iter().all(|rate| *rate >= 2.5), "nobody is asked for less than a quarter: {asked:?}");
    let refused = |message: &ServerMessage| matches!(message, ServerMessage::Dropped { reason: DropReason::Rate, .. });
    assert!(told.iter().any(|(_, message)| refused(message)), "who sends more than is asked for is not served");
}
