//! Whole runs against servers that behave, or do not.

use std::sync::Arc;
use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message};

use crate::class::{Class, Manners};
use crate::connect::Target;
use crate::pacer::Pacer;
use crate::pictures::Album;
use crate::profile::Profile;
use crate::rhythm::Pace;
use crate::run::{self, Plan};

/// What a server says to a frame's sequence and capture time; `None` hangs up.
type Reply = fn(u32, u64) -> Option<Vec<String>>;

fn verdict(seq: u32, captured_ms: u64) -> String {
    format!(r#"{{"type":"verdict","seq":{seq},"captured_ms":{captured_ms},"presence":"face","eyes":"open"}}"#)
}

#[expect(clippy::result_large_err, reason = "the library's callback is of this type")]
fn agree(_: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    response.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static("loa.v1"));
    Ok(response)
}

async fn serve_one(stream: TcpStream, reply: Reply) -> Option<()> {
    let mut socket = tokio_tungstenite::accept_hdr_async(stream, agree).await.ok()?;
    while let Some(Ok(message)) = socket.next().await {
        match message {
            Message::Text(text) if text.contains("hello") => {
                socket.send(Message::text(r#"{"type":"welcome"}"#)).await.ok()?
            }
            Message::Text(text) if text.contains("end") => {
                let close = CloseFrame { code: 1000.into(), reason: "".into() };
                socket.send(Message::Close(Some(close))).await.ok()?;
            }
            Message::Binary(frame) => {
                let seq = u32::from_le_bytes(frame[4..8].try_into().ok()?);
                let captured_ms = u64::from_le_bytes(frame[8..16].try_into().ok()?);
                for text in reply(seq, captured_ms)? {
                    socket.send(Message::text(text)).await.ok()?;
                }
            }
            _ => {}
        }
    }
    Some(())
}

async fn serve(listener: TcpListener, reply: Reply) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(serve_one(stream, reply));
    }
}

/// What three learners report that send five frames each.
fn report(reply: Reply) -> Value {
    let run = async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("ws://{}/ws", listener.local_addr().expect("bound"));
        tokio::spawn(serve(listener, reply));
        let target = Target::resolve(&url, Duration::from_secs(5)).await.expect("an address");
        let pacer = Arc::new(Pacer::start().expect("a thread"));
        let manners = Manners { pace: Pace::Fixed(50.0), ..Manners::PLAIN };
        let mut class = Class::new(target, vec!["a token".to_owned()], album().into(), manners, pacer);
        class.wait = Duration::from_millis(300);
        let plan = Plan {
            name: "test".to_owned(),
            profile: Profile::Constant,
            sockets: 3,
            from: 0,
            warm_up: Duration::ZERO,
            length: Duration::from_millis(100),
            ramp: 1000.0,
            server: None,
        };
        let record = run::run(Arc::new(class), &plan).await.expect("the server is there");
        serde_json::to_value(record.numbers).expect("serialises")
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(run)
}

/// Two files.
fn album() -> Album {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let paths = ["one", "two"].map(|name| folder.path().join(name));
    paths.iter().for_each(|path| std::fs::write(path, "a picture").expect("written"));
    Album::plain(&paths).expect("readable")
}

fn counts(report: &Value) -> [u64; 6] {
    ["sent", "answered", "dropped", "errors", "unanswered", "unsent"].map(|key| report[key].as_u64().expect(key))
}

#[test]
fn every_answer_of_a_good_server_is_counted() {
    let report = report(|seq, captured_ms| Some(vec![verdict(seq, captured_ms)]));
    assert_eq!(counts(&report), [15, 15, 0, 0, 0, 0], "{report}");
    assert_eq!(report["connected"], 3);
    assert!(report["p99_ms"].as_f64() > Some(0.0));
}

#[test]
fn drops_errors_and_silence_are_told_apart() {
    let report = report(|seq, captured_ms| {
        Some(match seq {
            0 => vec![format!(r#"{{"type":"dropped","seq":{seq},"reason":"expired"}}"#)],
            1 => vec![format!(r#"{{"type":"error","seq":{seq},"code":"internal","message":"","retry":true}}"#)],
            2 => vec![],
            _ => vec![verdict(seq, captured_ms)],
        })
    });
    assert_eq!(counts(&report), [15, 6, 3, 3, 3, 0], "{report}");
    assert_eq!(report["dropped_by_reason"]["expired"], 3);
}

#[test]
fn violations_are_errors_by_their_name() {
    let report = report(|seq, captured_ms| {
        let good = verdict(seq, captured_ms);
        Some(match seq {
            0 => vec![good.clone(), good],
            1 => vec![verdict(99, 0), good],
            2 => vec!["{".into(), good],
            3 => vec![verdict(seq, captured_ms + 1)],
            _ => vec![r#"{"type":"news"}"#.into(), good.replace("open", "closed")],
        })
    });
    assert_eq!(counts(&report), [15, 15, 0, 12, 0, 0], "{report}");
    for kind in ["answered_twice", "unknown_seq", "bad_json", "captured_ms"] {
        assert_eq!(report["errors_by_kind"][format!("violation_{kind}")], 3, "{kind}: {report}");
    }
    assert_eq!(report["differing"], 3);
}

#[test]
fn a_server_that_hangs_up_leaves_frames_unanswered_and_unsent() {
    let report = report(|seq, captured_ms| (seq < 2).then(|| vec![verdict(seq, captured_ms)]));
    assert_eq!(report["closed"], 3, "{report}");
    assert_eq!(report["errors_by_kind"]["lost"], 3, "{report}");
    let [sent, answered, _, _, unanswered, unsent] = counts(&report);
    assert_eq!((answered, sent + unsent), (6, 15), "{report}");
    assert!(unanswered >= 3);
}
