//! The actor of one connection: reads messages, keeps one frame in work and the newest waiting, answers each. What it does for
//! the watch session is in [`attending`], for its quizzes in [`quizzing`], what by the clock in [`timing`], what a text asks for in [`texts`]; how many frames it asks
//! for and takes in [`pacing`].

mod attending;
mod pacing;
mod quizzing;
mod returning;
mod texts;
mod timing;

use std::future::poll_fn;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use futures::future::OptionFuture;
use futures::{FutureExt, Sink, Stream, StreamExt};
use governor::{DefaultDirectRateLimiter, RateLimiter};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::quizzing::{Desk, Fulfilled};
use self::returning::{Returned, Returning};
use super::admission::Admission;
use super::allowance::Allowance;
use super::mailbox::{Mailbox, PendingFrame};
use super::outbox::{Full, Outbox};
use super::pace::Pace;
use super::recall::Recall;
use super::registry::{Lease, Registry};
use super::seats::{Seat, Seats};
use super::skip::SkipLog;
use super::verdict::{FrameFacts, Wording, verdict};
use super::watch::Policies;
use crate::auth::Tokens;
use crate::config::Config;
use crate::inference::engine::{Done, Reservation, Slot};
use crate::inference::{Engine, Overloaded, Reply};
use crate::metrics::Metrics;
use crate::protocol::close::CloseReason;
use crate::protocol::server::{DropReason, ErrorMessage, ServerMessage};
use crate::store::{LearnerId, Store, Writer};
use crate::studio::{Refused, Studio};
use crate::vision::FrameError;

/// How long the last messages and the closing handshake may take.
const GOODBYE: Duration = Duration::from_secs(2);

/// What all sessions share.
#[derive(Clone)]
pub struct SessionContext {
    /// Settings.
    pub config: Arc<Config>,
    /// The workers.
    pub engine: Engine,
    /// Counters.
    pub metrics: Arc<Metrics>,
    /// The watch sessions.
    pub watches: Arc<Registry>,
    /// By what they are judged.
    pub policies: Policies,
    /// Who is who.
    pub tokens: Tokens,
    /// To the database.
    pub writer: Writer,
    /// How many connections each learner has.
    pub seats: Seats<LearnerId>,
    /// What other processes left there.
    pub store: Store,
    /// Where questions are made.
    pub studio: Studio,
    /// How much of the wished frame rate can be given.
    pub pace: Arc<Pace>,
    /// Cancelled when the server stops: the session answers what it holds and says goodbye.
    pub shutdown: CancellationToken,
}

/// Serves one connection to its end.
pub async fn serve<S>(
    stream: WebSocketStream<S>,
    skipped: SkipLog,
    session: Uuid,
    from: Option<IpAddr>,
    admission: Admission,
    context: SessionContext,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let _counted = context.metrics.socket();
    let (mut sink, mut inbound) = stream.split();
    let outbox = Outbox::new(context.config.limits.outbox_messages);
    let mut actor = Actor::new(outbox, skipped, session, from, admission, context);
    let end = actor.run(&mut sink, &mut inbound).await;
    tracing::debug!(?end, "session ended");
    if end == End::Close(CloseReason::Restart) {
        actor.hand_over(&mut sink, &mut inbound).await;
    }
    // From now on the client may come back.
    actor.lease = None;
    if let End::Close(reason) = end {
        let frame = CloseFrame { code: reason.code().into(), reason: reason.sentence().into() };
        actor.outbox.send_last(Message::Close(Some(frame)));
        actor.outbox.finish(&mut sink, GOODBYE).await;
    }
    // Reading on completes the closing handshake; what else the client sent meanwhile is not looked at.
    let _ = tokio::time::timeout(GOODBYE, async { while let Some(Ok(_)) = inbound.next().await {} }).await;
}

/// Why a connection is closed that cannot be read on. None: there is nobody left to talk to.
#[doc(hidden)]
pub fn closing(error: &Error) -> Option<CloseReason> {
    match error {
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
        Error::Capacity(_) => Some(CloseReason::TooLarge),
        Error::Protocol(_) => Some(CloseReason::Protocol),
        Error::Utf8(_) => Some(CloseReason::NotUtf8),
        _ => None,
    }
}

