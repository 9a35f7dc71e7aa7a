//! "Slow PERCLOS": the share of a window spent with the eyes closed for 1 s or longer at a time.
//!
//! PERCLOS over one minute is Wierwille's (1994). Blinks are left out, as one frame a second cannot tell a blink from a
//! closure: a run counts once two frames in a row and 1 s are closed. The window is 60 bins, so memory is constant.

use serde::{Deserialize, Serialize};

use super::Millis;
use super::policy::DrowsyPolicy;

const BINS: usize = 60;
/// A single closed look is no run, at whatever rate ...
const RUN_LOOKS: u8 = 2;
/// ... and of two, only the time between them is sure.
const SURE_LOOKS: u8 = 3;

/// One bin's times, ms.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Bin(u16, u16);

/// The window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Perclos {
    /// Seen and closed; the newest is at `head`.
    #[serde(with = "bins")]
    bins: [Bin; BINS],
    head: u8,
    /// When the newest bin began.
    began: Millis,
    run: Run,
}

/// The closure now.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Run {
    /// Frames further apart than a blink lasts.
    looks: u8,
    since_look: u64,
    ms: u64,
    /// What of it lies before its first frame.
    before: u64,
    counted: u64,
}

impl Perclos {
    /// An empty window.
    pub fn new(now: Millis) -> Self {
        Self { bins: [Bin::default(); BINS], head: 0, began: now, run: Run::default() }
    }

    /// Takes in a face that stands for `weight` ms up to `at`.
    pub fn add(&mut self, policy: &DrowsyPolicy, at: Millis, weight: u64, closed: bool) {
        self.advance(policy, at);
        // A closure begins and ends somewhere between two frames: half way.
        let counted = match (closed, self.run.looks) {
            (true, 0) => self.begin(weight / 2),
            (true, _) => self.lengthen(policy, weight),
            (false, _) => self.finish(policy, weight / 2),
        };
        let Bin(seen, shut) = &mut self.bins[usize::from(self.head)];
        *seen = seen.saturating_add(clipped(weight));
        *shut = shut.saturating_add(clipped(counted));
    }

    /// A frame without a face: what is not seen is no closure.
    pub fn interrupt(&mut self) {
        self.run = Run::default();
    }

    fn begin(&mut self, ms: u64) -> u64 {
        self.run = Run { looks: 1, ms, before: ms, ..Run::default() };
        0
    }

    /// Returns what of the run counts newly, ms.
    fn lengthen(&mut self, policy: &DrowsyPolicy, ms: u64) -> u64 {
        self.run.since_look = self.run.since_look.saturating_add(ms);
        if self.run.since_look >= policy.blink_ms {
            self.run.looks = self.run.looks.saturating_add(1);
            self.run.since_look = 0;
        }
        self.count(policy, ms)
    }

    fn finish(&mut self, policy: &DrowsyPolicy, ms: u64) -> u64 {
        let counted = if self.run.looks < SURE_LOOKS { 0 } else { self.count(policy, ms) };
        self.interrupt();
        counted
    }

    fn count(&mut self, policy: &DrowsyPolicy, ms: u64) -> u64 {
        self.run.ms = self.run.ms.saturating_add(ms);
        if self.run.looks < RUN_LOOKS || self.run.ms < policy.run_ms {
            return 0;
        }
        let sure = if self.run.looks < SURE_LOOKS { self.run.ms - self.run.before } else { self.run.ms };
        let total = sure.min(policy.longest_run_ms);
        let fresh = total.saturating_sub(self.run.counted);
        self.run.counted += fresh;
        fresh
    }

    /// Lets time pass.
    pub fn advance(&mut self, policy: &DrowsyPolicy, now: Millis) {
        let width = bin_ms(policy);
        let steps = now.saturating_sub(self.began) / width;
        for _ in 0..steps.min(BINS as u64) {
            self.head = (self.head + 1) % BINS as u8;
            self.bins[usize::from(self.head)] = Bin::default();
        }
        self.began += steps * width;
    }

    /// Leaves out a stretch of time, as if it had not been.
    pub fn skip(&mut self, ms: u64) {
        self.began = self.began.saturating_add(ms);
        self.interrupt();
    }

    /// The share of the seen time, if enough was seen.
    pub fn value(&self, policy: &DrowsyPolicy) -> Option<f32> {
        let (seen, closed) =
            self.bins.iter().fold((0, 0), |(seen, closed), bin| (seen + u32::from(bin.0), closed + u32::from(bin.1)));
        (seen as f32 >= policy.coverage * policy.window_ms as f32).then(|| (closed as f32 / seen as f32).min(1.0))
    }

    /// When the window will be empty if nothing is added.
    pub fn empties_at(&self, policy: &DrowsyPolicy) -> Millis {
        self.began.saturating_add(policy.window_ms)
    }

    /// When the first closure in the window was.
    pub fn onset(&self, policy: &DrowsyPolicy) -> Millis {
        let ages = (0..BINS).rev();
        let oldest = ages.into_iter().find(|age| self.bins[(usize::from(self.head) + BINS - age) % BINS].1 > 0);
        self.began.saturating_sub(oldest.unwrap_or(0) as u64 * bin_ms(policy))
    }
}

fn bin_ms(policy: &DrowsyPolicy) -> u64 {
    (policy.window_ms / BINS as u64).max(1)
}

fn clipped(ms: u64) -> u16 {
    u16::try_from(ms).unwrap_or(u16::MAX)
}

/// serde knows arrays up to 32.
mod bins {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{BINS, Bin};

    pub fn serialize<S: Serializer>(bins: &[Bin; BINS], serializer: S) -> Result<S::Ok, S::Error> {
        bins.as_slice().serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[Bin; BINS], D::Error> {
        let bins = Vec::<Bin>::deserialize(deserializer)?;
        bins.try_into().map_err(|bins: Vec<Bin>| D::Error::invalid_length(bins.len(), &"60 bins"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::support::policy;
    use super::*;

    /// Frames at `interval`, closed where `closed` says so for its time in ms.
    fn value(interval: u64, seconds: u64, closed: impl Fn(u64) -> bool) -> Option<f32> {
        let policy = policy().drowsy;
        let mut perclos = Perclos::new(0);
        for at in (interval..=seconds * 1000).step_by(interval as usize) {
            perclos.add(&policy, at, interval, closed(at));
        }
        perclos.value(&policy)
    }

    #[test]
    fn it_is_time_weighted_at_every_rate() {
        for interval in [100, 250, 500, 1000] {
            // 3 s closed out of 15.
            let share = value(interval, 120, |at| at % 15_000 < 3000).expect("covered");
            assert!((share - 0.2).abs() < 0.02, "{interval}: {share}");
        }
        let coarse = value(2000, 120, |at| at % 20_000 < 6000).expect("covered");
        assert!((coarse - 0.25).abs() < 0.05, "{coarse}");
    }

    #[test]
    fn blinks_do_not_count() {
        assert_eq!(value(1000, 120, |at| at % 2000 == 0), Some(0.0));
        assert_eq!(value(100, 120, |at| at % 2000 < 400), Some(0.0));
    }

    #[test]
    fn a_long_closure_counts_no_further_than_its_cap() {
        let share = value(250, 120, |at| (60_000..80_000).contains(&(at % 100_000))).expect("covered");
        assert!((share - 5.0 / 60.0).abs() < 0.002, "{share}");
    }

    #[test]
    fn a_window_hardly_seen_has_no_value() {
        assert_eq!(value(1000, 35, |_| true), None);
    }
}
