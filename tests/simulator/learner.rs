//! Who sits there, and what they really do.

use super::random::Random;

/// What somebody is doing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Act {
    /// Watching the lecture.
    Watch,
    /// Eyes closed; after so many ms the head sinks, or never.
    Sleep { sinks_after: Option<u64> },
    /// Head down, writing: for the camera the lids are low, or the face is not to be seen.
    Write,
    /// Out of the room.
    Away,
    /// Talking.
    Talk,
    /// The head turned by so many degrees.
    Turn(f32),
    /// Yawning; the eyes may be shut in the middle.
    Yawn { shut: bool },
}

/// One activity, ms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Span {
    pub start: u64,
    pub end: u64,
    pub act: Act,
}

/// What kind of learner; times an hour for each activity.
#[derive(Debug, Clone, Copy)]
pub struct Profile {
    pub name: &'static str,
    /// A minute, from and to.
    pub blinks: (f64, f64),
    /// What open eyes read, logits.
    pub open_logit: f64,
    /// Share of closed eyes that the detector misses, and for how long, s.
    pub misses: (f64, f64),
    /// Share of time in which open eyes read as closed, and how long that lasts, s.
    pub glare: (f64, f64),
    sleeps: f64,
    nods: f64,
    walks: f64,
    leans: f64,
    writes: f64,
    talks: f64,
    turns: f64,
    yawns: f64,
}

const PLAIN: Profile = Profile {
    name: "blinks, 8-15/min",
    blinks: (8.0, 15.0),
    open_logit: -3.5,
    misses: (0.015, 0.3),
    glare: (0.007, 0.25),
    sleeps: 0.0,
    nods: 0.0,
    walks: 0.0,
    leans: 0.0,
    writes: 0.0,
    talks: 0.0,
    turns: 0.0,
    yawns: 0.0,
};

/// The first [`BLINKERS`] only blink.
pub const PROFILES: [Profile; 12] = [
    PLAIN,
    Profile { name: "blinks, 15-22/min", blinks: (15.0, 22.0), ..PLAIN },
    Profile { name: "blinks, 26-30/min", blinks: (26.0, 30.0), ..PLAIN },
    Profile { name: "blinks, narrow eyes", blinks: (10.0, 26.0), open_logit: -0.1, ..PLAIN },
    Profile { name: "blinks, glasses", blinks: (10.0, 26.0), misses: (0.08, 0.6), glare: (0.025, 0.7), ..PLAIN },
    Profile { name: "sleeps", blinks: (10.0, 26.0), sleeps: 8.0, nods: 1.0, yawns: 4.0, ..PLAIN },
    Profile { name: "sleeps, glasses", sleeps: 8.0, nods: 1.0, misses: (0.08, 0.6), glare: (0.025, 0.7), ..PLAIN },
    Profile { name: "sleeps, narrow eyes", sleeps: 8.0, open_logit: -0.1, ..PLAIN },
    Profile { name: "walks about", blinks: (15.0, 26.0), walks: 5.0, leans: 6.0, turns: 6.0, ..PLAIN },
    Profile { name: "takes notes", blinks: (10.0, 26.0), writes: 12.0, turns: 6.0, ..PLAIN },
    Profile { name: "talks, turns, yawns", talks: 15.0, turns: 20.0, yawns: 6.0, ..PLAIN },
    Profile {
        name: "all of it",
        blinks: (15.0, 28.0),
        sleeps: 3.0,
        nods: 0.5,
        walks: 2.0,
        leans: 3.0,
        writes: 5.0,
        talks: 5.0,
        turns: 5.0,
        yawns: 2.0,
        ..PLAIN
    },
];

/// How many of [`PROFILES`] only blink.
pub const BLINKERS: usize = 5;

/// One learner's truth.
#[derive(Debug, Clone)]
pub struct Learner {
    pub profile: Profile,
    pub seed: u64,
    pub ms: u64,
    pub spans: Vec<Span>,
    pub blinks: Vec<(u64, u64)>,
    /// When open eyes read as closed.
    pub glare: Vec<(u64, u64)>,
    /// When closed eyes read as open.
    pub misses: Vec<(u64, u64)>,
    /// Where the camera sees the usual pose: yaw and pitch, degrees.
    pub pose: (f32, f32),
}

