//! Requests and answers.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::Site;
use crate::support::PATIENCE;

pub struct Ask<'a> {
    site: &'a Site,
    method: &'static str,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl<'a> Ask<'a> {
    pub fn new(site: &'a Site, method: &'static str, path: &str) -> Self {
        Self { site, method, path: path.to_owned(), headers: Vec::new(), body: Vec::new() }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    pub fn json(self, body: &Value) -> Self {
        self.header("Content-Type", "application/json").body(body.to_string().into_bytes())
    }

    pub fn body(mut self, body: Vec<u8>) -> Self {
        self.body = body;
        self
    }

    /// Sends it, and holds the answer against the document.
    pub async fn send(self) -> Answer {
        let answer = self.send_undescribed().await;
        let path = self.path.split('?').next().unwrap_or_default();
        self.site.document.check(self.method, path, &answer);
        answer
    }

    /// For what the document does not tell of.
    pub async fn send_undescribed(&self) -> Answer {
        let mut head = format!("{} {} HTTP/1.1\r\nHost: loa.test\r\nConnection: close\r\n", self.method, self.path);
        if !self.body.is_empty() {
            head += &format!("Content-Length: {}\r\n", self.body.len());
        }
        for (name, value) in &self.headers {
            head += &format!("{name}: {value}\r\n");
        }
        exchange(self.site.server.address, &head, &self.body).await
    }
}

pub async fn exchange(address: SocketAddr, head: &str, body: &[u8]) -> Answer {
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    let request = [head.as_bytes(), b"\r\n", body].concat();
    // A server that refuses a large body may close before all of it was sent.
    let _ = stream.write_all(&request).await;
    let mut bytes = Vec::new();
    tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.expect("in time").expect("an answer");
    Answer::parse(&bytes)
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    fn parse(bytes: &[u8]) -> Self {
        let end = memchr::memmem::find(bytes, b"\r\n\r\n").expect("a head");
        let head = std::str::from_utf8(&bytes[..end]).expect("text");
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).expect("a status line");
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let mut answer = Self { status: status.parse().expect("a number"), headers, body: bytes[end + 4..].to_vec() };
        if answer.header("transfer-encoding") == "chunked" {
            answer.body = dechunked(&answer.body);
        }
        answer
    }

    /// Empty if there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|it| it.0 == name).map_or("", |it| it.1.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The JSON of an answer with this status.
    pub fn ok(&self, status: u16) -> Value {
        assert_eq!((self.status, self.header("content-type")), (status, "application/json"), "{}", self.text());
        assert_eq!(self.header("cache-control"), "no-store");
        self.json()
    }

    /// It must be this problem.
    pub fn problem(&self, status: u16, code: &str) -> Value {
        let document = self.json();
        assert_eq!((self.status, document["code"].as_str()), (status, Some(code)), "{document}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!((&document["status"], &document["type"]), (&status.into(), &"about:blank".into()));
        assert!(!document["title"].as_str().expect("a title").is_empty(), "{document}");
        assert!(!document["detail"].as_str().expect("a detail").is_empty(), "{document}");
        assert_eq!(self.header("www-authenticate"), if status == 401 { "Bearer" } else { "" });
        document
    }
}

/// An answer that broke off has no last chunk, and fails here.
fn dechunked(mut bytes: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let end = memchr::memmem::find(bytes, b"\r\n").expect("a chunk's size");
        let size = std::str::from_utf8(&bytes[..end]).ok().and_then(|it| usize::from_str_radix(it, 16).ok());
        let size = size.expect("a number");
        if size == 0 {
            return body;
        }
        body.extend_from_slice(&bytes[end + 2..end + 2 + size]);
        bytes = &bytes[end + 2 + size + 2..];
    }
}
