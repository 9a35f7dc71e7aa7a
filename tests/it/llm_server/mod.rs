//! A language model's server for tests: it speaks OpenAI's chat format over HTTP/1.1, and misbehaves as it is told.

// Not every test file plays every trick.
#![allow(dead_code)]

pub mod good;
mod wire;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// One request.
pub struct Asked {
    /// 1, 2, ... in the order of their arrival.
    pub nth: usize,
    /// As sent.
    pub body: Value,
}

impl Asked {
    /// `json_schema`, `json_object`, or empty.
    pub fn format(&self) -> &str {
        self.body["response_format"]["type"].as_str().unwrap_or_default()
    }

    /// What is asked for: `questions`, `answers`, `notes`, or empty.
    pub fn field(&self) -> &str {
        let system = self.system();
        let named = self.body["response_format"]["json_schema"]["name"].as_str().unwrap_or_default();
        let fields = ["questions", "answers", "notes"];
        let found = fields.into_iter().find(|field| *field == named || system.contains(&format!("\"{field}\":[")));
        found.unwrap_or_default()
    }

    pub fn system(&self) -> &str {
        self.body["messages"][0]["content"].as_str().unwrap_or_default()
    }

    pub fn user(&self) -> &str {
        self.body["messages"][1]["content"].as_str().unwrap_or_default()
    }
}

/// What the server does with a request.
#[derive(Debug, Clone)]
pub enum Act {
    /// Streams the text in small deltas.
    Say(String),
    /// One JSON body, although a stream was asked for.
    SayWhole(String),
    /// Streams some deltas, and then it goes wrong.
    SayThen(String, Then),
    /// An answer with this status, these header lines and this body.
    Status(u16, Vec<String>, String),
    /// Headers with this content type, then these bytes again and again until the client has enough.
    Flood(&'static str, Vec<u8>),
    /// This event again and again, after such waits.
    Drip(String, Duration),
    /// Headers of a stream, and nothing more.
    Silent,
    /// Nothing.
    Hang,
    /// Waits first.
    After(Duration, Box<Act>),
}

/// How a stream ends that does not end well.
#[derive(Debug, Clone, Copy)]
pub enum Then {
    /// Never.
    Stall,
    /// By a reset of the connection.
    Reset,
    /// With this `finish_reason`.
    Finish(&'static str),
    /// With a `finish_reason` of `stop`, but the connection stays open.
    StayOpen,
}

/// What was seen.
#[derive(Default)]
struct Seen {
    requests: Vec<Value>,
    /// The `Authorization` header of each request.
    keys: Vec<Option<String>>,
    hung_up: usize,
    flooded: usize,
    now: usize,
    most: usize,
}

type Behaviour = dyn Fn(&Asked) -> Act + Send + Sync;

/// On a free port; gone when dropped.
pub struct LlmServer {
    pub base_url: String,
    seen: Arc<Mutex<Seen>>,
    accepting: JoinHandle<()>,
}

impl Drop for LlmServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl LlmServer {
    pub async fn start(behaviour: impl Fn(&Asked) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base_url = format!("http://{}/v1", listener.local_addr().expect("an address"));
        let seen = Arc::<Mutex<Seen>>::default();
        let accepting = tokio::spawn(accept(listener, Arc::new(behaviour), seen.clone()));
        Self { base_url, seen, accepting }
    }

    /// All so far.
    pub fn requests(&self) -> Vec<Value> {
        self.seen.lock().expect("no panic").requests.clone()
    }

    /// The `Authorization` header of each request.
    pub fn keys(&self) -> Vec<Option<String>> {
        self.seen.lock().expect("no panic").keys.clone()
    }

    /// Connections that the client closed while the server was stalling.
    pub fn hung_up(&self) -> usize {
        self.seen.lock().expect("no panic").hung_up
    }

    /// Bytes of floods that the client took, the system's buffers included.
    pub fn flooded(&self) -> usize {
        self.seen.lock().expect("no panic").flooded
    }

