//! A server on a free port and a client for it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use loa::auth::Tokens;
use loa::config::Config;
use loa::protocol::frame::{Frame, Header};
use loa::protocol::server::{DropReason, ErrorMessage, ServerMessage, Verdict, Welcome};
use loa::server::Server;
use loa::store::{Caller, LearnerId, NewGuest, Store, UtcMs};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use tokio_util::sync::CancellationToken;

/// Nothing in these tests takes so long; a test that hangs shall fail.
pub const PATIENCE: Duration = Duration::from_secs(30);

pub fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

pub fn picture(name: &str) -> Vec<u8> {
    std::fs::read(fixture(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// What signs the tokens of all test servers.
pub const KEY: &str = "a key for tests that all servers share";

/// A file in a folder of its own, which is gone when the process is.
pub fn database() -> String {
    static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a folder"));
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    // Statics are not dropped: the folder goes with the system's temporary files.
    FOLDER.path().join(format!("{count}.sqlite3")).display().to_string()
}

pub fn config(sets: &[&str]) -> Config {
    let (path, key) = (format!("database.path={}", database()), format!("auth.key={KEY}"));
    let models = format!("models.dir={}", Path::new(env!("CARGO_MANIFEST_DIR")).join("models").display());
    // The tests share the machine with each other: no frame shall be too old because of that.
    let defaults = [
        "server.bind=127.0.0.1:0",
        "inference.max_age_ms=20000",
        // Nearly all clients are one learner.
        "limits.sockets_per_learner=100000",
        // Whatever the one who tests has in OPENAI_BASE_URL and OPENAI_API_KEY.
        "quiz.base_url=",
        "quiz.api_key=",
        models.as_str(),
        path.as_str(),
        key.as_str(),
    ];
    let sets: Vec<String> = defaults.iter().chain(sets).map(ToString::to_string).collect();
    Config::load(None, &sets).expect("good settings")
}

/// Who watches, unless a test says otherwise.
pub fn learner() -> Caller {
    Caller::authenticated(LearnerId(uuid::Uuid::from_u128(0x1ea4_0e50)))
}

/// What a server with the key of [`config`] takes for the learner's, consent included.
pub fn token() -> String {
    tokens().access(learner().learner(), Some(loa::consent::VERSION), UtcMs::now())
}

/// With the key of all test servers.
pub fn tokens() -> Tokens {
    Tokens::open(&config(&[]).auth, UtcMs::now()).expect("a key")
}

/// The message with a token, if it is a hello without one.
fn with_token(text: &str) -> String {
    match text.strip_prefix(r#"{"type":"hello""#) {
        Some(rest) if !text.contains("\"token\"") => format!(r#"{{"type":"hello","token":"{}"{rest}"#, token()),
        _ => text.to_owned(),
    }
}

/// A running server of this process.
pub struct TestServer {
    pub address: SocketAddr,
    pub shutdown: CancellationToken,
    pub task: JoinHandle<()>,
    /// Its database, opened once more.
    pub store: Store,
}

impl TestServer {
    pub async fn start(sets: &[&str]) -> Self {
        Self::with(config(sets)).await
    }

    pub async fn with(config: Config) -> Self {
        let store = Store::open(&config.database).await.expect("a database");
        if !store.is_known(learner()).await.expect("asked") {
            store.add_guest(learner(), NewGuest::default(), UtcMs::now()).await.expect("stored");
        }
        let server = Server::open(config).await.expect("the server starts");
        let address = server.address().expect("an address");
        let shutdown = CancellationToken::new();
        let task = tokio::spawn(server.run(shutdown.clone()));
        Self { address, shutdown, task, store }
    }

    pub async fn client(&self) -> Client {
        Client::connect(self.address, Some("loa.v1")).await.expect("the upgrade succeeds")
    }

    /// One HTTP request; status line, headers and body.
    pub async fn get(&self, path: &str) -> String {
        http(self.address, &format!("GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")).await
    }

    /// The value of a metric's line, by its beginning.
    pub async fn metric(&self, line: &str) -> f64 {
        let text = self.get("/metrics").await;
        let found = text.lines().find_map(|it| it.strip_prefix(line)).map(str::trim);
        found.and_then(|value| value.parse().ok()).unwrap_or(0.0)
    }
}

pub async fn http(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("in time").expect("an answer");
    String::from_utf8_lossy(&answer).into_owned()
}

pub struct Client {
    pub socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    next_seq: u32,
    born: Instant,
    pub last_captured: u64,
    said_hello: bool,
}

impl Client {
    pub async fn connect(address: SocketAddr, subprotocol: Option<&'static str>) -> Result<Self, Error> {
        let mut request = format!("ws://{address}/ws").into_client_request().expect("a good address");
        if let Some(name) = subprotocol {
            request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static(name));
        }
        let (socket, _) = tokio_tungstenite::connect_async(request).await?;
        Ok(Self { socket, next_seq: 1, born: Instant::now(), last_captured: 0, said_hello: false })
    }

    /// Sends a frame with a header and returns its sequence.
    pub async fn send_frame(&mut self, jpeg: &[u8]) -> u32 {
        let seq = self.next_seq;
        self.next_seq += 1;
        // A clock that only rises, and runs as the server's does.
        self.last_captured = (self.born.elapsed().as_millis() as u64).max(self.last_captured + 1);
        let header = Header { seq, captured_ms: self.last_captured };
        self.send(Message::Binary(Frame::encode(header, jpeg))).await;
        seq
    }

    /// A hello without a token gets one.
    pub async fn send_text(&mut self, text: &str) {
        let text = with_token(text);
        self.said_hello |= text.contains("\"token\"");
        self.send_raw(Message::text(text)).await;
    }

    /// A frame before any hello is preceded by one.
    pub async fn send(&mut self, message: Message) {
        if matches!(message, Message::Binary(_)) && !self.said_hello {
            self.send_text(r#"{"type":"hello"}"#).await;
        }
        self.send_raw(message).await;
    }

    /// As it is.
    pub async fn send_raw(&mut self, message: Message) {
        tokio::time::timeout(PATIENCE, self.socket.send(message)).await.expect("in time").expect("sent");
    }

    /// The next JSON message; control messages, pings, states and rates are passed over.
    pub async fn next(&mut self) -> ServerMessage {
        let wanted = async {
            loop {
                match self.next_any().await {
                    ServerMessage::Ping { .. } | ServerMessage::State(_) | ServerMessage::Rate { .. } => {}
                    message => return message,
                }
            }
        };
        tokio::time::timeout(PATIENCE, wanted).await.expect("more than heartbeats in time")
    }

    /// The next JSON message of any type.
    pub async fn next_any(&mut self) -> ServerMessage {
        loop {
            match self.next_raw().await {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).expect("a documented message"),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("instead of a message: {other:?}"),
            }
        }
    }

    pub async fn next_raw(&mut self) -> Option<Result<Message, Error>> {
        tokio::time::timeout(PATIENCE, self.socket.next()).await.expect("an answer in time")
    }

    pub async fn welcome(&mut self) -> Welcome {
        match self.next().await {
            ServerMessage::Welcome(welcome) => welcome,
            other => panic!("instead of welcome: {other:?}"),
        }
    }

    /// Sends hello and takes the welcome.
    pub async fn hello(&mut self) -> Welcome {
        self.send_text(r#"{"type":"hello","client":"test"}"#).await;
        self.welcome().await
    }

    /// Sends one frame and waits for its verdict.
    pub async fn verdict(&mut self, jpeg: &[u8]) -> Verdict {
        let seq = self.send_frame(jpeg).await;
        match self.next().await {
            ServerMessage::Verdict(verdict) => {
                assert_eq!(verdict.seq, seq);
                *verdict
            }
            other => panic!("instead of a verdict: {other:?}"),
        }
    }

    pub async fn error(&mut self) -> ErrorMessage {
        match self.next().await {
            ServerMessage::Error(error) => error,
            other => panic!("instead of an error: {other:?}"),
        }
    }

    /// Reads until every sequence is answered; an answer more than once fails.
    pub async fn answers(&mut self, sequences: impl IntoIterator<Item = u32>) -> HashMap<u32, Answer> {
        let mut open: Vec<u32> = sequences.into_iter().collect();
        let mut answers = HashMap::new();
        while !open.is_empty() {
            let (seq, answer) = match self.next().await {
                ServerMessage::Verdict(verdict) => (verdict.seq, Answer::Verdict),
                ServerMessage::Dropped { seq, reason } => (seq, Answer::Dropped(reason)),
                ServerMessage::Error(error) => (error.seq.expect("a frame's error"), Answer::Error(error.code)),
                _ => continue,
            };
            let place = open.iter().position(|it| *it == seq);
            open.remove(place.unwrap_or_else(|| panic!("frame {seq} was answered twice or never sent")));
            answers.insert(seq, answer);
        }
        answers
    }

    /// Reads to the end; the close code, if one came.
    pub async fn close_code(&mut self) -> Option<u16> {
        loop {
            match self.next_raw().await {
                Some(Ok(Message::Close(frame))) => return frame.map(|it| it.code.into()),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return None,
            }
        }
    }

    /// A binary message without a header.
    pub async fn send_bare(&mut self, bytes: Vec<u8>) {
        self.send(Message::Binary(Bytes::from(bytes))).await;
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Verdict,
    Dropped(DropReason),
    Error(String),
}
