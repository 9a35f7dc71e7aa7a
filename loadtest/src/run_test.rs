//! Whole runs against servers that behave, or do not.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message};

use crate::connect::Target;
use crate::learner::Class;
use crate::report::{Asked, Report};
use crate::run;
use crate::schedule::Schedule;
use crate::totals::Shared;

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

/// The report of three learners that send five frames each.
fn report(reply: Reply) -> Value {
    let run = async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("ws://{}/ws", listener.local_addr().expect("bound"));
        tokio::spawn(serve(listener, reply));
        let class = Arc::new(Class {
            target: Target::resolve(&url, Duration::from_secs(5)).await.expect("an address"),
            token: "a token".to_owned(),
            schedule: Schedule::new(3, 50.0, Duration::from_millis(100)),
            pictures: vec![Bytes::from_static(b"one"), Bytes::from_static(b"two")],
            totals: Shared::new(2).expect("bounds are fine"),
            wait: Duration::from_millis(300),
            bells: (0..3).map(|_| Notify::new()).collect(),
        });
        let course = run::run(class.clone(), 1000.0).await.expect("the server is there");
        let report = Report::new(&class.totals.lock(), Asked { sockets: 3, rate: 50.0, seconds: 0.1 }, course);
        serde_json::from_str(&report.to_json().expect("serialises")).expect("JSON")
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    runtime.expect("a runtime").block_on(run)
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
