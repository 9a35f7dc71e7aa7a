//! Where the lecture is: from what the client's player says now and then, to any moment of the watch session.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::attention::Millis;

/// Reports kept: an event's onset lies at most a minute before it is found.
const KEPT: usize = 16;
/// Milliseconds that a player is believed to go on without saying so; clients speak every 10 s.
const BELIEVED: Millis = 60_000;
/// Seconds of a lecture.
const LONGEST: f64 = 7.0 * 86_400.0;
/// Times the usual speed.
const FASTEST: f64 = 16.0;

/// What the player says.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Mark {
    /// Seconds from the lecture's beginning.
    pub position: f64,
    /// Lecture seconds a second; 0 while it stands still.
    pub speed: f64,
}

impl Mark {
    /// None for a position that is not from 0 to 7 days, or a speed that is not from 0 to 16.
    pub fn new(position: f64, playing: bool, speed: f64) -> Option<Self> {
        let good = (0.0..=LONGEST).contains(&position) && (0.0..=FASTEST).contains(&speed);
        good.then_some(Self { position, speed: if playing { speed } else { 0.0 } })
    }

    fn after(self, ms: Millis) -> f64 {
        self.position + self.speed * ms.min(BELIEVED) as f64 / 1000.0
    }
}

/// The newest reports, and how much was played.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Playback {
    marks: VecDeque<(Millis, Mark)>,
    played: f64,
}

impl Playback {
    /// The player said so at `at`, ms of the watch session; reports come in order.
    pub fn note(&mut self, at: Millis, mark: Mark) {
        self.played = self.played_until(at);
        if self.marks.len() == KEPT {
            self.marks.pop_front();
        }
        self.marks.push_back((at, mark));
    }

    /// Where the lecture was then, seconds; None before the first report.
    pub fn position(&self, at: Millis) -> Option<f64> {
        let (since, mark) = self.marks.iter().rev().find(|(since, _)| *since <= at)?;
        Some(mark.after(at - since))
    }

    /// Seconds of the lecture that were played until then, repeats included; None when the player never spoke.
    pub fn played(&self, until: Millis) -> Option<f64> {
        (!self.marks.is_empty()).then(|| self.played_until(until))
    }

    fn played_until(&self, until: Millis) -> f64 {
        let since_last =
            self.marks.back().map_or(0.0, |(since, mark)| mark.after(until.saturating_sub(*since)) - mark.position);
        self.played + since_last
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(position: f64, playing: bool, speed: f64) -> Mark {
        Mark::new(position, playing, speed).expect("good")
    }

    #[test]
    fn positions_follow_the_player() {
        let mut playback = Playback::default();
        assert_eq!((playback.position(0), playback.played(0)), (None, None));
        playback.note(1_000, mark(100.0, true, 1.0));
        playback.note(11_000, mark(110.0, true, 2.0));
        playback.note(21_000, mark(500.0, false, 1.0));
        assert_eq!(playback.position(999), None);
        assert_eq!(playback.position(6_000), Some(105.0));
        assert_eq!(playback.position(16_000), Some(120.0));
        assert_eq!(playback.position(90_000), Some(500.0));
        assert_eq!(playback.played(90_000), Some(30.0));
    }

    #[test]
    fn a_silent_player_is_not_believed_for_ever() {
        let mut playback = Playback::default();
        playback.note(0, mark(0.0, true, 1.0));
        assert_eq!(playback.position(3_600_000), Some(60.0));
        assert_eq!(playback.played(3_600_000), Some(60.0));
    }

    #[test]
    fn only_the_newest_reports_are_kept() {
        let mut playback = Playback::default();
        for second in 0..100 {
            playback.note(second * 1000, mark(second as f64, true, 1.0));
        }
        assert_eq!((playback.marks.len(), playback.position(50_000)), (KEPT, None));
        assert_eq!(playback.played(99_000), Some(99.0));
    }

    #[test]
    fn nonsense_is_no_report() {
        for (position, speed) in
            [(-1.0, 1.0), (f64::NAN, 1.0), (f64::INFINITY, 1.0), (1e9, 1.0), (0.0, -1.0), (0.0, 17.0), (0.0, f64::NAN)]
        {
            assert_eq!(Mark::new(position, true, speed), None, "{position} {speed}");
        }
    }
}
