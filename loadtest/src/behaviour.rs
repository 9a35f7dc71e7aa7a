//! What a simulated learner does, and therefore what the server has to see.

use std::time::Duration;

/// Seconds from one episode to the next at the least: a state is left after 2 s, and the next episode shall be one of its own.
const APART_S: f64 = 6.0;

/// What a frame of the learner shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// A face with open eyes.
    Attentive,
    /// A face with closed eyes.
    Dozing,
    /// Nobody.
    Away,
    /// A picture without a label: nothing is expected of its verdict.
    Unlabelled,
}

impl Shown {
    /// Whether a verdict says what the frame shows. Who is away must not be seen; whether as `nobody` or as `unknown` is the
    /// server's to say.
    pub fn agrees(self, presence: &str, eyes: &str) -> bool {
        match self {
            Self::Attentive => presence == "face" && eyes == "open",
            Self::Dozing => presence == "face" && eyes == "closed",
            Self::Away => matches!(presence, "nobody" | "unknown"),
            Self::Unlabelled => true,
        }
    }
}

/// Something that a learner does now and then.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Episode {
    /// Seconds from the end of one to the beginning of the next, on average (exponentially distributed, 6 at the least); 0: never.
    pub every_s: f64,
    /// Seconds that it lasts, at the least and at the most.
    pub for_s: (f64, f64),
}

impl Episode {
    /// What never happens.
    pub const NEVER: Self = Self { every_s: 0.0, for_s: (0.0, 0.0) };

    fn gap(self, random: &mut fastrand::Rng) -> f64 {
        if self.every_s > 0.0 { -self.every_s * (1.0 - random.f64()).ln() } else { f64::INFINITY }
    }

    fn length(self, random: &mut fastrand::Rng) -> f64 {
        self.for_s.0 + random.f64() * (self.for_s.1 - self.for_s.0)
    }
}

/// What all learners of a run do now and then.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Habits {
    /// They doze off.
    pub doze: Episode,
    /// They leave and return.
    pub leave: Episode,
    /// Share of an attentive learner's frames that catch a blink, 0..1. People blink 8 to 30 times a minute for 0.1 to 0.4 s
    /// (tests/simulator draws from the same), which one frame in 20 meets.
    pub blink: f64,
}

impl Habits {
    /// Always there and awake.
    pub const ATTENTIVE: Self = Self { doze: Episode::NEVER, leave: Episode::NEVER, blink: 0.0 };
}

/// One learner's way through the run.
#[derive(Debug)]
pub struct Behaviour {
    habits: Habits,
    random: fastrand::Rng,
    now: Shown,
    /// Seconds at which what is now ends.
    until: f64,
    /// Which episode comes then.
    next: Shown,
}

impl Behaviour {
    /// The learner of that number is attentive at first.
    pub fn new(habits: Habits, number: usize) -> Self {
        // Another sequence than the rhythm's.
        let random = fastrand::Rng::with_seed((number as u64) ^ 0xbe4a_71d0);
        let mut behaviour = Self { habits, random, now: Shown::Attentive, until: 0.0, next: Shown::Dozing };
        behaviour.be_attentive(0.0);
        behaviour
    }

    /// What a frame shows that is taken then; asked in the order of time, once a frame.
    pub fn at(&mut self, time: Duration) -> Shown {
        let time = time.as_secs_f64();
        while time >= self.until {
            let began = self.until;
            if self.now == Shown::Attentive {
                self.now = self.next;
                let episode = if self.next == Shown::Dozing { self.habits.doze } else { self.habits.leave };
                self.until = began + episode.length(&mut self.random).max(0.001);
            } else {
                self.be_attentive(began);
            }
        }
        let blinks = self.now == Shown::Attentive && self.random.f64() < self.habits.blink;
        if blinks { Shown::Dozing } else { self.now }
    }

    fn be_attentive(&mut self, since: f64) {
        let (doze, leave) = (self.habits.doze.gap(&mut self.random), self.habits.leave.gap(&mut self.random));
        self.now = Shown::Attentive;
        self.next = if doze <= leave { Shown::Dozing } else { Shown::Away };
        self.until = since + doze.min(leave).max(APART_S);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RESTLESS: Habits = Habits {
        doze: Episode { every_s: 30.0, for_s: (6.0, 9.0) },
        leave: Episode { every_s: 60.0, for_s: (12.0, 15.0) },
        blink: 0.0,
    };

    /// What a learner shows ten times a second over an hour, as stretches with their tenths of a second.
    fn stretches(habits: Habits, number: usize) -> Vec<(Shown, u32)> {
        let mut behaviour = Behaviour::new(habits, number);
        let mut stretches: Vec<(Shown, u32)> = Vec::new();
        for tenth in 0..36_000 {
            let shown = behaviour.at(Duration::from_millis(tenth * 100));
            match stretches.last_mut() {
                Some((last, length)) if *last == shown => *length += 1,
                _ => stretches.push((shown, 1)),
            }
        }
        stretches
    }

    #[test]
    fn episodes_last_as_long_and_come_as_often_as_said() {
        let stretches = stretches(RESTLESS, 5);
        let of = |wanted| stretches[..stretches.len() - 1].iter().filter(move |(shown, _)| *shown == wanted);
        assert!(of(Shown::Dozing).all(|(_, tenths)| (59..=91).contains(tenths)));
        assert!(of(Shown::Away).all(|(_, tenths)| (119..=151).contains(tenths)));
        // Gaps of 20 s on average (the sooner of both), then 8.9 s of an episode: some 125 an hour, two in three dozing.
        assert!((90..160).contains(&(of(Shown::Dozing).count() + of(Shown::Away).count())));
        assert!(of(Shown::Dozing).count() > of(Shown::Away).count());
        assert!(stretches.windows(2).all(|pair| (pair[0].0 == Shown::Attentive) != (pair[1].0 == Shown::Attentive)));
        assert!(of(Shown::Attentive).all(|(_, tenths)| *tenths >= 59));
    }

    #[test]
    fn learners_differ_and_each_repeats_itself() {
        assert_eq!(stretches(RESTLESS, 1), stretches(RESTLESS, 1));
        assert_ne!(stretches(RESTLESS, 1), stretches(RESTLESS, 2));
        assert_eq!(stretches(Habits::ATTENTIVE, 1), [(Shown::Attentive, 36_000)]);
    }

    #[test]
    fn blinks_are_as_frequent_as_said() {
        let habits = Habits { blink: 0.05, ..Habits::ATTENTIVE };
        let mut behaviour = Behaviour::new(habits, 0);
        let blinks = (0..10_000).filter(|second| behaviour.at(Duration::from_secs(*second)) == Shown::Dozing).count();
        assert!((400..600).contains(&blinks), "{blinks}");
    }

    #[test]
    fn verdicts_are_held_against_what_was_shown() {
        assert!(Shown::Attentive.agrees("face", "open") && !Shown::Attentive.agrees("face", "closed"));
        assert!(Shown::Dozing.agrees("face", "closed") && !Shown::Dozing.agrees("nobody", "unknown"));
        assert!(Shown::Away.agrees("nobody", "unknown") && !Shown::Away.agrees("face", "open"));
        assert!(!Shown::Away.agrees("person", "unknown") && Shown::Unlabelled.agrees("face", "open"));
    }
}
