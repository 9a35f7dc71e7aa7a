//! What a connection may do, and what happens when it does more.

use std::time::Duration;

use loa::protocol::server::DropReason;
use tokio::time::sleep;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Answer, TestServer, picture};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_newest_frame_wins_and_every_frame_is_answered_once() {
    let server = TestServer::start(&["limits.frames_per_second=60", "inference.workers=1"]).await;
    let mut client = server.client().await;
    client.hello().await;
    let jpeg = picture("faces/open_640x480.jpg");
    let mut sequences = Vec::new();
    for _ in 0..40 {
        sequences.push(client.send_frame(&jpeg).await);
    }
    let answers = client.answers(sequences.clone()).await;
    assert_eq!(answers[&sequences[0]], Answer::Verdict, "the first found the worker free");
    assert_eq!(answers[&sequences[39]], Answer::Verdict, "the newest is looked at");
    let superseded = answers.values().filter(|it| **it == Answer::Dropped(DropReason::Superseded)).count();
    assert!(superseded > 0, "40 frames at once cannot all be looked at: {answers:?}");
    assert_eq!(server.metric("loa_frames_received_total").await, 40.0);
    assert_eq!(server.metric(r#"loa_frames_dropped_total{reason="superseded"}"#).await, superseded as f64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_beyond_the_rate_are_dropped_and_told() {
    let server = TestServer::start(&["limits.frames_per_second=5"]).await;
    let mut client = server.client().await;
    assert_eq!(client.hello().await.limits.frames_per_second, 5);
    let jpeg = picture("faces/open_320x240.jpg");
    let mut sequences = Vec::new();
    for _ in 0..12 {
        sequences.push(client.send_frame(&jpeg).await);
    }
    let answers = client.answers(sequences).await;
    let over = answers.values().filter(|it| **it == Answer::Dropped(DropReason::Rate)).count();
    assert!((6..=7).contains(&over), "12 frames at once, 5 allowed: {over} over");
    sleep(Duration::from_millis(1100)).await;
    client.verdict(&jpeg).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_errors_in_a_row_end_the_session() {
    let server = TestServer::start(&["limits.errors_in_a_row=5"]).await;
    let mut client = server.client().await;
    client.hello().await;
    for round in 0..2 {
        for _ in 0..4 {
            client.send_text("nonsense").await;
            assert_eq!(client.error().await.code, "bad_message");
        }
        if round == 0 {
            client.verdict(&picture("faces/open_320x240.jpg")).await;
        }
    }
    client.send_text("nonsense").await;
    client.error().await;
    assert_eq!(client.close_code().await, Some(4400));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_client_is_gone_and_one_that_pongs_is_not() {
    let server = TestServer::start(&["session.ping_every_ms=100", "session.silent_for_ms=400"]).await;
    let mut silent = server.client().await;
    silent.hello().await;
    let mut alive = server.client().await;
    alive.hello().await;
    // Reading answers pings, as every WebSocket library does by itself.
    let reader = tokio::spawn(async move {
        let mut pings = 0;
        while pings < 12 {
            match alive.next_raw().await {
                Some(Ok(Message::Text(text))) if text.contains("\"ping\"") => pings += 1,
                Some(Ok(_)) => {}
                other => panic!("a client that reads is alive: {other:?}"),
            }
        }
        alive
    });
    sleep(Duration::from_millis(700)).await;
    assert_eq!(silent.close_code().await, Some(4408));
    let mut alive = reader.await.expect("it lives");
    alive.verdict(&picture("faces/open_320x240.jpg")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_never_reads_is_disconnected_and_nobody_else_notices() {
    let server = TestServer::start(&[
        "limits.outbox_messages=32",
        "limits.errors_in_a_row=1000000",
        "limits.texts_per_second=10000",
        "session.slow_reader_ms=1000",
    ])
    .await;
    let mut deaf = server.client().await;
    // Each text is answered with an error of some 150 bytes that is never read.
    let text = Message::text("x".repeat(100));
    let flood =
        tokio::spawn(async move { while futures::SinkExt::send(&mut deaf.socket, text.clone()).await.is_ok() {} });
    let mut other = server.client().await;
    other.hello().await;
    other.verdict(&picture("faces/open_320x240.jpg")).await;
    tokio::time::timeout(Duration::from_secs(60), flood)
        .await
        .expect("the server lets no deaf client flood it")
        .expect("no panic");
    other.verdict(&picture("faces/open_320x240.jpg")).await;
    assert_eq!(server.metric("loa_sockets").await, 1.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_burst_slows_the_client_down_and_loses_no_answer() {
    let server = TestServer::start(&["limits.outbox_messages=32", "limits.errors_in_a_row=1000000"]).await;
    let mut client = server.client().await;
    client.hello().await;
    // Everything is sent before anything is read.
    let jpeg = picture("faces/open_320x240.jpg");
    let mut sequences = Vec::new();
    for _ in 0..300 {
        sequences.push(client.send_frame(&jpeg).await);
    }
    let answers = client.answers(sequences).await;
    assert_eq!(answers.len(), 300);
    client.send_text(r#"{"type":"end"}"#).await;
    assert_eq!(client.close_code().await, Some(1000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_uplink_is_a_sign_of_life() {
    use loa::protocol::server::ServerMessage;
    use tokio::io::AsyncWriteExt;
    let server = TestServer::start(&["session.ping_every_ms=100", "session.silent_for_ms=500"]).await;
    let mut client = server.client().await;
    client.hello().await;
    // One frame by hand: final, binary, 16 bits of length, a mask of zeros; sent in pieces over 1.5 s.
    let jpeg = picture("faces/open_320x240.jpg");
    let mut message = vec![0x82, 0xfe];
    message.extend_from_slice(&u16::try_from(jpeg.len()).expect("below 64 KiB").to_be_bytes());
    message.extend_from_slice(&[0; 4]);
    message.extend_from_slice(&jpeg);
    let socket = client.socket.get_mut();
    for piece in message.chunks(message.len().div_ceil(15)) {
        socket.write_all(piece).await.expect("the server listens");
        sleep(Duration::from_millis(100)).await;
    }
    assert!(matches!(client.next().await, ServerMessage::Verdict(_)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frames_in_work_are_answered_before_a_session_is_ended() {
    let server = TestServer::start(&["limits.errors_in_a_row=3"]).await;
    let mut client = server.client().await;
    client.hello().await;
    let seq = client.send_frame(&picture("faces/open_640x480.jpg")).await;
    for _ in 0..3 {
        client.send_text("nonsense").await;
    }
    let mut verdicts = 0;
    loop {
        match client.next_raw().await {
            Some(Ok(Message::Text(text))) if text.contains("\"verdict\"") => {
                assert!(text.contains(&format!("\"seq\":{seq}")));
                verdicts += 1;
            }
            Some(Ok(Message::Close(frame))) => {
                assert_eq!(frame.map(|it| u16::from(it.code)), Some(4400));
                break;
            }
            Some(Ok(_)) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(verdicts, 1);
}
