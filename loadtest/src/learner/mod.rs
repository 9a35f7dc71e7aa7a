//! One simulated learner: sends its frames when they are due and notes what comes back.

mod hearing;
mod returning;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::behaviour::Behaviour;
use crate::class::{Class, Lesson, SlowReaders};
use crate::connect::Unreached;
use crate::greeting::{self, Caller, Memory};
use crate::lecture::Quiz;
use crate::ledger::{Frame, Ledger};
use crate::line::{Gone, Line, frame_message};
use crate::pacer::{Bell, Order};
use crate::pictures::Stream;
use crate::rhythm::Rhythm;
use crate::vigil::Vigil;

/// How much later than the end frames are still sent, on sockets that were blocked until then.
const OVERTIME: Duration = Duration::from_secs(1);
/// How long the server may take to close after `end`, and to hang up after closing.
const GOODBYE: Duration = Duration::from_secs(5);

/// A frame that was due so shortly before the server closed may not have reached it.
const ON_ITS_WAY: Duration = Duration::from_millis(100);

/// A learner. It lives until it is told to leave.
pub struct Learner {
    class: Arc<Class>,
    number: usize,
    bell: Arc<Bell>,
    line: Line,
    ledger: Ledger,
    rhythm: Rhythm,
    behaviour: Behaviour,
    stream: Stream,
    vigil: Vigil,
    quiz: Option<Quiz>,
    memory: Memory,
    /// Counted among those who are connected.
    inside: bool,
    /// Asked for less than one frame a second.
    lowered: bool,
    /// Among those who do not always read.
    slow: bool,
    /// For what the bell was wished last.
    rung_for: Duration,
    /// From when on no frame is due any more.
    end: Duration,
}

/// How a learner's time ends.
enum End {
    /// It was told to leave.
    Told,
    /// It lost its connection, as it was told.
    Broken,
}

impl Learner {
    /// Comes, sends, and goes when told; `here` is dropped once the learner is welcomed or has failed.
    pub async fn live<T>(class: Arc<Class>, number: usize, bell: Arc<Bell>, here: T) {
        let joined = Self::join(&class, number, &bell).await;
        drop(here);
        match joined {
            Ok(learner) => learner.attend().await,
            Err(why) => class.totals.lock().unreached(&why),
        }
    }

    async fn join(class: &Arc<Class>, number: usize, bell: &Arc<Bell>) -> Result<Self, Unreached> {
        let mut memory = Memory::default();
        let (line, welcome) = greeting::greet(&class.target, caller(class, number), &mut memory).await?;
        let now = class.now();
        let manners = &class.manners;
        let mut learner = Self {
            line,
            ledger: Ledger::default(),
            rhythm: Rhythm::new(manners.pace, manners.jitter, number, now),
            behaviour: Behaviour::new(manners.habits, number),
            stream: class.album.stream(number),
            vigil: Vigil::default(),
            quiz: Class::is_among(number, manners.quiz_share).then(|| Quiz::new(number)),
            memory,
            inside: false,
            lowered: false,
            slow: caller(class, number).slow,
            rung_for: Duration::MAX,
            end: Duration::MAX,
            class: class.clone(),
            number,
            bell: bell.clone(),
        };
        learner.welcomed(&welcome);
        Ok(learner)
    }

    async fn attend(mut self) {
        let ended = self.stay().await;
        self.leave_room();
        if let Err(gone) = ended {
            self.mourn(&gone);
            self.haunt().await;
        }
    }

    fn mourn(&mut self, gone: &Gone) {
        let now = self.class.now();
        let open = std::mem::take(&mut self.ledger).into_open();
        let left_open = open.filter(|frame| now.saturating_sub(frame.due) > ON_ITS_WAY).count();
        let mut totals = self.class.totals.lock();
        totals.now().closed += 1;
        totals.now().left_open += left_open as u64;
        totals.error(&gone.word(), &gone.sentence());
    }

    async fn stay(&mut self) -> Result<(), Gone> {
        if let Some(Lesson { start, end }) = self.await_gate().await? {
            let manners = &self.class.manners;
            self.end = end;
            self.rhythm = Rhythm::new(manners.pace, manners.jitter, self.number, start);
            while let End::Broken = self.send_frames().await? {
                if !self.come_back().await {
                    return Ok(());
                }
            }
            let wait = self.class.wait;
            timeout(wait, self.settle_all()).await.unwrap_or(Ok(()))?;
        }
        self.goodbye().await;
        Ok(())
    }

    /// Until the class begins: when, or none if the learner has to leave before.
    async fn await_gate(&mut self) -> Result<Option<Lesson>, Gone> {
        let class = self.class.clone();
        let mut gate = class.gate.subscribe();
        loop {
            if let Some(lesson) = *gate.borrow_and_update() {
                return Ok(Some(Lesson { start: lesson.start.max(class.now()), ..lesson }));
            }
            if self.bell.take_order() == Order::Leave {
                return Ok(None);
            }
            tokio::select! {
                event = self.line.next(true) => self.hear(event?)?,
                changed = gate.changed() => if changed.is_err() { return Ok(None) },
                () = self.bell.rung() => {}
            }
        }
    }

    async fn send_frames(&mut self) -> Result<End, Gone> {
        let mut told = false;
        loop {
            match self.bell.take_order() {
                Order::Leave if !std::mem::replace(&mut told, true) => self.end = self.end.min(self.class.now()),
                Order::Break => return Ok(End::Broken),
                Order::Leave | Order::None => {}
            }
            while !self.line.is_blocked() && self.is_due() {
                self.send_frame()?;
            }
            if told && (self.rhythm.beat() >= self.end || self.class.now() > self.end + OVERTIME) {
                self.give_up_the_rest();
                return Ok(End::Told);
            }
            self.ask_and_answer()?;
            let reading = !self.is_deaf();
            self.wish_for_bell(told);
            tokio::select! {
                biased;
                event = self.line.next(reading) => self.hear(event?)?,
                () = self.bell.rung() => {}
            }
        }
    }

