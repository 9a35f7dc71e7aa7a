//! How many frames a second all learners together would like to send.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The sum of all claims, in thousandths of a frame a second; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Demand(Arc<AtomicU64>);

/// One connection's part of it. Dropped, it is taken off.
#[derive(Debug)]
pub struct Claim {
    demand: Demand,
    thousandths: u64,
}

impl Demand {
    /// Adds a connection that wishes so many frames a second.
    pub fn claim(&self, rate: f32) -> Claim {
        let mut claim = Claim { demand: self.clone(), thousandths: 0 };
        claim.set(rate);
        claim
    }

    /// Frames a second.
    pub fn per_second(&self) -> f64 {
        self.0.load(Ordering::Relaxed) as f64 / 1000.0
    }
}

impl Claim {
    /// It wishes so many now.
    pub fn set(&mut self, rate: f32) {
        let thousandths = (rate.max(0.0) * 1000.0) as u64;
        if thousandths > self.thousandths {
            self.demand.0.fetch_add(thousandths - self.thousandths, Ordering::Relaxed);
        } else if thousandths < self.thousandths {
            self.demand.0.fetch_sub(self.thousandths - thousandths, Ordering::Relaxed);
        }
        self.thousandths = thousandths;
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.set(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_add_up_and_go_with_their_connection() {
        let demand = Demand::default();
        let (mut first, second) = (demand.claim(1.0), demand.claim(4.0));
        assert_eq!(demand.per_second(), 5.0);
        first.set(0.0);
        drop(second);
        assert_eq!(demand.per_second(), 0.0);
        first.set(2.5);
        assert_eq!(demand.per_second(), 2.5);
    }
}
