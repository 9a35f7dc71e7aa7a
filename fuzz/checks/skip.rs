//! The reader that skips oversized messages, beside a model of it that sees all bytes at once.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures::{FutureExt as _, StreamExt as _};
use loa::server::upgrade::websocket_config;
use loa::session::skip::{MessageLimits, SkipLog, SkipOversized};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

/// From this on the library is let see the frame.
const HOPELESS: u64 = 64 << 20;
/// Frames that a message may come in: so many, or one for so many bytes of its limit.
const FRAMES: u64 = 1024;
const BYTES_A_FRAME: u64 = 128;
const LIMITS: [MessageLimits; 3] = [
    MessageLimits { binary: 20, text: 5 },
    MessageLimits { binary: 300, text: 125 },
    MessageLimits { binary: 0, text: 70_000 },
];

/// One byte for the limits, one that says how many bytes of chunk sizes follow, these, and what the client sends.
pub fn skip(data: &[u8]) {
    let [kind, count, rest @ ..] = data else { return };
    let (sizes, sent) = rest.split_at(usize::from(*count).min(rest.len()));
    let limits = LIMITS[usize::from(*kind) % LIMITS.len()];
    let model = Model::of(sent, limits);
    assert_within(&model.passed, limits);

    let log = SkipLog::default();
    assert_eq!(read(SkipOversized::new(Client::new(sent, sizes), limits, log.clone()), sizes), model.passed);
    for (message, bytes) in model.skipped.iter().copied() {
        assert_eq!(log.size_of(message), Some(bytes));
    }
    serve(sent, sizes, limits, &model);
}

/// What a library behind the reader is told.
fn serve(sent: &[u8], sizes: &[u8], limits: MessageLimits, model: &Model) {
    let log = SkipLog::default();
    let reader = SkipOversized::new(Client::new(sent, sizes), limits, log.clone());
    let opened = WebSocketStream::from_raw_socket(reader, Role::Server, Some(websocket_config(limits)));
    let mut socket = opened.now_or_never().expect("nothing to wait for");
    let mut messages = 0;
    let mut context = Context::from_waker(Waker::noop());
    loop {
        let message = match socket.poll_next_unpin(&mut context) {
            Poll::Pending => continue,
            Poll::Ready(Some(Ok(message))) => message,
            Poll::Ready(_) => return,
        };
        let most = match &message {
            Message::Text(_) => limits.text,
            Message::Binary(_) => limits.binary,
            _ => continue,
        };
        assert!(message.len() as u64 <= most);
        let skipped = model.skipped.iter().find(|(number, _)| *number == messages).map(|(_, bytes)| *bytes);
        assert_eq!(log.size_of(messages), skipped);
        messages += 1;
    }
}

/// All that comes out, with as much room at a time as the sizes say.
fn read(mut reader: SkipOversized<Client<'_>>, sizes: &[u8]) -> Vec<u8> {
    let mut passed = Vec::new();
    let mut context = Context::from_waker(Waker::noop());
    let mut turn = 0;
    loop {
        // The library makes room for a whole header before it reads.
        let room = 15 + sizes.get(turn % sizes.len().max(1)).map_or(4000, |size| usize::from(*size));
        turn += 1;
        let mut memory = vec![0; room];
        let mut target = ReadBuf::new(&mut memory);
        match Pin::new(&mut reader).poll_read(&mut context, &mut target) {
            Poll::Pending => {}
            Poll::Ready(Ok(())) if target.filled().is_empty() => return passed,
            Poll::Ready(Ok(())) => passed.extend_from_slice(target.filled()),
            Poll::Ready(Err(error)) => panic!("{error}"),
        }
    }
}

