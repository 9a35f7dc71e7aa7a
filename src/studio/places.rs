//! How many lectures' questions are made at one time, by all and for one learner.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::store::Caller;

/// Of one learner: who opens another lecture need not wait for the first.
const EACH: usize = 2;

/// Places that are taken. Clones share them.
#[derive(Clone)]
pub struct Places {
    most: usize,
    taken: Arc<Mutex<HashMap<Caller, usize>>>,
}

/// Taken until it is dropped.
pub struct Place {
    places: Places,
    caller: Caller,
}

impl Places {
    /// All free.
    pub fn new(most: usize) -> Self {
        Self { most, taken: Arc::default() }
    }

    /// One of them; None when none is free, or the learner has a share already.
    pub fn take(&self, caller: Caller) -> Option<Place> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let all: usize = taken.values().sum();
        let own = taken.get(&caller).copied().unwrap_or_default();
        if all >= self.most || own >= EACH {
            return None;
        }
        taken.insert(caller, own + 1);
        Some(Place { places: self.clone(), caller })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        match taken.get(&self.caller).copied() {
            Some(own) if own > 1 => drop(taken.insert(self.caller, own - 1)),
            _ => drop(taken.remove(&self.caller)),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::store::LearnerId;

    #[test]
    fn places_are_shared_out_and_come_back() {
        let learner = |n| Caller::authenticated(LearnerId(Uuid::from_u128(n)));
        let places = Places::new(3);
        let (first, second) = (places.take(learner(1)), places.take(learner(1)));
        assert!(first.is_some() && second.is_some());
        assert!(places.take(learner(1)).is_none(), "two are one learner's share");
        let third = places.take(learner(2));
        assert!(third.is_some() && places.take(learner(3)).is_none(), "three are all");
        drop(first);
        assert!(places.take(learner(3)).is_some() && places.take(learner(1)).is_some());
        drop((second, third));
        assert!(places.taken.lock().is_ok_and(|taken| taken.is_empty()));
    }
}
