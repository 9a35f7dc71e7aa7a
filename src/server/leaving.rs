//! Learners who withdraw their consent, or all that is theirs.

use std::time::{Duration, Instant};

use super::App;
use crate::store::{Caller, Erased, LearnerId, StoreError, UtcMs};

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
        self.store.withdraw_consent(caller, UtcMs::now()).await?;
        // Afterwards: whoever was making a token meanwhile may have found the consent still there.
        self.close_sockets(caller.learner());
        tokio::time::sleep(TICK).await;
        Ok(())
    }

    /// Erases the caller and all that is theirs.
    ///
    /// # Errors
    /// [`StoreError::Database`]; then nothing was erased.
    pub(super) async fn erase(&self, caller: Caller) -> Result<Erased, StoreError> {
        self.close_sockets(caller.learner());
        let erased = self.store.erase(caller).await?;
        // Once more, for those that came meanwhile.
        self.close_sockets(caller.learner());
        Ok(erased)
    }
}
