//! Messages on their way to the client: a bounded queue and the task that writes it.

use std::time::Duration;

use futures::{Sink, SinkExt};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::{Error, Message};

/// A client that takes nothing for so long does not read any more.
const WRITE_PATIENCE: Duration = Duration::from_secs(20);

/// Why a message was not queued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsent {
    /// The client does not read.
    Full,
    /// The connection is gone.
    Gone,
}

/// The sending end. Sends of the WebSocket must not be cancelled, so a task of its own does them.
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

    /// Queues a message without waiting.
    pub fn send(&self, message: Message) -> Result<(), Unsent> {
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
        let sent = tokio::time::timeout(WRITE_PATIENCE, sink.send(message)).await;
        // A peer that went away is no error; the reading half sees it too and ends the session.
        if !matches!(sent, Ok(Ok(()))) {
            return;
        }
    }
}
