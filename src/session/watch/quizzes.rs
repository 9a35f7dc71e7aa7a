//! What a watch session does about quizzes: when to ask, and what is kept of an answer.

use std::time::{Duration, Instant};

use uuid::Uuid;

use super::Watch;
use crate::attention::State;
use crate::protocol::quiz::{QuizAsk, QuizGraded};
use crate::quiz::play::Refusal;
use crate::session::quizzing::{self, Quizzing};
use crate::store::Lecture;
use crate::studio::{News, Snapshot};

impl Watch {
    /// Transcript and set.
    pub fn quizzing(&mut self) -> &mut Quizzing {
        &mut self.quizzing
    }

    /// What is watched.
    pub fn lecture(&self) -> Option<&Lecture> {
        self.diary.lecture()
    }

    /// Another set is in use from now on.
    pub fn take_up(&mut self, news: News) {
        self.engage();
        self.quizzing.take_up(news);
    }

    /// Takes what is new of the set into play.
    pub fn take_in(&mut self, snapshot: &Snapshot, now: Instant) {
        let age = self.age(now);
        self.quizzing.take_in(snapshot, age);
    }

    /// When [`Self::pop_up`] may have something. Who is asleep or away is not asked.
    pub fn quiz_deadline(&self, now: Instant) -> Option<Instant> {
        let due = self.quizzing.next(self.age(now)).filter(|_| self.can_answer())?;
        self.started.checked_add(Duration::from_millis(due))
    }

    /// The question to be asked now.
    pub fn pop_up(&mut self, now: Instant) -> Option<QuizAsk> {
        let age = self.age(now);
        let ask = if self.can_answer() { self.quizzing.ask(age) } else { None };
        if ask.is_some() {
            self.engage();
        }
        ask
    }

    /// The question that the learner wants now.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn ask_this(&mut self, quiz: Uuid, now: Instant) -> Result<QuizAsk, Refusal> {
        let age = self.age(now);
        let ask = self.quizzing.ask_this(quiz, age)?;
        self.engage();
        Ok(ask)
    }

    /// Takes an answer, once. It is handed to the writer before the learner hears of it.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn answer(&mut self, quiz: Uuid, choice: Option<usize>, now: Instant) -> Result<QuizGraded, Refusal> {
        let age = self.age(now);
        let graded = self.quizzing.answer(quiz, choice, age)?;
        self.diary.answer(quizzing::kept(&graded, self.diary.started()));
        Ok(quizzing::graded(&graded))
    }

    fn can_answer(&self) -> bool {
        !matches!(self.state(), State::EyesClosed | State::Absent | State::Slumped)
    }

    /// From now on the session is worth keeping, with or without a camera.
    fn engage(&mut self) {
        self.seen = true;
        self.diary.open();
    }
}
