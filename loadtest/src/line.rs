//! One socket: messages out without waiting, messages in one by one.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use std::time::{Duration, Instant};

use bytes::{BufMut, Bytes, BytesMut};
use futures::{SinkExt as _, StreamExt as _};
use tokio::io::AsyncWrite as _;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

use crate::connect::Socket;

/// A learner's connection.
pub struct Line {
    socket: Socket,
    /// Bytes wait for the socket to become writable.
    blocked: bool,
    writable_since: Instant,
}

/// Something that happened on the socket.
#[derive(Debug)]
pub enum Event {
    /// What was kept back is out.
    Writable,
    /// A message of the server.
    Text(Utf8Bytes),
    /// What the server must not send.
    Binary,
    /// A ping or the like, which the library answers.
    Other,
}

/// Why a socket is no more.
#[derive(Debug)]
pub enum Gone {
    /// The server closed with this code and reason.
    Closed(u16, String),
    /// The connection broke.
    Lost(String),
}

impl From<Error> for Gone {
    fn from(error: Error) -> Self {
        Self::Lost(error.to_string())
    }
}

impl Line {
    /// Over an open socket.
    pub fn new(socket: Socket) -> Self {
        Self { socket, blocked: false, writable_since: Instant::now() }
    }

    /// Whether the socket takes nothing now.
    pub fn is_blocked(&self) -> bool {
        self.blocked
    }

    /// Since when it takes something again.
    pub fn writable_since(&self) -> Instant {
        self.writable_since
    }

    /// Hands a message to the socket; what the system does not take at once is kept there until it is writable.
    ///
    /// # Errors
    /// When the connection is gone.
    pub fn put(&mut self, message: Message) -> Result<(), Gone> {
        self.socket.start_send_unpin(message)?;
        let flushed = self.socket.poll_flush_unpin(&mut Context::from_waker(Waker::noop()))?;
        self.blocked = flushed.is_pending();
        Ok(())
    }

    /// The next thing that happens; without `reading`, nothing that the server sends. Nothing is lost when this is cancelled.
    ///
    /// # Errors
    /// When the connection is gone.
    pub async fn next(&mut self, reading: bool) -> Result<Event, Gone> {
        poll_fn(|context| self.poll_event(context, reading)).await
    }

    fn poll_event(&mut self, context: &mut Context<'_>, reading: bool) -> Poll<Result<Event, Gone>> {
        if self.blocked && self.socket.poll_flush_unpin(context)?.is_ready() {
            self.blocked = false;
            self.writable_since = Instant::now();
            return Poll::Ready(Ok(Event::Writable));
        }
        if !reading {
            return Poll::Pending;
        }
        Poll::Ready(match ready!(self.socket.poll_next_unpin(context)) {
            Some(Ok(Message::Text(text))) => Ok(Event::Text(text)),
            Some(Ok(Message::Binary(_))) => Ok(Event::Binary),
            Some(Ok(Message::Close(close))) => Err(Gone::closed(close)),
            Some(Ok(_)) => Ok(Event::Other),
            Some(Err(error)) => Err(error.into()),
            None => Err(Gone::Lost("the server hung up without closing".into())),
        })
    }

    /// Ends the connection without a word of WebSocket, as a network does that fails.
    pub fn hang_up(&mut self) {
        // What is not sent by now is lost anyway.
        let _ = Pin::new(self.socket.get_mut()).poll_shutdown(&mut Context::from_waker(Waker::noop()));
    }

    /// Reads on until the server hangs up, which answers its close.
    pub async fn drain(&mut self, patience: Duration) {
        let _ = tokio::time::timeout(patience, async { while let Some(Ok(_)) = self.socket.next().await {} }).await;
    }
}

impl Gone {
    fn closed(close: Option<CloseFrame>) -> Self {
        close.map_or_else(
            || Self::Closed(1005, String::new()),
            |frame| Self::Closed(frame.code.into(), frame.reason.to_string()),
        )
    }

    /// The word of the report.
    pub fn word(&self) -> String {
        match self {
            Self::Closed(code, _) => format!("closed_{code}"),
            Self::Lost(_) => "lost".into(),
        }
    }

    /// In a sentence.
    pub fn sentence(&self) -> String {
        match self {
            Self::Closed(code, reason) => format!("the server closed with {code} {reason}"),
            Self::Lost(why) => why.clone(),
        }
    }
}

/// The binary message of docs/protocol.md: magic, sequence, capture time (ms), picture.
pub fn frame_message(seq: u32, captured: Duration, picture: &[u8]) -> Bytes {
    let mut message = BytesMut::with_capacity(16 + picture.len());
    message.put_slice(b"LOA1");
    message.put_u32_le(seq);
    message.put_u64_le(millis(captured));
    message.put_slice(picture);
    message.freeze()
}

/// Whole milliseconds, as a frame's header has them.
pub fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_s_bytes_are_as_documented() {
        let message = frame_message(0x0403_0201, Duration::from_millis(0x0605_0403_0201), &[0xff, 0xd8]);
        assert_eq!(&message[..], b"LOA1\x01\x02\x03\x04\x01\x02\x03\x04\x05\x06\x00\x00\xff\xd8");
    }
}
