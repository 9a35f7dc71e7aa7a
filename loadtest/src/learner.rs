//! One simulated learner: sends its frames when they are due and notes what comes back.

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::{BufMut, Bytes, BytesMut};
use futures::{SinkExt as _, StreamExt as _};
use tokio::sync::{Notify, watch};
use tokio::time::{timeout, timeout_at};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::answer::Answer;
use crate::connect::{Socket, Target, Unreached};
use crate::ledger::Ledger;
use crate::pacer::Bells;
use crate::schedule::Schedule;
use crate::totals::Shared;

/// How much later than the last frame's due time frames are still sent, on sockets that were blocked until then.
const OVERTIME: Duration = Duration::from_secs(1);
/// How long the server may take to close after `end`, and to hang up after closing.
const GOODBYE: Duration = Duration::from_secs(5);

/// Where the run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Learners connect.
    Gathering,
    /// Frames are sent since (or from) this moment.
    Running(Instant),
    /// Nothing more is sent.
    Over,
}

/// What all learners share.
#[derive(Debug)]
pub struct Class {
    /// The server.
    pub target: Target,
    /// What they say hello with.
    pub token: String,
    /// Every frame's time.
    pub schedule: Schedule,
    /// JPEG files.
    pub pictures: Vec<Bytes>,
    /// What was seen.
    pub totals: Shared,
    /// How long to wait for the last answers.
    pub wait: Duration,
    /// Ring when a frame is due.
    pub bells: Bells,
}

/// A connected learner.
pub struct Learner {
    class: Arc<Class>,
    number: usize,
    socket: Socket,
    /// Bytes wait for the socket to become writable.
    blocked: bool,
    writable_since: Instant,
    welcomed: bool,
    start: Instant,
    ledger: Ledger,
}

/// Why a socket is no more.
#[derive(Debug)]
enum Gone {
    Closed(u16, String),
    Lost(String),
}

impl From<Error> for Gone {
    fn from(error: Error) -> Self {
        Self::Lost(error.to_string())
    }
}

enum Event {
    Writable,
    Message(Message),
}

impl Learner {
    /// Connects and waits for the welcome.
    ///
    /// # Errors
    /// When that fails or takes too long.
    pub async fn join(class: Arc<Class>, number: usize) -> Result<Self, Unreached> {
        let limit = class.target.timeout;
        timeout(limit, Self::greet(class, number)).await.unwrap_or(Err(Unreached::TimedOut))
    }

    async fn greet(class: Arc<Class>, number: usize) -> Result<Self, Unreached> {
        let socket = class.target.connect().await?;
        let now = Instant::now();
        let ledger = Ledger::default();
        let mut learner =
            Self { class, number, socket, blocked: false, writable_since: now, welcomed: false, start: now, ledger };
        learner.greeting().await.map_err(|gone| Unreached::Failed(gone.sentence()))?;
        learner.class.totals.lock().connected += 1;
        Ok(learner)
    }

    async fn greeting(&mut self) -> Result<(), Gone> {
        let client = concat!("loadtest/", env!("CARGO_PKG_VERSION"));
        let hello = serde_json::json!({"type": "hello", "client": client, "token": self.class.token});
        self.put(Message::text(hello.to_string()))?;
        while !self.welcomed {
            self.step().await?;
        }
        Ok(())
    }

    /// Lives through the run and gives back how many frames were sent.
    pub async fn live(mut self, mut phase: watch::Receiver<Phase>) -> u32 {
        if let Err(gone) = self.session(&mut phase).await {
            let mut totals = self.class.totals.lock();
            totals.closed += 1;
            totals.error(&gone.word(), &gone.sentence());
        }
        self.ledger.sent()
    }

    async fn session(&mut self, phase: &mut watch::Receiver<Phase>) -> Result<(), Gone> {
        let begun =
            async { phase.wait_for(|phase| *phase != Phase::Gathering).await.map_or(Phase::Over, |phase| *phase) };
        if let Phase::Running(start) = self.listen_until(begun).await? {
            self.start = start;
            tokio::select! {
                biased;
                _ = phase.wait_for(|phase| *phase == Phase::Over) => {}
                sent = self.send_all() => sent?,
            }
            let wait = self.class.wait;
            timeout(wait, self.settle_all()).await.unwrap_or(Ok(()))?;
        }
        self.goodbye().await;
        Ok(())
    }

