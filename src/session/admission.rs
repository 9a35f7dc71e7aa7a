//! Who is let in.

use std::ops::RangeInclusive;
use std::time::Instant;

use super::actor::SessionContext;
use super::demand::Claim;

/// Seconds after which somebody who found the server full may try again, at random so that not all come back at once. Places come free
/// when a lecture ends, or where no frame has come for a while (`QUIET` in the actor): within the minute, on a server that is so full.
const RETRY_AFTER: RangeInclusive<u32> = 20..=60;

/// How a connection came in.
#[derive(Debug)]
pub struct Admission {
    /// Its part of the demand.
    pub(super) claim: Claim,
    /// The server is full: only who goes on with a watch session that waits for them may stay.
    pub(super) only_returning: bool,
}

impl Admission {
    /// For one more connection, if it can be served. Who it is will only be known by its `hello`, so as long as a watch session waits
    /// for its learner to come back, everybody is heard.
    pub fn ask(context: &SessionContext, now: Instant) -> Option<Self> {
        match context.pace.admit(context.policies.calm_rate(context.config.attention.preset), now) {
            Some(claim) => Some(Self { claim, only_returning: false }),
            None if context.watches.waiting() > 0 => {
                Some(Self { claim: context.pace.wait_outside(), only_returning: true })
            }
            None => None,
        }
    }
}

/// Seconds.
pub fn retry_after() -> u32 {
    fastrand::u32(RETRY_AFTER)
}
