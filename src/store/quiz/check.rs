//! What a hand-made set may hold. Nothing is cut or guessed: its author is told what is wrong.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use serde_json::json;

use super::HandSet;
use super::content::{Choice, LAST_SECOND, NewQuiz};
use crate::quiz::check::{hidden, squeeze};

/// Quizzes of a set at the most.
pub const MOST_QUIZZES: usize = 100;
/// Options that a quiz may have.
pub const OPTIONS: RangeInclusive<usize> = 2..=6;
/// Characters of a set's title.
pub const LONGEST_TITLE: usize = 300;
/// Bytes of a quiz as JSON, its options and reasons included: Korean takes three a character.
pub const LARGEST_QUIZ: usize = 8 * 1024;

/// A text, what it is called, and how many characters it may have.
type Part = (&'static str, usize);
const QUESTION: Part = ("the question", 1000);
const OPTION: Part = ("an option", 500);
const REASON: Part = ("a reason", 1000);
const EXPLANATION: Part = ("the explanation", 1000);

/// What is wrong with a quiz.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// No place in a lecture.
    #[error("its place is not from 0 to {LAST_SECOND} seconds")]
    Place,
    /// Too few options or too many.
    #[error("it has {0} options, not {min} to {max}", min = OPTIONS.start(), max = OPTIONS.end())]
    Options(usize),
    /// No right option, or several.
    #[error("{0} of its options are right, not exactly one")]
    Key(usize),
    /// Two options read alike, whatever their bytes are.
    #[error("two of its options are alike")]
    Alike,
    /// A text is missing.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// A text is too long.
    #[error("{0} is longer than {1} characters")]
    Long(&'static str, usize),
    /// A text holds what is not seen, or what turns others around.
    #[error("{0} holds control characters or invisible ones")]
    Hidden(&'static str),
    /// Texts are long, and many.
    #[error("it takes {0} bytes as JSON, more than {LARGEST_QUIZ}: shorten its texts")]
    Large(usize),
}

/// What is wrong with a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SetFault {
    /// Too long, or with what is not seen.
    #[error("the title is longer than {LONGEST_TITLE} characters, or holds control characters or invisible ones")]
    Title,
    /// Too few quizzes or too many.
    #[error("the set has {0} quizzes, not 1 to {MOST_QUIZZES}")]
    Quizzes(usize),
    /// One quiz is wrong.
    #[error("quiz {number}: {fault}")]
    Quiz {
        /// Counts from 1, as given.
        number: usize,
        /// What is wrong with it.
        fault: Fault,
    },
}

/// The first thing that is wrong.
pub fn set(set: &HandSet) -> Result<(), SetFault> {
    let fits = |title: &str| title.chars().count() <= LONGEST_TITLE && !hidden(title);
    if !set.title.as_deref().is_none_or(fits) {
        return Err(SetFault::Title);
    }
    if !(1..=MOST_QUIZZES).contains(&set.quizzes.len()) {
        return Err(SetFault::Quizzes(set.quizzes.len()));
    }
    let mut numbered = set.quizzes.iter().zip(1..);
    numbered.try_for_each(|(it, number)| quiz(it).map_err(|fault| SetFault::Quiz { number, fault }))
}

fn quiz(quiz: &NewQuiz) -> Result<(), Fault> {
    if !(0.0..=LAST_SECOND).contains(&quiz.at_s) {
        return Err(Fault::Place);
    }
    if !OPTIONS.contains(&quiz.choices.len()) {
        return Err(Fault::Options(quiz.choices.len()));
    }
    let right = quiz.choices.iter().filter(|it| it.correct).count();
    if right != 1 {
        return Err(Fault::Key(right));
    }
    text(QUESTION, &quiz.question)?;
    quiz.choices.iter().try_for_each(option)?;
    quiz.explanation.as_deref().map_or(Ok(()), |it| text(EXPLANATION, it))?;
    let words: HashSet<String> = quiz.choices.iter().map(|it| squeeze(&it.words)).collect();
    if words.len() < quiz.choices.len() {
        return Err(Fault::Alike);
    }
    let size = size(quiz);
    if size > LARGEST_QUIZ { Err(Fault::Large(size)) } else { Ok(()) }
}

fn option(choice: &Choice) -> Result<(), Fault> {
    text(OPTION, &choice.words)?;
    choice.reason.as_deref().map_or(Ok(()), |it| text(REASON, it))
}

fn text((what, longest): Part, text: &str) -> Result<(), Fault> {
    if text.trim().is_empty() {
        return Err(Fault::Empty(what));
    }
    // Lines of code are wrapped as their author did.
    if text.split(['\n', '\r', '\t']).any(hidden) {
        return Err(Fault::Hidden(what));
    }
    if text.chars().count() > longest { Err(Fault::Long(what, longest)) } else { Ok(()) }
}

/// Bytes as JSON.
fn size(quiz: &NewQuiz) -> usize {
    let options: Vec<_> = quiz.choices.iter().map(|it| json!({"text": it.words, "reason": it.reason})).collect();
    let whole = json!({"at_s": quiz.at_s, "question": quiz.question, "options": options, "key": 0, "explanation": quiz.explanation});
    whole.to_string().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good() -> NewQuiz {
        let choice = |words: &str| Choice { words: words.to_owned(), correct: words == "right", reason: None };
        NewQuiz {
            at_s: 0.0,
            question: "Which way?".to_owned(),
            explanation: None,
            choices: vec![choice("left"), choice("right")],
            quote: None,
            context: None,
            cue_start_s: None,
            cue_end_s: None,
        }
    }

    fn fault(change: impl FnOnce(&mut NewQuiz)) -> Option<Fault> {
        let mut second = good();
        change(&mut second);
        match set(&HandSet { title: None, quizzes: vec![good(), second] }) {
            Ok(()) => None,
            Err(SetFault::Quiz { number: 2, fault }) => Some(fault),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn faults_are_told_by_number_and_kind() {
        assert_eq!(fault(|_| ()), None);
        assert_eq!(fault(|it| it.at_s = 604_800.0), None);
        assert_eq!(fault(|it| it.question = "가".repeat(1000)), None);
        assert_eq!(fault(|it| it.question = "fn main() {\r\n\tloop {}\n}".to_owned()), None);
        for at_s in [-0.1, 604_800.1, f64::NAN, f64::INFINITY] {
            assert_eq!(fault(|it| it.at_s = at_s), Some(Fault::Place), "{at_s}");
        }
        assert_eq!(fault(|it| it.choices.truncate(1)), Some(Fault::Options(1)));
        assert_eq!(fault(|it| it.choices = vec![it.choices[0].clone(); 8]), Some(Fault::Options(8)));
        assert_eq!(fault(|it| it.choices[1].correct = false), Some(Fault::Key(0)));
        assert_eq!(fault(|it| it.choices[0].correct = true), Some(Fault::Key(2)));
        assert_eq!(fault(|it| it.choices[0].words = " right ".to_owned()), Some(Fault::Alike));
        assert_eq!(fault(|it| it.question = " \n".to_owned()), Some(Fault::Empty("the question")));
        assert_eq!(fault(|it| it.question = "가".repeat(1001)), Some(Fault::Long("the question", 1000)));
        assert_eq!(fault(|it| it.choices[1].words = "a".repeat(501)), Some(Fault::Long("an option", 500)));
        for unseen in
            ["\0", "\u{200b}", "a\u{200b}", "a\u{202e}b", "\u{2066}a", "\u{1b}[31m", "a\u{7}", "\u{3164}", "\u{feff}"]
        {
            let hidden = |what| Some(Fault::Hidden(what));
            assert_eq!(fault(|it| it.question = unseen.to_owned()), hidden("the question"), "{unseen:?}");
            assert_eq!(fault(|it| it.choices[0].words = unseen.to_owned()), hidden("an option"), "{unseen:?}");
            assert_eq!(fault(|it| it.choices[0].reason = Some(unseen.to_owned())), hidden("a reason"), "{unseen:?}");
            assert_eq!(fault(|it| it.explanation = Some(unseen.to_owned())), hidden("the explanation"), "{unseen:?}");
        }
        let twins = |one: &str, other: &str| {
            fault(|it| (it.choices[0].words, it.choices[1].words) = (one.to_owned(), other.to_owned()))
        };
        assert_eq!(twins("é", "e\u{301}"), Some(Fault::Alike), "in another normal form");
        assert_eq!(twins("\u{1112}\u{1161}", "하"), Some(Fault::Alike));
        assert_eq!(twins("a b", "a  b"), Some(Fault::Alike));
        assert_eq!(twins("String", "string"), None, "programmers tell them apart");
        assert_eq!(fault(|it| it.choices[0].reason = Some(String::new())), Some(Fault::Empty("a reason")));
    }

    #[test]
    fn a_quiz_fits_into_a_message() {
        let of = |characters: usize, letter: &str| {
            let reason = Some(letter.repeat(characters));
            let choice = |n: usize| Choice { words: format!("{n}"), correct: n == 0, reason: reason.clone() };
            fault(|it| it.choices = (0..6).map(choice).collect())
        };
        assert_eq!((of(1000, "a"), of(400, "가")), (None, None));
        assert!(matches!(of(500, "가"), Some(Fault::Large(9001..))), "three bytes each");
        assert!(matches!(of(700, "\""), Some(Fault::Large(8401..))), "JSON escapes it");
    }

    #[test]
    fn sets_are_neither_empty_nor_endless() {
        let of = |quizzes: usize, title: Option<String>| set(&HandSet { title, quizzes: vec![good(); quizzes] });
        assert_eq!(of(0, None), Err(SetFault::Quizzes(0)));
        assert_eq!(of(101, None), Err(SetFault::Quizzes(101)));
        assert_eq!(of(100, Some("가".repeat(300))), Ok(()));
        assert_eq!(of(1, Some("가".repeat(301))), Err(SetFault::Title));
        for unseen in ["a\nb", "a\u{202e}b", "\u{200b}"] {
            assert_eq!(of(1, Some(unseen.to_owned())), Err(SetFault::Title), "{unseen:?}");
        }
        let told = SetFault::Quiz { number: 3, fault: Fault::Options(7) }.to_string();
        assert_eq!(told, "quiz 3: it has 7 options, not 2 to 6");
    }
}
