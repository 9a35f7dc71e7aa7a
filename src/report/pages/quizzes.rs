//! A session's quizzes and notes on its page.

use super::session::place;
use crate::report::words::Words;
use crate::store::{AskedQuiz, Outcome, ReviewNote};

/// What could be answered.
#[derive(Debug)]
pub struct Offered {
    pub words: String,
    pub mine: bool,
    pub right: bool,
    /// Why what was chosen is right, or wrong.
    pub reason: Option<String>,
}

/// What was said in the lecture.
#[derive(Debug)]
pub struct Said {
    pub words: String,
    pub place: Option<(String, Option<String>)>,
}

/// A quiz.
#[derive(Debug)]
pub struct Asked {
    pub place: String,
    pub link: Option<String>,
    pub question: String,
    pub choices: Vec<Offered>,
    pub verdict: &'static str,
    pub class: &'static str,
    pub took: Option<String>,
    pub why: Option<String>,
    pub said: Option<Said>,
}

/// Something to look at again.
#[derive(Debug)]
pub struct Note {
    pub place: Option<(String, Option<String>)>,
    pub keyword: Option<String>,
    pub words: String,
}

/// How many of those that were answered are right.
pub fn score(quizzes: &[AskedQuiz], words: &Words) -> Option<String> {
    let outcomes = || quizzes.iter().filter_map(|quiz| quiz.outcome.as_ref());
    let right = outcomes().filter(|outcome| outcome.answer.correct).count();
    (outcomes().count() > 0).then(|| (words.session.score)(right, outcomes().count()))
}

/// The quiz as it is shown; `url` is the lecture's.
pub fn asked(quiz: &AskedQuiz, url: Option<&str>, words: &Words) -> Asked {
    let say = &words.session;
    let outcome = quiz.outcome.as_ref();
    let (verdict, class) = match outcome {
        Some(outcome) if outcome.answer.correct => (say.right, "right"),
        Some(outcome) if outcome.answer.choice.is_some() => (say.wrong, "wrong"),
        _ => (say.unanswered, "unanswered"),
    };
    let (place, link) = place(Some(quiz.lecture_seconds), url).unwrap_or_default();
    let took = outcome.filter(|it| it.answer.choice.is_some()).and_then(|it| it.answer.took_ms);
    Asked {
        place,
        link,
        question: quiz.question.clone(),
        choices: quiz.choices.iter().zip(1..).map(|(words, number)| offered(words, number, outcome)).collect(),
        verdict,
        class,
        took: took.map(|ms| (say.took)(&words.format.length(ms))),
        why: outcome.and_then(why).map(str::to_owned),
        said: outcome.and_then(|outcome| said(outcome, url)),
    }
}

fn offered(words: &str, number: u32, outcome: Option<&Outcome>) -> Offered {
    let mine = outcome.filter(|outcome| outcome.answer.choice == Some(number));
    // What stands below as well need not be said twice.
    let reason = mine.and_then(|outcome| outcome.chosen_reason.as_deref().filter(|it| Some(*it) != why(outcome)));
    Offered {
        words: words.to_owned(),
        mine: mine.is_some(),
        right: outcome.is_some_and(|outcome| outcome.right.contains(&number)),
        reason: reason.map(str::to_owned),
    }
}

/// Why what is right is right.
fn why(outcome: &Outcome) -> Option<&str> {
    outcome.explanation.as_deref().or(outcome.right_reason.as_deref())
}

fn said(outcome: &Outcome, url: Option<&str>) -> Option<Said> {
    let quote = outcome.quote.as_ref()?;
    Some(Said { words: quote.words.clone(), place: place(quote.start_s, url) })
}

/// The note as it is shown; `url` is the lecture's.
pub fn note(note: &ReviewNote, url: Option<&str>) -> Note {
    Note { place: place(note.lecture_seconds, url), keyword: note.keyword.clone(), words: note.words.clone() }
}
