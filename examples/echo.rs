//! An echo server on Loa's own WebSocket stack, for the conformance tests in tests/autobahn: HTTP, upgrade, the reader that skips what
//! is too large, the library's settings, outbox and close codes are the server's; only what is said differs.
//!
//! `cargo run --example echo -- 127.0.0.1:9101`; port 0 takes a free one. The address is printed once it listens.

use std::convert::Infallible;
use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use loa::server::{listener, upgrade};
use loa::session::closing;
use loa::session::outbox::Outbox;
use loa::session::skip::{MessageLimits, SkipLog};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};

/// Autobahn's largest messages.
const LIMITS: MessageLimits = MessageLimits { binary: 16 << 20, text: 16 << 20 };
/// As config.toml has it.
const OUTBOX_MESSAGES: usize = 64;
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
const GOODBYE: Duration = Duration::from_secs(2);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:9101".to_owned());
    let listener = TcpListener::bind(&address).await?;
    println!("{}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(serve(stream));
    }
}

async fn serve(stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    let service = tower::service_fn(|request: http::Request<hyper::body::Incoming>| {
        std::future::ready(Ok::<_, Infallible>(answer(request.map(Body::new))))
    });
    let connection = listener::http(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
        .with_upgrades();
    let _ = connection.await;
}

fn answer(mut request: Request) -> Response {
    match upgrade::handshake(&mut request) {
        Ok((upgrade, answer)) => {
            tokio::spawn(echo(upgrade));
            answer
        }
        Err(refusal) => refusal.into_response(),
    }
}

/// As the actor does: it reads while there is room in the outbox, and closes with the code that fits the error.
async fn echo(upgrade: OnUpgrade) {
    let Ok(upgraded) = upgrade.await else { return };
    // What is echoed is larger than what Loa says.
    let config = upgrade::websocket_config(LIMITS).max_write_buffer_size(usize::MAX);
    let stream = upgrade::open(upgraded, LIMITS, config, SkipLog::default()).await;
    let (mut sink, mut inbound) = stream.split();
    let mut outbox = Outbox::new(OUTBOX_MESSAGES);
    loop {
        let has_room = outbox.has_room();
        let write = poll_fn(|context| match outbox.poll_write(&mut sink, context) {
            Poll::Ready(Err(_)) => Poll::Ready(Event::Inbound(None)),
            _ if !has_room && outbox.has_room() => Poll::Ready(Event::Room),
            _ => Poll::Pending,
        });
        let event = tokio::select! {
            biased;
            event = write => event,
            message = inbound.next(), if has_room => Event::Inbound(message),
        };
        match event {
            Event::Room => {}
            Event::Inbound(Some(Ok(message @ (Message::Text(_) | Message::Binary(_))))) => {
                if outbox.send(message).is_err() {
                    return;
                }
            }
            Event::Inbound(Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_)))) => {}
            Event::Inbound(Some(Err(error))) => {
                let Some(reason) = closing(&error) else { break };
                let frame = CloseFrame { code: reason.code().into(), reason: reason.sentence().into() };
                outbox.send_last(Message::Close(Some(frame)));
                outbox.finish(&mut sink, GOODBYE).await;
                break;
            }
            Event::Inbound(Some(Ok(Message::Close(_))) | None) => break,
        }
    }
    let _ = tokio::time::timeout(GOODBYE, async { while let Some(Ok(_)) = inbound.next().await {} }).await;
}

enum Event {
    Inbound(Option<Result<Message, Error>>),
    Room,
}
