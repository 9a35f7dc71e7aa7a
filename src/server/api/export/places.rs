//! How many exports run at one time: each holds some rows in memory for as long as its client takes.

use std::sync::Arc;

use axum::http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::server::api::problem::Problem;
use crate::session::seats::{Seat, Seats};
use crate::store::{Caller, LearnerId};

/// Of one learner: a second one for who begins anew before the first is given up.
const OWN: usize = 2;
/// Of all together: with some 700 KiB each (rows, the parts on their way), 11 MiB.
const ALL: usize = 16;
/// Seconds.
const RETRY: u64 = 5;

/// One export's. Dropped, it is free.
pub(super) type Place = (Seat<LearnerId>, OwnedSemaphorePermit);

/// The places of all exports; clones share them.
#[derive(Debug, Clone)]
pub(in crate::server) struct Exports {
    learners: Seats<LearnerId>,
    room: Arc<Semaphore>,
}

impl Exports {
    /// All are free.
    pub(in crate::server) fn new() -> Self {
        Self { learners: Seats::new(OWN), room: Arc::new(Semaphore::new(ALL)) }
    }

    /// One more of the caller's. Nobody waits for one: who asks again is served in turn as anybody else.
    pub(super) fn take(&self, caller: Caller) -> Result<Place, Problem> {
        let own = self.learners.take(caller.learner()).ok_or_else(too_many)?;
        let room = self.room.clone().try_acquire_owned().map_err(|_| busy())?;
        Ok((own, room))
    }
}

fn too_many() -> Problem {
    let detail = "two exports of yours are under way; try again when one of them has ended";
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "too_many_exports", detail).retry_after(RETRY)
}

fn busy() -> Problem {
    let detail = "too many exports at once; try again in a moment";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail).retry_after(RETRY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn somebody() -> Caller {
        Caller::authenticated(LearnerId::new_id())
    }

    #[test]
    fn each_has_two_and_all_have_sixteen() {
        let (exports, mine) = (Exports::new(), somebody());
        let mut places: Vec<Place> = (0..OWN).map(|_| exports.take(mine).expect("a place")).collect();
        assert_eq!(exports.take(mine).err(), Some(too_many()));
        places.extend((OWN..ALL).map(|_| exports.take(somebody()).expect("a place of somebody else's")));
        let late = somebody();
        assert_eq!(exports.take(late).err(), Some(busy()));
        places.pop();
        places.push(exports.take(late).expect("one came back"));
        drop(places);
        let again: Vec<_> = (0..OWN).map(|_| exports.take(late)).collect();
        assert!(again.iter().all(Result::is_ok), "who was refused held nothing");
    }
}
