//! The engine's places, and who is given the next one: whoever has gone unserved the longest.
//!
//! With a queue in order of arrival, who sends ten times as often gets ten times as much. Here everybody who waits stands in line by
//! the moment at which their last frame was given a place, so under overload everybody gets the same, and those who send less than
//! that lose nothing.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;

use tokio::sync::oneshot;

/// So many places; clones share them.
#[derive(Clone)]
pub struct Places {
    line: Arc<Mutex<Line>>,
    capacity: usize,
}

/// Places are free only while nobody waits.
#[derive(Default)]
struct Line {
    free: usize,
    waiting: BTreeMap<Turn, oneshot::Sender<Place>>,
    /// Of the one that joined last.
    number: u64,
    closed: bool,
}

/// Unserved since when; those with the same moment in the order in which they joined.
type Turn = (Instant, u64);

/// One place. Dropped, it goes to the next in line.
pub struct Place(Option<Places>);

/// There is no place now, or none any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoPlace;

impl Places {
    /// All free.
    pub fn new(capacity: usize) -> Self {
        let line = Line { free: capacity, ..Line::default() };
        Self { line: Arc::new(Mutex::new(line)), capacity }
    }

    /// A place, if there is one now.
    ///
    /// # Errors
    /// [`NoPlace`] when all are taken, or after [`Self::close`].
    pub fn take(&self) -> Result<Place, NoPlace> {
        let mut line = self.lock();
        if line.closed || line.free == 0 {
            return Err(NoPlace);
        }
        line.free -= 1;
        Ok(Place(Some(self.clone())))
    }

    /// Waits in line for a place; `since` is when the caller was served last, or came. To leave the line, drop what is returned.
    pub fn wait(&self, since: Instant) -> Waiting {
        let (sender, place) = oneshot::channel();
        let mut line = self.lock();
        line.number += 1;
        let turn = (since, line.number);
        if line.closed {
            drop(sender);
        } else if line.free == 0 {
            line.waiting.insert(turn, sender);
        } else {
            // It came free since the caller looked. The receiver lives, so that this does not fail.
            line.free -= 1;
            let _ = sender.send(Place(Some(self.clone())));
        }
        drop(line);
        Waiting { places: self.clone(), turn, place }
    }

    /// Gives no more places, and tells all who wait.
    pub fn close(&self) {
        let mut line = self.lock();
        line.closed = true;
        line.waiting.clear();
    }

    /// Places that are taken.
    pub fn taken(&self) -> usize {
        self.capacity - self.lock().free
    }

    /// All of them.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Callers in line.
    pub fn waiting(&self) -> usize {
        self.lock().waiting.len()
    }

