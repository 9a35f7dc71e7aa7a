//! Skipping WebSocket messages that are larger than allowed, instead of ending the connection.
//!
//! A WebSocket library can only refuse a message that is too large by closing: the rest of it stands in the way of all that
//! follows. This reader sits below the library. It follows the frame headers (RFC 6455, section 5.2) and, once a message
//! grows beyond its limit, lets the rest of its payload vanish: the library sees a short message, and the session learns
//! from the [`SkipLog`] that it was cut. Bytes are read straight into the library's buffer and looked through there: nothing is
//! copied, no buffer kept.
//!
//! It is also the only one who sees how many frames a message comes in: the library waits for the last one, however many are empty.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// From this size on skipping is no use: the header is passed on, and the library ends the connection with 1009.
const HOPELESS: u64 = 64 << 20;
/// The longest header: 2 bytes, 8 of length, 4 of mask.
const LONGEST_HEADER: usize = 14;
/// Bytes that are read at one time before a header is known. The library makes room for a payload beyond what it holds already, and
/// keeps a buffer for as long as a header would fit behind it: with more of the payload in hand, each connection would keep its last
/// frame's buffer.
const HEADER_READ: usize = 16;
/// Frames that any message may come in. Browsers send one, proxies may cut it: 256 KiB in pieces of 256 bytes.
const FRAMES: u64 = 1024;
/// Where so large messages are allowed that more frames are of use, there is one for so many bytes: Autobahn's case 9.3.1 sends 4 MiB in
/// pieces of 64 bytes where 16 MiB are allowed.
const BYTES_A_FRAME: u64 = 128;
/// The bits of a header that must not be set (RFC 6455, section 5.2): the library ends the connection with 1002.
const RESERVED: u8 = 0x70;

/// What the largest messages may be, payload bytes.
#[derive(Debug, Clone, Copy)]
pub struct MessageLimits {
    /// Binary messages.
    pub binary: u64,
    /// Text messages.
    pub text: u64,
}

impl MessageLimits {
    /// Bytes that a message may have.
    fn bytes(self, text: bool) -> u64 {
        if text { self.text } else { self.binary }
    }

    /// Frames that it may come in.
    fn frames(self, text: bool) -> u64 {
        FRAMES.max(self.bytes(text) / BYTES_A_FRAME)
    }
}

/// The messages that were cut, oldest first, how many frames messages came in, and when anything came last.
#[derive(Debug, Clone, Default)]
pub struct SkipLog(Arc<Mutex<Log>>);

#[derive(Debug, Default)]
struct Log {
    skipped: VecDeque<Skipped>,
    /// Of whole messages, since somebody asked.
    frames: u64,
    last_bytes: Option<Instant>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Skipped {
    message: u64,
    bytes: u64,
}

impl SkipLog {
    /// The size that message `number` (data messages of the connection, from 0) had, if it was cut.
    pub fn size_of(&self, number: u64) -> Option<u64> {
        let skipped = &mut self.lock().skipped;
        while skipped.front().is_some_and(|it| it.message < number) {
            skipped.pop_front();
        }
        skipped.front().filter(|it| it.message == number).map(|it| it.bytes)
    }

    /// When bytes came last, whole messages or not.
    pub fn last_bytes(&self) -> Option<Instant> {
        self.lock().last_bytes
    }

    /// How many frames the data messages came in that have come since this was asked last.
    pub fn take_frames(&self) -> u64 {
        std::mem::take(&mut self.lock().frames)
    }

    /// Data message `number` is whole.
    fn note(&self, number: u64, message: Current) {
        let mut log = self.lock();
        log.frames = log.frames.saturating_add(message.frames);
        if message.cut {
            log.skipped.push_back(Skipped { message: number, bytes: message.bytes });
        }
    }

