//! What all sockets saw together. One lock for everything: it is held for a few instructions a message.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;

use crate::connect::Unreached;

/// The longest latency told apart from longer ones, microseconds: ten minutes.
const LONGEST_US: u64 = 600_000_000;

/// The numbers behind their lock.
#[derive(Debug)]
pub struct Shared(Mutex<Totals>);

impl Shared {
    /// All numbers zero, for this many different pictures.
    ///
    /// # Errors
    /// Never with the bounds of this file.
    pub fn new(pictures: usize) -> anyhow::Result<Self> {
        Ok(Self(Mutex::new(Totals::new(pictures)?)))
    }

    /// The numbers; hold them shortly.
    pub fn lock(&self) -> MutexGuard<'_, Totals> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts of one word and the first sentence that came with it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// How often.
    pub count: u64,
    /// The first one's details.
    pub first: String,
}

/// Everything counted.
#[derive(Debug)]
pub struct Totals {
    /// From due to answered, microseconds.
    pub latency_us: Histogram<u64>,
    /// From due (or, on a socket that was blocked, from writable) to sent, microseconds: the generator's own lateness.
    pub lag_us: Histogram<u64>,
    /// Sockets that were welcomed.
    pub connected: u64,
    /// Sockets that were answered with HTTP 503.
    pub refused: u64,
    /// Sockets that ended before their time.
    pub closed: u64,
    /// Frames handed to a socket.
    pub sent: u64,
    /// Frames answered with an `error`.
    pub frame_errors: u64,
    /// `dropped` by reason.
    pub dropped: BTreeMap<String, u64>,
    /// `error`s by code, failures and violations by their word.
    pub errors: BTreeMap<String, Counted>,
    /// Verdicts by presence.
    pub presence: BTreeMap<String, u64>,
    /// Verdicts that said something else than the picture's first one: presence and eyes do not depend on the load.
    pub differing: u64,
    first_verdicts: Vec<Option<(String, String)>>,
}

impl Totals {
    fn new(pictures: usize) -> anyhow::Result<Self> {
        let histogram = Histogram::new_with_bounds(1, LONGEST_US, 3)?;
        Ok(Self {
            latency_us: histogram.clone(),
            lag_us: histogram,
            connected: 0,
            refused: 0,
            closed: 0,
            sent: 0,
            frame_errors: 0,
            dropped: BTreeMap::new(),
            errors: BTreeMap::new(),
            presence: BTreeMap::new(),
            differing: 0,
            first_verdicts: vec![None; pictures],
        })
    }

    /// A frame was sent, this much too late.
    pub fn sent(&mut self, lag: Duration) {
        self.sent += 1;
        self.lag_us.saturating_record(lag.as_micros() as u64);
    }

    /// A frame was answered with a verdict.
    pub fn answered(&mut self, latency: Duration) {
        self.latency_us.saturating_record(latency.as_micros() as u64);
    }

    /// What a verdict said of a picture.
    pub fn verdict(&mut self, picture: usize, presence: &str, eyes: &str) {
        *entry(&mut self.presence, presence) += 1;
        match self.first_verdicts.get_mut(picture) {
            Some(Some((first_presence, first_eyes))) => {
                self.differing += u64::from(first_presence != presence || first_eyes != eyes);
            }
            Some(unset) => *unset = Some((presence.to_owned(), eyes.to_owned())),
            None => {}
        }
    }

    /// A frame was not looked at.
    pub fn dropped(&mut self, reason: &str) {
        *entry(&mut self.dropped, reason) += 1;
    }

    /// Something went wrong; the first `detail` of a `word` is kept.
    pub fn error(&mut self, word: &str, detail: &str) {
        let counted = entry(&mut self.errors, word);
        if counted.count == 0 {
            detail.clone_into(&mut counted.first);
        }
        counted.count += 1;
    }

    /// A socket did not come to be.
    pub fn unreached(&mut self, why: &Unreached) {
        self.refused += u64::from(matches!(why, Unreached::Full));
        self.error(why.word(), &why.to_string());
    }

    /// Frames answered with a verdict.
    pub fn verdicts(&self) -> u64 {
        self.latency_us.len()
    }

    /// Frames not looked at, for whatever reason.
    pub fn all_dropped(&self) -> u64 {
        self.dropped.values().sum()
    }

    /// Everything that went wrong.
    pub fn all_errors(&self) -> u64 {
        self.errors.values().map(|counted| counted.count).sum()
    }
}

fn entry<'a, V: Default>(map: &'a mut BTreeMap<String, V>, word: &str) -> &'a mut V {
    map.entry(word.to_owned()).or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_sentence_of_an_error_is_kept() {
        let mut totals = Totals::new(1).expect("bounds are fine");
        totals.error("lost", "reset");
        totals.error("lost", "broken pipe");
        totals.error("closed_4408", "");
        assert_eq!(totals.errors["lost"], Counted { count: 2, first: "reset".into() });
        assert_eq!(totals.all_errors(), 3);
    }

    #[test]
    fn a_picture_that_is_judged_differently_is_noticed() {
        let mut totals = Totals::new(2).expect("bounds are fine");
        totals.verdict(0, "face", "open");
        totals.verdict(1, "nobody", "unknown");
        totals.verdict(0, "face", "open");
        assert_eq!(totals.differing, 0);
        totals.verdict(0, "face", "closed");
        assert_eq!((totals.differing, totals.presence["face"]), (1, 3));
    }
}
