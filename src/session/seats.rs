//! How many of something one address, or one learner, has at one time.

use std::hash::Hash;
use std::sync::Arc;

use dashmap::DashMap;

/// Seats of each who comes; clones share them.
#[derive(Debug, Clone)]
pub struct Seats<K: Eq + Hash> {
    taken: Arc<DashMap<K, usize>>,
    most: usize,
}

/// One of them. Dropped, it is free.
#[derive(Debug)]
pub struct Seat<K: Eq + Hash> {
    taken: Arc<DashMap<K, usize>>,
    who: K,
}

impl<K: Eq + Hash + Copy> Seats<K> {
    /// At most so many each.
    pub fn new(most: usize) -> Self {
        Self { taken: Arc::new(DashMap::new()), most }
    }

    /// One more; none when all of `who` are taken.
    pub fn take(&self, who: K) -> Option<Seat<K>> {
        let mut taken = self.taken.entry(who).or_insert(0);
        if *taken >= self.most {
            return None;
        }
        *taken += 1;
        Some(Seat { taken: self.taken.clone(), who })
    }
}

impl<K: Eq + Hash> Drop for Seat<K> {
    fn drop(&mut self) {
        self.taken.remove_if_mut(&self.who, |_, taken| {
            *taken -= 1;
            *taken == 0
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_are_each_ones_own_and_come_back() {
        let seats = Seats::new(2);
        let first = seats.take(1);
        let second = seats.take(1);
        assert!(first.is_some() && second.is_some() && seats.take(1).is_none());
        assert!(seats.take(2).is_some(), "somebody else's");
        drop(first);
        assert!(seats.take(1).is_some());
        drop(second);
        assert!(seats.taken.is_empty(), "nothing is kept of who is gone");
    }
}
