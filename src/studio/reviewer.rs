//! After a session: wrong answers become review notes, once. The database is the queue, so that none is forgotten by a crash.

use std::sync::Arc;
use std::time::Duration;

use super::{Shared, convert};
use crate::quiz::review;
use crate::store::{DueReview, StoreError, UtcMs};

/// Between two looks when nobody says that a session has ended.
const EVERY: Duration = Duration::from_secs(30);
/// From a session's end to the look: its last writes are on their way.
const WRITES: Duration = Duration::from_secs(1);
/// How far back: a session that is not looked after in this time is left as it is.
const BACK: Duration = Duration::from_hours(7 * 24);
/// Sessions at one time.
const SESSIONS: u32 = 8;
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
        for session in due {
            note(shared, session).await?;
        }
    }
    Ok(())
}

async fn note(shared: &Shared, session: DueReview) -> Result<(), StoreError> {
    let wrong: Vec<_> = session.wrong.iter().map(|it| convert::wrong(it, session.language.as_deref())).collect();
    let notes = {
        let _turn = shared.requests.acquire().await;
        review::notes(shared.llm.as_ref(), &wrong).await
    };
    let now = UtcMs::now();
    let notes: Vec<_> = session.wrong.iter().zip(notes).map(|(it, note)| convert::note(it, note, now)).collect();
    shared.store.add_notes(session.caller, session.session, &notes).await
}
