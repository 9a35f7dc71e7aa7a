//! The blind solve: whether one who has not seen the key finds it.

use serde_json::Value;

use super::draft::{number, place};
use crate::quiz::question::Question;

/// Answers that are read for each question asked; a flood of them proves nothing.
const ANSWERS: usize = 4;

/// A question with its options in another order.
#[derive(Debug, Clone)]
pub struct Shown<'a> {
    /// As it passed the check.
    pub question: &'a Question,
    /// `order[place]` is the option, an index of the question's own, that is shown at that place.
    pub order: Vec<usize>,
}

impl<'a> Shown<'a> {
    /// The same seed gives the same order. The key is never where it was: one who answers by the place does not agree.
    pub fn new(question: &'a Question, seed: u64) -> Self {
        let mut order: Vec<usize> = (0..question.options.len()).collect();
        fastrand::Rng::with_seed(seed).shuffle(&mut order);
        if order.get(question.key) == Some(&question.key) {
            order.rotate_left(1);
        }
        Self { question, order }
    }

    fn key_place(&self) -> Option<usize> {
        self.order.iter().position(|option| *option == self.question.key)
    }
}

/// Which of the questions were answered with their key by `{"answers": [...]}`; one that is unanswered, or answered in
/// two ways, was not. As long as `shown`.
pub fn solved(shown: &[Shown], reply: &Value) -> Vec<bool> {
    let answers = reply.get("answers").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let read: Vec<(usize, Option<usize>)> = answers.iter().take(ANSWERS * shown.len()).filter_map(answer).collect();
    let agree = |(at, one): (usize, &Shown)| {
        let mut given = read.iter().filter(|(number, _)| *number == at + 1).map(|(_, place)| *place).peekable();
        let key = one.key_place();
        given.peek().is_some() && key.is_some() && given.all(|place| place == key)
    };
    shown.iter().enumerate().map(agree).collect()
}

/// The question's number, and the place chosen; None for "none", and for all that is no letter.
fn answer(value: &Value) -> Option<(usize, Option<usize>)> {
    let chosen = value.get("answer").and_then(Value::as_str).map(str::trim);
    Some((value.get("number").and_then(number)?, chosen.and_then(place)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::quiz::question::Choice;

    fn question(key: usize) -> Question {
        let option = |at: usize| Choice { text: at.to_string(), reason: String::new() };
        let options = (0..4).map(option).collect();
        Question { at_s: 0.0, chunk: 0, question: String::new(), options, key, quote: String::new(), cues: 0..1 }
    }

    #[test]
    fn the_key_moves_and_nothing_is_lost() {
        let questions: Vec<Question> = (0..4).map(question).collect();
        for seed in 0..200 {
            for question in &questions {
                let shown = Shown::new(question, seed);
                let mut sorted = shown.order.clone();
                sorted.sort_unstable();
                assert_eq!(sorted, [0, 1, 2, 3]);
                assert_ne!(shown.key_place(), Some(question.key));
                assert_eq!(shown.order, Shown::new(question, seed).order);
            }
        }
    }

    #[test]
    fn only_the_key_alone_agrees() {
        let question = question(2);
        let shown = [
            Shown { question: &question, order: vec![3, 2, 1, 0] },
            Shown { question: &question, order: vec![2, 0, 1, 3] },
        ];
        for (answers, agreed) in [
            (json!([{"number": 1, "answer": "B"}, {"number": 2, "answer": "A"}]), [true, true]),
            (json!([{"number": "2", "answer": "a)"}, {"number": 1, "answer": "C"}]), [false, true]),
            (json!([{"number": 1, "answer": "B"}, {"number": 1, "answer": "C"}]), [false, false]),
            (json!([{"number": 1, "answer": "B"}, {"number": 1, "answer": "none"}]), [false, false]),
            (json!([{"number": 1, "answer": "none"}, {"number": 2, "answer": 0}]), [false, false]),
            (json!([{"number": 0, "answer": "B"}, {"number": 3, "answer": "A"}, null, "B", []]), [false, false]),
            (json!({"1": "B"}), [false, false]),
            (json!([]), [false, false]),
        ] {
            assert_eq!(solved(&shown, &json!({"answers": answers})), agreed, "{answers}");
        }
        let flood: Vec<Value> = (0..10_000).map(|_| json!({"number": 1, "answer": "B"})).collect();
        assert_eq!(solved(&shown, &json!({"answers": flood})), [true, false]);
        assert_eq!(solved(&[], &json!({"answers": []})), [false; 0]);
    }
}
