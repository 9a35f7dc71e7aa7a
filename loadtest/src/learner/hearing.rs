//! What a learner makes of the server's messages.

use tokio_tungstenite::tungstenite::Message;

use super::Learner;
use crate::answer::Answer;
use crate::greeting::Welcome;
use crate::ledger::Frame;
use crate::line::{Event, Gone, millis};

impl Learner {
    /// The server let the learner in.
    pub(super) fn welcomed(&mut self, welcome: &Welcome) {
        let mut totals = self.class.totals.lock();
        totals.here += 1;
        self.inside = true;
        totals.now().connected += 1;
        match welcome.recovered {
            Some(true) => totals.now().recovered.right += 1,
            Some(false) => totals.now().recovered.wrong += 1,
            None => {}
        }
        drop(totals);
        self.vigil.welcomed(welcome.at - self.class.epoch, welcome.now_ms);
        self.asked_for(welcome.rate);
        if welcome.recovered.is_none()
            && let Some(quiz) = &self.quiz
        {
            for words in quiz.first_words(&self.class.transcript) {
                // A line that is gone says so when it is read.
                let _ = self.line.put(Message::text(words));
            }
        }
    }

    /// The learner is not connected any more.
    pub(super) fn leave_room(&mut self) {
        let mut totals = self.class.totals.lock();
        totals.here -= usize::from(std::mem::take(&mut self.inside));
        totals.lowered -= usize::from(std::mem::take(&mut self.lowered));
    }

    /// Takes in one thing that happened on the socket.
    pub(super) fn hear(&mut self, event: Event) -> Result<(), Gone> {
        match event {
            Event::Writable | Event::Other => Ok(()),
            Event::Binary => {
                self.note("violation_binary", "the server sent a binary message");
                Ok(())
            }
            Event::Text(text) => match Answer::parse(&text) {
                Ok(answer) => self.read(&answer),
                Err(error) => {
                    self.note("violation_bad_json", &error.to_string());
                    Ok(())
                }
            },
        }
    }

    fn read(&mut self, answer: &Answer<'_>) -> Result<(), Gone> {
        match &*answer.message_type {
            "verdict" => self.verdict(answer),
            "dropped" => {
                if let Some(frame) = self.settle(answer) {
                    self.class.totals.lock().dropped(&frame, &answer.reason);
                }
            }
            "error" => self.error(answer),
            "ping" => return self.line.put(Message::text(format!(r#"{{"type":"pong","n":{}}}"#, answer.n))),
            "rate" => self.asked_for(answer.frames_per_second),
            "state" => self.vigil.state(&answer.state),
            "alert" => {
                let now = self.class.now();
                self.vigil.alert(&answer.kind, answer.at_ms, now, self.class.totals.lock().now());
                return self.acknowledge(answer.n);
            }
            "alert.cleared" => return self.acknowledge(answer.n),
            other if other.starts_with("quiz.") => {
                let now = self.class.now();
                if let Some(quiz) = &mut self.quiz {
                    quiz.listen(answer, now, self.class.totals.lock().now());
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn acknowledge(&mut self, n: u64) -> Result<(), Gone> {
        self.memory.last_n = self.memory.last_n.max(n);
        self.line.put(Message::text(format!(r#"{{"type":"alert.ack","n":{n}}}"#)))
    }

    /// The server wishes so many frames a second.
    fn asked_for(&mut self, rate: f64) {
        let now = self.class.now();
        self.rhythm.ask(rate, now);
        // Welcomes of other servers may have no rate.
        let lowered = rate > 0.0 && rate < 0.999;
        let mut totals = self.class.totals.lock();
        totals.now().rates_lowered += u64::from(lowered);
        totals.lowered += usize::from(lowered);
        totals.lowered -= usize::from(std::mem::replace(&mut self.lowered, lowered));
    }

    fn verdict(&mut self, answer: &Answer<'_>) {
        let Some(frame) = self.settle(answer) else { return };
        let now = self.class.now();
        let mut totals = self.class.totals.lock();
        totals.answered(&frame, self.number, now.saturating_sub(frame.due), self.slow);
        totals.verdict(&frame, &answer.presence, &answer.eyes);
        self.vigil.verdict(frame.due, frame.shown, now, totals.now());
        if answer.captured_ms != Some(millis(frame.due)) {
            let detail = format!("{:?} for a frame of {:?}", answer.captured_ms, frame.due);
            totals.error("violation_captured_ms", &detail);
        }
    }

    fn error(&mut self, answer: &Answer<'_>) {
        // The one error of a frame that does not say which has no number.
        let unnumbered = answer.seq.is_none() && answer.code == "frame_too_large";
        let settled = if answer.seq.is_some() { self.settle(answer) } else { None };
        let mut totals = self.class.totals.lock();
        let window = settled.map(|frame| frame.window).or(unnumbered.then(|| totals.current()));
        window.into_iter().for_each(|window| totals.frame_error(window));
        totals.error(&answer.code, &answer.message);
    }

    /// Finds the frame that is answered; an answer to none is noted.
    fn settle(&mut self, answer: &Answer<'_>) -> Option<Frame> {
        let Some(seq) = answer.seq else {
            self.note("violation_no_seq", &answer.message_type);
            return None;
        };
        match self.ledger.settle(seq) {
            Ok(frame) => Some(frame),
            Err(misfit) => {
                let detail = format!("{} of frame {seq} on socket {}", answer.message_type, self.number);
                self.note(misfit.word(), &detail);
                None
            }
        }
    }
}