/// How a session ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The client is gone or was said goodbye by the library.
    Gone,
    /// We close.
    Close(CloseReason),
}

/// What the frame of this connection is doing that has left the mailbox.
enum Work {
    Idle,
    /// The mailbox's frame waits for a place in the queue.
    Waiting(Reservation),
    InFlight(InFlight),
}

struct InFlight {
    seq: u32,
    captured_ms: u64,
    arrived: Instant,
    asked: bool,
    submitted: Instant,
    reply: oneshot::Receiver<Reply>,
}

struct Actor {
    context: SessionContext,
    outbox: Outbox,
    skipped: SkipLog,
    /// The name of a watch session that begins here.
    session: Uuid,
    /// The client's address, where shares are counted by it.
    from: Option<IpAddr>,
    admission: Admission,
    mailbox: Mailbox,
    /// For glances.
    recall: Recall,
    work: Work,
    /// Lets pass what is announced.
    limiter: DefaultDirectRateLimiter,
    /// For text messages.
    texts: DefaultDirectRateLimiter,
    wishes: DefaultDirectRateLimiter,
    heard: DefaultDirectRateLimiter,
    /// As how many messages the last one counted.
    last_counted: NonZeroU32,
    /// Until when nothing is read, as too much came.
    unheard_until: Option<Instant>,
    /// One of the learner's.
    seat: Option<Seat<LearnerId>>,
    /// Lets pass what was asked for, and a little more.
    asked: Allowance,
    wording: Wording,
    opened: Instant,
    /// When its last frame was given a place in the queue, or it came.
    served: Instant,
    welcomed: bool,
    /// Whether the learner agreed to the camera.
    consent: bool,
    /// The watch session, from the welcome to the end.
    lease: Option<Lease>,
    /// Cancelled when another connection takes the watch session over.
    replaced: CancellationToken,
    /// The frame rate that the client was asked for last.
    rate: f32,
    /// Whether the server is short of time: no more is taken than was asked for.
    short: bool,
    /// The wished frame rate by the one that is asked for, from 1 to [`pacing::LONGEST`].
    stretch: f32,
    /// When the rate is looked up again, while it is less than wished.
    rate_due: Option<Instant>,
    /// When the last frame came, or the camera was switched on.
    last_frame: Instant,
    paused: bool,
    /// Observations in a row that could not be obeyed.
    rejected: u32,
    desk: Desk,
    closing: Option<CloseReason>,
    /// What the client sends cannot be understood any more; only answering what is held is left.
    deaf: bool,
    /// The client waits for its welcome.
    returning: Option<Returning>,
    /// Since when the outbox has had no room.
    stuck_since: Option<Instant>,
    data_messages: u64,
    errors_in_a_row: u32,
    last_heard: Instant,
    next_ping: Instant,
    pings: u64,
}

/// Something that the actor reacts to.
enum Event {
    Shutdown,
    Replaced,
    Answered(Option<Reply>),
    Place(Result<Slot, Overloaded>),
    Timer,
    /// What another process left, if anything, was looked up.
    Returned(Box<Returned>),
    /// The outbox has room again.
    Room,
    /// A wish about quizzes came to its end.
    Wish(Result<Fulfilled, Refused>),
    /// There is something to tell of the set in use.
    News,
    /// Nobody makes the set in use any more.
    NoMoreNews,
    Inbound(Option<Result<Message, Error>>),
}

