//! Questions that are in use: whoever uses the same set uses the same memory.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use uuid::Uuid;

use crate::quiz::play::Quiz;

/// Entries from which on those that nobody uses any more are looked for.
const TIDY: usize = 1024;

/// By the question's name; it keeps none of them alive.
#[derive(Default)]
pub struct Shelf {
    quizzes: DashMap<Uuid, Weak<Quiz>>,
    /// As many entries, and it is tidied.
    full: AtomicUsize,
}

impl Shelf {
    /// The question, or the same one that is in use already.
    pub fn share(&self, quiz: Quiz) -> Arc<Quiz> {
        self.tidy();
        match self.quizzes.entry(quiz.id) {
            Entry::Occupied(mut entry) => {
                let used = entry.get().upgrade().filter(|used| **used == quiz);
                used.unwrap_or_else(|| {
                    let new = Arc::new(quiz);
                    entry.insert(Arc::downgrade(&new));
                    new
                })
            }
            Entry::Vacant(entry) => {
                let new = Arc::new(quiz);
                entry.insert(Arc::downgrade(&new));
                new
            }
        }
    }

    /// Now and then: each time that as many came as were in use.
    fn tidy(&self) {
        if self.quizzes.len() < self.full.load(Ordering::Relaxed).max(TIDY) {
            return;
        }
        self.quizzes.retain(|_, quiz| quiz.strong_count() > 0);
        self.full.store(2 * self.quizzes.len(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quiz(id: u128, question: &str) -> Quiz {
        Quiz {
            id: Uuid::from_u128(id),
            at_s: 1.0,
            question: question.into(),
            options: Vec::new(),
            key: 0,
            explanation: None,
            quote: None,
            quote_s: None,
        }
    }

    #[test]
    fn the_same_question_is_there_once() {
        let shelf = Shelf::default();
        let first = shelf.share(quiz(1, "Why?"));
        assert!(Arc::ptr_eq(&first, &shelf.share(quiz(1, "Why?"))));
        let other = shelf.share(quiz(1, "Why not?"));
        assert_eq!((first.question.as_str(), other.question.as_str()), ("Why?", "Why not?"), "what is kept is right");
    }

    #[test]
    fn what_nobody_uses_is_forgotten() {
        let shelf = Shelf::default();
        let used = shelf.share(quiz(0, "Why?"));
        for id in 1..=10 * TIDY as u128 {
            shelf.share(quiz(id, "Why?"));
        }
        assert!(shelf.quizzes.len() <= TIDY, "{}", shelf.quizzes.len());
        assert!(Arc::ptr_eq(&used, &shelf.share(quiz(0, "Why?"))));
    }
}
