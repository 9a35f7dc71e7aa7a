//! A learner's client, the network and the server around an engine.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use loa::attention::{Attention, Change, Millis, Observation, Policy, Sight};

use super::camera::sight;
use super::learner::Learner;
use super::random::Random;

/// What the client sends, and what the network does to it.
#[derive(Debug, Clone, Copy)]
pub struct Link {
    /// Frames a second; none: as the engine wishes.
    pub rate: Option<f32>,
    /// Share of frames that are lost.
    pub loss: f64,
    /// Share of frames that come up to 2.5 s late, behind later ones.
    pub late: f64,
    /// Whether the client's clock jumps every ten minutes or so.
    pub jumps: bool,
}

/// A good one.
pub const GOOD: Link = Link { rate: Some(1.0), loss: 0.0, late: 0.0, jumps: false };

/// What an engine said in one session, and how many frames it saw.
#[derive(Debug, Clone)]
pub struct Said {
    pub changes: Vec<Change>,
    pub frames: u64,
}

/// A frame on its way; ordered by arrival.
struct Frame {
    arrives: Millis,
    observation: Observation,
}

impl PartialEq for Frame {
    fn eq(&self, other: &Self) -> bool {
        self.arrives == other.arrives
    }
}

impl Eq for Frame {}

impl PartialOrd for Frame {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Frame {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.arrives.cmp(&other.arrives)
    }
}

struct Server<'a> {
    engine: Attention,
    policy: &'a Policy,
    said: Said,
}

impl Server<'_> {
    fn tick_until(&mut self, now: Millis) {
        while let Some(deadline) = self.engine.next_deadline(self.policy).filter(|deadline| *deadline <= now) {
            self.said.changes.extend(self.engine.tick(self.policy, deadline));
        }
    }

    fn receive(&mut self, frame: &Frame) {
        self.tick_until(frame.arrives);
        self.said.frames += 1;
        self.said.changes.extend(self.engine.observe(self.policy, frame.observation, frame.arrives));
    }
}

/// Lives through all of a learner's truth.
pub fn run(learner: &Learner, policy: &Policy, link: Link) -> Said {
    let mut random = Random::new(learner.seed ^ 0xC0FF_EE00);
    let said = Said { changes: Vec::new(), frames: 0 };
    let mut server = Server { engine: Attention::new(0), policy, said };
    let mut under_way: BinaryHeap<Reverse<Frame>> = BinaryHeap::new();
    let mut clock = random.until(5000.0);
    let mut at = random.ms(0.0, 1.0);
    while at < learner.ms {
        while under_way.peek().is_some_and(|Reverse(frame)| frame.arrives <= at) {
            under_way.pop().into_iter().for_each(|Reverse(frame)| server.receive(&frame));
        }
        if link.jumps && random.chance(1.0 / 600.0) {
            clock = clock.saturating_add_signed(random.between(-100_000.0, 100_000.0) as i64);
        }
        let sight = sight(learner, at, &mut random);
        if !random.chance(link.loss) {
            under_way.push(Reverse(send(sight, at, clock, link, &mut random)));
        }
        let rate = link.rate.unwrap_or_else(|| server.engine.wished_rate(policy));
        let interval = 1000.0 / f64::from(rate);
        at += (interval * (1.0 + 0.04 * random.normal())).clamp(0.5 * interval, 2.0 * interval) as u64;
    }
    server.said.changes.extend(server.engine.end(policy, learner.ms));
    server.said
}

fn send(sight: Sight, at: Millis, clock: u64, link: Link, random: &mut Random) -> Frame {
    let usual = random.ms(0.03, 0.08) + random.until(0.02);
    let late = if random.chance(link.late) { random.ms(0.2, 2.5) } else { 0 };
    Frame { arrives: at + usual + late, observation: Observation { captured_ms: clock + at, sight } }
}
