//! What the made-up learner watches, and is asked about it.

use serde::Deserialize;

use crate::store::{Choice, Lecture, NewQuiz};

const FILE: &str = include_str!("lectures.json");

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
}

/// A lecture with its quizzes.
#[derive(Debug)]
pub struct Material {
    pub lecture: Lecture,
    pub minutes: u64,
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
    let quizzes = entry.quizzes.iter().zip(1..).map(|(it, number)| {
        let right = number % (it.wrong.len() + 1);
        let mut choices: Vec<Choice> =
            it.wrong.iter().map(|words| Choice { words: words.clone(), correct: false }).collect();
        choices.insert(right, Choice { words: it.right.clone(), correct: true });
        let lecture_seconds = (seconds * number as f64 / asked).floor();
        let quiz =
            NewQuiz { lecture_seconds, question: it.question.clone(), explanation: Some(it.why.clone()), choices };
        (quiz, u32::try_from(right + 1).unwrap_or(1))
    });
    let (quizzes, right) = quizzes.unzip();
    Material { lecture: lecture.lasting(Some(seconds)), minutes: entry.minutes, quizzes, right }
}
