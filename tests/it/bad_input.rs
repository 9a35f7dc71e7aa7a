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
    ("garbage.jpg", "jpeg_invalid"),
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
    assert!(server.metric(r#"loa_errors_total{code="jpeg_truncated"}"#).await >= 4.0);
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
        assert_eq!(code, Some(expected), "{bytes:?}");
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

/// The frame's answer: a verdict's presence or an error's code.
async fn said(client: &mut Client, jpeg: &[u8]) -> String {
    let seq = client.send_frame(jpeg).await;
    match client.next().await {
        ServerMessage::Verdict(verdict) => format!("{:?}", verdict.presence).to_lowercase(),
        ServerMessage::Error(error) => {
            assert_eq!(error.seq, Some(seq));
            error.code
        }
        other => panic!("{other:?}"),
    }
}

/// A file with an APP1 segment whose body holds end markers and scan markers, as an EXIF thumbnail does.
fn with_thumbnail(jpeg: &[u8]) -> Vec<u8> {
    let mut body = b"Exif\0\0".to_vec();
    body.extend_from_slice(&jpeg[..2000]);
    body.extend_from_slice(&[0xff, 0xd9, 0xff, 0xda, 0xff, 0xd9]);
    let mut file = vec![0xff, 0xd8, 0xff, 0xe1];
    file.extend_from_slice(&u16::try_from(body.len() + 2).expect("small").to_be_bytes());
    file.extend_from_slice(&body);
    file.extend_from_slice(&jpeg[2..]);
    file
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_way_of_cutting_and_closing_a_file_makes_a_picture() {
    let server = TestServer::start(&["limits.frames_per_second=60", "limits.errors_in_a_row=1000"]).await;
    let mut client = server.client().await;
    client.hello().await;
    let (plain, progressive) = (picture("faces/open_320x240.jpg"), picture("bad/progressive.jpg"));
    let wholes = [plain.clone(), with_thumbnail(&plain), progressive];
    let closings: [&[u8]; 6] = [
        &[],
        &[0xff, 0xd9],
        &[0xff, 0xd9, 0xff, 0xd9],
        &[0xff, 0xd0, 0xff, 0xd9],
        &[0xff, 0xfe, 0, 2, 0xff, 0xd9],
        &[0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 0, 0xff, 0xd9],
    ];
    for whole in &wholes {
        assert_eq!(said(&mut client, whole).await, "face");
        for percent in [20, 40, 60, 80] {
            for closing in closings {
                let mut cut = whole[..whole.len() * percent / 100].to_vec();
                cut.extend_from_slice(closing);
                let answer = said(&mut client, &cut).await;
                // Of a progressive file cut in its last scan only the last bits are missing.
                let nearly_whole = whole == &wholes[2] && answer == "face";
                let refused = answer.starts_with("jpeg_");
                assert!(refused || nearly_whole, "{percent} % closed with {closing:02x?}: {answer}");
                tokio::time::sleep(std::time::Duration::from_millis(17)).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn repeated_scans_are_refused_before_they_cost_anything() {
    let server = TestServer::start(&[]).await;
    let mut client = server.client().await;
    client.hello().await;
    let good = picture("faces/open_320x240.jpg");
    let scan = good.windows(2).position(|it| it == [0xff, 0xda]).expect("a scan");
    // Baseline with one component a scan, thousands of times.
    let mut bomb = good[..scan].to_vec();
    while bomb.len() < 250_000 {
        bomb.extend_from_slice(&[0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 1]);
    }
    bomb.extend_from_slice(&[0xff, 0xd9]);
    assert_eq!(said(&mut client, &bomb).await, "jpeg_invalid");
    let verdict = client.verdict(&good).await;
    assert!(verdict.ms.total < 2000.0, "{:?}", verdict.ms);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frame_before_hello_and_errors_before_hello_do_not_spoil_it() {
    let server = TestServer::start(&[]).await;
    let mut client = server.client().await;
    client.send_text(r#"{"type":"dance"}"#).await;
    assert_eq!(client.error().await.code, "unknown_type");
    client.send_text(r#"{"type":"hello","landmarks":true}"#).await;
    client.welcome().await;
    assert!(client.verdict(&picture("faces/open_320x240.jpg")).await.landmarks.is_some());
}
