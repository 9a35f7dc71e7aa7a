//! Bad frames and bad texts: a typed error or a right verdict each, and the connection lives.

use loa::protocol::server::{PresenceWord, ServerMessage};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Client, TestServer, picture};

/// What must come of a fixture: an error's code, or a face.
const FACE: &str = "face";
const CASES: [(&str, &str); 21] = [
    ("empty.jpg", "frame_empty"),
    ("text.txt", "not_jpeg"),
    ("not_jpeg.png", "not_jpeg"),
    ("soi_only.jpg", "jpeg_truncated"),
    ("garbage.jpg", "jpeg_truncated"),
    ("truncated_10.jpg", "jpeg_truncated"),
    ("truncated_90.jpg", "jpeg_truncated"),
    ("truncated_50_eoi.jpg", "jpeg_truncated"),
    ("huge_header.jpg", "jpeg_dimensions"),
    ("zero_size.jpg", "jpeg_dimensions"),
    ("header_12bit.jpg", "jpeg_invalid"),
    ("header_lossless.jpg", "jpeg_invalid"),
    ("header_arithmetic.jpg", "jpeg_invalid"),
    ("many_scans.jpg", "jpeg_invalid"),
    ("cmyk.jpg", FACE),
    ("grayscale.jpg", FACE),
    ("progressive.jpg", FACE),
    ("trailing_bytes.jpg", FACE),
    ("exif_rotated_3.jpg", FACE),
    ("exif_rotated_6.jpg", FACE),
    ("exif_rotated_8.jpg", FACE),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_bad_frame_has_its_code_and_the_next_good_one_its_verdict() {
    let server = TestServer::start(&["limits.frames_per_second=60"]).await;
    let mut client = server.client().await;
    client.hello().await;
    let good = picture("faces/open_320x240.jpg");
    for (name, expected) in CASES {
        let seq = client.send_frame(&picture(&format!("bad/{name}"))).await;
        match client.next().await {
            ServerMessage::Error(error) => {
                assert_eq!((error.code.as_str(), error.seq), (expected, Some(seq)), "{name}: {}", error.message);
                assert!(!error.retry && error.message.len() > 10, "{name}");
            }
            ServerMessage::Verdict(verdict) => {
                assert_eq!((expected, verdict.presence), (FACE, PresenceWord::Face), "{name}");
                let head = verdict.head.expect("a face");
                assert!(head.roll.abs() < 10.0, "{name} is upright: {head:?}");
            }
            other => panic!("{name}: {other:?}"),
        }
        assert_eq!(client.verdict(&good).await.presence, PresenceWord::Face, "after {name}");
    }
    assert!(server.metric(r#"loa_errors_total{code="jpeg_truncated"}"#).await >= 5.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_frame_is_never_absence() {
    let server = TestServer::start(&["limits.frames_per_second=60", "limits.errors_in_a_row=1000"]).await;
    let mut client = server.client().await;
    client.hello().await;
    let whole = picture("faces/open_320x240.jpg");
    for percent in (2..100).step_by(7) {
        for closed in [false, true] {
            let mut cut = whole[..whole.len() * percent / 100].to_vec();
            if closed {
                cut.extend_from_slice(&[0xff, 0xd9]);
            }
            client.send_frame(&cut).await;
            match client.next().await {
                ServerMessage::Error(error) => assert!(error.code.starts_with("jpeg_"), "{}", error.code),
                other => panic!("cut to {percent} %, end marker {closed}: {other:?}"),
            }
        }
        tokio::time::sleep(std::time::Duration::from_millis(40)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_megabytes_are_skipped_and_told() {
    let server = TestServer::start(&[]).await;
    let mut client = server.client().await;
    client.hello().await;
    client.send_bare(vec![0xff; 50 << 20]).await;
    let error = client.error().await;
    assert_eq!((error.code.as_str(), error.seq), ("frame_too_large", None));
    assert!(error.message.contains("52428800") && error.message.contains("262144"), "{}", error.message);
    client.send_text(&format!(r#"{{"type":"hello","client":"{}"}}"#, "x".repeat(100_000))).await;
    assert_eq!(client.error().await.code, "text_too_large");
    assert_eq!(client.verdict(&picture("faces/open_320x240.jpg")).await.presence, PresenceWord::Face);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_skipped_sensibly_ends_the_connection() {
    use tokio::io::AsyncWriteExt;
    let server = TestServer::start(&[]).await;
    let mut client = server.client().await;
    client.hello().await;
    // The header alone of a binary frame of 1 TiB, masked.
    let header = [0x82, 0xff, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    client.socket.get_mut().write_all(&header).await.expect("sent");
    assert_eq!(client.close_code().await, Some(1009));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_texts_are_answered_and_change_nothing() {
    let server = TestServer::start(&[]).await;
    let mut client = server.client().await;
    client.hello().await;
    for (text, code) in [
        ("", "bad_message"),
        ("hello", "bad_message"),
        ("[1,2]", "bad_message"),
        (r#"{"type":"hello","landmarks":3}"#, "bad_message"),
        (r#"{"type":"dance","steps":3}"#, "unknown_type"),
        (r#"{"type":"hello"}"#, "unexpected"),
    ] {
        client.send_text(text).await;
        let error = client.error().await;
        assert_eq!((error.code.as_str(), error.seq), (code, None), "{text}: {}", error.message);
    }
    client.send_text(r#"{"type":"pong","n":1,"later":true}"#).await;
    client.verdict(&picture("faces/open_320x240.jpg")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn broken_framing_ends_the_connection() {
    use tokio::io::AsyncWriteExt;
    let server = TestServer::start(&[]).await;
    // A reserved opcode; an unmasked frame; text that is not UTF-8.
    for (bytes, expected) in
        [(&[0x83u8, 0x80, 0, 0, 0, 0][..], 1002), (&[0x81, 0x01, b'a'], 1002), (&[0x81, 0x81, 0, 0, 0, 0, 0xff], 1007)]
    {
        let mut client = server.client().await;
        client.hello().await;
        client.socket.get_mut().write_all(bytes).await.expect("sent");
        let code = client.close_code().await;
        assert!(code.is_none() || code == Some(expected), "{bytes:?}: {code:?}");
    }
    assert_eq!(survivors(&server).await, 1.0);
}

/// A new client is served, and only that one is left.
async fn survivors(server: &TestServer) -> f64 {
    let mut client: Client = server.client().await;
    client.send(Message::Binary(picture("faces/open_320x240.jpg").into())).await;
    client.welcome().await;
    client.next().await;
    for _ in 0..100 {
        if server.metric("loa_sockets").await <= 1.0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    server.metric("loa_sockets").await
}