impl Actor {
    fn new(
        outbox: Outbox,
        skipped: SkipLog,
        session: Uuid,
        from: Option<IpAddr>,
        admission: Admission,
        context: SessionContext,
    ) -> Self {
        let now = Instant::now();
        Self {
            from,
            mailbox: Mailbox::new(now),
            recall: Recall::default(),
            work: Work::Idle,
            limiter: RateLimiter::direct(pacing::announced(&context.config)),
            texts: RateLimiter::direct(pacing::texts(&context.config)),
            wishes: RateLimiter::direct(pacing::wishes()),
            heard: RateLimiter::direct(pacing::heard(&context.config)),
            last_counted: NonZeroU32::MIN,
            unheard_until: None,
            seat: None,
            asked: Allowance::new(now),
            wording: Wording { closed_threshold: context.config.vision.closed_threshold, landmarks: false },
            opened: now,
            served: now,
            welcomed: false,
            consent: false,
            lease: None,
            replaced: CancellationToken::new(),
            rate: 0.0,
            short: false,
            stretch: 1.0,
            rate_due: None,
            last_frame: now,
            paused: false,
            rejected: 0,
            desk: Desk::default(),
            closing: None,
            deaf: false,
            returning: None,
            stuck_since: None,
            data_messages: 0,
            errors_in_a_row: 0,
            last_heard: now,
            next_ping: now + Duration::from_millis(context.config.session.ping_every_ms),
            pings: 0,
            outbox,
            skipped,
            session,
            admission,
            context,
        }
    }

    async fn run(
        &mut self,
        sink: &mut (impl Sink<Message, Error = Error> + Unpin),
        inbound: &mut (impl Stream<Item = Result<Message, Error>> + Unpin),
    ) -> End {
        loop {
            // Who waits for a welcome gets it: the watch session was taken out of the database, and goes back there.
            if let (Some(reason), Work::Idle, None) = (self.closing, &self.work, &self.returning) {
                return self.refuse_the_rest(inbound).err().unwrap_or(End::Close(reason));
            }
            let event = self.next_event(sink, inbound).await;
            match self.react(event) {
                Ok(()) => {}
                Err(end) => return end,
            }
        }
    }

    /// What came after `end` and is here already is answered; what comes later finds the connection closed.
    fn refuse_the_rest(
        &mut self,
        inbound: &mut (impl Stream<Item = Result<Message, Error>> + Unpin),
    ) -> Result<(), End> {
        while self.closing == Some(CloseReason::Normal) && self.outbox.has_room() {
            let Some(Some(Ok(Message::Text(text)))) = inbound.next().now_or_never() else { break };
            self.on_text(&text)?;
            self.data_messages += 1;
        }
        Ok(())
    }

    async fn next_event(
        &mut self,
        sink: &mut (impl Sink<Message, Error = Error> + Unpin),
        inbound: &mut (impl Stream<Item = Result<Message, Error>> + Unpin),
    ) -> Event {
        let has_room = self.note_room();
        let timer = tokio::time::sleep_until(self.next_timer().into());
        let (mut answer, mut place) = (OptionFuture::default(), OptionFuture::default());
        match &mut self.work {
            Work::InFlight(in_flight) => answer = OptionFuture::from(Some(&mut in_flight.reply)),
            Work::Waiting(reservation) => place = OptionFuture::from(Some(reservation)),
            Work::Idle => {}
        }
        let may_read = self.returning.is_none() && self.unheard_until.is_none();
        let returning = OptionFuture::from(self.returning.as_mut());
        let Desk { wish, news, behind, .. } = &mut self.desk;
        let (wish, behind) = (OptionFuture::from(wish.as_mut()), *behind);
        let news = OptionFuture::from(news.as_mut().map(|it| it.changed()));
        let outbox = &mut self.outbox;
        // Ends only when something is to be done about it.
        let write = poll_fn(|context| match outbox.poll_write(sink, context) {
            Poll::Ready(Err(_)) => Poll::Ready(Event::Inbound(None)),
            _ if !has_room && outbox.has_room() => Poll::Ready(Event::Room),
            _ => Poll::Pending,
        });
        tokio::select! {
            biased;
            event = write => event,
            Some(reply) = answer => Event::Answered(reply.ok()),
            Some(slot) = place => Event::Place(slot),
            () = self.replaced.cancelled() => Event::Replaced,
            () = self.context.shutdown.cancelled(), if self.closing.is_none() => Event::Shutdown,
            () = timer => Event::Timer,
            Some(returned) = returning => Event::Returned(returned),
            Some(fulfilled) = wish, if has_room => Event::Wish(fulfilled),
            () = std::future::ready(()), if has_room && behind => Event::News,
            Some(changed) = news, if has_room && !behind => if changed.is_ok() { Event::News } else { Event::NoMoreNews },
            message = inbound.next(), if has_room && may_read && !self.deaf => Event::Inbound(message),
        }
    }

