//! One watch session: a learner's attention, what was said of it, and the quizzes. It outlives its sockets.

mod quizzes;

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::diary::Diary;
use super::handover::Handover;
use super::notices::Notices;
use super::playback::Mark;
use super::quizzing::Quizzing;
use super::sight::{alert_kind, alert_level, sight, state_word};
use crate::attention::{Attention, Change, Kind, Millis, Observation, Policy, Preset, Rejected, State};
use crate::config::Attention as Settings;
use crate::inference::Presence;
use crate::protocol::server::{Notice, ServerMessage, StateChange};
use crate::store::{Caller, EndReason, SecretHash, UtcMs};

/// What the presets decide by; all watch sessions share them.
#[derive(Clone)]
pub struct Policies([Arc<Policy>; Preset::ALL.len()]);

impl Policies {
    /// From the settings.
    pub fn new(settings: &Settings) -> Self {
        Self(Preset::ALL.map(|preset| Arc::new(settings.policy(preset))))
    }

    /// Frames a second that one preset wishes when all is well.
    pub fn calm_rate(&self, preset: Preset) -> f32 {
        self.0[preset as usize].limits.calm_rate
    }

    /// One preset's.
    pub fn of(&self, preset: Preset) -> Arc<Policy> {
        self.0[preset as usize].clone()
    }
}

/// A learner who watches one lecture.
pub struct Watch {
    /// Its name.
    pub id: String,
    /// Whose limits hold.
    pub preset: Preset,
    policy: Arc<Policy>,
    attention: Attention,
    started: Instant,
    notices: Notices,
    diary: Diary,
    quizzing: Quizzing,
    /// Whether there was an observation, or a quiz.
    seen: bool,
}

/// Of what a watch session consists.
pub struct Parts {
    pub attention: Attention,
    pub notices: Notices,
    pub diary: Diary,
    pub quizzing: Quizzing,
}

impl Watch {
    /// Goes on with what another process left.
    pub fn go_on(id: String, preset: Preset, policy: Arc<Policy>, parts: Parts, started: Instant) -> Self {
        let Parts { attention, notices, diary, quizzing } = parts;
        Self { id, preset, policy, attention, started, notices, diary, quizzing, seen: true }
    }

    /// The server stops: leaves what the next process needs for the client that comes back with this secret.
    pub fn hand_over(&mut self, secret: &str, now: Instant) {
        let age = self.age(now);
        self.diary.leave(age);
        let handover = Handover {
            id: self.diary.session().0,
            preset: self.preset,
            age,
            attention: self.attention.clone(),
            notices: self.notices.clone(),
            notes: self.diary.notes().clone(),
            asked: self.quizzing.asked(),
        };
        match handover.to_json() {
            Some(state) => self.diary.hand_over(age, SecretHash::of(secret), state),
            None => drop(self.end(EndReason::Restart, now)),
        }
    }

    /// Begins now.
    pub fn new(
        id: String,
        preset: Preset,
        policy: Arc<Policy>,
        diary: Diary,
        quizzing: Quizzing,
        now: Instant,
    ) -> Self {
        let (attention, notices) = (Attention::new(0), Notices::default());
        Self { id, preset, policy, attention, started: now, notices, diary, quizzing, seen: false }
    }

    /// Whose it is.
    pub fn caller(&self) -> Caller {
        self.diary.caller()
    }

    /// The time of day when it began.
    pub fn began(&self) -> UtcMs {
        self.diary.started()
    }

    /// When it began.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// Its age, ms.
    pub fn age(&self, now: Instant) -> Millis {
        u64::try_from(now.saturating_duration_since(self.started).as_millis()).unwrap_or(u64::MAX)
    }

    /// What the learner is like.
    pub fn state(&self) -> State {
        self.attention.state()
    }

    /// Frames a second that would do.
    pub fn wished_rate(&self) -> f32 {
        self.attention.wished_rate(&self.policy)
    }

    /// The client was asked for so many frames a second.
    pub fn ask(&mut self, rate: f32) {
        self.attention.ask(rate);
    }

    /// Whether there ever was an observation, or a quiz.
    pub fn has_seen(&self) -> bool {
        self.seen
    }

    /// Observations that were not obeyed.
    pub fn rejected(&self) -> Rejected {
        self.attention.rejected()
    }

    /// When [`Self::tick`] has something to do.
    pub fn deadline(&self) -> Option<Instant> {
        let deadline = self.attention.next_deadline(&self.policy)?;
        self.started.checked_add(Duration::from_millis(deadline))
    }

