//! How much of something all have at one time, one learner of it, and one address: nobody takes all.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::store::Caller;

/// The part of all that one address may have: a school's learners come from one.
const ADDRESS: usize = 4;

/// Who wants something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Who {
    /// The learner.
    pub caller: Caller,
    /// Where from; None for programs on this machine, which no share holds back.
    pub address: Option<IpAddr>,
}

/// What is shared out. Clones share it.
#[derive(Clone)]
pub struct Shares {
    all: usize,
    /// Of one learner.
    each: usize,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Default)]
struct Taken {
    all: usize,
    callers: HashMap<Caller, usize>,
    addresses: HashMap<IpAddr, usize>,
}

/// What somebody has, until it is dropped.
pub struct Share {
    shares: Shares,
    who: Who,
    amount: usize,
}

impl Shares {
    /// So much for all together, at most `each` for one learner; for one address a quarter, or what one learner may have.
    pub fn new(all: usize, each: usize) -> Self {
        Self { all, each, taken: Arc::default() }
    }

    /// So much of it; None when that is more than there is, or than this learner or address may have.
    pub fn take(&self, who: Who, amount: usize) -> Option<Share> {
        let mut share = Share { shares: self.clone(), who, amount: 0 };
        share.grow(amount).then_some(share)
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Share {
    /// How much it is.
    pub fn amount(&self) -> usize {
        self.amount
    }

    /// So much more; false, and as it was, when that cannot be had.
    pub fn grow(&mut self, more: usize) -> bool {
        let mut taken = self.shares.lock();
        let mine = taken.callers.get(&self.who.caller).copied().unwrap_or_default();
        let here = self.who.address.and_then(|it| taken.addresses.get(&it).copied()).unwrap_or_default();
        let most_here = (self.shares.all / ADDRESS).max(self.shares.each);
        let fits = taken.all + more <= self.shares.all
            && mine + more <= self.shares.each
            && (self.who.address.is_none() || here + more <= most_here);
        if fits {
            taken.all += more;
            taken.callers.insert(self.who.caller, mine + more);
            if let Some(address) = self.who.address {
                taken.addresses.insert(address, here + more);
            }
            self.amount += more;
        }
        fits
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut taken = self.shares.lock();
        taken.all -= self.amount;
        give_back(&mut taken.callers, self.who.caller, self.amount);
        if let Some(address) = self.who.address {
            give_back(&mut taken.addresses, address, self.amount);
        }
    }
}

fn give_back<K: Eq + Hash>(taken: &mut HashMap<K, usize>, who: K, amount: usize) {
    match taken.get_mut(&who) {
        Some(had) if *had > amount => *had -= amount,
        _ => drop(taken.remove(&who)),
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use uuid::Uuid;

    use super::*;
    use crate::store::LearnerId;

    fn who(learner: u128, host: Option<u8>) -> Who {
        let address = host.map(|host| IpAddr::V4(Ipv4Addr::new(192, 0, 2, host)));
        Who { caller: Caller::authenticated(LearnerId(Uuid::from_u128(learner))), address }
    }

    #[test]
    fn what_there_is_is_shared_out_and_comes_back() {
        let shares = Shares::new(3, 2);
        let (first, second) = (shares.take(who(1, None), 1), shares.take(who(1, None), 1));
        assert!(first.is_some() && second.is_some());
        assert!(shares.take(who(1, None), 1).is_none(), "two are one learner's share");
        let third = shares.take(who(2, None), 1);
        assert!(third.is_some() && shares.take(who(3, None), 1).is_none(), "three are all");
        drop(first);
        assert!(shares.take(who(3, None), 1).is_some() && shares.take(who(1, None), 1).is_some());
        drop((second, third));
        let taken = shares.lock();
        assert!(taken.all == 0 && taken.callers.is_empty() && taken.addresses.is_empty());
    }

    #[test]
    fn an_address_has_a_quarter_whatever_learners_it_makes() {
        let shares = Shares::new(40, 2);
        let here: Vec<_> = (0..20).filter_map(|learner| shares.take(who(learner, Some(1)), 1)).collect();
        assert_eq!(here.len(), 10);
        assert!(shares.take(who(100, Some(2)), 2).is_some(), "somebody elsewhere");
        drop(here);
        assert!(shares.take(who(1, Some(1)), 2).is_some() && shares.lock().addresses.is_empty());
    }

    #[test]
    fn what_cannot_grow_stays_as_it_is() {
        let shares = Shares::new(10, 6);
        let mut share = shares.take(who(1, Some(1)), 0).expect("nothing is always there");
        assert!(share.grow(4) && !share.grow(3) && share.grow(2));
        assert_eq!((share.amount(), shares.lock().all), (6, 6));
        assert!(shares.take(who(2, Some(2)), 5).is_none() && shares.take(who(2, Some(2)), 4).is_some());
    }
}
