//! When questions pop up, and how answers are graded. Pure: positions and times are handed in; options are shuffled by who calls.

use std::collections::VecDeque;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::question::Choice;

/// Questions that a jump over many of them, or their late arrival, brings about: the nearest ones.
const CATCH_UP: usize = 3;
/// Answered questions of former sets that a session remembers, so that who takes up one set after the other fills no memory.
const REMEMBERED: usize = 500;
/// Seconds that a player's report may be off what was expected without being a jump.
const JUMP_S: f64 = 2.0;
/// Seconds before the lecture's end from which on it counts as reached: players stop early.
const END_S: f64 = 1.0;
/// Seconds before the first report that count as watched: a question at the very beginning.
const HERE_S: f64 = 0.5;
/// Milliseconds that a player is believed to go on without saying so, as for events.
const BELIEVED_MS: u64 = 60_000;

/// A question with its key; all learners share it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Quiz {
    /// Its name.
    pub id: Uuid,
    /// When to ask, seconds of the lecture.
    pub at_s: f64,
    /// What is asked.
    pub question: String,
    /// In the order that they are kept.
    pub options: Vec<Choice>,
    /// The right one.
    pub key: usize,
    /// What else there is to say.
    pub explanation: Option<String>,
    /// What the lecturer said.
    pub quote: Option<String>,
    /// Where, seconds.
    pub quote_s: Option<f64>,
}

/// Why an answer was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It was answered before.
    #[error("this quiz was answered already; the first answer counts")]
    Answered,
    /// It is not open.
    #[error("this quiz is not open in this session: answers are taken after quiz.ask")]
    NotOpen,
    /// There is no such option.
    #[error("choice must be the index of one of the options, from 0, or null to pass")]
    NoSuchChoice,
    /// There is no such quiz.
    #[error("there is no such quiz in the set that is in use")]
    Unknown,
}

/// What was answered, in the order as kept and as shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Graded {
    /// The question.
    pub quiz: Arc<Quiz>,
    /// The order that was shown: `order[shown]` is the index in `quiz.options`.
    pub order: Vec<usize>,
    /// As shown; none: passed.
    pub shown: Option<usize>,
    /// As kept; none: passed.
    pub kept: Option<usize>,
    /// Whether it was right.
    pub correct: bool,
    /// When it was asked, ms of the watch session.
    pub asked: u64,
    /// Milliseconds until the answer.
    pub took: u64,
}

/// One question's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Stage {
    Waiting,
    Due,
    Open,
    Answered { correct: bool },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Item {
    quiz: Arc<Quiz>,
    stage: Stage,
    /// The order that was shown, and when first, ms of the watch session: a question that comes back is the same, and its time runs on.
    shown: Option<(Vec<usize>, u64)>,
}

/// A question that the learner sees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Open {
    /// The question.
    pub quiz: Arc<Quiz>,
    /// `order[shown]` is the index in `quiz.options`.
    pub order: Vec<usize>,
    /// When it was asked first, ms of the watch session.
    pub asked: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Place {
    position: f64,
    speed: f64,
    since: u64,
    /// Until when the player is believed to go on.
    until: u64,
}

impl Place {
    fn at(&self, now: u64) -> f64 {
        self.position + self.speed * now.min(self.until).saturating_sub(self.since) as f64 / 1000.0
    }
}

/// One watch session's questions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Play {
    /// In the order of their places.
    items: Vec<Item>,
    due: VecDeque<Uuid>,
    open: Option<Open>,
    place: Option<Place>,
    /// From where on the learner has watched without a jump.
    watched_from: f64,
    /// Until when nothing is asked, ms of the watch session.
    quiet_until: u64,
    pause_ms: u64,
}

impl Play {
    /// Nothing to ask. Between two questions lie `pause_ms`, for reading the result of the first.
    pub fn new(pause_ms: u64) -> Self {
        Self {
            items: Vec::new(),
            due: VecDeque::new(),
            open: None,
            place: None,
            watched_from: 0.0,
            quiet_until: 0,
            pause_ms,
        }
    }

