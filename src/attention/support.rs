//! For tests: the policy of config.toml, and sights.

use super::{Attention, Change, Event, FaceSight, Kind, Level, Millis, Observation, Policy, Preset, Sight, State};

/// As config.toml has it.
pub fn policy() -> Policy {
    preset(Preset::Default)
}

/// A preset as config.toml has it.
pub fn preset(preset: Preset) -> Policy {
    crate::config::Config::load(None, &[]).expect("the built-in settings").attention.policy(preset)
}

/// An attentive one.
pub fn face() -> FaceSight {
    FaceSight { closed: 0.03, mouth_wide: 0.02, yaw: 0.0, pitch: 0.0, roll: 0.0 }
}

/// Eyes closed.
pub fn closed() -> Sight {
    Sight::Face(FaceSight { closed: 0.96, ..face() })
}

/// Eyes open.
pub fn open() -> Sight {
    Sight::Face(face())
}

/// A face turned by degrees.
pub fn turned(yaw: f32, pitch: f32) -> Sight {
    Sight::Face(FaceSight { yaw, pitch, ..face() })
}

/// The client's clock when the session began.
const CLIENT_ZERO: u64 = 1_000_000;

/// A learner in front of a camera, and the owner of an engine as the server is one: it ticks when a deadline has come.
pub struct Watch {
    pub engine: Attention,
    pub policy: Policy,
    pub now: Millis,
    /// Between frames, ms.
    pub interval: u64,
    /// Of the client's clock against the server's beyond [`CLIENT_ZERO`], ms.
    pub clock: i64,
    pub changes: Vec<Change>,
}

impl Watch {
    /// At an interval in ms.
    pub fn new(interval: u64) -> Self {
        Self::with(interval, policy())
    }

    pub fn with(interval: u64, policy: Policy) -> Self {
        let engine = Attention::new(0);
        Self { engine, policy, now: 0, interval, clock: 0, changes: Vec::new() }
    }

    /// Frames for some seconds that all show the same.
    pub fn see(&mut self, seconds: u64, sight: Sight) -> &mut Self {
        self.see_each(seconds, |_| Some(sight))
    }

    /// Frames for some seconds, by their index; none: lost.
    pub fn see_each(&mut self, seconds: u64, sight: impl Fn(u64) -> Option<Sight>) -> &mut Self {
        for index in 0..seconds * 1000 / self.interval {
            self.wait_ms(self.interval);
            if let Some(sight) = sight(index) {
                self.frame(sight, self.now);
            }
        }
        self
    }

    /// A frame captured at `at` of the server's clock that arrives now.
    pub fn frame(&mut self, sight: Sight, at: Millis) {
        let captured_ms = (CLIENT_ZERO + at).saturating_add_signed(self.clock);
        let said = self.engine.observe(&self.policy, Observation { captured_ms, sight }, self.now);
        self.changes.extend(said);
    }

    /// No frames for some seconds.
    pub fn wait(&mut self, seconds: u64) -> &mut Self {
        self.wait_ms(seconds * 1000);
        self
    }

    pub fn wait_ms(&mut self, ms: u64) {
        let until = self.now + ms;
        while let Some(deadline) = self.engine.next_deadline(&self.policy).filter(|deadline| *deadline <= until) {
            self.now = self.now.max(deadline);
            let said = self.engine.tick(&self.policy, self.now);
            self.changes.extend(said);
            let next = self.engine.next_deadline(&self.policy);
            assert!(next.is_none_or(|next| next > self.now), "a tick at {} leaves {next:?} to do", self.now);
        }
        self.now = until;
    }

    /// Kind, level and time of every alert.
    pub fn alerts(&self) -> Vec<(Kind, Level, Millis)> {
        let alert = |change: &Change| match change {
            Change::Alert(alert) => Some((alert.kind, alert.level, alert.at)),
            _ => None,
        };
        self.changes.iter().filter_map(alert).collect()
    }

    /// Every event as it was said last.
    pub fn events(&self) -> Vec<Event> {
        let mut events: Vec<Event> = Vec::new();
        for change in &self.changes {
            if let Change::Event(event) = change {
                events.retain(|known| known.number != event.number);
                events.push(*event);
            }
        }
        events
    }

    /// Kinds cleared, and when.
    pub fn cleared(&self) -> Vec<(Kind, Millis)> {
        let cleared = |change: &Change| match change {
            Change::Cleared { kind, at, .. } => Some((*kind, *at)),
            _ => None,
        };
        self.changes.iter().filter_map(cleared).collect()
    }

    /// States entered, in order.
    pub fn states(&self) -> Vec<State> {
        let state = |change: &Change| match change {
            Change::State { to, .. } => Some(*to),
            _ => None,
        };
        self.changes.iter().filter_map(state).collect()
    }
}
