//! Capture times, which are the client's, on the server's clock.
//!
//! The shortest delay between capture and arrival of late is the best guess at the offset between both clocks: a frame can
//! be late, but not early. A frame that contradicts the guess is dropped; when the next ones contradict it in the same way,
//! it was the client's clock that jumped, and the guess is made anew.

use serde::{Deserialize, Serialize};

use super::policy::{ClockPolicy, SamplingPolicy};
use super::{LAST, Millis};

/// Intervals that the median is taken of.
const INTERVALS: usize = 5;
/// Frames that show how a clock runs.
const PACE_FRAMES: u16 = 5;
/// Bounds of the nominal interval, ms: 20 frames/s and one in 10 s.
const SHORTEST: u32 = 50;
pub(super) const LONGEST: u32 = 10_000;

/// Where a frame belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placed {
    /// This instant of the server's clock, never before an earlier frame's and never after now.
    At(Millis),
    /// Captured later than now.
    FromFuture,
    /// Captured no later than an earlier one.
    Repeated,
}

/// How the client's clock runs against the server's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeline {
    anchor: Option<Anchor>,
    suspect: Option<Suspect>,
    /// The last frame's capture time, client's clock.
    captured: u64,
    /// The last frame's that came, in its place or not.
    tried: u64,
    /// The last capture time that was obeyed, server's clock.
    placed: Millis,
    /// How the capture times run against arrivals.
    pace: Option<Pace>,
    /// Whether they run so slowly that arrivals are gone by instead.
    by_arrival: bool,
    /// Newest first, ms.
    intervals: [u32; INTERVALS],
    count: u8,
    /// Whether there was a frame.
    entered: bool,
}

/// Shortest delays (now - captured) of this stretch and the one before it, ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Anchor {
    this: i64,
    former: i64,
    began: Millis,
}

/// The first frame of a stretch, and how many came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Pace {
    captured: u64,
    arrived: Millis,
    frames: u16,
}

/// A frame that contradicts the anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Suspect {
    captured: u64,
    delay: i64,
    seen: Millis,
}

impl Anchor {
    fn new(delay: i64, now: Millis) -> Self {
        Self { this: delay, former: delay, began: now }
    }

    fn offset(&self) -> i64 {
        self.this.min(self.former)
    }

    fn learn(&mut self, delay: i64, now: Millis, memory: u64) {
        if now.saturating_sub(self.began) >= memory {
            *self = Self { this: delay, former: self.this, began: now };
        }
        self.this = self.this.min(delay);
    }
}

impl Timeline {
    /// Finds a frame's place; it is taken into account when it has one.
    pub fn place(&mut self, policy: &ClockPolicy, captured: u64, now: Millis) -> Placed {
        if captured > LAST {
            return Placed::FromFuture;
        }
        self.check_pace(policy, captured, now);
        let rises = captured > std::mem::replace(&mut self.tried, captured);
        if self.by_arrival {
            return if rises && now > self.placed { self.enter(captured, now) } else { Placed::Repeated };
        }
        // Both are at most 2^53.
        let delay = now as i64 - captured as i64;
        let Some(anchor) = self.anchor else {
            return self.accept(policy, captured, delay, now);
        };
        let behind = delay - anchor.offset();
        let refused = match () {
            () if captured <= self.captured => Some(Placed::Repeated),
            () if behind < -signed(policy.early_ms) => Some(Placed::FromFuture),
            () => None,
        };
        if refused.is_none() && behind <= signed(policy.late_ms) {
            self.suspect = None;
        } else if self.has_jumped(policy, captured, delay, now) {
            self.anchor = None;
            self.suspect = None;
            return self.accept(policy, captured, delay, now);
        }
        refused.unwrap_or_else(|| self.accept(policy, captured, delay, now))
    }

    fn accept(&mut self, policy: &ClockPolicy, captured: u64, delay: i64, now: Millis) -> Placed {
        let anchor = self.anchor.get_or_insert(Anchor::new(delay, now));
        anchor.learn(delay, now, policy.memory_ms);
        let at = (captured as i64).saturating_add(anchor.offset()).max(0) as Millis;
        let at = at.clamp(self.placed.min(now), now);
        self.enter(captured, at)
    }

    fn enter(&mut self, captured: u64, at: Millis) -> Placed {
        if self.entered {
            self.intervals.rotate_right(1);
            self.intervals[0] = u32::try_from(at - self.placed.min(at)).unwrap_or(u32::MAX);
            self.count = (self.count + 1).min(INTERVALS as u8);
        }
        self.entered = true;
        self.captured = captured;
        self.placed = at;
        Placed::At(at)
    }

    /// A clock that counts seconds or frames instead of milliseconds rises as it should, and would make a minute's sleep last
    /// a moment: such capture times are not gone by.
    fn check_pace(&mut self, policy: &ClockPolicy, captured: u64, now: Millis) {
        let pace = self.pace.get_or_insert(Pace { captured, arrived: now, frames: 0 });
        pace.frames = pace.frames.saturating_add(1);
        let elapsed = now.saturating_sub(pace.arrived);
        if elapsed < policy.check_ms || pace.frames < PACE_FRAMES {
            return;
        }
        let slow = (captured.saturating_sub(pace.captured) as f64) < elapsed as f64 * f64::from(policy.slowest);
        self.pace = Some(Pace { captured, arrived: now, frames: 1 });
        if slow != self.by_arrival {
            self.by_arrival = slow;
            self.anchor = None;
            self.suspect = None;
        }
    }

