//! A server for tests, which says what it is told to say.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Message};

use crate::class::{Class, Manners};
use crate::connect::Target;
use crate::pacer::Pacer;
use crate::pictures::Album;

/// A frame that the server is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// Of the frame's header.
    pub seq: u32,
    /// Of the frame's header.
    pub captured_ms: u64,
    /// Connections that there are.
    pub sockets: usize,
}

/// What a server says to a frame; `None` hangs up.
pub type Reply = fn(Asked) -> Option<Vec<String>>;

/// A verdict on it.
pub fn verdict(seq: u32, captured_ms: u64) -> String {
    format!(r#"{{"type":"verdict","seq":{seq},"captured_ms":{captured_ms},"presence":"face","eyes":"open"}}"#)
}

/// A class of learners at such a server.
pub async fn class(reply: Reply, manners: Manners) -> Class {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("ws://{}/ws", listener.local_addr().expect("bound"));
    tokio::spawn(serve(listener, reply));
    let target = Target::resolve(&url, Duration::from_secs(5)).await.expect("an address");
    let pacer = Arc::new(Pacer::start().expect("a thread"));
    let mut class = Class::new(target, vec!["a token".to_owned()], album().into(), manners, pacer);
    class.wait = Duration::from_millis(300);
    class
}

/// Two files.
fn album() -> Album {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let paths = ["one", "two"].map(|name| folder.path().join(name));
    paths.iter().for_each(|path| std::fs::write(path, "a picture").expect("written"));
    Album::plain(&paths).expect("readable")
}

async fn serve(listener: TcpListener, reply: Reply) {
    let sockets = Arc::new(AtomicUsize::new(0));
    while let Ok((stream, _)) = listener.accept().await {
        let sockets = sockets.clone();
        tokio::spawn(async move {
            sockets.fetch_add(1, Ordering::Relaxed);
            serve_one(stream, reply, &sockets).await;
            sockets.fetch_sub(1, Ordering::Relaxed);
        });
    }
}

async fn serve_one(stream: TcpStream, reply: Reply, sockets: &AtomicUsize) -> Option<()> {
    let mut socket = tokio_tungstenite::accept_hdr_async(stream, agree).await.ok()?;
    while let Some(Ok(message)) = socket.next().await {
        match message {
            Message::Text(text) if text.contains("hello") => {
                let recovered = if text.contains("\"resume\":\"again\"") { r#","recovered":true"# } else { "" };
                let welcome = format!(r#"{{"type":"welcome","resume":"again"{recovered}}}"#);
                socket.send(Message::text(welcome)).await.ok()?;
            }
            Message::Text(text) if text.contains("end") => {
                let close = CloseFrame { code: 1000.into(), reason: "".into() };
                socket.send(Message::Close(Some(close))).await.ok()?;
            }
            Message::Binary(frame) => {
                let asked = Asked {
                    seq: u32::from_le_bytes(frame[4..8].try_into().ok()?),
                    captured_ms: u64::from_le_bytes(frame[8..16].try_into().ok()?),
                    sockets: sockets.load(Ordering::Relaxed),
                };
                for text in reply(asked)? {
                    socket.send(Message::text(text)).await.ok()?;
                }
            }
            _ => {}
        }
    }
    Some(())
}

#[expect(clippy::result_large_err, reason = "the library's callback is of this type")]
fn agree(_: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    response.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static("loa.v1"));
    Ok(response)
}
