//! A run in progress: learners, the clock that writes down every second, and windows that are measured.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::{MissedTickBehavior, interval_at};

use crate::class::{Class, Lesson};
use crate::crowd::Crowd;
use crate::live::Live;
use crate::monitor::Usage;
use crate::numbers::Span;
use crate::series::Series;
use crate::window::Window;

/// From the decision to the first frame: enough for thousands of tasks to wake up.
const HEAD_START: Duration = Duration::from_millis(200);
/// How long answers to a window's last frames are waited for.
const GRACE: Duration = Duration::from_secs(1);

/// The run.
pub struct Stage {
    /// What all learners share.
    pub class: Arc<Class>,
    /// The learners.
    pub crowd: Crowd,
    /// Every second so far.
    pub series: Series,
    /// What is shown of it.
    pub live: Live,
    tick: tokio::time::Interval,
}

/// Where a window began.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    number: usize,
    began: Instant,
    usage: (Option<Usage>, Option<Usage>),
}

impl Stage {
    /// Nobody is there yet. `server` is the server's process, if it is known; `ramp` sockets are opened a second.
    pub fn new(class: Arc<Class>, ramp: f64, server: Option<u32>, live: Live) -> Self {
        let series = Series::new(&class, server);
        let second = Duration::from_secs(1);
        let mut tick = interval_at(tokio::time::Instant::now() + second, second);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { crowd: Crowd::new(class.clone(), ramp), class, series, live, tick }
    }

    /// Frames are sent from now on, or rather in a moment, for `length`.
    pub fn open(&self, length: Option<Duration>) -> Lesson {
        let start = self.class.now() + HEAD_START;
        let end = length.map_or(Duration::MAX, |length| start + length);
        let lesson = Lesson { start, end };
        self.class.gate.send_replace(Some(lesson));
        lesson
    }

    /// Until everybody is there.
    pub async fn gather(&mut self) {
        loop {
            let Self { crowd, tick, .. } = self;
            tokio::select! {
                () = crowd.gathered() => return,
                _ = tick.tick() => self.note(),
            }
        }
    }

    /// Lets time pass until then, counted from the run's beginning; `stop` is asked every second whether it is enough.
    pub async fn pass_until(&mut self, end: Duration, mut stop: impl FnMut(&Self) -> bool) {
        let end = tokio::time::Instant::from_std(self.class.epoch + end);
        loop {
            tokio::select! {
                () = tokio::time::sleep_until(end) => return,
                _ = self.tick.tick() => {
                    self.note();
                    if stop(self) {
                        return;
                    }
                }
            }
        }
    }

    /// Lets so much time pass.
    pub async fn pass(&mut self, time: Duration) {
        self.pass_until(self.class.now() + time, |_| false).await;
    }

    /// Writes a second down.
    pub fn note(&mut self) {
        let missing = {
            let mut totals = self.class.totals.lock();
            let window = totals.now();
            window.all_dropped() + window.unsent + window.frame_errors
        };
        let second = self.series.note(&self.class);
        self.live.show(second, missing);
    }

    /// From now on, frames are counted in a window of their own.
    pub fn begin(&self) -> Mark {
        let number = self.class.totals.lock().next_window();
        Mark { number, began: Instant::now(), usage: self.series.usage() }
    }

    /// What is in a window so far.
    pub fn peek(&self, mark: Mark) -> Window {
        self.class.totals.lock().window(mark.number).clone()
    }

    /// Ends the window, once the last answers are there.
    pub async fn end(&mut self, mark: Mark, rate: f64) -> (Window, Span) {
        let usage = self.series.usage();
        let span = Span {
            elapsed: mark.began.elapsed(),
            sockets: self.crowd.size(),
            here: self.class.totals.lock().here,
            rate,
            server: mark.usage.0.zip(usage.0),
            own: mark.usage.1.zip(usage.1),
            interrupted: false,
        };
        self.class.totals.lock().next_window();
        let patience = self.class.now() + GRACE;
        let answered = |class: &Class| class.totals.lock().window(mark.number).unanswered() == 0;
        while self.class.now() < patience && !answered(&self.class) {
            self.pass(Duration::from_millis(20)).await;
        }
        (self.peek(mark), span)
    }

    /// Everybody goes. What was written down comes back.
    pub async fn close(self) -> Series {
        self.crowd.dismiss().await;
        self.live.finish();
        self.series
    }
}
