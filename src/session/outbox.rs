//! Messages on their way to the client: a bounded queue before the WebSocket, which the actor writes between its other work.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::{Sink, SinkExt as _};
use tokio_tungstenite::tungstenite::{Error, Message};

/// Places that are kept free: for the messages that one event can cause, and for the goodbye.
const RESERVE: usize = 16;

/// The client does not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

/// What the client sends is only read while there is room here, so a client that reads slowly is slowed down, and only one that does not
/// read at all runs out of places.
pub struct Outbox {
    queue: VecDeque<Message>,
    capacity: usize,
    /// Something was handed to the WebSocket that may not have left it.
    unflushed: bool,
}

impl Outbox {
    /// Empty.
    pub fn new(capacity: usize) -> Self {
        Self { queue: VecDeque::new(), capacity, unflushed: false }
    }

    /// Whether there is room for what one more event may cause.
    pub fn has_room(&self) -> bool {
        self.queue.len() + RESERVE < self.capacity
    }

    /// Queues a message, but not in the last place, which is the goodbye's.
    pub fn send(&mut self, message: Message) -> Result<(), Full> {
        if self.queue.len() + 1 >= self.capacity {
            return Err(Full);
        }
        self.queue.push_back(message);
        Ok(())
    }

    /// Queues the last message.
    pub fn send_last(&mut self, message: Message) {
        self.queue.push_back(message);
    }

    /// Writes what can be written; ready when all is. Nothing is lost between two calls.
    ///
    /// # Errors
    /// When the client is gone.
    pub fn poll_write(
        &mut self,
        sink: &mut (impl Sink<Message, Error = Error> + Unpin),
        context: &mut Context<'_>,
    ) -> Poll<Result<(), Error>> {
        while !self.queue.is_empty() {
            std::task::ready!(sink.poll_ready_unpin(context))?;
            if let Some(message) = self.queue.pop_front() {
                sink.start_send_unpin(message)?;
                self.unflushed = true;
            }
        }
        if self.unflushed {
            std::task::ready!(sink.poll_flush_unpin(context))?;
            self.unflushed = false;
        }
        // The queue of one who is told little shall take little.
        if self.queue.capacity() > RESERVE {
            self.queue.shrink_to_fit();
        }
        Poll::Ready(Ok(()))
    }

    /// Writes what is left, at most `patience` long.
    pub async fn finish(&mut self, sink: &mut (impl Sink<Message, Error = Error> + Unpin), patience: Duration) {
        let _ = tokio::time::timeout(patience, poll_fn(|context| self.poll_write(sink, context))).await;
    }
}
