//! Losing the connection and coming back, as a laptop does whose network fails.

use std::time::Duration;

use super::{Learner, caller};
use crate::connect::Unreached;
use crate::greeting;
use crate::pacer::Order;

/// Seconds until a learner whom a full server refused tries again, when it says nothing of it.
const RETRY_S: u64 = 2;

impl Learner {
    /// Loses the connection without a word and comes back to the same watch session. False when told to leave meanwhile.
    pub(super) async fn come_back(&mut self) -> bool {
        let broke = self.class.now();
        self.line.hang_up();
        self.leave_room();
        self.abandon();
        let spread = self.class.manners.return_within_s;
        let mut wait = Duration::from_secs_f64(fastrand::f64() * spread);
        loop {
            if !self.rest(wait).await {
                return false;
            }
            match greeting::greet(&self.class.target, caller(&self.class, self.number), &mut self.memory).await {
                Ok((line, welcome)) => {
                    self.line = line;
                    let now = self.class.now();
                    self.class.totals.lock().now().return_latency.record(now - broke);
                    self.rhythm.restart(now);
                    self.welcomed(&welcome);
                    return true;
                }
                Err(Unreached::Full(after)) => {
                    self.class.totals.lock().now().refused += 1;
                    let seconds = after.unwrap_or(RETRY_S) as f64;
                    wait = Duration::from_secs_f64(seconds * (1.0 + fastrand::f64() / 2.0));
                }
                Err(why) => {
                    self.class.totals.lock().unreached(&why);
                    wait = Duration::from_secs_f64(RETRY_S as f64 * (0.5 + fastrand::f64()));
                }
            }
        }
    }

    /// Waits; false when told to leave.
    async fn rest(&self, wait: Duration) -> bool {
        let over = tokio::time::sleep(wait);
        tokio::pin!(over);
        loop {
            if self.bell.take_order() == Order::Leave {
                return false;
            }
            tokio::select! {
                () = &mut over => return true,
                () = self.bell.rung() => {}
            }
        }
    }

    /// What was on its way when the learner broke the connection is nobody's fault.
    fn abandon(&mut self) {
        let mut totals = self.class.totals.lock();
        for frame in std::mem::take(&mut self.ledger).into_open() {
            totals.dropped(&frame, "own_break");
        }
    }
}