impl Learner {
    pub fn new(profile: Profile, seed: u64, hours: f64) -> Self {
        let mut random = Random::new(seed);
        let ms = (hours * 3_600_000.0) as u64;
        let spans = spans(&profile, ms, &mut random);
        let every = 60.0 / random.between(profile.blinks.0, profile.blinks.1);
        let (glare, dazzled) = profile.glare;
        let (missed, lasts) = profile.misses;
        Self {
            profile,
            seed,
            ms,
            spans,
            blinks: intervals(&mut random, ms, every - 0.25, |random| random.ms(0.1, 0.4)),
            glare: intervals(&mut random, ms, dazzled / glare, |random| random.until(dazzled)),
            misses: intervals(&mut random, ms, lasts / missed, |random| random.until(lasts)),
            pose: (random.between(-10.0, 10.0) as f32, random.between(-10.0, 10.0) as f32),
        }
    }

    /// What they are doing.
    pub fn span(&self, at: u64) -> Span {
        self.spans[self.spans.partition_point(|span| span.end <= at).min(self.spans.len() - 1)]
    }
}

/// Whether an instant lies in one of them.
pub fn within(intervals: &[(u64, u64)], at: u64) -> Option<(u64, u64)> {
    intervals.get(intervals.partition_point(|(_, end)| *end <= at)).copied().filter(|(start, _)| *start <= at)
}

fn intervals(random: &mut Random, ms: u64, gap: f64, length: impl Fn(&mut Random) -> u64) -> Vec<(u64, u64)> {
    let (mut at, mut found) = (0, Vec::new());
    while at < ms {
        let start = at + random.until(gap);
        at = start + length(random);
        found.push((start, at));
    }
    found
}

fn spans(profile: &Profile, ms: u64, random: &mut Random) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut push = |length: u64, act: Act| {
        let start = spans.last().map_or(0, |span: &Span| span.end);
        spans.push(Span { start, end: start + length, act });
        start + length
    };
    let rates = [
        profile.sleeps,
        profile.nods,
        profile.walks,
        profile.leans,
        profile.writes,
        profile.talks,
        profile.turns,
        profile.yawns,
    ];
    let total: f64 = rates.iter().sum();
    let mut at = 0;
    while at < ms {
        // Some minutes at a time even if it is said to happen often.
        let gap = if total > 0.0 { random.until(3600.0 / total).clamp(15_000, 1_200_000) } else { ms };
        push(gap, Act::Watch);
        let mut pick = random.unit() * total;
        let which = rates.iter().position(|rate| {
            pick -= rate;
            pick < 0.0
        });
        at = which.map_or(ms, |which| episode(which, random, &mut push));
    }
    spans
}

/// One thing that is not watching, in the order of the rates.
fn episode(which: usize, random: &mut Random, push: &mut impl FnMut(u64, Act) -> u64) -> u64 {
    match which {
        0 => {
            let sinks_after = random.chance(0.4).then(|| random.ms(4.0, 30.0));
            push(random.ms(20.0, 120.0), Act::Sleep { sinks_after })
        }
        1 => {
            // Nodding off again and again over some minutes.
            for _ in 0..random.between(12.0, 30.0) as usize {
                push(random.ms(1.0, 4.0), Act::Sleep { sinks_after: None });
                push(random.ms(6.0, 14.0), Act::Watch);
            }
            push(1000, Act::Watch)
        }
        2 => push(random.ms(60.0, 600.0), Act::Away),
        3 => push(random.ms(1.0, 8.0), Act::Away),
        4 => {
            for _ in 0..random.between(1.0, 6.0) as usize {
                push(random.ms(10.0, 25.0), Act::Write);
                push(random.ms(1.5, 8.0), Act::Watch);
            }
            push(1000, Act::Watch)
        }
        5 => push(random.ms(5.0, 60.0), Act::Talk),
        6 => {
            let degrees = random.between(26.0, 50.0) * if random.chance(0.5) { 1.0 } else { -1.0 };
            push(random.ms(1.0, 30.0), Act::Turn(degrees as f32))
        }
        _ => {
            let shut = random.chance(0.5);
            push(random.ms(4.0, 7.0), Act::Yawn { shut })
        }
    }
}
