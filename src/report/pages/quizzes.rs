//! A session's quizzes and notes on its page.

use super::session::place;
use crate::quiz::check::says;
use crate::report::words::Words;
use crate::store::{AskedQuiz, Outcome, ReviewNote, SessionQuizzes};

/// Characters around a quote that add nothing: when it was said.
const AROUND: usize = 40;

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

/// How many are right; None of none.
pub fn right(quizzes: &[AskedQuiz]) -> Option<usize> {
    let right = quizzes.iter().filter(|quiz| quiz.outcome.answer.correct).count();
    (!quizzes.is_empty()).then_some(right)
}

/// How it went, in a line.
pub fn score(quizzes: &SessionQuizzes, words: &Words) -> Option<String> {
    let score = (words.session.score)(right(&quizzes.quizzes)?, quizzes.quizzes.len());
    Some(match quizzes.left {
        0 => score,
        left => format!("{score} · {}", (words.session.left)(left)),
    })
}

/// The quiz as it is shown; `url` is the lecture's.
pub fn asked(quiz: &AskedQuiz, url: Option<&str>, words: &Words) -> Asked {
    let say = &words.session;
    let outcome = &quiz.outcome;
    let (verdict, class) = match outcome.answer.choice {
        _ if outcome.answer.correct => (say.right, "right"),
        Some(_) => (say.wrong, "wrong"),
        None => (say.skipped, "skipped"),
    };
    let (place, link) = place(Some(quiz.lecture_seconds), url).unwrap_or_default();
    let took = outcome.answer.took_ms.filter(|_| outcome.answer.choice.is_some());
    Asked {
        place,
        link,
        question: quiz.question.clone(),
        choices: quiz.choices.iter().zip(1..).map(|(words, number)| offered(words, number, outcome)).collect(),
        verdict,
        class,
        took: took.map(|ms| (say.took)(&words.format.length(ms))),
        why: why(outcome).filter(|it| !only_quotes(it, outcome)).map(str::to_owned),
        said: said(outcome, url),
    }
}

fn offered(words: &str, number: u32, outcome: &Outcome) -> Offered {
    let mine = outcome.answer.choice == Some(number);
    // What stands below as well need not be said twice.
    let reason = outcome.chosen_reason.as_deref().filter(|it| mine && Some(*it) != why(outcome));
    Offered { words: words.to_owned(), mine, right: outcome.right.contains(&number), reason: reason.map(str::to_owned) }
}

/// Why what is right is right.
fn why(outcome: &Outcome) -> Option<&str> {
    outcome.explanation.as_deref().or(outcome.right_reason.as_deref())
}

/// Whether it says little more than what is quoted below it.
fn only_quotes(why: &str, outcome: &Outcome) -> bool {
    let quote = outcome.quote.as_ref().map(|it| it.words.as_str());
    quote.is_some_and(|it| says(why, it) && why.chars().count() <= it.chars().count() + AROUND)
}

fn said(outcome: &Outcome, url: Option<&str>) -> Option<Said> {
    let quote = outcome.quote.as_ref()?;
    Some(Said { words: quote.words.clone(), place: place(quote.start_s, url) })
}

/// The note as it is shown; `url` is the lecture's.
pub fn note(note: &ReviewNote, url: Option<&str>) -> Note {
    Note { place: place(note.lecture_seconds, url), keyword: note.keyword.clone(), words: note.words.clone() }
}
