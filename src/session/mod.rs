//! One connection: the actor that reads it, its newest-frame slot, its bounded outbox.

mod actor;
mod mailbox;
mod outbox;
pub mod skip;
mod verdict;

pub use actor::{SessionContext, serve};
pub use verdict::{FrameFacts, Wording, verdict};