    fn lock(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The data message that is being received.
#[derive(Debug, Default, Clone, Copy)]
struct Current {
    text: bool,
    /// Those that have begun.
    frames: u64,
    bytes: u64,
    cut: bool,
}

#[derive(Debug)]
enum State {
    /// Before a header.
    Header,
    /// Passing on so many payload bytes.
    Pass(u64),
    /// Letting so many payload bytes vanish.
    Skip(u64),
}

/// A stream from a client whose oversized messages are cut on the way.
pub struct SkipOversized<S> {
    inner: S,
    limits: MessageLimits,
    log: SkipLog,
    state: State,
    /// The beginning of a header whose rest has not come yet.
    header: Header,
    current: Current,
    messages: u64,
}

impl<S> SkipOversized<S> {
    /// Wraps the server's end of a connection, right after the upgrade.
    pub fn new(inner: S, limits: MessageLimits, log: SkipLog) -> Self {
        let (state, header, current) = (State::Header, Header::default(), Current::default());
        Self { inner, limits, log, state, header, current, messages: 0 }
    }

    /// How much to read at one time: no further than the next header or the end of the payload.
    fn wanted(&self, room: usize) -> usize {
        match self.state {
            State::Header => room.min(HEADER_READ),
            State::Pass(left) => clamp(left, room),
            State::Skip(_) => room,
        }
    }

    /// Takes out of `bytes`, which begin where the last ones ended, what the library shall not see. What it shall comes to stand at the
    /// front; how many bytes these are is returned. A header that is not whole is kept for the next time.
    fn edit(&mut self, bytes: &mut [u8]) -> usize {
        let (mut read, mut written) = (0, 0);
        while read < bytes.len() {
            match self.state {
                State::Header => {
                    let Some((header, length)) = Header::parse(&bytes[read..]) else {
                        self.header = Header::of(&bytes[read..]);
                        break;
                    };
                    read += header.len();
                    let passed = self.decide(header, length);
                    bytes[written..][..passed.len()].copy_from_slice(passed.bytes());
                    written += passed.len();
                }
                State::Pass(left) => {
                    let count = clamp(left, bytes.len() - read);
                    bytes.copy_within(read..read + count, written);
                    (read, written) = (read + count, written + count);
                    self.state = State::after(left - count as u64, State::Pass);
                }
                State::Skip(left) => {
                    let count = clamp(left, bytes.len() - read);
                    read += count;
                    self.state = State::after(left - count as u64, State::Skip);
                }
            }
        }
        written
    }

    /// Decides over a frame's payload; the header that the library shall see is returned, which is no longer.
    fn decide(&mut self, header: Header, length: u64) -> Header {
        let first = header.bytes[0];
        let (last, opcode) = (first & 0x80 != 0, first & 0x0f);
        let control = opcode >= 8;
        if !control {
            if opcode != 0 {
                self.current = Current { text: opcode == 1, ..Current::default() };
            }
            self.current.frames += 1;
            self.current.bytes = self.current.bytes.saturating_add(length);
            self.current.cut |= self.current.bytes > self.limits.bytes(self.current.text);
            if last {
                self.log.note(self.messages, self.current);
                self.messages += 1;
            }
        }
        // Without its mask a client's frame is against the protocol; the library shall see that.
        let masked = header.bytes[1] & 0x80 != 0;
        if !control && masked && self.current.frames > self.limits.frames(self.current.text) {
            self.state = State::after(length, State::Skip);
            Header::emptied(first | RESERVED)
        } else if !control && masked && self.current.cut && length < HOPELESS {
            self.state = State::after(length, State::Skip);
            Header::emptied(first)
        } else {
            self.state = State::after(length, State::Pass);
            header
        }
    }
}

/// A frame's header, or the beginning of one.
#[derive(Debug, Default, Clone, Copy)]
struct Header {
    bytes: [u8; LONGEST_HEADER],
    length: u8,
}

impl Header {
    /// At most 14 bytes.
    fn of(bytes: &[u8]) -> Self {
        let mut header = Self { bytes: [0; LONGEST_HEADER], length: bytes.len() as u8 };
        header.bytes[..bytes.len()].copy_from_slice(bytes);
        header
    }

    /// That of a frame without payload, with a mask that has nothing to do.
    fn emptied(first: u8) -> Self {
        Self::of(&[first, 0x80, 0, 0, 0, 0])
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len()]
    }

    fn len(&self) -> usize {
        self.length.into()
    }

    /// The header at the front of `bytes`, if all of it is there, and its payload's length.
    fn parse(bytes: &[u8]) -> Option<(Self, u64)> {
        let second = *bytes.get(1)?;
        let mask = if second & 0x80 != 0 { 4 } else { 0 };
        let (extended, short) = match second & 0x7f {
            126 => (2, None),
            127 => (8, None),
            short => (0, Some(u64::from(short))),
        };
        let header = bytes.get(..2 + extended + mask)?;
        let long = header[2..2 + extended].iter().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
        Some((Self::of(header), short.unwrap_or(long)))
    }
}

impl State {
    fn after(left: u64, next: fn(u64) -> Self) -> Self {
        if left == 0 { Self::Header } else { next(left) }
    }
}

fn clamp(left: u64, room: usize) -> usize {
    usize::try_from(left).unwrap_or(usize::MAX).min(room)
}

impl<S: AsyncRead + Unpin> AsyncRead for SkipOversized<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        target: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let this = self.get_mut();
        // The library makes room for a whole header before it reads.
        if target.remaining() <= this.header.len() {
            return Poll::Ready(if target.remaining() == 0 {
                Ok(())
            } else {
                Err(std::io::ErrorKind::OutOfMemory.into())
            });
        }
        loop {
            let mut part = ReadBuf::new(target.initialize_unfilled_to(this.wanted(target.remaining())));
            part.put_slice(this.header.bytes());
            let held = part.filled().len();
            let read = Pin::new(&mut this.inner).poll_read(context, &mut part);
            if !matches!(read, Poll::Ready(Ok(()))) || part.filled().len() == held {
                return read;
            }
            this.header = Header::default();
            this.log.lock().last_bytes = Some(Instant::now());
            let kept = this.edit(part.filled_mut());
            if kept > 0 {
                target.advance(kept);
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for SkipOversized<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::{SinkExt, StreamExt};
    use proptest::prelude::*;
    use tokio::io::{AsyncWriteExt, duplex};
    use tokio_tungstenite::WebSocketStream;
    use tokio_tungstenite::tungstenite::error::ProtocolError;
    use tokio_tungstenite::tungstenite::protocol::frame::Frame;
    use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
    use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
    use tokio_tungstenite::tungstenite::{Error, Message};

    const LIMITS: MessageLimits = MessageLimits { binary: 1000, text: 100 };

    /// Sends the messages through a real client and reads them with a real server: each message with its cut size.
    async fn exchange(messages: Vec<Message>, chunk: usize) -> Vec<(Message, Option<u64>)> {
        let (near, far) = duplex(chunk);
        let log = SkipLog::default();
        let sender = tokio::spawn(async move {
            let mut client = WebSocketStream::from_raw_socket(near, Role::Client, None).await;
            for message in messages {
                client.send(message).await.expect("the server reads");
            }
            let _ = client.close(None).await;
            while let Some(Ok(_)) = client.next().await {}
        });
        let config = WebSocketConfig::default().max_message_size(Some(1100)).max_frame_size(Some(1100));
        let reader = SkipOversized::new(far, LIMITS, log.clone());
        let mut server = WebSocketStream::from_raw_socket(reader, Role::Server, Some(config)).await;
        let mut received = Vec::new();
        while let Some(message) = server.next().await {
            let message = message.expect("well-formed");
            if message.is_binary() || message.is_text() {
                let size = log.size_of(received.len() as u64);
                received.push((message, size));
            }
        }
        drop(server);
        sender.await.expect("the client ends");
        received
    }

    #[tokio::test]
    async fn large_messages_vanish_and_the_next_ones_arrive() {
        let messages = vec![
            Message::binary(vec![1; 1000]),
            Message::binary(vec![2; 1001]),
            Message::text("a".repeat(101)),
            Message::binary(vec![3; 3_000_000]),
            Message::text("b".repeat(100)),
        ];
        let received = exchange(messages.clone(), 700).await;
        let sizes: Vec<_> = received.iter().map(|(_, size)| *size).collect();
        assert_eq!(sizes, [None, Some(1001), Some(101), Some(3_000_000), None]);
        assert_eq!((&received[0].0, &received[4].0), (&messages[0], &messages[4]));
        assert!(received[1..4].iter().all(|(message, _)| message.is_empty()));
    }

    #[tokio::test]
    async fn fragments_count_together_and_control_frames_pass_between() {
        let part =
            |bytes: usize, opcode, last| Message::Frame(Frame::message(vec![7; bytes], OpCode::Data(opcode), last));
        let messages = vec![
            part(600, Data::Binary, false),
            Message::Ping(vec![1].into()),
            part(600, Data::Continue, false),
            part(600, Data::Continue, true),
            Message::binary(vec![8; 10]),
        ];
        let received = exchange(messages, 4096).await;
        let sizes: Vec<_> = received.iter().map(|(message, size)| (message.len(), *size)).collect();
        assert_eq!(sizes, [(600, Some(1800)), (10, None)]);
    }

    #[tokio::test]
    async fn a_message_in_too_many_frames_ends_the_connection() {
        // With nothing in it but the last byte, and a ping before that: it begins no other message.
        let message = |frames: usize| {
            let mut bytes = vec![0x02_u8, 0x80, 0, 0, 0, 0];
            bytes.extend([0x00_u8, 0x80, 0, 0, 0, 0].repeat(frames - 2));
            bytes.extend([0x89, 0x80, 0, 0, 0, 0]);
            bytes.extend([0x80, 0x81, 0, 0, 0, 0, b'z']);
            bytes
        };
        for frames in [1024, 1025] {
            let (mut near, far) = duplex(1 << 16);
            near.write_all(&[message(1024), message(frames)].concat()).await.expect("room");
            let log = SkipLog::default();
            let reader = SkipOversized::new(far, LIMITS, log.clone());
            let mut server = WebSocketStream::from_raw_socket(reader, Role::Server, None).await;
            assert!(matches!(server.next().await, Some(Ok(Message::Ping(_)))));
            assert!(matches!(server.next().await, Some(Ok(Message::Binary(bytes))) if bytes[..] == *b"z"));
            assert_eq!((log.take_frames(), log.take_frames()), (1024, 0));
            assert!(matches!(server.next().await, Some(Ok(Message::Ping(_)))));
            match server.next().await {
                Some(Ok(Message::Binary(_))) => assert_eq!(frames, 1024),
                Some(Err(Error::Protocol(ProtocolError::NonZeroReservedBits))) => assert_eq!(frames, 1025),
                other => panic!("{frames} frames: {other:?}"),
            }
        }
    }

    #[test]
    fn larger_messages_may_come_in_more_frames() {
        let limits = MessageLimits { binary: 256 << 10, text: 16 << 20 };
        assert_eq!((limits.frames(false), limits.frames(true)), (2048, 131_072));
        assert_eq!(LIMITS.frames(false), 1024);
    }

    #[tokio::test]
    async fn the_end_of_the_stream_is_passed_on() {
        let (mut near, far) = duplex(64);
        near.write_all(&[0x82, 0xff, 0]).await.expect("room");
        drop(near);
        let reader = SkipOversized::new(far, LIMITS, SkipLog::default());
        let mut server = WebSocketStream::from_raw_socket(reader, Role::Server, None).await;
        assert!(server.next().await.is_none_or(|message| message.is_err()));
    }

    proptest! {
        #[test]
        fn any_mix_of_sizes_and_chunks_keeps_the_small_ones(
            sizes in proptest::collection::vec(0usize..2500, 0..12), chunk in 1usize..5000,
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            let messages = sizes.iter().map(|&size| Message::binary(vec![size as u8; size])).collect();
            let received = runtime.block_on(exchange(messages, chunk));
            prop_assert_eq!(received.len(), sizes.len());
            for ((message, cut), size) in received.into_iter().zip(sizes) {
                let expected = if size > 1000 { (Vec::new(), Some(size as u64)) } else { (vec![size as u8; size], None) };
                prop_assert_eq!((message.into_data().to_vec(), cut), expected);
            }
        }
    }
}
