//! How many frames a second the learners would like to send, and how what there is gets shared out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many connections wish each rate, in thousandths of a frame a second; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Demand(Arc<Mutex<BTreeMap<u32, usize>>>);

/// One connection's wish. Dropped, it is taken back.
#[derive(Debug)]
pub struct Claim {
    demand: Demand,
    wish: u32,
}

impl Demand {
    /// One more connection, which wishes so many frames a second.
    pub fn claim(&self, rate: f32) -> Claim {
        let mut claim = Claim { demand: self.clone(), wish: 0 };
        claim.set(rate);
        claim
    }

    /// Frames a second that are wished in all.
    pub fn per_second(&self) -> f64 {
        self.lock().iter().fold(0.0, |sum, (wish, count)| sum + rate(*wish) * *count as f64)
    }

    /// Connections that wish anything.
    pub fn connections(&self) -> usize {
        self.lock().values().sum()
    }

    /// The rate that nobody is given more than, so that `supply` frames a second do for all: who wishes less gets that, and the others all
    /// the same (max-min fairness). Infinite when there is enough.
    pub fn level(&self, supply: f64) -> f64 {
        let wishes = self.lock();
        let mut left = supply;
        let mut others: usize = wishes.values().sum();
        for (wish, count) in wishes.iter() {
            if rate(*wish) * others as f64 > left {
                return left.max(0.0) / others as f64;
            }
            left -= rate(*wish) * *count as f64;
            others -= count;
        }
        f64::INFINITY
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u32, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Frames a second.
fn rate(thousandths: u32) -> f64 {
    f64::from(thousandths) / 1000.0
}

impl Claim {
    /// It wishes so many now; 0 is no wish.
    pub fn set(&mut self, rate: f32) {
        let wish = (rate * 1000.0) as u32;
        if wish == self.wish {
            return;
        }
        let mut wishes = self.demand.lock();
        if let Some(count) = wishes.get_mut(&self.wish) {
            *count -= 1;
        }
        wishes.retain(|_, count| *count > 0);
        if wish > 0 {
            *wishes.entry(wish).or_default() += 1;
        }
        self.wish = wish;
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.set(0.0);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wishes_add_up_and_go_with_their_connection() {
        let demand = Demand::default();
        let (mut first, second) = (demand.claim(1.0), demand.claim(4.0));
        assert_eq!((demand.per_second(), demand.connections()), (5.0, 2));
        first.set(0.0);
        drop(second);
        assert_eq!((demand.per_second(), demand.connections()), (0.0, 0));
        first.set(2.5);
        assert_eq!(demand.per_second(), 2.5);
    }

    #[test]
    fn who_wishes_most_is_given_less_first() {
        let demand = Demand::default();
        let _claims: Vec<Claim> = [1.0, 1.0, 4.0, 4.0].map(|rate| demand.claim(rate)).into();
        assert_eq!(demand.level(10.0), f64::INFINITY);
        assert_eq!(demand.level(6.0), 2.0, "1, 1, 2, 2");
        assert_eq!(demand.level(2.0), 0.5, "the same for all");
        assert_eq!(Demand::default().level(0.0), f64::INFINITY);
    }

    proptest! {
        #[test]
        fn what_there_is_is_given_away_and_no_more(
            wishes in proptest::collection::vec(1u32..60_000, 1..50), supply in 0.0f64..1000.0,
        ) {
            let demand = Demand::default();
            let _claims: Vec<Claim> = wishes.iter().map(|wish| demand.claim(*wish as f32 / 1000.0)).collect();
            let level = demand.level(supply);
            let wished: Vec<f64> = wishes.iter().map(|wish| rate((*wish as f32 / 1000.0 * 1000.0) as u32)).collect();
            let given: f64 = wished.iter().map(|wish| wish.min(level)).sum();
            let all: f64 = wished.iter().sum();
            prop_assert!((given - supply.min(all)).abs() < 1e-6, "{given} of {all} wished and {supply} there");
        }
    }
}
