//! What all learners of a run share.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::behaviour::Habits;
use crate::connect::Target;
use crate::pacer::Pacer;
use crate::pictures::Album;
use crate::rhythm::Pace;
use crate::totals::Shared;

/// Learners that stop reading now and then, as a laptop on a bad network does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SlowReaders {
    /// Share of the learners, 0..1.
    pub share: f64,
    /// Seconds from one time to the next.
    pub every_s: f64,
    /// Seconds for which they read nothing.
    pub for_s: f64,
}

/// What learners do, beside sending frames.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Manners {
    /// How fast they send.
    pub pace: Pace,
    /// Share of a period by which frames come late at the most.
    pub jitter: f64,
    /// What their cameras show over time.
    pub habits: Habits,
    /// Those who do not read.
    pub slow: SlowReaders,
    /// Share of learners who have questions asked, 0..1.
    pub quiz_share: f64,
    /// Seconds over which those who lost their connection come back.
    pub return_within_s: f64,
}

impl Manners {
    /// One frame a second, whatever is asked for, with nothing else.
    pub const PLAIN: Self = Self {
        pace: Pace::Fixed(1.0),
        jitter: 0.2,
        habits: Habits::ATTENTIVE,
        slow: SlowReaders { share: 0.0, every_s: 20.0, for_s: 5.0 },
        quiz_share: 0.0,
        return_within_s: 2.0,
    };
}

/// From when to when frames are due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lesson {
    /// The first ones.
    pub start: Duration,
    /// None any more.
    pub end: Duration,
}

/// What all learners share.
#[derive(Debug)]
pub struct Class {
    /// The server.
    pub target: Target,
    /// What they say hello with, in turn: one for each guest.
    pub tokens: Vec<String>,
    /// What the cameras see.
    pub album: Arc<Album>,
    /// What learners do.
    pub manners: Manners,
    /// What was seen.
    pub totals: Shared,
    /// How long to wait for the last answers.
    pub wait: Duration,
    /// Rings when something is due.
    pub pacer: Arc<Pacer>,
    /// All times count from here.
    pub epoch: Instant,
    /// When frames are sent; none: it is not known yet.
    pub gate: watch::Sender<Option<Lesson>>,
    /// The subtitles that learners with questions send.
    pub transcript: String,
}

impl Class {
    /// Nobody is there yet, and the gate is closed.
    pub fn new(target: Target, tokens: Vec<String>, album: Arc<Album>, manners: Manners, pacer: Arc<Pacer>) -> Self {
        Self {
            target,
            tokens,
            totals: Shared::new(album.plain_files()),
            album,
            manners,
            wait: Duration::from_secs(5),
            pacer,
            epoch: Instant::now(),
            gate: watch::Sender::new(None),
            transcript: crate::lecture::transcript(),
        }
    }

    /// Since the run began.
    pub fn now(&self) -> Duration {
        self.epoch.elapsed()
    }

    /// Whether the learner of that number is among a share of them.
    pub fn is_among(number: usize, share: f64) -> bool {
        // Every 1/share-th, so that any number of learners has its share.
        let count = |number: usize| (number as f64 * share).floor();
        count(number + 1) > count(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_any_crowd_is_that_share() {
        for (share, of, expected) in [(0.1, 50, 5), (0.25, 8, 2), (0.0, 100, 0), (1.0, 7, 7)] {
            assert_eq!((0..of).filter(|number| Class::is_among(*number, share)).count(), expected, "{share} of {of}");
        }
    }
}
