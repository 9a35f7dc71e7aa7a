//! What a hand-made set may hold. Nothing is cut or guessed: its author is told what is wrong.

use std::collections::HashSet;
use std::ops::RangeInclusive;

use super::HandSet;
use super::content::{Choice, LAST_SECOND, LONGEST_TEXT, NewQuiz};

/// Quizzes of a set at the most.
pub const MOST_QUIZZES: usize = 100;
/// Options that a quiz may have.
pub const OPTIONS: RangeInclusive<usize> = 2..=6;
/// Characters of a set's title.
pub const LONGEST_TITLE: usize = 300;

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
    /// Two options read alike.
    #[error("two of its options are alike")]
    Alike,
    /// A text is missing.
    #[error("{0} is empty")]
    Empty(&'static str),
    /// A text is too long.
    #[error("{0} is longer than {LONGEST_TEXT} characters")]
    Long(&'static str),
    /// A text holds what no text holds.
    #[error("{0} holds a NUL character")]
    Nul(&'static str),
}

/// What is wrong with a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SetFault {
    /// Too long, or with control characters.
    #[error("the title is longer than {LONGEST_TITLE} characters, or holds control characters")]
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
    let fits = |title: &str| title.chars().count() <= LONGEST_TITLE && !title.chars().any(char::is_control);
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
    text("the question", &quiz.question)?;
    quiz.choices.iter().try_for_each(option)?;
    quiz.explanation.as_deref().map_or(Ok(()), |it| text("the explanation", it))?;
    let words: HashSet<&str> = quiz.choices.iter().map(|it| it.words.trim()).collect();
    if words.len() < quiz.choices.len() { Err(Fault::Alike) } else { Ok(()) }
}

fn option(choice: &Choice) -> Result<(), Fault> {
    text("an option", &choice.words)?;
    choice.reason.as_deref().map_or(Ok(()), |it| text("a reason", it))
}

fn text(what: &'static str, text: &str) -> Result<(), Fault> {
    if text.trim().is_empty() {
        return Err(Fault::Empty(what));
    }
    if text.contains('\0') {
        return Err(Fault::Nul(what));
    }
    if text.chars().count() > LONGEST_TEXT { Err(Fault::Long(what)) } else { Ok(()) }
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
        assert_eq!(fault(|it| it.question = "가".repeat(4000)), None);
        for at_s in [-0.1, 604_800.1, f64::NAN, f64::INFINITY] {
            assert_eq!(fault(|it| it.at_s = at_s), Some(Fault::Place), "{at_s}");
        }
        assert_eq!(fault(|it| it.choices.truncate(1)), Some(Fault::Options(1)));
        assert_eq!(fault(|it| it.choices = vec![it.choices[0].clone(); 8]), Some(Fault::Options(8)));
        assert_eq!(fault(|it| it.choices[1].correct = false), Some(Fault::Key(0)));
        assert_eq!(fault(|it| it.choices[0].correct = true), Some(Fault::Key(2)));
        assert_eq!(fault(|it| it.choices[0].words = " right ".to_owned()), Some(Fault::Alike));
        assert_eq!(fault(|it| it.question = " \n".to_owned()), Some(Fault::Empty("the question")));
        assert_eq!(fault(|it| it.question = "가".repeat(4001)), Some(Fault::Long("the question")));
        assert_eq!(fault(|it| it.explanation = Some("\0".to_owned())), Some(Fault::Nul("the explanation")));
        assert_eq!(fault(|it| it.choices[0].reason = Some(String::new())), Some(Fault::Empty("a reason")));
    }

    #[test]
    fn sets_are_neither_empty_nor_endless() {
        let of = |quizzes: usize, title: Option<String>| set(&HandSet { title, quizzes: vec![good(); quizzes] });
        assert_eq!(of(0, None), Err(SetFault::Quizzes(0)));
        assert_eq!(of(101, None), Err(SetFault::Quizzes(101)));
        assert_eq!(of(100, Some("가".repeat(300))), Ok(()));
        assert_eq!(of(1, Some("가".repeat(301))), Err(SetFault::Title));
        assert_eq!(of(1, Some("a\nb".to_owned())), Err(SetFault::Title));
        let told = SetFault::Quiz { number: 3, fault: Fault::Options(7) }.to_string();
        assert_eq!(told, "quiz 3: it has 7 options, not 2 to 6");
    }
}
