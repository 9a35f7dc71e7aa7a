//! As much of HTTP/1.1 as it takes.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Characters of a delta.
const DELTA: usize = 12;

/// Head and body; None when the client hung up before.
pub async fn request(socket: &mut TcpStream) -> std::io::Result<Option<(String, Vec<u8>)>> {
    let mut read = Vec::new();
    loop {
        if socket.read_buf(&mut read).await? == 0 {
            return Ok(None);
        }
        let Some(end) = read.windows(4).position(|bytes| bytes == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&read[..end]).into_owned();
        let length: usize = header(&head, "content-length").and_then(|value| value.parse().ok()).unwrap_or(0);
        while read.len() < end + 4 + length {
            if socket.read_buf(&mut read).await? == 0 {
                return Ok(None);
            }
        }
        return Ok(Some((head, read.split_off(end + 4))));
    }
}

pub fn header(head: &str, name: &str) -> Option<String> {
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    fields.find(|(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim().to_owned())
}

/// Headers and deltas, as OpenAI sends them.
pub async fn stream(socket: &mut TcpStream, text: &str) -> std::io::Result<()> {
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n";
    socket.write_all(head.as_bytes()).await?;
    event(socket, &delta(json!({"role": "assistant", "content": ""}), Value::Null)).await?;
    let chars: Vec<char> = text.chars().collect();
    for part in chars.chunks(DELTA) {
        event(socket, &delta(json!({"content": part.iter().collect::<String>()}), Value::Null)).await?;
    }
    Ok(())
}

pub async fn finish(socket: &mut TcpStream, reason: &str) -> std::io::Result<()> {
    event(socket, &delta(json!({}), json!(reason))).await
}

/// Tokens, `[DONE]`, and the end.
pub async fn done(socket: &mut TcpStream) -> std::io::Result<()> {
    let usage = json!({"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150});
    event(socket, &json!({"object": "chat.completion.chunk", "choices": [], "usage": usage}).to_string()).await?;
    event(socket, "[DONE]").await?;
    socket.write_all(b"0\r\n\r\n").await
}

fn delta(delta: Value, reason: Value) -> String {
    let choice = json!({"index": 0, "delta": delta, "finish_reason": reason});
    json!({"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "test", "choices": [choice]}).to_string()
}

async fn event(socket: &mut TcpStream, data: &str) -> std::io::Result<()> {
    raw(socket, &format!("data: {data}")).await
}

/// One line of a stream and the empty line after it.
pub async fn raw(socket: &mut TcpStream, line: &str) -> std::io::Result<()> {
    let event = format!("{line}\n\n");
    socket.write_all(format!("{:x}\r\n{event}\r\n", event.len()).as_bytes()).await
}

pub fn whole(text: &str) -> Vec<u8> {
    let choice = json!({"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"});
    let body = json!({"object": "chat.completion", "choices": [choice], "usage": {"prompt_tokens": 9, "completion_tokens": 3}});
    status(200, &["content-type: application/json".to_owned()], &body.to_string())
}

pub fn status(status: u16, headers: &[String], body: &str) -> Vec<u8> {
    let fields: String = headers.iter().map(|field| format!("{field}\r\n")).collect();
    format!("HTTP/1.1 {status} Because\r\n{fields}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
        .into_bytes()
}
