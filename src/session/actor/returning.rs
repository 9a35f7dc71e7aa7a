//! A client that comes back to another process than the one it left: what that one wrote is looked up before the welcome.

use std::pin::Pin;
use std::time::{Duration, Instant};

use futures::{Sink, Stream};
use tokio_tungstenite::tungstenite::{Error, Message};

use super::{Actor, End, GOODBYE};
use crate::auth::Access;
use crate::protocol::client::Hello;
use crate::session::handover::Handover;
use crate::session::watch::Watch;
use crate::store::{Lecture, SecretHash, UtcMs};

/// How long the database may take; after that the client gets a new watch session.
const PATIENCE: Duration = Duration::from_secs(2);

/// Who waits for their welcome.
pub struct Returned {
    hello: Hello,
    access: Access,
    lecture: Option<Lecture>,
    state: Option<String>,
}

/// Looks it up. Nothing is read from the client meanwhile.
pub type Returning = Pin<Box<dyn Future<Output = Box<Returned>> + Send>>;

impl Actor {
    /// Asks the database for the watch session that the client names, if this process does not know it.
    pub(super) fn look_up(&self, hello: &Hello, access: &Access, lecture: Option<&Lecture>) -> Option<Returning> {
        let secret = hello.resume.as_deref().filter(|secret| !self.context.watches.knows(secret))?;
        let (secret, store) = (SecretHash::of(secret), self.context.store.clone());
        let since = UtcMs::now().before(Duration::from_millis(self.context.config.session.resume_ms));
        let (hello, access, lecture) = (hello.clone(), access.clone(), lecture.cloned());
        Some(Box::pin(async move {
            let found = tokio::time::timeout(PATIENCE, store.take_over(access.caller, &secret, since)).await;
            let state = match found {
                Ok(Ok(state)) => state,
                Ok(Err(error)) => {
                    tracing::warn!(%error, "a watch session could not be looked up");
                    None
                }
                Err(_) => {
                    tracing::warn!("a watch session could not be looked up in time");
                    None
                }
            };
            Box::new(Returned { hello, access, lecture, state })
        }))
    }

    pub(super) fn on_returned(&mut self, returned: Returned) -> Result<(), End> {
        self.returning = None;
        let Returned { hello, access, lecture, state } = returned;
        let (policies, writer) = (&self.context.policies, self.context.writer.clone());
        let go_on = |it: Handover| it.go_on(access.caller, policies, writer, Instant::now(), UtcMs::now());
        let left: Option<Watch> = state.as_deref().and_then(Handover::from_json).and_then(go_on);
        self.enter(&hello, &access, lecture, left)
    }

    /// The server stops: the watch session is left to its next process before the client is told to come back. What comes
    /// meanwhile is answered as ever.
    pub(super) async fn hand_over(
        &mut self,
        sink: &mut (impl Sink<Message, Error = Error> + Unpin),
        inbound: &mut (impl Stream<Item = Result<Message, Error>> + Unpin),
    ) {
        let Some(lease) = self.lease.take() else { return };
        lease.hand_over();
        let writer = self.context.writer.clone();
        let written = writer.flush(GOODBYE);
        tokio::pin!(written);
        loop {
            tokio::select! {
                written = &mut written => {
                    if !written {
                        tracing::warn!("a watch session may be lost: the database does not take it");
                    }
                    return;
                }
                event = self.next_event(sink, inbound) => {
                    if self.react(event).is_err() {
                        return;
                    }
                }
            }
        }
    }
}
