//! What waits to be written, oldest first, each thing once.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use super::super::{QuizId, SessionId};
use super::{What, Write};

/// Two writes of the same key are one: the later, of answers the first.
type Key = (SessionId, Slot);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Slot {
    Opened,
    Event(u32),
    Minute(u32),
    Answer(QuizId),
    Closed,
    Left,
}

/// A write and when it was handed over first.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    pub write: Write,
    pub since: Instant,
}

/// For health.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Levels {
    pub queued: usize,
    pub capacity: usize,
    pub coalesced: u64,
    pub lag: Duration,
}

/// A queue that forgets what was replaced.
#[derive(Debug)]
pub struct Buffer {
    capacity: usize,
    order: VecDeque<Key>,
    waiting: HashMap<Key, Waiting>,
    /// Taken out and neither written nor given back: they may come back, so their room is kept.
    taken: usize,
    oldest_taken: Option<Instant>,
    coalesced: u64,
}

impl Buffer {
    pub fn new(capacity: usize) -> Self {
        let (order, waiting) = (VecDeque::new(), HashMap::new());
        Self { capacity, order, waiting, taken: 0, oldest_taken: None, coalesced: 0 }
    }

    /// Waiting and not taken out.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// False when it does not fit.
    pub fn put(&mut self, write: Write) -> bool {
        let key = key(&write);
        if let Some(former) = self.waiting.get_mut(&key) {
            former.write = merged(&former.write, write);
            self.coalesced += 1;
            return true;
        }
        if self.len() + self.taken >= self.room_for(&write.what) {
            return false;
        }
        self.order.push_back(key);
        self.waiting.insert(key, Waiting { write, since: Instant::now() });
        true
    }

    /// Without its session's start nothing of a session can be written, and an event or an answer says more than a minute's
    /// totals.
    fn room_for(&self, what: &What) -> usize {
        match what {
            What::Opened(_) | What::Closed(_) | What::Left(_) => self.capacity,
            What::Event(_) | What::Answer(_) => self.capacity - self.capacity / 8,
            What::Minute(_) => self.capacity - self.capacity / 4,
        }
    }

    /// The oldest, `most` of them at the most.
    pub fn take(&mut self, most: usize) -> Vec<Waiting> {
        let count = most.min(self.order.len());
        let batch: Vec<Waiting> = self.order.drain(..count).filter_map(|key| self.waiting.remove(&key)).collect();
        self.taken += batch.len();
        self.oldest_taken = batch.iter().map(|it| it.since).min().into_iter().chain(self.oldest_taken).min();
        batch
    }

    /// They were written, or are given up.
    pub fn done(&mut self, count: usize) {
        self.taken -= count;
        if self.taken == 0 {
            self.oldest_taken = None;
        }
    }

    /// They were not written: they go first next time, unless something newer has come in their place.
    pub fn give_back(&mut self, batch: Vec<Waiting>) {
        self.done(batch.len());
        for waiting in batch.into_iter().rev() {
            let key = key(&waiting.write);
            match self.waiting.get_mut(&key) {
                Some(newer) => {
                    newer.write = merged(&waiting.write, newer.write.clone());
                    newer.since = waiting.since;
                    self.coalesced += 1;
                    // In the older one's place: nothing of a session can be written before its start.
                    self.order.retain(|it| *it != key);
                    self.order.push_front(key);
                }
                None => {
                    self.order.push_front(key);
                    self.waiting.insert(key, waiting);
                }
            }
        }
    }

    pub fn levels(&self) -> Levels {
        // The first is not always the oldest, as replaced writes keep their place: it is near enough.
        let first = self.order.front().and_then(|key| self.waiting.get(key)).map(|it| it.since);
        let oldest = first.into_iter().chain(self.oldest_taken).min();
        Levels {
            queued: self.len() + self.taken,
            capacity: self.capacity,
            coalesced: self.coalesced,
            lag: oldest.map_or(Duration::ZERO, |since| since.elapsed()),
        }
    }
}

fn key(write: &Write) -> Key {
    let slot = match &write.what {
        What::Opened(_) => Slot::Opened,
        What::Event(event) => Slot::Event(event.number),
        What::Minute(totals) => Slot::Minute(totals.minute),
        What::Answer(answer) => Slot::Answer(answer.quiz),
        What::Closed(_) => Slot::Closed,
        What::Left(_) => Slot::Left,
    };
    (write.session, slot)
}

/// The later one, unless it is somebody else's, which has no right to it, or answers anew what was answered.
fn merged(former: &Write, later: Write) -> Write {
    let answered = matches!(former.what, What::Answer(_));
    if former.caller == later.caller && !answered { later } else { former.clone() }
}
