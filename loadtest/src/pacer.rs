//! Wakes every learner when its next frame is due.
//!
//! A thread of its own, since tokio's timers tick in milliseconds: they would add one or two to every latency.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// What wakes one learner: a frame that is due, or an order.
#[derive(Debug, Default)]
pub struct Bell {
    notify: Notify,
    order: AtomicU8,
}

/// What a learner is told to do, beside sending frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Go on.
    None,
    /// Say goodbye.
    Leave,
    /// Lose the connection without a word, and come back.
    Break,
}

impl Bell {
    /// Rings.
    pub fn ring(&self) {
        self.notify.notify_one();
    }

    /// Until it rings; it may ring for nothing.
    pub async fn rung(&self) {
        self.notify.notified().await;
    }

    /// Gives an order and rings.
    pub fn order(&self, order: Order) {
        self.order.store(order as u8, Ordering::Release);
        self.ring();
    }

    /// The order that was not taken yet. `Leave` stays.
    pub fn take_order(&self) -> Order {
        const LEAVE: u8 = Order::Leave as u8;
        const BREAK: u8 = Order::Break as u8;
        match self.order.load(Ordering::Acquire) {
            LEAVE => Order::Leave,
            BREAK => {
                let _ = self.order.compare_exchange(BREAK, Order::None as u8, Ordering::AcqRel, Ordering::Acquire);
                Order::Break
            }
            _ => Order::None,
        }
    }
}

/// The thread. It ends when this is dropped.
#[derive(Debug)]
pub struct Pacer(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    sooner: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    wishes: BinaryHeap<Reverse<Wish>>,
    over: bool,
}

#[derive(Debug)]
struct Wish(Instant, Arc<Bell>);

impl PartialEq for Wish {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Wish {}

impl PartialOrd for Wish {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Wish {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}

impl Pacer {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives none.
    pub fn start() -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let own = shared.clone();
        thread::Builder::new().name("pacer".into()).spawn(move || own.run())?;
        Ok(Self(shared))
    }

    /// Rings the bell at that time. One that is rung earlier keeps the wish: it rings once more then.
    pub fn ring_at(&self, at: Instant, bell: &Arc<Bell>) {
        let mut queue = self.0.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let first = queue.wishes.peek().is_none_or(|Reverse(wish)| at < wish.0);
        queue.wishes.push(Reverse(Wish(at, bell.clone())));
        drop(queue);
        if first {
            self.0.sooner.notify_one();
        }
    }
}

impl Drop for Pacer {
    fn drop(&mut self) {
        self.0.queue.lock().unwrap_or_else(PoisonError::into_inner).over = true;
        self.0.sooner.notify_one();
    }
}

impl Shared {
    fn run(&self) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        while !queue.over {
            let wait = match queue.wishes.peek() {
                None => Duration::MAX,
                Some(Reverse(wish)) => wish.0.saturating_duration_since(Instant::now()),
            };
            if wait.is_zero() {
                if let Some(Reverse(wish)) = queue.wishes.pop() {
                    drop(queue);
                    wish.1.ring();
                    queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
                }
            } else if wait == Duration::MAX {
                queue = self.sooner.wait(queue).unwrap_or_else(PoisonError::into_inner);
            } else {
                queue = self.sooner.wait_timeout(queue, wait).unwrap_or_else(PoisonError::into_inner).0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bells_ring_when_they_shall_whatever_the_order_of_the_wishes() {
        let pacer = Pacer::start().expect("a thread");
        let bells: Vec<Arc<Bell>> = (0..3).map(|_| Arc::default()).collect();
        let start = Instant::now();
        for (bell, wait) in bells.iter().zip([60, 20, 40]) {
            pacer.ring_at(start + Duration::from_millis(wait), bell);
        }
        for (place, least) in [(1, 20), (2, 40), (0, 60)] {
            tokio::time::timeout(Duration::from_secs(5), bells[place].rung()).await.expect("it rings");
            assert!(start.elapsed() >= Duration::from_millis(least), "{place} rang early");
        }
    }

    #[test]
    fn orders_are_taken_once_but_leaving_stays() {
        let bell = Bell::default();
        assert_eq!(bell.take_order(), Order::None);
        bell.order(Order::Break);
        assert_eq!((bell.take_order(), bell.take_order()), (Order::Break, Order::None));
        bell.order(Order::Leave);
        assert_eq!((bell.take_order(), bell.take_order()), (Order::Leave, Order::Leave));
    }
}
