//! What a text message asks for.

use std::time::Instant;

use super::{Actor, End, Work};
use crate::protocol::client::ClientMessage;
use crate::protocol::close::CloseReason;
use crate::protocol::server::DropReason;

const SESSION_ENDED: &str = "the watch session has ended; say hello on another connection to begin a new one";

impl Actor {
    pub(super) fn on_text(&mut self, text: &str) -> Result<(), End> {
        if let Some(size) = self.skipped.size_of(self.data_messages) {
            let most = self.context.config.limits.text_bytes;
            let sentence = format!("{size} bytes are too many for a text: at most {most} are allowed");
            return self.refuse(None, "text_too_large", sentence);
        }
        if self.texts.check().is_err() {
            let most = self.context.config.limits.texts_per_second;
            let sentence = format!("too many text messages: {most} a second are allowed");
            return self.refuse(None, "too_many_messages", sentence);
        }
        match ClientMessage::parse(text) {
            Ok(_) if self.closing == Some(CloseReason::Normal) => {
                return self.refuse(None, "session_ended", SESSION_ENDED.to_owned());
            }
            Ok(ClientMessage::Hello(_)) if self.welcomed => {
                let sentence = "hello comes once, before all frames".to_owned();
                return self.refuse(None, "unexpected", sentence);
            }
            Ok(ClientMessage::Hello(hello)) => return self.hello(&hello),
            Ok(ClientMessage::Pause {}) => self.pause()?,
            Ok(ClientMessage::Resume {}) => self.unpause(),
            Ok(ClientMessage::Pong { .. }) => {}
            Ok(ClientMessage::AlertAck { n }) => self.attend(|watch| {
                watch.acknowledge(n);
                Vec::new()
            })?,
            Ok(ClientMessage::Playback(playback)) => return self.playback(&playback),
            Ok(ClientMessage::Transcript(piece)) => return self.transcript(piece),
            Ok(ClientMessage::QuizGenerate(wish)) => return self.quiz_generate(&wish),
            Ok(ClientMessage::QuizCancel {}) => return self.quiz_cancel(),
            Ok(ClientMessage::QuizSets {}) => return self.quiz_sets(),
            Ok(ClientMessage::QuizUse { set }) => return self.quiz_use(set),
            Ok(ClientMessage::QuizOpen { quiz }) => return self.quiz_open(quiz),
            Ok(ClientMessage::QuizAnswer(words)) => return self.quiz_answer(words),
            Ok(ClientMessage::End {}) => self.end()?,
            Err(bad) => return self.refuse(None, bad.code(), bad.to_string()),
        }
        self.errors_in_a_row = 0;
        Ok(())
    }

    fn pause(&mut self) -> Result<(), End> {
        self.paused = true;
        self.recall.forget();
        self.claim(Instant::now());
        self.attend(|watch| watch.pause(Instant::now()))?;
        if matches!(self.work, Work::Waiting(_)) {
            self.work = Work::Idle;
        }
        match self.mailbox.take() {
            Some(frame) => self.drop_frame(frame.seq, DropReason::Paused),
            None => Ok(()),
        }
    }
}
