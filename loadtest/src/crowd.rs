//! Learners that come and go.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::class::Class;
use crate::learner::Learner;
use crate::pacer::{Bell, Order};

/// All learners of a class.
pub struct Crowd {
    class: Arc<Class>,
    /// Sockets that are opened a second.
    ramp: f64,
    /// Of those who are to be there, by their number.
    bells: Vec<Arc<Bell>>,
    tasks: JoinSet<()>,
    /// Kept by each learner until it is welcomed or has failed.
    coming: Coming,
    /// Of those who are waited for.
    awaited: Option<mpsc::Receiver<()>>,
}

struct Coming {
    sender: mpsc::Sender<()>,
    receiver: mpsc::Receiver<()>,
}

impl Coming {
    fn new() -> Self {
        let (sender, receiver) = mpsc::channel(1);
        Self { sender, receiver }
    }
}

impl Crowd {
    /// Nobody yet; `ramp` sockets are opened a second.
    pub fn new(class: Arc<Class>, ramp: f64) -> Self {
        Self { class, ramp, bells: Vec::new(), tasks: JoinSet::new(), coming: Coming::new(), awaited: None }
    }

    /// How many are to be there.
    pub fn size(&self) -> usize {
        self.bells.len()
    }

    /// More come, or some go: those who came last.
    pub fn resize(&mut self, size: usize) {
        for bell in self.bells.drain(size.min(self.bells.len())..) {
            bell.order(Order::Leave);
        }
        for (place, number) in (self.bells.len()..size).enumerate() {
            let bell = Arc::<Bell>::default();
            self.bells.push(bell.clone());
            let delay = Duration::from_secs_f64(place as f64 / self.ramp);
            let (class, here) = (self.class.clone(), self.coming.sender.clone());
            self.tasks.spawn(async move {
                tokio::time::sleep(delay).await;
                Learner::live(class, number, bell, here).await;
            });
        }
        // Those who are gone need no place any more.
        while self.tasks.try_join_next().is_some() {}
    }

    /// Until everybody who was asked to come is there, or has failed. Who stops waiting may go on later.
    pub async fn gathered(&mut self) {
        let receiver = match &mut self.awaited {
            Some(receiver) => receiver,
            none => {
                let Coming { sender, receiver } = std::mem::replace(&mut self.coming, Coming::new());
                drop(sender);
                none.insert(receiver)
            }
        };
        // Nothing is ever sent.
        let _ = receiver.recv().await;
        self.awaited = None;
    }

    /// Everybody loses the connection at once.
    pub fn break_all(&self) {
        self.bells.iter().for_each(|bell| bell.order(Order::Break));
    }

    /// Everybody goes; until they are gone.
    pub async fn dismiss(mut self) {
        self.resize(0);
        while self.tasks.join_next().await.is_some() {}
    }
}
