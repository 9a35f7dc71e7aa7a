//! After a session: wrong answers become review notes, once. The database is the queue, so that none is forgotten by a crash.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use futures::TryStreamExt as _;
use futures::stream::iter;

use super::{Shared, convert};
use crate::quiz::review;
use crate::store::{Caller, DueReview, StoreError, UtcMs};

/// Between two looks when nobody says that a session has ended.
const EVERY: Duration = Duration::from_secs(30);
/// From a session's end to the look: its last writes are on their way.
const WRITES: Duration = Duration::from_secs(1);
/// How far back: a session that is not looked after in this time is left as it is.
const BACK: Duration = Duration::from_hours(7 * 24);
/// Sessions that are looked at for the next in turn, and how many of them are worked on at one time.
const SESSIONS: u32 = 64;
const AT_ONCE: usize = 4;
/// For which a learner's share is counted.
const DAY: Duration = Duration::from_hours(24);
/// Times that so many are taken in a row.
const ROUNDS: u32 = 100;

/// Until the shutdown.
pub async fn run(shared: Arc<Shared>) {
    let shutdown = shared.shutdown.clone();
    shutdown.run_until_cancelled(look_after(&shared)).await;
}

async fn look_after(shared: &Shared) {
    loop {
        let _ = tokio::time::timeout(EVERY, shared.ended.notified()).await;
        tokio::time::sleep(WRITES).await;
        if let Err(error) = work_off(shared).await {
            tracing::error!(%error, "review notes were not made; trying again");
        }
    }
}

async fn work_off(shared: &Shared) -> Result<(), StoreError> {
    for _ in 0..ROUNDS {
        let due = shared.store.reviews_due(UtcMs::now().before(BACK), SESSIONS).await?;
        if due.is_empty() {
            return Ok(());
        }
        iter(turns(due).into_iter().map(Ok)).try_for_each_concurrent(AT_ONCE, |session| note(shared, session)).await?;
    }
    Ok(())
}

/// Every learner's first session, then every learner's second, ...: who has many does not hold up who has one. `AT_ONCE` of them.
fn turns(due: Vec<DueReview>) -> Vec<DueReview> {
    let mut before: HashMap<Caller, usize> = HashMap::new();
    let mut turns: Vec<(usize, DueReview)> = Vec::new();
    for session in due {
        let nth = before.entry(session.caller).or_default();
        turns.push((*nth, session));
        *nth += 1;
    }
    turns.sort_by_key(|(nth, _)| *nth);
    turns.into_iter().take(AT_ONCE).map(|(_, session)| session).collect()
}

async fn note(shared: &Shared, session: DueReview) -> Result<(), StoreError> {
    let wrong: Vec<_> = session.wrong.iter().map(|it| convert::wrong(it, session.language.as_deref())).collect();
    let now = UtcMs::now();
    let written = shared.store.notes_written(session.caller, now.before(DAY)).await?;
    // Who has had a day's share gets them from the subtitles.
    let llm = shared.llm.as_ref().filter(|_| written < u64::from(shared.settings.notes_per_day));
    let notes = {
        let _turn = shared.requests.acquire().await;
        review::notes(llm, &wrong).await
    };
    let notes: Vec<_> = session.wrong.iter().zip(notes).map(|(it, note)| convert::note(it, note, now)).collect();
    shared.store.add_notes(session.caller, session.session, &notes).await
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::store::{LearnerId, SessionId};

    #[test]
    fn who_has_many_sessions_does_not_hold_up_who_has_one() {
        let due = |(learner, session): (u128, u128)| DueReview {
            caller: Caller::authenticated(LearnerId(Uuid::from_u128(learner))),
            session: SessionId(Uuid::from_u128(session)),
            language: None,
            wrong: Vec::new(),
        };
        let many = [(1, 10), (1, 11), (1, 12), (1, 13), (1, 14), (2, 20), (3, 30)];
        let turns: Vec<u128> = turns(many.map(due).into()).iter().map(|it| it.session.0.as_u128()).collect();
        assert_eq!(turns, [10, 20, 30, 11]);
    }
}