    async fn send_all(&mut self) -> Result<(), Gone> {
        let schedule = self.class.schedule;
        let deadline = self.start + schedule.length() + OVERTIME;
        let frames = schedule.frames(self.number, schedule.length());
        let all = async {
            for frame in 0..frames {
                let due = schedule.due(self.number, frame);
                self.await_turn(due).await?;
                self.send_frame(frame, due)?;
            }
            Ok(())
        };
        timeout_at(deadline.into(), all).await.unwrap_or(Ok(()))
    }

    /// Listens until a frame is due and the socket takes it.
    async fn await_turn(&mut self, due: Duration) -> Result<(), Gone> {
        let class = self.class.clone();
        let bell: &Notify = &class.bells[self.number];
        while self.blocked || self.start.elapsed() < due {
            tokio::select! {
                biased;
                event = self.step() => event?,
                () = bell.notified(), if !self.blocked => {}
            }
        }
        Ok(())
    }

    fn send_frame(&mut self, frame: u32, due: Duration) -> Result<(), Gone> {
        let message = encode(frame, due, &self.class.pictures[self.picture(frame)]);
        // A blocked socket is the server's doing, so the time until it was writable is not the generator's lag.
        let ready = (self.start + due).max(self.writable_since);
        let lag = ready.elapsed();
        self.ledger.enter(due);
        self.class.totals.lock().sent(lag);
        self.put(Message::Binary(message))
    }

    fn picture(&self, frame: u32) -> usize {
        (self.number + frame as usize) % self.class.pictures.len()
    }

    async fn settle_all(&mut self) -> Result<(), Gone> {
        while self.ledger.open() > 0 {
            self.step().await?;
        }
        Ok(())
    }

