//! What all sockets saw together. One lock for everything: it is held for a few instructions a message.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::connect::Unreached;
use crate::latency::Latency;
use crate::ledger::Frame;
use crate::window::Window;

/// The numbers behind their lock.
#[derive(Debug)]
pub struct Shared(Mutex<Totals>);

impl Shared {
    /// All numbers zero, for so many plain files.
    pub fn new(plain_files: usize) -> Self {
        Self(Mutex::new(Totals {
            windows: vec![Window::default()],
            here: 0,
            lowered: 0,
            second: Second::default(),
            first_verdicts: vec![None; plain_files],
        }))
    }

    /// The numbers; hold them shortly.
    pub fn lock(&self) -> MutexGuard<'_, Totals> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everything counted, by window, and what is so now.
#[derive(Debug)]
pub struct Totals {
    windows: Vec<Window>,
    /// Learners that are connected.
    pub here: usize,
    /// Learners that are asked for less than one frame a second.
    pub lowered: usize,
    /// What came since it was taken last.
    second: Second,
    first_verdicts: Vec<Option<(String, String)>>,
}

/// Counts of a second or so, by when things happened rather than by when frames were due.
#[derive(Debug, Clone, Default)]
pub struct Second {
    /// Frames handed to a socket.
    pub sent: u64,
    /// Frames due and not sent.
    pub unsent: u64,
    /// Verdicts.
    pub answered: u64,
    /// Frames not looked at.
    pub dropped: u64,
    /// What went wrong.
    pub errors: u64,
    /// Of the verdicts, from due to answered.
    pub latency: Latency,
    /// From due to sent.
    pub lag: Latency,
}

impl Totals {
    /// The number of the window that frames which are due now belong to.
    pub fn current(&self) -> usize {
        self.windows.len() - 1
    }

    /// Begins another window and gives back its number.
    pub fn next_window(&mut self) -> usize {
        self.windows.push(Window::default());
        self.current()
    }

    /// The window that is counted in now.
    pub fn now(&mut self) -> &mut Window {
        let last = self.current();
        &mut self.windows[last]
    }

    /// One window. There is one for every number that was given out.
    pub fn window(&self, number: usize) -> &Window {
        &self.windows[number.min(self.current())]
    }

    /// This window and all later ones together.
    pub fn since(&self, number: usize) -> Window {
        let mut merged = Window::default();
        self.windows.iter().skip(number).for_each(|window| merged.absorb(window));
        merged
    }

    /// All windows together.
    pub fn all(&self) -> Window {
        self.since(0)
    }

    /// A frame was sent, this much too late.
    pub fn sent(&mut self, frame: &Frame, lag: Duration) {
        let window = &mut self.windows[frame.window];
        window.sent += 1;
        window.lag.record(lag);
        self.second.sent += 1;
        self.second.lag.record(lag);
    }

    /// A frame was due, and there was no socket to send it on, or one that did not take it.
    pub fn unsent(&mut self, window: usize) {
        self.windows[window].unsent += 1;
        self.second.unsent += 1;
    }

    /// A frame of learner `number` was answered with a verdict.
    pub fn answered(&mut self, frame: &Frame, number: usize, latency: Duration, slow: bool) {
        let window = &mut self.windows[frame.window];
        window.answered += 1;
        window.serve(number);
        if slow {
            window.slow_latency.record(latency);
        } else {
            window.latency.record(latency);
            self.second.latency.record(latency);
        }
        self.second.answered += 1;
    }

    /// What a verdict said of a frame.
    pub fn verdict(&mut self, frame: &Frame, presence: &str, eyes: &str) {
        let window = &mut self.windows[frame.window];
        window.judge(frame.shown, presence, eyes);
        match frame.plain.and_then(|place| self.first_verdicts.get_mut(place)) {
            Some(Some((first_presence, first_eyes))) => {
                window.differing += u64::from(first_presence != presence || first_eyes != eyes);
            }
            Some(unset) => *unset = Some((presence.to_owned(), eyes.to_owned())),
            None => {}
        }
    }

    /// A frame was not looked at.
    pub fn dropped(&mut self, frame: &Frame, reason: &str) {
        self.windows[frame.window].drop_frame(reason);
        self.second.dropped += 1;
    }

    /// A frame was answered with an error.
    pub fn frame_error(&mut self, window: usize) {
        self.windows[window].frame_errors += 1;
    }

    /// Something went wrong.
    pub fn error(&mut self, word: &str, detail: &str) {
        self.now().error(word, detail);
        self.second.errors += 1;
    }

    /// A socket did not come to be. A server that is full and says so does as it should.
    pub fn unreached(&mut self, why: &Unreached) {
        if matches!(why, Unreached::Full(_)) {
            self.now().refused += 1;
        } else {
            self.error(why.word(), &why.to_string());
        }
    }

    /// What came since the last time.
    pub fn take_second(&mut self) -> Second {
        std::mem::take(&mut self.second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::behaviour::Shown;

    fn frame(window: usize, plain: usize) -> Frame {
        Frame { due: Duration::ZERO, window, shown: Shown::Unlabelled, plain: Some(plain) }
    }

    #[test]
    fn a_file_that_is_judged_differently_is_noticed() {
        let shared = Shared::new(2);
        let mut totals = shared.lock();
        totals.verdict(&frame(0, 0), "face", "open");
        totals.verdict(&frame(0, 1), "nobody", "unknown");
        totals.verdict(&frame(0, 0), "face", "open");
        assert_eq!(totals.now().differing, 0);
        totals.verdict(&frame(0, 0), "face", "closed");
        assert_eq!((totals.now().differing, totals.now().presence["face"]), (1, 3));
    }

    #[test]
    fn an_answer_counts_where_its_frame_was_due() {
        let shared = Shared::new(0);
        let mut totals = shared.lock();
        let early = frame(totals.current(), 0);
        totals.sent(&early, Duration::ZERO);
        assert_eq!(totals.next_window(), 1);
        totals.answered(&early, 7, Duration::from_millis(20), false);
        totals.error("lost", "");
        assert_eq!((totals.window(0).answered, totals.window(1).answered), (1, 0));
        assert_eq!((totals.window(0).all_errors(), totals.window(1).all_errors()), (0, 1));
        assert_eq!((totals.all().unanswered(), totals.all().answered_by[7]), (0, 1));
    }

    #[test]
    fn a_second_is_taken_once() {
        let shared = Shared::new(0);
        let mut totals = shared.lock();
        totals.answered(&frame(0, 0), 0, Duration::from_millis(20), false);
        totals.answered(&frame(0, 0), 0, Duration::from_millis(900), true);
        let second = totals.take_second();
        assert_eq!((second.answered, second.latency.count()), (2, 1), "slow readers' latencies are kept apart");
        assert_eq!(totals.take_second().latency.count(), 0);
        assert_eq!(totals.all().slow_latency.count(), 1);
    }

    #[test]
    fn a_full_server_is_no_error() {
        let shared = Shared::new(0);
        let mut totals = shared.lock();
        totals.unreached(&Unreached::Full(Some(60)));
        totals.unreached(&Unreached::TimedOut);
        assert_eq!((totals.now().refused, totals.now().all_errors()), (1, 1));
    }
}
