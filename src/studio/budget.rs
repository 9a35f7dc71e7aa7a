//! What the language model may be asked in a day: its owner pays for it, whoever the learners are.

use std::sync::{Mutex, PoisonError};

use super::shares::{Share, Shares, Who};

/// Sets of one day (UTC); counted since the start.
pub struct Budget {
    /// For all, and for one learner.
    sets: (usize, usize),
    today: Mutex<Today>,
}

struct Today {
    day: i32,
    shares: Shares,
    spent: Vec<Share>,
}

impl Today {
    fn new(day: i32, (all, each): (usize, usize)) -> Self {
        Self { day, shares: Shares::new(all, each), spent: Vec::new() }
    }
}

impl Budget {
    /// So many sets a day for all together, at most `each` for one learner and a quarter for one address.
    pub fn new(all: usize, each: usize) -> Self {
        Self { sets: (all, each), today: Mutex::new(Today::new(i32::MIN, (all, each))) }
    }

    /// One more set on that day; false when no more are to be had.
    pub fn spend(&self, who: Who, day: i32) -> bool {
        let mut today = self.today.lock().unwrap_or_else(PoisonError::into_inner);
        if today.day < day {
            *today = Today::new(day, self.sets);
        }
        let share = today.shares.take(who, 1);
        let granted = share.is_some();
        today.spent.extend(share);
        granted
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::store::{Caller, LearnerId};

    #[test]
    fn a_day_has_its_sets_and_the_next_one_too() {
        let budget = Budget::new(3, 2);
        let who = |n| Who { caller: Caller::authenticated(LearnerId(Uuid::from_u128(n))), address: None };
        let spend = |n, day| budget.spend(who(n), day);
        assert!(spend(1, 7) && spend(1, 7) && !spend(1, 7), "one learner's");
        assert!(spend(2, 7) && !spend(3, 7), "all of the day's");
        assert!(spend(3, 8) && !budget.today.lock().expect("whole").spent.is_empty());
        assert!(spend(1, 7), "late by a moment is no new day");
    }
}
