//! Messages on their way to the client: a bounded queue and the task that writes it.

use std::time::Duration;

use futures::{Sink, SinkExt};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::{Error, Message};

/// Places that are kept free: for the messages that one event can cause, and for the goodbye.
const RESERVE: usize = 16;

/// Why a message was not queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsent {
    /// The client does not read.
    Full,
    /// The connection is gone.
    Gone,
}

/// The sending end. What the client sends is only read while there is room here, so a client that reads slowly is slowed
/// down, and only one that does not read at all runs out of places. Sends of the WebSocket must not be cancelled, so a task of its own does them.
pub struct Outbox {
    queue: mpsc::Sender<Message>,
    writer: JoinHandle<()>,
}

impl Outbox {
    /// Starts the writer.
    pub fn start(sink: impl Sink<Message, Error = Error> + Send + Unpin + 'static, capacity: usize) -> Self {
        let (queue, messages) = mpsc::channel(capacity);
        Self { queue, writer: tokio::spawn(write(sink, messages)) }
    }

    /// Whether there is room for what one more event may cause.
    pub fn has_room(&self) -> bool {
        self.queue.capacity() > RESERVE
    }

    /// Waits until there is room, or the connection is gone.
    pub async fn room(&self) {
        let _ = self.queue.reserve_many(RESERVE + 1).await;
    }

    /// Queues a message without waiting, but not in the last place, which is the goodbye's.
    pub fn send(&self, message: Message) -> Result<(), Unsent> {
        if self.queue.capacity() <= 1 && !self.queue.is_closed() {
            return Err(Unsent::Full);
        }
        self.send_last(message)
    }

    /// Queues the last message.
    pub fn send_last(&self, message: Message) -> Result<(), Unsent> {
        self.queue.try_send(message).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => Unsent::Full,
            mpsc::error::TrySendError::Closed(_) => Unsent::Gone,
        })
    }

    /// Lets the writer finish what is queued, at most `patience` long.
    pub async fn finish(self, patience: Duration) {
        drop(self.queue);
        let abort = self.writer.abort_handle();
        if tokio::time::timeout(patience, self.writer).await.is_err() {
            abort.abort();
        }
    }
}

async fn write(mut sink: impl Sink<Message, Error = Error> + Unpin, mut messages: mpsc::Receiver<Message>) {
    while let Some(message) = messages.recv().await {
        // A peer that went away is no error; the reading half sees it too and ends the session.
        if sink.send(message).await.is_err() {
            return;
        }
    }
}