    /// Whether this frame and an earlier suspect tell the same story, some time apart.
    fn has_jumped(&mut self, policy: &ClockPolicy, captured: u64, delay: i64, now: Millis) -> bool {
        let same = |it: &Suspect| captured > it.captured && delay.abs_diff(it.delay) <= policy.agree_ms;
        if let Some(suspect) = self.suspect.filter(same) {
            return now.saturating_sub(suspect.seen) >= policy.confirm_ms;
        }
        self.suspect = Some(Suspect { captured, delay, seen: now });
        false
    }

    /// The usual interval of late, ms: the median of the last five, which one lost frame does not move.
    pub fn nominal(&self, wished_rate: f32) -> u64 {
        let mut recent = self.intervals;
        let recent = &mut recent[..usize::from(self.count).min(INTERVALS)];
        recent.sort_unstable();
        let median = recent.get(recent.len() / 2).copied();
        let interval = median.unwrap_or((1000.0 / wished_rate) as u32);
        u64::from(interval.clamp(SHORTEST, LONGEST))
    }

    /// The last frame's place.
    pub fn placed(&self) -> Millis {
        self.placed
    }

    /// Forgets the rhythm and where the last frame was, not the clock: what follows a pause.
    pub fn restart(&mut self, now: Millis) {
        self.placed = self.placed.max(now);
    }
}

/// What a frame stands for, by the rhythm of late; ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The frame's place.
    pub at: Millis,
    /// The time that it stands for.
    pub weight: u64,
    /// The most that any frame stands for.
    pub hold: u64,
    /// A longer gap freezes timers.
    pub gap: u64,
    /// A longer gap ends what ran.
    pub end_gap: u64,
}

impl Step {
    /// For a frame at `at`, `interval` after the one before it.
    pub fn new(policy: &SamplingPolicy, nominal: u64, interval: u64, at: Millis) -> Self {
        let times = |factor: f32| (nominal as f32 * factor) as u64;
        let hold = times(policy.hold_intervals);
        Self {
            at,
            weight: interval.min(hold),
            hold,
            gap: policy.gap_ms.max(times(policy.gap_intervals)),
            end_gap: policy.end_gap_ms.max(times(policy.end_gap_intervals)),
        }
    }

    /// The time that counts between two frames that tell something.
    pub fn counted(&self, since: Millis) -> u64 {
        let passed = self.at.saturating_sub(since);
        if passed <= self.gap { passed } else { self.hold }
    }
}

fn signed(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::support::policy;
    use super::*;

    fn place_all(timeline: &mut Timeline, frames: &[(u64, Millis)]) -> Vec<Placed> {
        let policy = policy().clock;
        frames.iter().map(|&(captured, now)| timeline.place(&policy, captured, now)).collect()
    }

    #[test]
    fn late_frames_keep_their_place() {
        let mut timeline = Timeline::default();
        let frames = [(5000, 100), (6000, 1100), (7000, 4100), (8000, 4100), (9000, 4110)];
        let expected = [100, 1100, 2100, 3100, 4100].map(Placed::At);
        assert_eq!(place_all(&mut timeline, &frames), expected);
        assert_eq!(timeline.nominal(1.0), 1000);
    }

    #[test]
    fn single_frames_from_the_future_or_the_past_are_dropped() {
        let mut timeline = Timeline::default();
        let frames = [(5000, 100), (6000, 1100), (60_000, 2000), (7000, 2100), (6000, 2200), (8000, 3100)];
        let placed = place_all(&mut timeline, &frames);
        assert_eq!(placed[2..], [Placed::FromFuture, Placed::At(2100), Placed::Repeated, Placed::At(3100)]);
    }

    #[test]
    fn a_clock_that_jumps_is_followed_from_the_second_frame_on() {
        for jump in [-3_000_000i64, -20_000, 20_000, 3_000_000] {
            let mut timeline = Timeline::default();
            let base = 10_000_000u64;
            place_all(&mut timeline, &[(base, 100), (base + 1000, 1100)]);
            let jumped = |ms: u64| (base + ms).saturating_add_signed(jump);
            let placed = place_all(&mut timeline, &[(jumped(2000), 2100), (jumped(3000), 3100), (jumped(4000), 4100)]);
            assert!(!matches!(placed[0], Placed::At(_)), "{jump}: {placed:?}");
            assert_eq!(placed[1..], [Placed::At(3100), Placed::At(4100)], "{jump}");
        }
    }

    #[test]
    fn a_clock_that_slept_is_followed() {
        let mut timeline = Timeline::default();
        // The client's clock stood still for an hour.
        let frames = [(5000, 100), (6000, 1100), (7000, 3_602_100), (8000, 3_603_100)];
        let placed = place_all(&mut timeline, &frames);
        assert_eq!(placed[3], Placed::At(3_603_100));
    }

    #[test]
    fn old_frames_in_one_burst_are_no_jump() {
        let mut timeline = Timeline::default();
        let mut frames = vec![(50_000, 100), (51_000, 1100)];
        frames.extend((0..20).map(|i| (10_000 + 100 * i, 1200)));
        assert!(place_all(&mut timeline, &frames)[2..].iter().all(|it| *it == Placed::Repeated));
    }
}
