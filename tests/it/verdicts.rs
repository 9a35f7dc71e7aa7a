//! What the server says of good frames.

use loa::protocol::server::{Chosen, Eyes, PresenceWord, ReasonWord, ServerMessage};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{TestServer, picture};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn open_closed_and_nobody_are_told_apart() {
    let server = TestServer::start(&[]).await;
    let mut client = server.client().await;
    client.hello().await;
    for name in ["open_320x240", "open_640x480", "mirrored_320x240", "roll_plus20_320x240", "portrait_240x320"] {
        let verdict = client.verdict(&picture(&format!("faces/{name}.jpg"))).await;
        assert_eq!((verdict.presence, verdict.eyes), (PresenceWord::Face, Eyes::Open), "{name}");
        assert!(verdict.closed.expect("a face") < 0.2, "{name}");
        tokio::time::sleep(std::time::Duration::from_millis(110)).await;
    }
    for name in ["closed_320x240", "closed_640x480"] {
        let verdict = client.verdict(&picture(&format!("faces/{name}.jpg"))).await;
        assert_eq!((verdict.presence, verdict.eyes), (PresenceWord::Face, Eyes::Closed), "{name}");
    }
    for name in ["study", "evening", "window", "bright_wall", "dark"] {
        let verdict = client.verdict(&picture(&format!("rooms/{name}.jpg"))).await;
        assert_eq!((verdict.presence, verdict.eyes), (PresenceWord::Nobody, Eyes::Unknown), "{name}");
        assert!(verdict.face.is_none() && verdict.closed.is_none() && verdict.head.is_none());
        tokio::time::sleep(std::time::Duration::from_millis(110)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_learner_is_the_larger_of_two_and_that_is_said() {
    let server = TestServer::start(&[]).await;
    let mut client = server.client().await;
    client.hello().await;
    let face = client.verdict(&picture("faces/two_faces_640x480.jpg")).await.face.expect("two faces");
    assert_eq!((face.seen, face.chosen), (2, Chosen::LargestCentral));
    assert!(face.r#box[0] + face.r#box[2] / 2.0 < 0.5, "the larger face is on the left: {:?}", face.r#box);
    let face = client.verdict(&picture("faces/open_320x240.jpg")).await.face.expect("one face");
    assert_eq!((face.seen, face.chosen), (1, Chosen::Only));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn head_pose_follows_the_picture() {
    let server = TestServer::start(&[]).await;
    let mut client = server.client().await;
    client.hello().await;
    let straight = client.verdict(&picture("faces/open_320x240.jpg")).await.head.expect("a face");
    let mirrored = client.verdict(&picture("faces/mirrored_320x240.jpg")).await.head.expect("a face");
    assert!((straight.yaw + mirrored.yaw).abs() < 3.0 && (straight.roll + mirrored.roll).abs() < 3.0);
    // Turned counter-clockwise as seen, the head leans to the picture's left: the learner's own right shoulder.
    let left = client.verdict(&picture("faces/roll_plus20_320x240.jpg")).await.head.expect("a face");
    let right = client.verdict(&picture("faces/roll_minus20_320x240.jpg")).await.head.expect("a face");
    assert!((left.roll - straight.roll + 20.0).abs() < 3.0, "{} from {}", left.roll, straight.roll);
    assert!((right.roll - straight.roll - 20.0).abs() < 3.0, "{} from {}", right.roll, straight.roll);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_covered_camera_is_unknown_not_nobody() {
    let server = TestServer::start(&[]).await;
    let mut client = server.client().await;
    client.hello().await;
    for (level, reason) in [(2, ReasonWord::Dark), (128, ReasonWord::Flat), (254, ReasonWord::Bright)] {
        let mut jpeg = Vec::new();
        let grey = vec![level; 320 * 240];
        image::codecs::jpeg::JpegEncoder::new(&mut jpeg)
            .encode(&grey, 320, 240, image::ExtendedColorType::L8)
            .expect("encoded");
        let verdict = client.verdict(&jpeg).await;
        assert_eq!((verdict.presence, verdict.reason), (PresenceWord::Unknown, Some(reason)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_lines_are_a_client() {
    let server = TestServer::start(&[]).await;
    let mut client = server.client().await;
    client.send_bare(picture("faces/open_320x240.jpg")).await;
    let welcome = client.welcome().await;
    assert_eq!(welcome.protocol, "loa.v1");
    for expected in 0..2 {
        match client.next().await {
            ServerMessage::Verdict(verdict) => assert_eq!(verdict.seq, expected, "bare pictures are counted"),
            other => panic!("instead of a verdict: {other:?}"),
        }
        if expected == 0 {
            client.send_bare(picture("faces/open_320x240.jpg")).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn landmarks_come_to_who_asks_and_times_add_up() {
    let server = TestServer::start(&[]).await;
    let mut client = server.client().await;
    client.send_text(r#"{"type":"hello","landmarks":true}"#).await;
    let welcome = client.welcome().await;
    assert_eq!(welcome.limits.frame_bytes, 262_144);
    let verdict = client.verdict(&picture("faces/open_320x240.jpg")).await;
    let landmarks = verdict.landmarks.expect("asked for");
    assert_eq!(landmarks.len(), 2 * 478);
    assert!(landmarks.iter().all(|value| (0..10_000).contains(value)), "the face is inside the picture");
    assert_eq!(verdict.captured_ms, client.last_captured);
    let spent = verdict.ms.wait + verdict.ms.decode + verdict.ms.detect + verdict.ms.landmarks;
    assert!(verdict.ms.decode > 0.0 && verdict.ms.detect > 0.0 && verdict.ms.landmarks > 0.0);
    assert!(spent <= verdict.ms.total + 0.1, "{:?}", verdict.ms);

    let mut plain = server.client().await;
    plain.hello().await;
    assert!(plain.verdict(&picture("faces/open_320x240.jpg")).await.landmarks.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pause_and_resume_are_the_learner_s() {
    let server = TestServer::start(&[]).await;
    let mut client = server.client().await;
    client.hello().await;
    client.send_text(r#"{"type":"pause"}"#).await;
    let seq = client.send_frame(&picture("faces/open_320x240.jpg")).await;
    match client.next().await {
        ServerMessage::Dropped { seq: dropped, reason } => assert_eq!((dropped, reason.word()), (seq, "paused")),
        other => panic!("instead of a drop: {other:?}"),
    }
    client.send_text(r#"{"type":"resume"}"#).await;
    client.verdict(&picture("faces/open_320x240.jpg")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn end_answers_what_is_held_and_closes() {
    let server = TestServer::start(&[]).await;
    let mut client = server.client().await;
    client.hello().await;
    let seq = client.send_frame(&picture("faces/open_320x240.jpg")).await;
    client.send_text(r#"{"type":"end"}"#).await;
    assert!(matches!(client.next().await, ServerMessage::Verdict(verdict) if verdict.seq == seq));
    assert_eq!(client.close_code().await, Some(1000));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frame_in_fragments_is_a_frame() {
    use tokio_tungstenite::tungstenite::protocol::frame::Frame;
    use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
    let server = TestServer::start(&[]).await;
    let mut client = server.client().await;
    client.hello().await;
    let jpeg = picture("faces/closed_320x240.jpg");
    let parts: Vec<_> = jpeg.chunks(3000).collect();
    for (index, part) in parts.iter().enumerate() {
        let opcode = if index == 0 { Data::Binary } else { Data::Continue };
        let last = index + 1 == parts.len();
        client.send(Message::Frame(Frame::message(part.to_vec(), OpCode::Data(opcode), last))).await;
    }
    assert!(matches!(client.next().await, ServerMessage::Verdict(verdict) if verdict.eyes == Eyes::Closed));
}
