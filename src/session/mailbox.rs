//! The newest-frame slot of a connection: one frame waits, a newer one takes its place.

use std::time::Instant;

use bytes::Bytes;

use crate::protocol::frame::Frame;

/// A frame that waits for its turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingFrame {
    /// The client's number for it.
    pub seq: u32,
    /// The client's capture time, ms; of a bare picture the time since the watch session began.
    pub captured_ms: u64,
    /// When it arrived here.
    pub arrived: Instant,
    /// Whether it is one of those that were asked for, rather than one more.
    pub asked: bool,
    /// The picture.
    pub jpeg: Bytes,
}

/// At most one waiting frame, and the count of sequences.
#[derive(Debug)]
pub struct Mailbox {
    opened: Instant,
    last_seq: Option<u32>,
    waiting: Option<PendingFrame>,
}

impl Mailbox {
    /// Empty; `opened` is the zero of bare pictures' capture times.
    pub fn new(opened: Instant) -> Self {
        Self { opened, last_seq: None, waiting: None }
    }

    /// Counts bare pictures' times from another moment: that of the watch session which goes on.
    pub fn count_from(&mut self, opened: Instant) {
        self.opened = opened;
    }

    /// Numbers a message's frame: by its header, or by the last number plus one.
    pub fn number(&mut self, message: Bytes, now: Instant) -> PendingFrame {
        let Frame { header, jpeg } = Frame::parse(message);
        let (seq, captured_ms) = match header {
            Some(header) => (header.seq, header.captured_ms),
            None => {
                let since_opening = now.saturating_duration_since(self.opened).as_millis();
                (self.last_seq.map_or(0, |seq| seq.wrapping_add(1)), u64::try_from(since_opening).unwrap_or(u64::MAX))
            }
        };
        self.last_seq = Some(seq);
        PendingFrame { seq, captured_ms, arrived: now, asked: true, jpeg }
    }

    /// Lets a frame wait; returns the one whose place it took.
    pub fn put(&mut self, frame: PendingFrame) -> Option<PendingFrame> {
        self.waiting.replace(frame)
    }

    /// The waiting frame, for work.
    pub fn take(&mut self) -> Option<PendingFrame> {
        self.waiting.take()
    }

    /// A look at it.
    pub fn waiting(&self) -> Option<&PendingFrame> {
        self.waiting.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::protocol::frame::Header;

    #[test]
    fn the_newest_frame_wins() {
        let now = Instant::now();
        let mut mailbox = Mailbox::new(now);
        let (first, second) =
            (mailbox.number(Bytes::from_static(b"a"), now), mailbox.number(Bytes::from_static(b"b"), now));
        assert_eq!(mailbox.put(first.clone()), None);
        assert_eq!(mailbox.put(second.clone()), Some(first));
        assert_eq!(mailbox.take(), Some(second));
        assert_eq!(mailbox.take(), None);
    }

    #[test]
    fn bare_pictures_count_on_from_the_last_number() {
        let opened = Instant::now();
        let later = opened + Duration::from_millis(1500);
        let mut mailbox = Mailbox::new(opened);
        let bare = mailbox.number(Bytes::from_static(b"x"), later);
        assert_eq!((bare.seq, bare.captured_ms), (0, 1500));
        let header = Header { seq: u32::MAX, captured_ms: 7 };
        let numbered = mailbox.number(Frame::encode(header, b"x"), later);
        assert_eq!((numbered.seq, numbered.captured_ms), (u32::MAX, 7));
        assert_eq!(mailbox.number(Bytes::from_static(b"x"), later).seq, 0, "the count wraps");
    }
}