    /// Says that the learner is done; whatever ends the socket differently is noted as an error.
    async fn goodbye(&mut self) {
        let ended = timeout(GOODBYE, async {
            self.put(Message::text(r#"{"type":"end"}"#))?;
            loop {
                self.step().await?;
            }
        });
        let ended: Result<Result<(), Gone>, _> = ended.await;
        match ended {
            Ok(Err(Gone::Closed(1000, _))) => {}
            Ok(Err(gone)) => self.note(&gone.word(), &gone.sentence()),
            _ => self.note("violation_no_goodbye", "the server did not close after the end"),
        }
        // Reading on answers the server's close.
        let _ = timeout(GOODBYE, async { while let Some(Ok(_)) = self.socket.next().await {} }).await;
    }

    async fn listen_until<T>(&mut self, over: impl Future<Output = T>) -> Result<T, Gone> {
        tokio::pin!(over);
        loop {
            tokio::select! {
                event = self.step() => event?,
                over = &mut over => return Ok(over),
            }
        }
    }

    /// Reacts to one thing that happens on the socket. Nothing is lost when this is cancelled.
    async fn step(&mut self) -> Result<(), Gone> {
        match poll_fn(|context| self.poll_event(context)).await? {
            Event::Writable => self.writable_since = Instant::now(),
            Event::Message(Message::Text(text)) => self.read(&text)?,
            Event::Message(Message::Close(close)) => return Err(Gone::closed(close)),
            Event::Message(Message::Binary(_)) => self.note("violation_binary", "the server sent a binary message"),
            Event::Message(_) => {}
        }
        Ok(())
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Result<Event, Gone>> {
        if self.blocked && self.socket.poll_flush_unpin(context)?.is_ready() {
            self.blocked = false;
            return Poll::Ready(Ok(Event::Writable));
        }
        match ready!(self.socket.poll_next_unpin(context)) {
            Some(message) => Poll::Ready(Ok(Event::Message(message?))),
            None => Poll::Ready(Err(Gone::Lost("the server hung up without closing".into()))),
        }
    }

    /// Hands a message to the socket; what the system does not take at once is kept there until it is writable.
    fn put(&mut self, message: Message) -> Result<(), Gone> {
        self.socket.start_send_unpin(message)?;
        let flushed = self.socket.poll_flush_unpin(&mut Context::from_waker(std::task::Waker::noop()))?;
        self.blocked = flushed.is_pending();
        Ok(())
    }

    fn read(&mut self, text: &str) -> Result<(), Gone> {
        let answer = match Answer::parse(text) {
            Ok(answer) => answer,
            Err(error) => {
                self.note("violation_bad_json", &error.to_string());
                return Ok(());
            }
        };
        if !std::mem::replace(&mut self.welcomed, true) && answer.kind != "welcome" {
            self.note("violation_no_welcome", text);
        }
        match &*answer.kind {
            "verdict" => self.verdict(&answer),
            "dropped" => {
                self.class.totals.lock().dropped(&answer.reason);
                self.settle(&answer);
            }
            "error" => self.error(&answer),
            "ping" => self.put(Message::text(format!(r#"{{"type":"pong","n":{}}}"#, answer.n)))?,
            _ => {}
        }
        Ok(())
    }

    fn verdict(&mut self, answer: &Answer<'_>) {
        let Some((seq, due)) = self.settle(answer) else { return };
        let latency = self.start.elapsed().saturating_sub(due);
        let picture = self.picture(seq);
        let mut totals = self.class.totals.lock();
        totals.answered(latency);
        totals.verdict(picture, &answer.presence, &answer.eyes);
        if answer.captured_ms != Some(millis(due)) {
            totals.error("violation_captured_ms", &format!("frame {seq}: {:?}", answer.captured_ms));
        }
    }

    fn error(&mut self, answer: &Answer<'_>) {
        let settled = answer.seq.is_some() && self.settle(answer).is_some();
        let mut totals = self.class.totals.lock();
        // The one error of a frame that does not say which.
        totals.frame_errors += u64::from(settled || (answer.seq.is_none() && answer.code == "frame_too_large"));
        totals.error(&answer.code, &answer.message);
    }

    /// Finds the frame that is answered; an answer to none is noted.
    fn settle(&mut self, answer: &Answer<'_>) -> Option<(u32, Duration)> {
        let Some(seq) = answer.seq else {
            self.note("violation_no_seq", &answer.kind);
            return None;
        };
        match self.ledger.settle(seq) {
            Ok(due) => Some((seq, due)),
            Err(misfit) => {
                self.note(misfit.word(), &format!("{} of frame {seq} on socket {}", answer.kind, self.number));
                None
            }
        }
    }

    fn note(&self, word: &str, detail: &str) {
        self.class.totals.lock().error(word, detail);
    }
}

impl Gone {
    fn closed(close: Option<tokio_tungstenite::tungstenite::protocol::CloseFrame>) -> Self {
        close.map_or_else(
            || Self::Closed(1005, String::new()),
            |frame| Self::Closed(frame.code.into(), frame.reason.to_string()),
        )
    }

    fn word(&self) -> String {
        match self {
            Self::Closed(code, _) => format!("closed_{code}"),
            Self::Lost(_) => "lost".into(),
        }
    }

    fn sentence(&self) -> String {
        match self {
            Self::Closed(code, reason) => format!("the server closed with {code} {reason}"),
            Self::Lost(why) => why.clone(),
        }
    }
}

fn millis(due: Duration) -> u64 {
    due.as_millis() as u64
}

/// The binary message of docs/protocol.md: magic, sequence, capture time, picture.
fn encode(seq: u32, due: Duration, picture: &[u8]) -> Bytes {
    let mut message = BytesMut::with_capacity(16 + picture.len());
    message.put_slice(b"LOA1");
    message.put_u32_le(seq);
    message.put_u64_le(millis(due));
    message.put_slice(picture);
    message.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_s_bytes_are_as_documented() {
        let message = encode(0x0403_0201, Duration::from_millis(0x0605_0403_0201), &[0xff, 0xd8]);
        assert_eq!(&message[..], b"LOA1\x01\x02\x03\x04\x01\x02\x03\x04\x05\x06\x00\x00\xff\xd8");
    }
}