    /// The most requests that were answered at the same time.
    pub fn most_at_once(&self) -> usize {
        self.seen.lock().expect("no panic").most
    }
}

async fn accept(listener: TcpListener, behaviour: Arc<Behaviour>, seen: Arc<Mutex<Seen>>) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((socket, _)) = listener.accept().await {
        let (behaviour, seen) = (behaviour.clone(), seen.clone());
        connections.spawn(async move {
            // A client that hangs up is what many tests are about.
            let _ = serve(socket, &*behaviour, &seen).await;
        });
    }
}

async fn serve(mut socket: TcpStream, behaviour: &Behaviour, seen: &Mutex<Seen>) -> std::io::Result<()> {
    let Some((head, body)) = wire::request(&mut socket).await? else { return Ok(()) };
    let body: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let nth = {
        let mut seen = seen.lock().expect("no panic");
        seen.requests.push(body.clone());
        seen.keys.push(wire::header(&head, "authorization"));
        seen.now += 1;
        seen.most = seen.most.max(seen.now);
        seen.requests.len()
    };
    let served = act(&mut socket, behaviour(&Asked { nth, body }), seen).await;
    seen.lock().expect("no panic").now -= 1;
    served
}

async fn act(socket: &mut TcpStream, mut act: Act, seen: &Mutex<Seen>) -> std::io::Result<()> {
    while let Act::After(wait, next) = act {
        tokio::time::sleep(wait).await;
        act = *next;
    }
    match act {
        Act::Say(text) => {
            wire::stream(socket, &text).await?;
            wire::finish(socket, "stop").await?;
            wire::done(socket).await
        }
        Act::SayWhole(text) => socket.write_all(&wire::whole(&text)).await,
        Act::SayThen(text, then) => {
            wire::stream(socket, &text).await?;
            end(socket, then, seen).await
        }
        Act::Status(status, headers, body) => socket.write_all(&wire::status(status, &headers, &body)).await,
        Act::Flood(kind, each) => flood(socket, kind, &each, seen).await,
        Act::Drip(event, wait) => {
            wire::stream(socket, "").await?;
            loop {
                tokio::time::sleep(wait).await;
                wire::raw(socket, &event).await?;
            }
        }
        Act::Silent => {
            wire::stream(socket, "").await?;
            stall(socket, seen).await
        }
        Act::Hang | Act::After(..) => stall(socket, seen).await,
    }
}

async fn end(socket: &mut TcpStream, then: Then, seen: &Mutex<Seen>) -> std::io::Result<()> {
    match then {
        Then::Stall => stall(socket, seen).await,
        Then::Reset => socket.set_zero_linger(),
        Then::Finish(reason) => {
            wire::finish(socket, reason).await?;
            wire::done(socket).await
        }
        Then::StayOpen => {
            wire::finish(socket, "stop").await?;
            stall(socket, seen).await
        }
    }
}

async fn stall(socket: &mut TcpStream, seen: &Mutex<Seen>) -> std::io::Result<()> {
    let ended = socket.read(&mut [0; 16]).await;
    seen.lock().expect("no panic").hung_up += 1;
    ended.map(|_| ())
}

/// At most 100 MB.
async fn flood(socket: &mut TcpStream, kind: &str, each: &[u8], seen: &Mutex<Seen>) -> std::io::Result<()> {
    socket
        .write_all(format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\nconnection: close\r\n\r\n").as_bytes())
        .await?;
    for _ in 0..100_000_000 / each.len().max(1) {
        socket.write_all(each).await?;
        seen.lock().expect("no panic").flooded += each.len();
    }
    Ok(())
}

/// An error as OpenAI words it.
pub fn error(status: u16, message: &str, code: &str) -> Act {
    Act::Status(status, Vec::new(), json!({"error": {"message": message, "code": code}}).to_string())
}
