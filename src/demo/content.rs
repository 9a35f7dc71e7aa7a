//! What the made-up learner watches, and is asked about it.

use serde::Deserialize;

use crate::store::{Choice, Lecture, NewQuiz};

const FILE: &str = include_str!("lectures.json");
/// From the words that a quiz is about to the quiz.
const SAID_BEFORE_S: f64 = 14.0;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Course {
    course: String,
    address: String,
    lectures: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    title: String,
    minutes: u64,
    quizzes: Vec<Question>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    question: String,
    right: String,
    wrong: Vec<String>,
    why: String,
    /// What the lecturer said.
    said: Option<String>,
    /// Why the wrong ones are wrong, in their order.
    #[serde(default)]
    but: Vec<String>,
}

/// A lecture with its quizzes.
#[derive(Debug)]
pub struct Material {
    pub lecture: Lecture,
    pub minutes: u64,
    /// As whatlang writes it.
    pub language: &'static str,
    pub quizzes: Vec<NewQuiz>,
    /// The right choice of each quiz.
    pub right: Vec<u32>,
}

/// All of it, in the courses' order.
///
/// # Errors
/// When the file that is built in is broken.
pub fn all() -> anyhow::Result<Vec<Material>> {
    let courses: Vec<Course> = serde_json::from_str(FILE)?;
    let mut all = Vec::new();
    for course in &courses {
        for (entry, number) in course.lectures.iter().zip(1..) {
            let address = format!("{}{number}", course.address);
            let lecture = Lecture::new(&address, Some(&course.course), Some(&entry.title))
                .ok_or_else(|| anyhow::anyhow!("{address} is no address"))?;
            all.push(material(lecture, entry));
        }
    }
    Ok(all)
}

fn material(lecture: Lecture, entry: &Entry) -> Material {
    let seconds = (entry.minutes * 60) as f64;
    let asked = entry.quizzes.len() as f64 + 1.0;
    let numbered = entry.quizzes.iter().zip(1..);
    let quizzes = numbered.map(|(it, number)| quiz(it, number, (seconds * number as f64 / asked).floor()));
    let (quizzes, right) = quizzes.unzip();
    let korean = entry.title.chars().any(|c| ('가'..='힣').contains(&c));
    let language = if korean { "kor" } else { "eng" };
    Material { lecture: lecture.lasting(Some(seconds)), minutes: entry.minutes, language, quizzes, right }
}

/// A quiz at that second, with its right choice's position.
fn quiz(it: &Question, number: usize, at_s: f64) -> (NewQuiz, u32) {
    let right = number % (it.wrong.len() + 1);
    let wrong = it.wrong.iter().zip(it.but.iter().map(Some).chain(std::iter::repeat(None)));
    let wrong = wrong.map(|(words, but)| Choice { words: words.clone(), correct: false, reason: but.cloned() });
    let mut choices: Vec<Choice> = wrong.collect();
    choices.insert(right, Choice { words: it.right.clone(), correct: true, reason: Some(it.why.clone()) });
    let quiz = NewQuiz {
        at_s,
        question: it.question.clone(),
        explanation: Some(it.why.clone()),
        choices,
        quote: it.said.clone(),
        context: it.said.clone(),
        cue_start_s: it.said.as_ref().map(|_| at_s - SAID_BEFORE_S),
        cue_end_s: it.said.as_ref().map(|_| at_s),
    };
    (quiz, u32::try_from(right + 1).unwrap_or(1))
}
