//! One connection: the actor that reads it, its newest-frame slot, its bounded outbox; and the watch session it holds, which
//! outlives it.

mod actor;
mod admission;
mod allowance;
pub mod capacity;
mod demand;
pub mod diary;
mod handover;
#[doc(hidden)]
pub mod mailbox;
mod minutes;
mod notices;
#[doc(hidden)]
pub mod outbox;
pub mod pace;
pub mod playback;
mod quizzing;
mod recall;
pub mod registry;
pub mod seats;
mod sight;
pub mod skip;
mod verdict;
pub mod watch;

#[doc(hidden)]
pub use actor::closing;
pub use actor::{SessionContext, serve};
pub use admission::{Admission, retry_after};
pub use verdict::{FrameFacts, Wording, verdict};
