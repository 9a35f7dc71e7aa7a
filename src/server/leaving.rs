//! Learners who withdraw their consent, or all that is theirs.

use std::time::{Duration, Instant};

use sea_orm::DbErr;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::App;
use crate::store::{Caller, Erased, LearnerId, StoreError, UtcMs};

/// How often the database is asked who has left by another server.
const LOOK_ELSEWHERE: Duration = Duration::from_secs(10);

/// A token of the same millisecond as the sign-out would be void.
const TICK: Duration = Duration::from_millis(1);

impl App {
    /// The learner's access tokens made until now are void, and sockets that were opened with them are closed.
    pub(super) fn close_sockets(&self, learner: LearnerId) {
        self.session.tokens.sign_out(learner, UtcMs::now());
        self.session.watches.sign_out(learner, Instant::now());
    }

    /// Withdraws whatever the caller agreed to. Tokens and sockets that went by it are void and closed.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub(super) async fn withdraw_consent(&self, caller: Caller) -> Result<(), StoreError> {
        let app = self.clone();
        self.to_its_end(async move {
            app.store.withdraw_consent(caller, UtcMs::now()).await?;
            // Afterwards: whoever was making a token meanwhile may have found the consent still there.
            app.close_sockets(caller.learner());
            tokio::time::sleep(TICK).await;
            Ok(())
        })
        .await
    }

    /// Erases the caller and all that is theirs, then closes what goes by it.
    ///
    /// # Errors
    /// [`StoreError::Database`]; then nothing was erased.
    pub(super) async fn erase(&self, caller: Caller) -> Result<Erased, StoreError> {
        let app = self.clone();
        self.to_its_end(async move {
            let erased = app.store.erase(caller).await?;
            app.close_sockets(caller.learner());
            Ok(erased)
        })
        .await
    }

    /// Where other servers use the database as well: closes the sockets of those who have left by one of them, and voids their tokens
    /// from before. Who has come back since, or never agreed to anything, stays.
    pub(super) async fn follow_elsewhere(self, shutdown: CancellationToken) {
        let mut ticks = tokio::time::interval(LOOK_ELSEWHERE);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
            let oldest = self.session.watches.learners();
            let learners: Vec<LearnerId> = oldest.keys().copied().collect();
            match shutdown.run_until_cancelled(self.store.left(&learners)).await {
                Some(Ok(left)) => {
                    let since = |(learner, at): &(LearnerId, Option<UtcMs>)| {
                        at.is_none_or(|at| oldest.get(learner).is_some_and(|began| *began <= at))
                    };
                    for (learner, at) in left.into_iter().filter(since) {
                        self.session.tokens.sign_out(learner, at.unwrap_or_else(UtcMs::now));
                        self.session.watches.sign_out(learner, Instant::now());
                    }
                }
                Some(Err(error)) => tracing::warn!(%error, "could not ask who has left by another server"),
                None => {}
            }
        }
    }

    /// Half of it is worse than none, so it goes on when the client hangs up; a shutdown waits for it.
    async fn to_its_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        let task = self.tasks.spawn(work).await;
        task.unwrap_or_else(|error| Err(StoreError::Database(DbErr::Custom(error.to_string()))))
    }
}