    fn is_due(&self) -> bool {
        self.rhythm.beat() < self.end && self.class.now() >= self.rhythm.due()
    }

    /// Frames that were due and cannot be sent.
    fn give_up_the_rest(&mut self) {
        let until = self.end.min(self.class.now());
        while self.rhythm.beat() < until {
            let mut totals = self.class.totals.lock();
            let window = totals.current();
            totals.unsent(window);
            drop(totals);
            self.rhythm.advance();
        }
    }

    fn send_frame(&mut self) -> Result<(), Gone> {
        let due = self.rhythm.due();
        let (jpeg, shown, plain) = self.class.album.next(&mut self.stream, self.behaviour.at(due));
        let message = frame_message(self.ledger.sent(), due, &jpeg);
        // A blocked socket is the server's doing, so the time until it was writable is not the generator's lag.
        let ready = (self.class.epoch + due).max(self.line.writable_since());
        let lag = Instant::now().saturating_duration_since(ready);
        let mut totals = self.class.totals.lock();
        let frame = Frame { due, window: totals.current(), shown, plain };
        totals.sent(&frame, lag);
        drop(totals);
        self.ledger.enter(frame);
        self.rhythm.advance();
        self.line.put(Message::Binary(message))
    }

    fn ask_and_answer(&mut self) -> Result<(), Gone> {
        let now = self.class.now();
        match self.quiz.as_mut().and_then(|quiz| quiz.act(now)) {
            Some(words) => self.line.put(Message::text(words)),
            None => Ok(()),
        }
    }

    /// Whether the learner reads nothing now.
    fn is_deaf(&self) -> bool {
        self.slow && deaf_until(self.class.manners.slow, self.number, self.class.now()).1
    }

    fn wish_for_bell(&mut self, told: bool) {
        // While the socket is blocked, its becoming writable wakes the learner.
        let sends = !self.line.is_blocked() && self.rhythm.beat() < self.end;
        let now = self.class.now();
        let wishes = [
            sends.then(|| self.rhythm.due()),
            self.quiz.as_ref().and_then(Quiz::wakes),
            self.slow.then(|| deaf_until(self.class.manners.slow, self.number, now).0),
            told.then(|| self.end + OVERTIME + Duration::from_millis(1)),
        ];
        let Some(next) = wishes.into_iter().flatten().min() else { return };
        if next != self.rung_for {
            self.class.pacer.ring_at(self.class.epoch + next, &self.bell);
            self.rung_for = next;
        }
    }

    async fn settle_all(&mut self) -> Result<(), Gone> {
        while self.ledger.open() > 0 {
            let event = self.line.next(true).await?;
            self.hear(event)?;
        }
        Ok(())
    }

    /// Says that the learner is done; whatever ends the socket differently is noted as an error.
    async fn goodbye(&mut self) {
        let ended: Result<Result<(), Gone>, _> = timeout(GOODBYE, async {
            self.line.put(Message::text(r#"{"type":"end"}"#))?;
            loop {
                let event = self.line.next(true).await?;
                self.hear(event)?;
            }
        })
        .await;
        match ended {
            Ok(Err(Gone::Closed(1000, _))) => {}
            Ok(Err(gone)) => self.note(&gone.word(), &gone.sentence()),
            _ => self.note("violation_no_goodbye", "the server did not close after the end"),
        }
        self.line.drain(GOODBYE).await;
    }

    /// The connection is lost, but frames are due all the same: they count as unsent.
    async fn haunt(&mut self) {
        while self.bell.take_order() != Order::Leave {
            if let Some(lesson) = *self.class.gate.borrow() {
                self.end = self.end.min(lesson.end);
            }
            self.give_up_the_rest();
            let next = self.rhythm.due().max(self.class.now() + Duration::from_millis(1));
            self.class.pacer.ring_at(self.class.epoch + next, &self.bell);
            self.bell.rung().await;
        }
        self.end = self.end.min(self.class.now());
        self.give_up_the_rest();
    }

    fn note(&self, word: &str, detail: &str) {
        self.class.totals.lock().error(word, detail);
    }
}

/// How that learner comes.
fn caller(class: &Class, number: usize) -> Caller<'_> {
    Caller {
        number,
        slow: Class::is_among(number, class.manners.slow.share),
        token: &class.tokens[number % class.tokens.len()],
        has_lecture: Class::is_among(number, class.manners.quiz_share),
    }
}

/// When a slow reader's next turn comes, and whether it reads nothing until then. Each has its own phase.
fn deaf_until(slow: SlowReaders, number: usize, now: Duration) -> (Duration, bool) {
    let round = slow.every_s + slow.for_s;
    let phase = (number as f64 * 0.618).fract() * round;
    let place = (now.as_secs_f64() + phase) % round;
    let deaf = place >= slow.every_s;
    let left = if deaf { round - place } else { slow.every_s - place };
    // A little later, so that the turn has come for sure.
    (now + Duration::from_secs_f64(left + 0.001), deaf)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_readers_take_turns() {
        let slow = SlowReaders { share: 1.0, every_s: 20.0, for_s: 5.0 };
        for number in [0, 1, 7] {
            let at = |tenth: u64| deaf_until(slow, number, Duration::from_millis(tenth * 100));
            let deaf = (0..2500).filter(|tenth| at(*tenth).1).count();
            assert!((495..=505).contains(&deaf), "a fifth of the time: {deaf}");
            let (turn, now) = at(0);
            assert_ne!(deaf_until(slow, number, turn).1, now, "the turn has come");
        }
    }
}
