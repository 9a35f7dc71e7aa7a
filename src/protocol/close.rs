//! Why the server ends a connection.

/// A close code of the wire protocol with its sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CloseReason {
    /// After `end`.
    Normal,
    /// Broken WebSocket framing.
    Protocol,
    /// Text that is not UTF-8.
    NotUtf8,
    /// The message was so large that skipping it is no use.
    TooLarge,
    /// The server restarts.
    Restart,
    /// The server is full, and the learner had no watch session here to go on with.
    Full,
    /// Too many bad messages in a row.
    TooManyErrors,
    /// No hello with a good token in time.
    Stranger,
    /// The learner withdrew consent or erased everything.
    SignedOut,
    /// No sign of life.
    Silent,
    /// The client does not read.
    SlowReader,
    /// Another connection goes on with the watch session.
    Replaced,
}

impl CloseReason {
    /// The number on the wire.
    pub fn code(self) -> u16 {
        match self {
            Self::Normal => 1000,
            Self::Protocol => 1002,
            Self::NotUtf8 => 1007,
            Self::TooLarge => 1009,
            Self::Restart => 1012,
            Self::Full => 1013,
            Self::TooManyErrors => 4400,
            Self::Stranger => 4401,
            Self::SignedOut => 4403,
            Self::Silent => 4408,
            Self::SlowReader => 4409,
            Self::Replaced => 4410,
        }
    }

    /// The sentence on the wire; at most 123 bytes fit there.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Normal => "the session has ended",
            Self::Protocol => "broken WebSocket framing",
            Self::NotUtf8 => "a text was not UTF-8",
            Self::TooLarge => "the message is too large to be skipped",
            Self::Restart => "the server restarts; please reconnect",
            Self::Full => "the server is full; please try again later",
            Self::TooManyErrors => "too many bad messages in a row",
            Self::Stranger => "no hello with a good token in time",
            Self::SignedOut => "signed out: consent was withdrawn, or everything erased",
            Self::Silent => "no sign of life for too long",
            Self::SlowReader => "the client does not read its messages",
            Self::Replaced => "another connection goes on with this watch session",
        }
    }
}
