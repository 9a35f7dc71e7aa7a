//! Too much of everything, from one address or one learner, and from where nobody should come.

use std::time::{Duration, Instant};

use loa::store::{Caller, LearnerId, NewGuest, UtcMs};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{PATIENCE, TestServer, http, picture, tokens};

/// As a client somewhere else, through a proxy on this machine.
const FROM: &str = "X-Forwarded-For: 198.51.100.7\r\n";

fn upgrade(headers: &str) -> String {
    format!(
        "GET /ws HTTP/1.1\r\nHost: loa.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
    )
}

/// Asks for a WebSocket; the status line, and the connection.
async fn open(server: &TestServer, headers: &str) -> (String, TcpStream) {
    let mut stream = TcpStream::connect(server.address).await.expect("the server listens");
    stream.write_all(upgrade(headers).as_bytes()).await.expect("sent");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let read = tokio::time::timeout(PATIENCE, stream.read_u8()).await.expect("in time");
        head.push(read.expect("an answer"));
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    (head, stream)
}

fn status(head: &str) -> &str {
    head.split(' ').nth(1).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_of_others_open_no_sockets() {
    let server = TestServer::start(&[r#"server.origins=["https://school.example"]"#]).await;
    for (origin, expected) in [
        ("", "101"),
        ("Origin: https://loa.test\r\n", "101"),
        ("Origin: https://school.example\r\n", "101"),
        ("Origin: chrome-extension://abcdefghijklmnop\r\n", "101"),
        ("Origin: https://evil.example\r\n", "403"),
        ("Origin: null\r\n", "403"),
    ] {
        assert_eq!(status(&open(&server, origin).await.0), expected, "{origin}");
    }
    assert_eq!(server.metric(r#"loa_sockets_refused_total{reason="origin"}"#).await, 2.0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_has_so_many_sockets_and_no_more() {
    let server = TestServer::start(&["limits.connections_per_address=3"]).await;
    let mut sockets = Vec::new();
    for _ in 0..3 {
        let (head, socket) = open(&server, FROM).await;
        assert_eq!(status(&head), "101");
        sockets.push(socket);
    }
    let (head, _) = open(&server, FROM).await;
    assert_eq!(status(&head), "429");
    assert!(head.to_lowercase().contains("retry-after: "), "{head}");
    // Others are not concerned, and who has gone makes room.
    assert_eq!(status(&open(&server, "X-Forwarded-For: 198.51.100.8\r\n").await.0), "101");
    drop(sockets.pop());
    let begin = Instant::now();
    while status(&open(&server, FROM).await.0) != "101" {
        assert!(begin.elapsed() < PATIENCE, "the place never comes back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_connections_of_one_address_leave_the_others_theirs() {
    let server = TestServer::start(&["limits.connections_per_address=20", "server.trusted_proxies=[]"]).await;
    let mut open = Vec::new();
    for _ in 0..1000 {
        open.push(TcpStream::connect(server.address).await.expect("the system takes it"));
    }
    let begin = Instant::now();
    let refused = r#"loa_sockets_refused_total{reason="address"}"#;
    // All but twenty were closed at once: asking takes the place of one that goes.
    drop(open.split_off(990));
    let mut closed = 0;
    for stream in &mut open {
        let mut byte = [0];
        if let Ok(Ok(0) | Err(_)) = tokio::time::timeout(Duration::from_millis(20), stream.read(&mut byte)).await {
            closed += 1;
        }
    }
    assert!(closed >= 960, "{closed} of 990 were closed");
    drop(open);
    loop {
        tokio::time::sleep(Duration::from_millis(50)).await;
        let mut stream = TcpStream::connect(server.address).await.expect("the server listens");
        let _ = stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
        let mut text = String::new();
        let _ = tokio::time::timeout(PATIENCE, stream.read_to_string(&mut text)).await.expect("in time");
        if let Some(line) = text.lines().find_map(|line| line.strip_prefix(refused)) {
            assert!(line.trim().parse::<f64>().expect("a number") >= 960.0, "{line}");
            break;
        }
        assert!(begin.elapsed() < PATIENCE, "nobody is let in any more");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_asks_so_often_and_no_more() {
    let server = TestServer::start(&["limits.requests_per_address=5"]).await;
    let ask = |path: &str, from: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{from}\r\n");
    for _ in 0..5 {
        let answer = http(server.address, &ask("/api/v1/consent", FROM)).await;
        assert_eq!(status(&answer), "200");
    }
    let answer = http(server.address, &ask("/api/v1/consent", FROM)).await;
    assert_eq!(status(&answer), "429", "{answer}");
    assert_eq!(status(&http(server.address, &ask("/", FROM)).await), "200", "pages are free");
    assert_eq!(status(&http(server.address, &ask("/api/v1/consent", "X-Forwarded-For: 203.0.113.1\r\n")).await), "200");
    // A private address behind the proxy is a learner's, and no proxy; one that cannot be read is the proxy's, and counts.
    for from in ["X-Forwarded-For: 10.1.2.3\r\n", "X-Forwarded-For: 198.51.100.9, unknown\r\n"] {
        let trusted = r#"server.trusted_proxies=["127.0.0.0/8", "10.0.0.0/8"]"#;
        let server = TestServer::start(&["limits.requests_per_address=5", trusted]).await;
        for _ in 0..5 {
            assert_eq!(status(&http(server.address, &ask("/api/v1/consent", from)).await), "200");
        }
        assert_eq!(status(&http(server.address, &ask("/api/v1/consent", from)).await), "429", "{from}");
    }
    // Who may not be believed is who they are.
    let server = TestServer::start(&["limits.requests_per_address=5", "server.trusted_proxies=[]"]).await;
    for number in 0..5 {
        let from = format!("X-Forwarded-For: 198.51.100.{number}\r\n");
        assert_eq!(status(&http(server.address, &ask("/api/v1/consent", &from)).await), "200");
    }
    let answer = http(server.address, &ask("/api/v1/consent", "X-Forwarded-For: 198.51.100.99\r\n")).await;
    assert_eq!(status(&answer), "429", "a forged header buys nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_a_part_of_the_guests_and_leaves_the_rest_to_others() {
    let server = TestServer::start(&["auth.guests_per_minute=8"]).await;
    let join = |from: &str| {
        format!("POST /api/v1/guests HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n{from}\r\n")
    };
    for wanted in ["201", "201", "429"] {
        assert_eq!(status(&http(server.address, &join(FROM)).await), wanted);
    }
    assert_eq!(status(&http(server.address, &join("X-Forwarded-For: 203.0.113.1\r\n")).await), "201");
}

/// The access token of a new learner.
async fn newcomer(server: &TestServer) -> String {
    let caller = Caller::authenticated(LearnerId::new_id());
    server.store.add_guest(caller, NewGuest::default(), UtcMs::now()).await.expect("stored");
    tokens().access(caller.learner(), None, UtcMs::now())
}

fn ask(what: &str, token: &str, headers: &str, body: &str, length: usize) -> String {
    format!(
        "{what} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n{headers}\
         Content-Type: application/octet-stream\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

const SUBTITLES: &str = "POST /api/v1/subtitles";
const VTT: &str = "WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n";
const ELSEWHERE: &str = "X-Forwarded-For: 203.0.113.1\r\n";

/// Promises a large body and sends nothing of it.
async fn promise(server: &TestServer, token: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).await.expect("the server listens");
    let headers = format!("{FROM}Expect: 100-continue\r\n");
    stream.write_all(ask(SUBTITLES, token, &headers, "", 1 << 20).as_bytes()).await.expect("sent");
    let mut answer = [0; 25];
    tokio::time::timeout(PATIENCE, stream.read_exact(&mut answer)).await.expect("in time").expect("it is waited for");
    assert_eq!(&answer, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream
}

/// Who promises a large body and never sends it holds a place, no more than four an address and two a learner, and not for long.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_bodies_are_few_and_given_up() {
    let server = TestServer::start(&[]).await;
    let learners = [newcomer(&server).await, newcomer(&server).await, newcomer(&server).await];
    let read = async |token: &str, from: &str| {
        let answer = http(server.address, &ask(SUBTITLES, token, from, VTT, VTT.len())).await;
        status(&answer).to_owned()
    };
    let begin = Instant::now();
    let mut slow = vec![promise(&server, &learners[0]).await, promise(&server, &learners[0]).await];
    assert_eq!(read(&learners[0], ELSEWHERE).await, "503", "the learner has two");
    assert_eq!(read(&learners[1], FROM).await, "200");
    slow.extend([promise(&server, &learners[1]).await, promise(&server, &learners[1]).await]);
    assert_eq!(read(&learners[2], FROM).await, "503", "the address has four");
    assert_eq!(read(&learners[2], ELSEWHERE).await, "200");
    // What brings no large body is not concerned.
    let set = "/api/v1/quiz-sets/0190a000-0000-7000-8000-000000000000";
    for what in [format!("PUT {set}/recommendation"), format!("DELETE {set}/recommendation"), format!("DELETE {set}")] {
        assert_ne!(status(&http(server.address, &ask(&what, &learners[0], FROM, "", 0)).await), "503", "{what}");
    }
    for stream in &mut slow {
        let mut answer = String::new();
        tokio::time::timeout(PATIENCE, stream.read_to_string(&mut answer)).await.expect("in time").expect("an answer");
        assert!(status(&answer) == "408" && answer.contains("\"too_slow\""), "{answer}");
    }
    assert!(begin.elapsed() >= Duration::from_secs(5), "{:?}", begin.elapsed());
    while read(&learners[0], FROM).await != "200" {
        assert!(begin.elapsed() < PATIENCE, "the places never come back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A byte a second is no body.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn small_bodies_come_at_once_or_not_at_all() {
    let server = TestServer::start(&[]).await;
    let drip = async |path: &str, kind: &str| {
        let stream = TcpStream::connect(server.address).await.expect("the server listens");
        let (mut reader, mut writer) = stream.into_split();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: loa.test\r\nOrigin: http://loa.test\r\nConnection: close\r\nContent-Type: {kind}\r\n\
             Content-Length: 1000\r\n\r\n"
        );
        writer.write_all(head.as_bytes()).await.expect("sent");
        let begin = Instant::now();
        let dripping = tokio::spawn(async move {
            while writer.write_all(b" ").await.is_ok() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        });
        let mut answer = [0; 12];
        tokio::time::timeout(PATIENCE, reader.read_exact(&mut answer)).await.expect("in time").expect("an answer");
        dripping.abort();
        assert_eq!(&answer, b"HTTP/1.1 408", "{path}");
        assert!(begin.elapsed() >= Duration::from_secs(9), "{path} {:?}", begin.elapsed());
    };
    tokio::join!(
        drip("/api/v1/guests", "application/json"),
        drip("/api/v1/tokens", "application/json"),
        drip("/enter", "application/x-www-form-urlencoded"),
    );
}

/// What the library hands on only when it is whole does not come in more pieces than are of use.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_in_too_many_fragments_ends_the_connection() {
    let server = TestServer::start(&[]).await;
    let mut neighbour = server.client().await;
    neighbour.hello().await;
    let empty = [0x00_u8, 0x80, 0, 0, 0, 0];
    let begins = [0x01_u8, 0x80, 0, 0, 0, 0];
    let ends = [0x80_u8, 0x82, 0, 0, 0, 0, b'[', b']'];
    // Just not too many: it is read, and the connection goes on.
    let mut client = server.client().await;
    client.hello().await;
    let whole = [&begins[..], &empty.repeat(1022), &ends].concat();
    client.socket.get_mut().write_all(&whole).await.expect("sent");
    assert_eq!(client.error().await.code, "bad_message");
    client.verdict(&picture("faces/open_320x240.jpg")).await;
    // One more, and pings between them are no new message.
    let ping = [0x89_u8, 0x80, 0, 0, 0, 0];
    let many = [&begins[..], &empty.repeat(1000), &ping, &empty.repeat(24)].concat();
    client.socket.get_mut().write_all(&many).await.expect("sent");
    assert_eq!(client.close_code().await, Some(1002));
    // For ever: the server hangs up.
    let mut flood = server.client().await;
    flood.hello().await;
    let flooding = tokio::spawn(async move {
        let pieces = empty.repeat(10_000);
        let socket = flood.socket.get_mut();
        socket.write_all(&begins).await.expect("sent");
        while socket.write_all(&pieces).await.is_ok() {}
    });
    neighbour.verdict(&picture("faces/open_320x240.jpg")).await;
    tokio::time::timeout(PATIENCE, flooding).await.expect("in time").expect("no panic");
    neighbour.verdict(&picture("faces/open_320x240.jpg")).await;
}

/// Pings by the thousand are read as fast as the limit says, while others are served.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_flood_of_pings_waits() {
    let server = TestServer::start(&["limits.frames_per_second=1", "limits.texts_per_second=1"]).await;
    let mut flood = server.client().await;
    flood.hello().await;
    let begin = Instant::now();
    for number in 0..60 {
        flood.send_raw(Message::Ping(vec![number].into())).await;
    }
    flood.verdict(&picture("faces/open_320x240.jpg")).await;
    // 20 at once, the others at 20 a second.
    assert!(begin.elapsed() >= Duration::from_millis(1_700), "{:?}", begin.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_learner_has_so_many_sockets_and_no_more() {
    let server = TestServer::start(&["limits.sockets_per_learner=2"]).await;
    let mut first = server.client().await;
    first.hello().await;
    let mut second = server.client().await;
    second.hello().await;
    let mut third = server.client().await;
    third.send_text(r#"{"type":"hello"}"#).await;
    let error = third.error().await;
    assert_eq!((error.code.as_str(), error.retry), ("too_many_sockets", true));
    assert!(error.retry_after_ms.is_some());
    assert_eq!(third.close_code().await, Some(1013));
    first.verdict(&picture("faces/open_320x240.jpg")).await;
    drop(first);
    let begin = Instant::now();
    loop {
        let mut again = server.client().await;
        again.send_text(r#"{"type":"hello"}"#).await;
        if again.next_any().await.to_json().contains("\"welcome\"") {
            break;
        }
        assert!(begin.elapsed() < PATIENCE, "the place never comes back");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn floods_of_texts_are_refused_and_end_the_connection() {
    let server = TestServer::start(&["limits.texts_per_second=2", "limits.errors_in_a_row=20"]).await;
    let mut client = server.client().await;
    client.hello().await;
    let deep = format!(r#"{{"type":"playback","x":{}{}}}"#, "[".repeat(20_000), "]".repeat(20_000));
    client.send_text(&deep).await;
    assert_eq!(client.error().await.code, "bad_message", "deep JSON is an error, no more");
    for _ in 0..40 {
        client.send_raw(Message::text(r#"{"type":"pong","n":1}"#)).await;
    }
    assert_eq!(client.error().await.code, "too_many_messages");
    assert_eq!(client.close_code().await, Some(4400));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_handshakes_end_and_disturb_nobody() {
    let server = TestServer::start(&["server.header_timeout_ms=500"]).await;
    let mut slow = Vec::new();
    for _ in 0..200 {
        let mut stream = TcpStream::connect(server.address).await.expect("the server listens");
        stream.write_all(b"GET /ws HTTP/1.1\r\nHost: x\r\nX: ").await.expect("sent");
        slow.push(stream);
    }
    let mut client = server.client().await;
    client.hello().await;
    client.verdict(&picture("faces/open_320x240.jpg")).await;
    let dripping = tokio::spawn(async move {
        let begin = Instant::now();
        // A byte now and then does not help.
        while let Some(mut stream) = slow.pop() {
            loop {
                let mut rest = [0; 256];
                let read = tokio::time::timeout(Duration::from_millis(20), stream.read(&mut rest)).await;
                if matches!(read, Ok(Ok(0) | Err(_))) {
                    break;
                }
                let _ = stream.write_all(b"x").await;
                assert!(begin.elapsed() < PATIENCE, "a slow handshake goes on for ever");
            }
        }
    });
    dripping.await.expect("all were ended");
    client.verdict(&picture("faces/open_320x240.jpg")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_that_are_too_old_open_nothing() {
    let server = TestServer::start(&[]).await;
    let old = UtcMs(UtcMs::now().0 - 3_600_000);
    let token = tokens().access(crate::support::learner().learner(), Some(loa::consent::VERSION), old);
    let mut client = server.client().await;
    client.send_text(&format!(r#"{{"type":"hello","token":"{token}"}}"#)).await;
    assert_eq!(client.error().await.code, "token_expired");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answer_makes_browsers_careful() {
    let server = TestServer::start(&[]).await;
    for path in ["/", "/me", "/api/v1/consent", "/metrics", "/nothing", "/health/ready"] {
        let answer = server.get(path).await.to_lowercase();
        for header in [
            "x-content-type-options: nosniff",
            "x-frame-options: deny",
            "content-security-policy: ",
            "referrer-policy: ",
            "permissions-policy: camera=(self)",
            "cross-origin-opener-policy: same-origin",
        ] {
            assert!(answer.contains(header), "{path} lacks {header}:\n{answer}");
        }
        assert!(!answer.contains("strict-transport-security"), "{path} came by plain HTTP");
    }
    let request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Forwarded-Proto: https\r\n\r\n";
    assert!(http(server.address, request).await.to_lowercase().contains("strict-transport-security: max-age="));
    let server = TestServer::start(&["server.trusted_proxies=[]"]).await;
    assert!(!http(server.address, request).await.to_lowercase().contains("strict-transport-security"));
}
