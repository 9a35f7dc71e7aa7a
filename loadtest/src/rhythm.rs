//! When one learner's frames are due: an open loop, which no answer delays. Only a `rate` that the server asks for changes it.

use std::time::Duration;

/// Golden ratio: learners that come one after the other are spread evenly over the period, however many they are.
const GOLDEN: f64 = 0.618_033_988_749_895;

/// How a learner paces its frames.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// So many frames a second, whatever the server asks for.
    Fixed(f64),
    /// So many to begin with, then what the server asks for.
    Obeying(f64),
}

impl Pace {
    /// Frames a second to begin with.
    pub fn first(self) -> f64 {
        match self {
            Self::Fixed(rate) | Self::Obeying(rate) => rate,
        }
    }
}

/// The due times of one learner's frames, counted from the run's beginning.
#[derive(Debug)]
pub struct Rhythm {
    pace: Pace,
    period: f64,
    /// Share of a period by which frames come late at the most.
    jitter: f64,
    /// Where the next frame will be without jitter; seconds.
    next: f64,
    /// The next frame's share of the jitter, 0 to 1.
    shift: f64,
    random: fastrand::Rng,
}

impl Rhythm {
    /// Begins somewhere in the first period after `start`. `jitter` is a share of the period, below 1.
    pub fn new(pace: Pace, jitter: f64, number: usize, start: Duration) -> Self {
        let period = 1.0 / pace.first();
        let next = start.as_secs_f64() + (number as f64 * GOLDEN).fract() * period;
        let mut random = fastrand::Rng::with_seed(number as u64);
        let shift = random.f64();
        Self { pace, period, jitter, next, shift, random }
    }

    /// When the next frame is due.
    pub fn due(&self) -> Duration {
        Duration::from_secs_f64(self.next + self.shift * self.jitter * self.period)
    }

    /// When it would be without jitter: in any whole number of periods lie as many frames.
    pub fn beat(&self) -> Duration {
        Duration::from_secs_f64(self.next)
    }

    /// The next frame was sent, or missed.
    pub fn advance(&mut self) {
        self.next += self.period;
        self.shift = self.random.f64();
    }

    /// The server asks for another rate at `now`. Whether that changed when the next frame is due: what is left of the interval shrinks
    /// or grows with it, and by chance from nothing to twice as much, as the protocol advises: a rate that changes for a whole class
    /// brings no wave of frames.
    pub fn ask(&mut self, rate: f64, now: Duration) -> bool {
        let usable = rate.is_finite() && (0.01..=1000.0).contains(&rate);
        if matches!(self.pace, Pace::Fixed(_)) || !usable || (1.0 / rate - self.period).abs() < 1e-9 {
            return false;
        }
        let (now, period) = (now.as_secs_f64(), 1.0 / rate);
        let left = (self.next + self.shift * self.jitter * self.period - now).max(0.0);
        self.next = now + left * period / self.period * 2.0 * self.random.f64();
        (self.period, self.shift) = (period, 0.0);
        true
    }

    /// Nothing was due until `now`, since the socket was away.
    pub fn restart(&mut self, now: Duration) {
        while self.next < now.as_secs_f64() {
            self.advance();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(mut rhythm: Rhythm, until: f64) -> Vec<f64> {
        let mut times = Vec::new();
        while rhythm.beat().as_secs_f64() < until {
            times.push(rhythm.due().as_secs_f64());
            rhythm.advance();
        }
        times
    }

    #[test]
    fn frames_rise_and_the_rate_is_kept() {
        for (number, rate) in [(0, 1.0), (1, 0.5), (7, 4.0), (12_345, 2.5)] {
            let times = times(Rhythm::new(Pace::Fixed(rate), 0.2, number, Duration::from_secs(5)), 105.0);
            assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "{number}");
            assert!(times[0] >= 5.0, "{number}: none before the start");
            assert_eq!(times.len() as f64, 100.0 * rate, "{number}");
        }
    }

    #[test]
    fn jitter_moves_frames_within_its_bound() {
        let times = times(Rhythm::new(Pace::Fixed(1.0), 0.2, 3, Duration::ZERO), 1000.0);
        let intervals: Vec<_> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert!(intervals.iter().all(|it| (0.8..=1.2).contains(it)));
        assert!(intervals.iter().any(|it| *it < 0.9) && intervals.iter().any(|it| *it > 1.1), "there is jitter");
    }

    #[test]
    fn without_jitter_frames_are_even() {
        let even = times(Rhythm::new(Pace::Fixed(1.0), 0.0, 3, Duration::ZERO), 10.0);
        assert!(even.windows(2).all(|pair| (pair[1] - pair[0] - 1.0).abs() < 1e-6));
    }

    #[test]
    fn any_number_of_learners_is_spread_over_the_period() {
        for learners in [10, 77, 1000] {
            let mut phases: Vec<_> = (0..learners)
                .map(|number| Rhythm::new(Pace::Fixed(1.0), 0.0, number, Duration::ZERO).due().as_secs_f64())
                .collect();
            phases.sort_by(f64::total_cmp);
            let widest = phases.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
            assert!(widest < 2.7 / learners as f64, "{learners}: {widest}");
        }
    }

    #[test]
    fn learners_who_send_together_are_parted_by_a_new_rate() {
        let mut class: Vec<_> =
            (0..1000).map(|number| Rhythm::new(Pace::Obeying(1.0), 0.0, number, Duration::ZERO)).collect();
        class.iter_mut().for_each(|it| it.next = 1.5);
        class.iter_mut().for_each(|it| assert!(it.ask(0.5, Duration::from_secs(1))));
        let within = |from: f64, until: f64| class.iter().filter(|it| (from..until).contains(&it.next)).count();
        assert_eq!(within(1.0, 3.0), 1000);
        assert!((400..600).contains(&within(1.0, 2.0)), "{}", within(1.0, 2.0));
    }

    #[test]
    fn a_rate_is_obeyed_or_ignored() {
        let mut obeying = Rhythm::new(Pace::Obeying(1.0), 0.0, 0, Duration::ZERO);
        obeying.advance();
        assert!(obeying.ask(4.0, Duration::from_millis(200)));
        let due = obeying.due().as_secs_f64();
        assert!((0.2..0.6).contains(&due), "{due}: a quarter of the 800 ms that were left, or up to twice that");
        obeying.advance();
        assert!((obeying.due().as_secs_f64() - due - 0.25).abs() < 1e-6);
        assert!(obeying.ask(0.5, Duration::from_millis(5000)));
        assert_eq!(obeying.due(), Duration::from_millis(5000), "overdue");
        assert!(
            !obeying.ask(f64::NAN, Duration::ZERO)
                && !obeying.ask(0.0, Duration::ZERO)
                && !obeying.ask(0.5, Duration::ZERO),
            "no rate, or the one it has"
        );
        let mut abusive = Rhythm::new(Pace::Fixed(1.0), 0.0, 0, Duration::ZERO);
        let due = abusive.due();
        assert!(!abusive.ask(0.25, Duration::ZERO) && abusive.due() == due);
    }
}
