//! Learners whose access tokens no longer hold although they have not run out: who withdrew consent or erased everything.

use std::time::Duration;

use dashmap::DashMap;

use crate::store::{LearnerId, UtcMs};

/// Since when; remembered until the tokens have run out by themselves. What an earlier process remembered is lost: none of the
/// tokens from before this one's start hold.
#[derive(Debug)]
pub struct SignedOut {
    since: DashMap<LearnerId, UtcMs>,
    life: Duration,
    started: UtcMs,
}

impl SignedOut {
    /// Nobody yet. `life` is an access token's.
    pub fn new(life: Duration, started: UtcMs) -> Self {
        Self { since: DashMap::new(), life, started }
    }

    /// Tokens made up to `now` no longer hold.
    pub fn sign_out(&self, learner: LearnerId, now: UtcMs) {
        let forgotten = now.before(self.life);
        self.since.retain(|_, since| *since >= forgotten);
        self.since.entry(learner).and_modify(|since| *since = now.max(*since)).or_insert(now);
    }

    /// Whether a token made then is void.
    pub fn voids(&self, learner: LearnerId, made: UtcMs) -> bool {
        made < self.started || self.since.get(&learner).is_some_and(|since| made <= *since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_tokens_are_void_and_old_news_is_forgotten() {
        let out = SignedOut::new(Duration::from_millis(100), UtcMs(900));
        assert!(out.voids(LearnerId::new_id(), UtcMs(899)), "of an earlier process");
        let (one, other) = (LearnerId::new_id(), LearnerId::new_id());
        out.sign_out(one, UtcMs(1000));
        assert!(out.voids(one, UtcMs(1000)) && !out.voids(one, UtcMs(1001)) && !out.voids(other, UtcMs(900)));
        out.sign_out(one, UtcMs(950));
        assert!(out.voids(one, UtcMs(1000)), "an older sign-out takes nothing back");
        out.sign_out(other, UtcMs(1101));
        assert_eq!(out.since.len(), 1);
    }
}
