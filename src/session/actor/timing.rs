//! What a connection does by the clock: signs of life, readers that do not read, frames that are too old.

use std::time::{Duration, Instant};

use tokio_tungstenite::tungstenite::Message;

use super::{Actor, End, Work};
use crate::protocol::close::CloseReason;
use crate::protocol::server::{DropReason, ServerMessage};
use crate::session::mailbox::PendingFrame;
use crate::session::watch::Watch;

/// A timer that is so late tells of a process that was frozen.
const OVERSLEPT: Duration = Duration::from_secs(1);

impl Actor {
    pub(super) fn next_timer(&self) -> Instant {
        let stuck = self.stuck_since.map(|since| since + self.slow_reader());
        let expiry = self.mailbox.waiting().map(|frame| self.too_old_at(frame));
        let now = Instant::now();
        let deadlines = |watch: &mut Watch| [watch.deadline(), watch.quiz_deadline(now)];
        let [attention, quiz] = self.lease.as_ref().and_then(|lease| lease.with(deadlines)).unwrap_or_default();
        let silence = self.silence();
        let stranger = (!self.welcomed).then(|| self.hello_due());
        [
            Some(silence),
            Some(self.next_ping),
            stuck,
            expiry,
            attention,
            quiz,
            stranger,
            self.rate_due,
            self.unheard_until,
        ]
        .into_iter()
        .flatten()
        .min()
        .unwrap_or(silence)
    }

    /// When the client counts as silent. Bytes of an unfinished message are a sign of life, too.
    fn silence(&self) -> Instant {
        let heard = self.skipped.last_bytes().map_or(self.last_heard, |bytes| bytes.max(self.last_heard));
        heard + Duration::from_millis(self.context.config.session.silent_for_ms)
    }

    /// Until when a client has to say who it is: as long as it may be silent.
    fn hello_due(&self) -> Instant {
        self.opened + Duration::from_millis(self.context.config.session.silent_for_ms)
    }

    fn slow_reader(&self) -> Duration {
        Duration::from_millis(self.context.config.session.slow_reader_ms)
    }

    fn too_old_at(&self, frame: &PendingFrame) -> Instant {
        frame.arrived + self.max_age()
    }

    /// Whether there is room for more; keeps the time since when there is none.
    pub(super) fn note_room(&mut self) -> bool {
        let has_room = self.outbox.has_room();
        match (has_room, self.stuck_since) {
            (true, _) => self.stuck_since = None,
            (false, None) => {
                self.stuck_since = Some(Instant::now());
                tracing::debug!("the outbox has no room");
            }
            (false, Some(_)) => {}
        }
        has_room
    }

    pub(super) fn on_timer(&mut self) -> Result<(), End> {
        let now = Instant::now();
        if self.stuck_since.is_some_and(|since| now >= since + self.slow_reader()) {
            return Err(End::Close(CloseReason::SlowReader));
        }
        let silence = self.silence();
        if now >= silence + OVERSLEPT || self.stuck_since.is_some() {
            // It was us who did not listen: the process was frozen, or nothing was read for lack of room.
            self.last_heard = now;
        } else if now >= silence {
            return Err(End::Close(CloseReason::Silent));
        }
        if !self.welcomed && now >= self.hello_due() {
            return Err(End::Close(CloseReason::Stranger));
        }
        if self.unheard_until.is_some_and(|until| now >= until) {
            // Now it is the turn of the message that was one too many.
            self.unheard_until = None;
            let _ = self.heard.check_n(self.last_counted);
        }
        let settings = &self.context.config.session;
        if now >= self.next_ping {
            self.next_ping = now + Duration::from_millis(settings.ping_every_ms);
            self.ping()?;
        }
        if self.mailbox.waiting().is_some_and(|frame| now >= self.too_old_at(frame))
            && let Some(frame) = self.mailbox.take()
        {
            if matches!(self.work, Work::Waiting(_)) {
                self.work = Work::Idle;
            }
            self.expire(frame.seq, frame.asked)?;
        }
        self.let_time_pass(now)?;
        self.ask_what_is_due(now)?;
        self.ask_for_rate(now)
    }

    pub(super) fn expire(&mut self, seq: u32, asked: bool) -> Result<(), End> {
        self.note_wait(self.max_age(), asked, Instant::now());
        self.drop_frame(seq, DropReason::Expired)
    }

    fn ping(&mut self) -> Result<(), End> {
        // Who does not take what is there already need not be asked for a sign of life.
        if !self.outbox.has_room() {
            return Ok(());
        }
        self.pings += 1;
        self.queue(Message::Ping(Default::default()))?;
        if self.welcomed { self.say(&ServerMessage::Ping { n: self.pings }) } else { Ok(()) }
    }
}
