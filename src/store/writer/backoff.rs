//! How long to wait for a database that is away.

use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);

/// 100 ms, doubled with every failure up to 5 s, of which a random half is left out: servers that lost the same database
/// do not come back to it in the same instant.
#[derive(Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// All is well again.
    pub fn reset(&mut self) {
        self.failures = 0;
    }

    /// One more failure: how long to wait.
    pub fn next(&mut self) -> Duration {
        let most = FIRST.saturating_mul(1 << self.failures.min(10)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        // The standard library's hash keys are random numbers that need no crate.
        let random = RandomState::new().hash_one(self.failures) as f64 / u64::MAX as f64;
        most.mul_f64(0.5 + random / 2.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_doubles_with_jitter_up_to_a_limit() {
        let mut backoff = Backoff::default();
        for most in [100, 200, 400, 800, 1600, 3200, 5000, 5000] {
            let wait = backoff.next().as_millis();
            assert!((most / 2..=most).contains(&wait), "{wait} of {most}");
        }
        backoff.reset();
        assert!(backoff.next() <= FIRST);
        let waits: std::collections::HashSet<_> = (0..20).map(|_| Backoff { failures: 9 }.next()).collect();
        assert!(waits.len() > 10, "they differ");
    }
}