    /// Takes in what a frame shows. What follows from it comes back, alerts first.
    pub fn observe(&mut self, captured_ms: u64, presence: &Presence, now: Instant) -> Vec<ServerMessage> {
        self.seen = true;
        let age = self.age(now);
        self.diary.frame(age);
        let observation = Observation { captured_ms, sight: sight(presence) };
        let changes = self.attention.observe(&self.policy, observation, age);
        self.tell(changes)
    }

    /// Lets time pass without a frame.
    pub fn tick(&mut self, now: Instant) -> Vec<ServerMessage> {
        let age = self.age(now);
        self.diary.pass(age);
        if self.attention.next_deadline(&self.policy).is_none_or(|deadline| age < deadline) {
            return Vec::new();
        }
        let changes = self.attention.tick(&self.policy, age);
        self.tell(changes)
    }

    /// The camera is off by the learner's wish.
    pub fn pause(&mut self, now: Instant) -> Vec<ServerMessage> {
        let age = self.age(now);
        let changes = self.attention.pause(&self.policy, age);
        let told = self.tell(changes);
        self.diary.pause(age);
        told
    }

    /// The camera is on again, or the client is back.
    pub fn resume(&mut self, now: Instant) {
        let age = self.age(now);
        self.attention.resume(age);
        self.diary.resume(age, self.attention.state());
    }

    /// The connection broke.
    pub fn leave(&mut self, now: Instant) {
        self.diary.leave(self.age(now));
    }

    /// The player says where the lecture is, and how many seconds it has.
    pub fn play(&mut self, mark: Mark, duration: Option<f64>, now: Instant) {
        let age = self.age(now);
        self.diary.play(age, mark, duration);
        self.quizzing.play(mark.position, mark.speed, duration, age);
    }

    /// It is over.
    pub fn end(&mut self, reason: EndReason, now: Instant) -> Vec<ServerMessage> {
        let age = self.age(now);
        self.diary.pass(age);
        let changes = self.attention.end(&self.policy, age);
        let told = self.tell(changes);
        self.diary.close(age, reason);
        told
    }

    /// The client has shown what came up to `n`.
    pub fn acknowledge(&mut self, n: u64) {
        self.notices.acknowledge(n);
    }

    /// What the client missed after `last_n`, all or nothing.
    pub fn missed(&mut self, last_n: Option<u64>) -> Option<Vec<Notice>> {
        self.notices.after(last_n)
    }

    /// Alerts and clearances in their order, then the state. Events are handed to the writer before anybody hears of them.
    fn tell(&mut self, changes: Vec<Change>) -> Vec<ServerMessage> {
        let mut states = Vec::new();
        let mut messages = Vec::new();
        let ends: Vec<(Kind, Millis)> = changes.iter().filter_map(ended).collect();
        for change in changes {
            match change {
                Change::Alert(alert) => {
                    let told = alert_kind(alert.kind).zip(alert_level(alert.level));
                    messages.extend(told.map(|(kind, level)| self.notices.alert(kind, level, alert.since, alert.at)));
                }
                Change::Cleared { kind, at, .. } => {
                    messages.extend(alert_kind(kind).map(|kind| self.notices.cleared(kind, at)));
                }
                Change::State { from, to, since, at } => {
                    self.diary.turn(to, left(from, since, &ends));
                    let (state, from) = (state_word(to), state_word(from));
                    states.push(ServerMessage::State(StateChange { state, from, since_ms: since, at_ms: at }));
                }
                Change::Event(event) => self.diary.event(event),
            }
        }
        messages.into_iter().map(ServerMessage::from).chain(states).collect()
    }
}

/// What ended, and when.
fn ended(change: &Change) -> Option<(Kind, Millis)> {
    if let Change::Event(event) = change { Some((event.kind, event.end?)) } else { None }
}

/// Since when a state is over: since its own event's end, which is known later than it was; else since the next state.
fn left(state: State, next: Millis, ends: &[(Kind, Millis)]) -> Millis {
    let own = match state {
        State::EyesClosed => Kind::EyesClosed,
        State::Drowsy => Kind::Drowsy,
        State::Absent => Kind::Absent,
        State::Slumped => Kind::Slumped,
        State::LookingAway => Kind::LookingAway,
        State::Attentive | State::Unknown => return next,
    };
    ends.iter().find(|(kind, _)| *kind == own).map_or(next, |(_, end)| next.min(*end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_over_with_its_own_event_and_no_other() {
        let ends = [(Kind::Yawning, 2_000), (Kind::EyesClosed, 7_000)];
        assert_eq!(left(State::EyesClosed, 9_000, &ends), 7_000);
        assert_eq!(left(State::EyesClosed, 5_000, &ends), 5_000, "the next state may have begun before");
        assert_eq!(left(State::Attentive, 9_000, &ends), 9_000, "a yawn that ends makes nobody drowsy earlier");
        assert_eq!(left(State::Absent, 9_000, &ends), 9_000);
    }
}