/// No message beyond its limit, but for what the library refuses by itself.
fn assert_within(passed: &[u8], limits: MessageLimits) {
    let (mut at, mut text, mut sum) = (0, false, 0);
    while let Some(frame) = FrameHeader::at(passed, at) {
        at = at.saturating_add(frame.header).saturating_add(usize::try_from(frame.payload).unwrap_or(usize::MAX));
        if frame.opcode >= 8 {
            continue;
        }
        if frame.opcode != 0 {
            (text, sum) = (frame.opcode == 1, 0);
        }
        if frame.masked && frame.payload < HOPELESS {
            sum += frame.payload;
        }
        assert!(sum <= if text { limits.text } else { limits.binary }, "{sum} bytes of a message are passed on");
    }
}

struct FrameHeader {
    header: usize,
    payload: u64,
    opcode: u8,
    last: bool,
    masked: bool,
}

impl FrameHeader {
    fn at(bytes: &[u8], at: usize) -> Option<Self> {
        let bytes = bytes.get(at..)?;
        let (first, second) = (*bytes.first()?, *bytes.get(1)?);
        let masked = second >= 128;
        let (header, payload) = match second % 128 {
            126 => (4, u64::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?))),
            127 => (10, u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)),
            short => (2, u64::from(short)),
        };
        let header = header + if masked { 4 } else { 0 };
        let whole = bytes.len() >= header;
        whole.then_some(Self { header, payload, opcode: first & 15, last: first >= 128, masked })
    }
}

/// What the reader shall do.
#[derive(Default)]
struct Model {
    passed: Vec<u8>,
    /// Number and size of the messages that were cut.
    skipped: Vec<(u64, u64)>,
}

impl Model {
    fn of(sent: &[u8], limits: MessageLimits) -> Self {
        let mut model = Self::default();
        let (mut at, mut messages) = (0, 0);
        let (mut text, mut frames, mut sum, mut cut) = (false, 0_u64, 0_u64, false);
        while let Some(frame) = FrameHeader::at(sent, at) {
            let begin = at + frame.header;
            let end = begin.saturating_add(usize::try_from(frame.payload).unwrap_or(usize::MAX)).min(sent.len());
            let data = frame.opcode < 8;
            if data {
                if frame.opcode != 0 {
                    (text, frames, sum, cut) = (frame.opcode == 1, 0, 0, false);
                }
                frames += 1;
                sum = sum.saturating_add(frame.payload);
                cut |= sum > if text { limits.text } else { limits.binary };
                if frame.last {
                    if cut {
                        model.skipped.push((messages, sum));
                    }
                    messages += 1;
                }
            }
            let limit = if text { limits.text } else { limits.binary };
            if data && frames > FRAMES.max(limit / BYTES_A_FRAME) && frame.masked {
                // With reserved bits, which the library refuses.
                model.passed.extend_from_slice(&[sent[at] | 0x70, 0x80, 0, 0, 0, 0]);
            } else if data && cut && frame.masked && frame.payload < HOPELESS {
                model.passed.extend_from_slice(&[sent[at], 0x80, 0, 0, 0, 0]);
            } else {
                model.passed.extend_from_slice(&sent[at..end]);
            }
            at = end;
        }
        model
    }
}

/// Gives its bytes in chunks of the given sizes, over and over; at a 0 there is nothing yet.
struct Client<'a> {
    left: &'a [u8],
    sizes: &'a [u8],
    turn: usize,
}

impl<'a> Client<'a> {
    fn new(left: &'a [u8], sizes: &'a [u8]) -> Self {
        // Nothing, for ever, is no network.
        let sizes = if sizes.iter().all(|size| *size == 0) { &[] } else { sizes };
        Self { left, sizes, turn: 0 }
    }
}

impl AsyncRead for Client<'_> {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, target: &mut ReadBuf<'_>) -> Poll<std::io::Result<()>> {
        let size = self.sizes.get(self.turn % self.sizes.len().max(1)).map_or(usize::MAX, |size| usize::from(*size));
        self.turn += 1;
        if size == 0 {
            return Poll::Pending;
        }
        let (now, later) = self.left.split_at(size.min(self.left.len()).min(target.remaining()));
        target.put_slice(now);
        self.left = later;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Client<'_> {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<std::io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