    fn react(&mut self, event: Event) -> Result<(), End> {
        match event {
            Event::Shutdown => self.closing = Some(CloseReason::Restart),
            Event::Replaced => return Err(End::Close(self.why_replaced())),
            Event::Answered(reply) => self.on_answer(reply)?,
            Event::Place(slot) => self.on_place(slot)?,
            Event::Timer => self.on_timer()?,
            Event::Returned(returned) => self.on_returned(*returned)?,
            Event::Room => {}
            Event::Wish(fulfilled) => self.on_wish(fulfilled)?,
            Event::News => self.on_news()?,
            Event::NoMoreNews => self.on_no_more_news()?,
            Event::Inbound(message) => {
                self.hear(Instant::now());
                self.on_inbound(message)?;
            }
        }
        Ok(())
    }

    fn on_inbound(&mut self, message: Option<Result<Message, Error>>) -> Result<(), End> {
        match message {
            Some(Ok(Message::Binary(bytes))) => {
                self.on_frame(bytes)?;
                self.data_messages += 1;
            }
            Some(Ok(Message::Text(text))) => {
                self.on_text(&text)?;
                self.data_messages += 1;
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
            Some(Err(error)) => self.hang_up(closing(&error).ok_or(End::Gone)?),
            // The library answers the client's goodbye itself.
            Some(Ok(Message::Close(_))) | None => return Err(End::Gone),
        }
        Ok(())
    }

    /// Nothing more can be understood: answers what is held, then closes.
    fn hang_up(&mut self, reason: CloseReason) {
        self.deaf = true;
        self.closing = Some(reason);
    }

    fn on_frame(&mut self, message: bytes::Bytes) -> Result<(), End> {
        self.context.metrics.received();
        let limits = &self.context.config.limits;
        if let Some(size) = self.skipped.size_of(self.data_messages) {
            let sentence = format!("{size} bytes are too many for a frame: at most {} are allowed", limits.frame_bytes);
            return self.refuse(None, "frame_too_large", sentence);
        }
        let now = Instant::now();
        let mut frame = self.mailbox.number(message, now);
        if let Some((code, sentence)) = self.objection() {
            return self.refuse(Some(frame.seq), code, sentence.to_owned());
        }
        if self.closing.is_some() {
            return self.drop_frame(frame.seq, DropReason::Closing);
        }
        if self.paused {
            return self.drop_frame(frame.seq, DropReason::Paused);
        }
        self.last_frame = now;
        match self.pass(now) {
            Some(asked) => frame.asked = asked,
            None => return self.drop_frame(frame.seq, DropReason::Rate),
        }
        if let Some(older) = self.mailbox.put(frame) {
            self.drop_frame(older.seq, DropReason::Superseded)?;
        }
        self.start_next()
    }

    /// Brings the waiting frame to the workers, if none is on its way.
    fn start_next(&mut self) -> Result<(), End> {
        if !matches!(self.work, Work::Idle) || self.mailbox.waiting().is_none() {
            return Ok(());
        }
        match self.context.engine.try_reserve() {
            Ok(slot) => self.on_place(Ok(slot)),
            Err(_) => {
                self.work = Work::Waiting(self.context.engine.reserve(self.served));
                Ok(())
            }
        }
    }

    fn on_place(&mut self, slot: Result<Slot, Overloaded>) -> Result<(), End> {
        self.work = Work::Idle;
        let Some(frame) = self.mailbox.take() else { return Ok(()) };
        let PendingFrame { seq, captured_ms, arrived, asked, jpeg } = frame;
        let Ok(slot) = slot else { return self.drop_frame(seq, DropReason::Closing) };
        // Before: once it is handed over, a worker may have it, and its time is not counted twice.
        let submitted = Instant::now();
        self.served = submitted;
        // Who wants the face's points wants full looks.
        let glances = self.context.config.glances();
        let memory = self.recall.at(arrived, glances, self.stretch).filter(|_| !self.wording.landmarks);
        let reply = slot.submit(jpeg, memory, arrived + self.max_age());
        self.work = Work::InFlight(InFlight { seq, captured_ms, arrived, asked, submitted, reply });
        Ok(())
    }

    fn on_answer(&mut self, reply: Option<Reply>) -> Result<(), End> {
        let Work::InFlight(in_flight) = std::mem::replace(&mut self.work, Work::Idle) else { return Ok(()) };
        match reply {
            Some(Ok(done)) => self.on_done(&in_flight, &done)?,
            Some(Err(_expired)) => self.expire(in_flight.seq, in_flight.asked)?,
            None => self.on_frame_error(in_flight.seq, &FrameError::Internal)?,
        }
        self.start_next()
    }

    fn on_done(&mut self, in_flight: &InFlight, done: &Done) -> Result<(), End> {
        let analysis = match &done.analysis {
            Ok(analysis) => analysis,
            Err(error) => return self.on_frame_error(in_flight.seq, error),
        };
        self.errors_in_a_row = 0;
        self.recall.keep(&analysis.look, in_flight.arrived, fastrand::f32());
        let facts = FrameFacts {
            seq: in_flight.seq,
            captured_ms: in_flight.captured_ms,
            wait: in_flight.submitted.duration_since(in_flight.arrived) + done.waited,
            total: in_flight.arrived.elapsed(),
            batch: done.batch,
        };
        self.context.metrics.verdict(facts.wait, analysis, facts.total, done.batch);
        let now = Instant::now();
        self.note_wait(facts.wait, in_flight.asked, now);
        // What the frame brings about goes out before its verdict.
        self.observe(in_flight.captured_ms, &analysis.presence, now)?;
        self.ask_for_rate(now)?;
        self.say(&ServerMessage::Verdict(Box::new(verdict(analysis, &facts, self.wording))))
    }

    fn on_frame_error(&mut self, seq: u32, error: &FrameError) -> Result<(), End> {
        self.refuse(Some(seq), error.code(), error.to_string())
    }

    fn drop_frame(&mut self, seq: u32, reason: DropReason) -> Result<(), End> {
        self.context.metrics.dropped(reason.word());
        self.say(&ServerMessage::Dropped { seq, reason })
    }

    /// Answers a bad message; too many in a row end the session.
    fn refuse(&mut self, seq: Option<u32>, code: &'static str, message: String) -> Result<(), End> {
        self.refuse_frame_or_message(seq, code, message, code == "internal", None)
    }

    /// Answers a message that may succeed later.
    fn refuse_later(&mut self, code: &'static str, message: String, retry_after_ms: Option<u64>) -> Result<(), End> {
        self.refuse_frame_or_message(None, code, message, retry_after_ms.is_some(), retry_after_ms)
    }

    fn refuse_frame_or_message(
        &mut self,
        seq: Option<u32>,
        code: &'static str,
        message: String,
        retry: bool,
        retry_after_ms: Option<u64>,
    ) -> Result<(), End> {
        self.context.metrics.error(code);
        self.say(&ServerMessage::Error(ErrorMessage { seq, code: code.into(), message, retry, retry_after_ms }))?;
        self.errors_in_a_row += 1;
        if self.errors_in_a_row >= self.context.config.limits.errors_in_a_row {
            self.hang_up(CloseReason::TooManyErrors);
        }
        Ok(())
    }

    fn say(&mut self, message: &ServerMessage) -> Result<(), End> {
        self.queue(Message::text(message.to_json()))
    }

    fn queue(&mut self, message: Message) -> Result<(), End> {
        self.outbox.send(message).map_err(|Full| End::Close(CloseReason::SlowReader))
    }
}