    /// Asks others from now on. What was answered stays answered, as far back as [`REMEMBERED`]; what is open can still be answered.
    pub fn clear(&mut self) {
        self.items.retain(|item| matches!(item.stage, Stage::Answered { .. } | Stage::Open));
        let is_answered = |item: &Item| matches!(item.stage, Stage::Answered { .. });
        let mut forgotten = self.items.iter().filter(|item| is_answered(item)).count().saturating_sub(REMEMBERED);
        self.items.retain(|item| {
            let forgets = forgotten > 0 && is_answered(item);
            forgotten -= usize::from(forgets);
            !forgets
        });
        self.due.clear();
    }

    /// One more question. If its place was watched while it was made, it is due.
    pub fn add(&mut self, quiz: Arc<Quiz>, now: u64) {
        if self.items.iter().any(|item| item.quiz.id == quiz.id) {
            return;
        }
        let at = self.items.partition_point(|item| item.quiz.at_s <= quiz.at_s);
        let (id, place) = (quiz.id, quiz.at_s);
        self.items.insert(at, Item { quiz, stage: Stage::Waiting, shown: None });
        let here = self.place.map(|it| it.at(now));
        if here.is_some_and(|here| place > self.watched_from && place <= here) {
            self.make_due(id);
            self.forget_oldest(CATCH_UP);
        }
    }

    /// The player says where the lecture is, and how long it is.
    pub fn play(&mut self, position: f64, speed: f64, duration: Option<f64>, now: u64) {
        self.pass(now);
        let expected = self.place.map(|it| it.at(now));
        let reached = if duration.is_some_and(|it| position >= it - END_S) { f64::INFINITY } else { position };
        match expected {
            None => {
                self.watched_from = position - HERE_S;
                self.reach(position - HERE_S, reached);
            }
            Some(expected) if position > expected + JUMP_S => {
                self.watched_from = position;
                self.reach(expected, reached);
                self.forget_oldest(CATCH_UP);
            }
            Some(expected) if position < expected - JUMP_S => {
                self.watched_from = position;
                self.go_back_before(position);
            }
            Some(expected) => self.reach(expected, reached),
        }
        self.place = Some(Place { position, speed, since: now, until: now.saturating_add(BELIEVED_MS) });
    }

    /// Time passes: what the lecture plays over becomes due.
    fn pass(&mut self, now: u64) {
        let Some(place) = self.place else { return };
        let here = place.at(now);
        self.reach(place.position, here);
        self.place = Some(Place { position: here, since: now.min(place.until).max(place.since), ..place });
    }

    fn reach(&mut self, from: f64, to: f64) {
        let crossed: Vec<Uuid> = self
            .items
            .iter()
            .filter(|item| item.stage == Stage::Waiting && item.quiz.at_s > from && item.quiz.at_s <= to)
            .map(|item| item.quiz.id)
            .collect();
        crossed.into_iter().for_each(|id| self.make_due(id));
    }

    fn make_due(&mut self, id: Uuid) {
        self.set_stage(id, Stage::Due);
        self.due.push_back(id);
    }

    /// The older of many that are due at once wait for another visit to their place.
    fn forget_oldest(&mut self, most: usize) {
        while self.due.len() > most {
            if let Some(id) = self.due.pop_front() {
                self.set_stage(id, Stage::Waiting);
            }
        }
    }

    /// What lies ahead again waits for its place.
    fn go_back_before(&mut self, position: f64) {
        let ahead: Vec<Uuid> = self
            .items
            .iter()
            .filter(|item| item.stage == Stage::Due && item.quiz.at_s > position)
            .map(|item| item.quiz.id)
            .collect();
        self.due.retain(|id| !ahead.contains(id));
        ahead.into_iter().for_each(|id| self.set_stage(id, Stage::Waiting));
    }

    fn set_stage(&mut self, id: Uuid, stage: Stage) {
        if let Some(item) = self.items.iter_mut().find(|item| item.quiz.id == id) {
            item.stage = stage;
        }
    }

    /// The question to be asked now, if there is one; its options in the order that `shuffle` makes of 0, 1, ...
    pub fn ask(&mut self, now: u64, shuffle: impl FnOnce(&mut [usize])) -> Option<&Open> {
        self.pass(now);
        if self.open.is_some() || now < self.quiet_until {
            return None;
        }
        let id = self.due.pop_front()?;
        self.show(id, now, shuffle)
    }

