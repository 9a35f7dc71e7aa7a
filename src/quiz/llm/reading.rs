//! One reply as it comes, and how long it may take.

use std::time::Duration;

use tokio::time::Instant;

use super::error::Failure;
use super::piece::Piece;
use super::{Settings, Usage};

/// After its own end a stream may last so long: the tokens come last, and some servers never close it.
const AFTER_END: Duration = Duration::from_secs(1);

/// Text and tokens.
pub(super) type Said = (String, Option<Usage>);

/// From the request to the end.
pub(super) struct Reading {
    text: String,
    most: usize,
    tokens: Option<Usage>,
    finished: bool,
    spoke: bool,
    silence: Duration,
    quiet_until: Instant,
    total_until: Instant,
    give_up: Instant,
}

impl Reading {
    pub(super) fn new(settings: &Settings, give_up: Instant) -> Self {
        let now = Instant::now();
        Self {
            text: String::new(),
            most: settings.reply_bytes,
            tokens: None,
            finished: false,
            spoke: false,
            silence: settings.first_token,
            quiet_until: now + settings.first_token,
            total_until: now + settings.total,
            give_up,
        }
    }

    /// Something must have come by then.
    pub(super) fn deadline(&self) -> Instant {
        self.quiet_until.min(self.total_until).min(self.give_up)
    }

    /// Why the wait is over.
    pub(super) fn late(&self) -> Failure {
        match self.deadline() {
            over if over == self.give_up => Failure::Budget,
            over if over == self.total_until => Failure::Total,
            _ if self.spoke => Failure::Stalled,
            _ => Failure::FirstToken,
        }
    }

    /// The model said that it is done.
    pub(super) fn finished(&self) -> bool {
        self.finished
    }

    /// # Errors
    /// The piece's own failure, or too much text.
    pub(super) fn add(&mut self, piece: Piece) -> Result<(), Failure> {
        if let Some(failure) = piece.failure {
            return Err(failure);
        }
        if self.text.len() + piece.text.len() > self.most {
            return Err(Failure::TooLarge);
        }
        self.text.push_str(&piece.text);
        self.tokens = piece.usage.or(self.tokens);
        if piece.alive {
            self.spoke = true;
            self.quiet_until = Instant::now() + self.silence;
        }
        if piece.finished && !self.finished {
            self.finished = true;
            self.quiet_until = Instant::now() + AFTER_END.min(self.silence);
        }
        Ok(())
    }

    /// # Errors
    /// When nothing was said.
    pub(super) fn end(self) -> Result<Said, Failure> {
        if self.text.trim().is_empty() { Err(Failure::Empty) } else { Ok((self.text, self.tokens)) }
    }
}
