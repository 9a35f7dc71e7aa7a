//! More frames than one worker can look at.

use std::time::{Duration, Instant};

use image::ImageFormat;
use image::imageops::FilterType;
use loa::protocol::server::{DropReason, ServerMessage, Welcome};

use tokio_tungstenite::tungstenite::Error;

use crate::support::{Client, TestServer, picture};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_that_found_no_time_are_told_and_verdicts_stay_young() {
    const LEARNERS: usize = 60;
    const MAX_AGE_MS: f32 = 200.0;
    let server = TestServer::start(&[
        "inference.workers=1",
        "inference.queue_frames=2",
        "inference.max_age_ms=200",
        "inference.calm_max_age_ms=200",
        "inference.max_batch=1",
        "limits.frames_per_second=60",
    ])
    .await;
    // Large, so that a worker has no chance: decoding alone takes several ms.
    let jpeg = large(&picture("faces/open_640x480.jpg"));
    // All are inside before the server learns how slow it is.
    let mut clients = Vec::new();
    for _ in 0..LEARNERS {
        let mut client = server.client().await;
        client.hello().await;
        clients.push(client);
    }
    let mut learners = Vec::new();
    for mut client in clients {
        let jpeg = jpeg.clone();
        learners.push(tokio::spawn(async move {
            let (mut verdicts, mut expired) = (0, 0u32);
            let end = Instant::now() + Duration::from_secs(2);
            while Instant::now() < end {
                let seq = client.send_frame(&jpeg).await;
                match client.next().await {
                    ServerMessage::Verdict(verdict) => {
                        assert_eq!(verdict.seq, seq);
                        // A frame that was begun in time may still take the time of its own work, and a busy machine
                        // may stall it. With no limit on the age every frame would wait for 60 others.
                        assert!(verdict.ms.wait < 3.0 * MAX_AGE_MS, "worked on a stale frame: {:?}", verdict.ms);
                        verdicts += 1;
                    }
                    ServerMessage::Dropped { seq: dropped, reason } => {
                        assert_eq!(dropped, seq);
                        // Who goes on at this pace after being asked for less is not taken any more.
                        assert!(matches!(reason, DropReason::Expired | DropReason::Rate), "{reason:?}");
                        expired += u32::from(reason == DropReason::Expired);
                    }
                    other => panic!("{other:?}"),
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            (verdicts, expired)
        }));
    }
    let (mut verdicts, mut expired) = (0, 0u32);
    for learner in learners {
        let (some, others) = learner.await.expect("no assertion failed");
        verdicts += some;
        expired += others;
    }
    assert!(verdicts > 0 && expired > 0, "{verdicts} verdicts, {expired} expired: not an overload");
    assert_eq!(server.metric("loa_verdicts_total").await, f64::from(verdicts));
    assert_eq!(server.metric(r#"loa_frames_dropped_total{reason="expired"}"#).await, f64::from(expired));
    assert_eq!(server.metric("loa_inference_held").await, 0.0, "every place came back");
}

/// Learners whose frames all come in the same moment, of which there is time for all: how many get no verdict.
async fn lost_in_a_rush(calm_max_age_ms: u32) -> usize {
    let server = TestServer::start(&[
        "inference.workers=1",
        "inference.queue_frames=1",
        "inference.max_age_ms=10",
        &format!("inference.calm_max_age_ms={calm_max_age_ms}"),
        "inference.max_batch=1",
    ])
    .await;
    let jpeg = large(&picture("faces/open_640x480.jpg"));
    let mut clients = Vec::new();
    for _ in 0..6 {
        let mut client = server.client().await;
        client.hello().await;
        clients.push(client);
    }
    for client in &mut clients {
        client.send_frame(&jpeg).await;
    }
    let mut lost = 0;
    for client in &mut clients {
        match client.next().await {
            ServerMessage::Verdict(_) => {}
            ServerMessage::Dropped { reason: DropReason::Expired, .. } => lost += 1,
            other => panic!("{other:?}"),
        }
    }
    lost
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_there_is_time_for_all_a_late_verdict_is_better_than_none() {
    assert_eq!(lost_in_a_rush(20_000).await, 0, "a moment's wait costs nobody a verdict");
    assert!(lost_in_a_rush(10).await > 0, "six large frames take one worker more than 10 ms");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_sends_once_a_second_loses_nothing_to_those_who_flood() {
    let server = TestServer::start(&[
        "inference.workers=1",
        "inference.queue_frames=2",
        "inference.max_age_ms=1000",
        "inference.max_batch=1",
        "limits.frames_per_second=60",
    ])
    .await;
    let jpeg = large(&picture("faces/open_640x480.jpg"));
    let mut flood = Vec::new();
    for _ in 0..8 {
        let (mut client, jpeg) = (server.client().await, jpeg.clone());
        client.hello().await;
        flood.push(tokio::spawn(async move {
            loop {
                client.send_frame(&jpeg).await;
                client.next().await;
            }
        }));
    }
    let mut modest = server.client().await;
    modest.hello().await;
    for _ in 0..6 {
        tokio::time::sleep(Duration::from_secs(1)).await;
        // Anything but a verdict fails.
        modest.verdict(&jpeg).await;
    }
    flood.iter().for_each(|task| task.abort());
}

/// Connects learners who wish 60 frames a second until the server lets nobody in any more.
async fn fill(server: &TestServer) -> (Vec<(Client, Welcome)>, Error) {
    let mut inside = Vec::new();
    loop {
        match Client::connect(server.address, Some("loa.v1")).await {
            Ok(mut client) => {
                let welcome = client.hello().await;
                inside.push((client, welcome));
            }
            Err(refusal) => return (inside, refusal),
        }
        assert!(inside.len() < 500, "thousands of frames a second?");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn newcomers_are_turned_away_when_the_least_for_all_is_too_much_and_who_was_inside_comes_back() {
    let server = TestServer::start(&[
        "inference.workers=1",
        "limits.frames_per_second=60",
        "attention.presets.default.calm_rate=60",
        "attention.presets.default.alert_rate=60",
    ])
    .await;
    let (mut inside, refusal) = fill(&server).await;
    let Error::Http(response) = refusal else { panic!("{refusal}") };
    assert_eq!(response.status(), 503);
    let retry = response.headers()["retry-after"].to_str().expect("a number").parse::<u32>().expect("a number");
    assert!((20..=60).contains(&retry), "{retry} s");
    assert!(server.metric(r#"loa_sockets_refused_total{reason="capacity"}"#).await >= 1.0);
    let (first, last) = (inside[0].1.rate, inside.last().expect("somebody").1.rate);
    assert!(first == 60.0 && (15.0..30.0).contains(&last), "asked for {first} and {last} frames/s");
    // A camera that is off takes nobody's place.
    let (paused, _) = &mut inside[1];
    paused.send_text(r#"{"type":"pause"}"#).await;
    paused.send_text("nonsense").await;
    paused.error().await;
    let mut newcomer = Client::connect(server.address, None).await.expect("there is room");
    newcomer.hello().await;
    // Somebody's connection breaks, and others are quicker.
    let (mut broken, welcome) = inside.remove(0);
    broken.verdict(&picture("faces/open_320x240.jpg")).await;
    drop(broken);
    let mut turned_away = None;
    for _ in 0..500 {
        let Ok(mut other) = Client::connect(server.address, None).await else {
            // Their connection's end has not been noticed yet.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        other.send_text(r#"{"type":"hello"}"#).await;
        match other.next().await {
            ServerMessage::Welcome(welcome) => inside.push((other, welcome)),
            ServerMessage::Error(error) => {
                assert!(error.code == "server_full" && error.retry_after_ms >= Some(20_000), "{error:?}");
                assert_eq!(other.close_code().await, Some(1013));
                turned_away = Some(());
                break;
            }
            other => panic!("{other:?}"),
        }
    }
    turned_away.expect("nobody else gets the place of who may come back");
    let mut back = Client::connect(server.address, None).await.expect("who may come back is heard");
    back.send_text(&format!(r#"{{"type":"hello","resume":"{}","last_n":0}}"#, welcome.resume)).await;
    assert_eq!(back.welcome().await.recovered, Some(true));
    back.verdict(&picture("faces/open_320x240.jpg")).await;
}

fn large(jpeg: &[u8]) -> Vec<u8> {
    let picture = image::load_from_memory(jpeg).expect("a good picture").resize_exact(1280, 960, FilterType::Triangle);
    let mut bytes = Vec::new();
    picture.write_to(&mut std::io::Cursor::new(&mut bytes), ImageFormat::Jpeg).expect("encoded");
    bytes
}