    /// The learner wants this one now. One that was open waits for its turn.
    ///
    /// # Errors
    /// [`Refusal::Answered`], [`Refusal::Unknown`].
    pub fn ask_this(&mut self, id: Uuid, now: u64, shuffle: impl FnOnce(&mut [usize])) -> Result<&Open, Refusal> {
        let item = self.items.iter().find(|item| item.quiz.id == id).ok_or(Refusal::Unknown)?;
        match item.stage {
            Stage::Answered { .. } => return Err(Refusal::Answered),
            Stage::Open => return self.open.as_ref().ok_or(Refusal::Unknown),
            Stage::Waiting | Stage::Due => {}
        }
        self.due.retain(|it| *it != id);
        if let Some(open) = self.open.take() {
            self.set_stage(open.quiz.id, Stage::Due);
            self.due.push_front(open.quiz.id);
        }
        self.show(id, now, shuffle).ok_or(Refusal::Unknown)
    }

    fn show(&mut self, id: Uuid, now: u64, shuffle: impl FnOnce(&mut [usize])) -> Option<&Open> {
        let item = self.items.iter_mut().find(|item| item.quiz.id == id)?;
        item.stage = Stage::Open;
        let (order, asked) = item.shown.get_or_insert_with(|| {
            let mut order: Vec<usize> = (0..item.quiz.options.len()).collect();
            shuffle(&mut order);
            (order, now)
        });
        self.open = Some(Open { quiz: item.quiz.clone(), order: order.clone(), asked: *asked });
        self.open.as_ref()
    }

    /// One of the questions.
    pub fn quiz(&self, id: Uuid) -> Option<Arc<Quiz>> {
        self.items.iter().find(|item| item.quiz.id == id).map(|item| item.quiz.clone())
    }

    /// What the learner sees.
    pub fn open(&self) -> Option<&Open> {
        self.open.as_ref()
    }

    /// When [`Self::ask`] may have something, ms of the watch session; none: not before something else happens.
    pub fn next(&self, now: u64) -> Option<u64> {
        if self.open.is_some() {
            return None;
        }
        if !self.due.is_empty() {
            return Some(self.quiet_until.max(now));
        }
        let place = self.place.filter(|it| it.speed > 0.0)?;
        let here = place.at(now);
        let waiting = |item: &&Item| item.stage == Stage::Waiting && item.quiz.at_s > here;
        let item = self.items.iter().find(waiting)?;
        let wait = ((item.quiz.at_s - here) / place.speed * 1000.0).ceil();
        let due = now.saturating_add(wait as u64);
        (due <= place.until).then(|| due.max(self.quiet_until))
    }

    /// Takes the answer to the open question, once.
    ///
    /// # Errors
    /// [`Refusal`] says why not; nothing has changed then.
    pub fn answer(&mut self, id: Uuid, shown: Option<usize>, now: u64) -> Result<Graded, Refusal> {
        let open = self.open.take_if(|open| open.quiz.id == id).ok_or_else(|| self.why_not(id))?;
        let Some(kept) = shown.map_or(Some(None), |it| open.order.get(it).map(|kept| Some(*kept))) else {
            self.open = Some(open);
            return Err(Refusal::NoSuchChoice);
        };
        self.quiet_until = now.saturating_add(self.pause_ms);
        let Open { quiz, order, asked } = open;
        let correct = kept == Some(quiz.key);
        self.set_stage(id, Stage::Answered { correct });
        Ok(Graded { quiz, order, shown, kept, correct, asked, took: now.saturating_sub(asked) })
    }

    fn why_not(&self, id: Uuid) -> Refusal {
        if self.answered(id).is_some() { Refusal::Answered } else { Refusal::NotOpen }
    }

    /// Whether the answer to this question was right, if there was one.
    pub fn answered(&self, id: Uuid) -> Option<bool> {
        match self.items.iter().find(|item| item.quiz.id == id)?.stage {
            Stage::Answered { correct } => Some(correct),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