    /// Hands a place on, or lays it back.
    fn hand_on(&self) {
        let mut place = Place(Some(self.clone()));
        loop {
            let mut line = self.lock();
            let Some((_, next)) = line.waiting.pop_first() else {
                line.free += 1;
                place.0 = None;
                return;
            };
            drop(line);
            match next.send(place) {
                Ok(()) => return,
                // It left the line in this very moment.
                Err(refused) => place = refused,
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(places) = self.0.take() {
            places.hand_on();
        }
    }
}

/// A caller in line. A place that was already given when this is dropped goes to the next.
pub struct Waiting {
    places: Places,
    turn: Turn,
    place: oneshot::Receiver<Place>,
}

impl Future for Waiting {
    type Output = Result<Place, NoPlace>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.place).poll(context).map_err(|_| NoPlace)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.places.lock().waiting.remove(&self.turn);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::time::Duration;

    use futures::FutureExt as _;
    use proptest::prelude::*;

    use super::*;

    fn given(waiting: &mut Waiting) -> Option<Place> {
        waiting.now_or_never().map(|place| place.expect("open"))
    }

    #[test]
    fn who_was_served_longest_ago_is_next() {
        let now = Instant::now();
        let places = Places::new(1);
        let only = places.take().expect("free");
        assert_eq!(places.take().err(), Some(NoPlace));
        let mut waiting: Vec<Waiting> =
            [30, 10, 20, 10].iter().map(|ms| places.wait(now + Duration::from_millis(*ms))).collect();
        assert!(waiting.iter_mut().all(|it| given(it).is_none()));
        drop(only);
        for next in [1, 3, 2, 0] {
            assert_eq!(places.taken(), 1, "handed on, not laid back");
            drop(given(&mut waiting[next]).expect("its turn"));
        }
        assert_eq!((places.taken(), places.waiting()), (0, 0));
    }

    #[test]
    fn who_leaves_the_line_takes_nothing_along() {
        let now = Instant::now();
        let places = Places::new(1);
        let only = places.take().expect("free");
        let (first, mut second) = (places.wait(now), places.wait(now + Duration::from_millis(1)));
        drop(places.wait(now));
        assert_eq!(places.waiting(), 2);
        drop(only);
        // The place is on its way to the first, who does not look for it any more.
        drop(first);
        assert!(given(&mut second).is_some());
        drop(second);
        assert_eq!((places.taken(), places.waiting()), (0, 0));
    }

    #[test]
    fn a_free_place_is_given_at_once_and_none_after_the_end() {
        let places = Places::new(1);
        let mut waiting = places.wait(Instant::now());
        let place = given(&mut waiting).expect("nobody else wants it");
        let late = places.wait(Instant::now());
        places.close();
        assert_eq!(late.now_or_never().map(|it| it.err()), Some(Some(NoPlace)));
        assert_eq!(places.wait(Instant::now()).now_or_never().map(|it| it.err()), Some(Some(NoPlace)));
        drop(place);
        assert!(places.take().is_err());
    }

    /// What happens at the places.
    #[derive(Debug, Clone)]
    enum Step {
        /// A caller who was served so many ms ago asks.
        Ask(u64),
        /// One of those who wait leaves.
        Leave(usize),
        /// One of those with a place gives it back.
        Finish(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => (0u64..1000).prop_map(Step::Ask),
            1 => (0usize..64).prop_map(Step::Leave),
            2 => (0usize..64).prop_map(Step::Finish),
        ]
    }

    proptest! {
        #[test]
        fn no_place_is_lost_none_lies_idle_and_the_order_holds(
            capacity in 1usize..5, steps in proptest::collection::vec(step(), 0..200),
        ) {
            let start = Instant::now();
            let places = Places::new(capacity);
            let mut inside: Vec<Place> = Vec::new();
            let mut line: Vec<(Instant, Waiting)> = Vec::new();
            for step in steps {
                match step {
                    Step::Ask(ms) => match places.take() {
                        Ok(place) => {
                            prop_assert!(line.is_empty(), "nobody may be passed by");
                            inside.push(place);
                        }
                        Err(NoPlace) => {
                            let since = start + Duration::from_millis(ms);
                            line.push((since, places.wait(since)));
                        }
                    },
                    Step::Leave(which) if !line.is_empty() => {
                        let which = which % line.len();
                        line.swap_remove(which);
                    }
                    Step::Finish(which) if !inside.is_empty() => {
                        let which = which % inside.len();
                        inside.swap_remove(which);
                        let longest = line.iter().map(|(since, _)| *since).min();
                        let served = line.iter_mut().enumerate().find_map(|(at, (_, it))| Some((at, given(it)?)));
                        prop_assert_eq!(served.is_some(), longest.is_some());
                        if let Some((at, place)) = served {
                            let (since, _) = line.swap_remove(at);
                            prop_assert_eq!(Some(since), longest, "who waited longest comes first");
                            inside.push(place);
                        }
                    }
                    Step::Leave(_) | Step::Finish(_) => {}
                }
                prop_assert_eq!(places.taken(), inside.len());
                prop_assert_eq!(places.waiting(), line.len());
                prop_assert!(line.is_empty() || inside.len() == capacity);
            }
        }

        #[test]
        fn while_one_waits_nobody_else_is_served_twice(
            capacity in 1usize..4, turns in proptest::collection::vec((0usize..12, any::<bool>()), 0..300),
        ) {
            // Callers 0 to 11 ask whenever it is their turn, however often that is; with every turn a place may come back.
            let mut now = Instant::now();
            let places = Places::new(capacity);
            let mut inside: VecDeque<Place> = (0..capacity).map(|_| places.take().expect("free")).collect();
            let mut last = [now; 12];
            let mut line: Vec<(usize, Waiting, [u32; 12])> = Vec::new();
            for (who, finish) in turns {
                now += Duration::from_millis(1);
                if line.iter().all(|(caller, ..)| *caller != who) {
                    line.push((who, places.wait(last[who]), [0; 12]));
                }
                if finish {
                    inside.pop_front();
                }
                let Some(at) = line.iter_mut().position(|(_, it, _)| given(it).map(|it| inside.push_back(it)).is_some()) else {
                    continue;
                };
                let (served, ..) = line.swap_remove(at);
                last[served] = now;
                for (waits, _, others) in &mut line {
                    others[served] += 1;
                    prop_assert!(others[served] <= 1, "{served} went twice before {waits}");
                }
            }
        }
    }
}
