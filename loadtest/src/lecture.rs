//! A lecture's subtitles, and one learner who has questions made of them and answers.

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::json;

use crate::answer::Answer;
use crate::window::Window;

const SUBTITLES: &str = include_str!("../../tests/fixtures/lectures/os-paging.en.vtt");
/// What the lecture is known by; the server makes its questions once for all.
pub const ADDRESS: &str = "https://loadtest.example/lectures/paging";

/// From a question to its answer, and from a grade to the next wish.
const THINKS: Duration = Duration::from_secs(2);

/// The `transcript` message.
pub fn transcript() -> String {
    let cues: Vec<_> = SUBTITLES.split("\n\n").filter_map(cue).collect();
    json!({"type": "transcript", "cues": cues}).to_string()
}

fn cue(block: &str) -> Option<serde_json::Value> {
    let (times, text) = block.split_once('\n')?;
    let (start, end) = times.split_once(" --> ")?;
    Some(json!({"start_s": seconds(start)?, "end_s": seconds(end)?, "text": text.trim()}))
}

fn seconds(stamp: &str) -> Option<f64> {
    stamp.trim().split(':').try_fold(0.0, |sum, part| Some(sum * 60.0 + part.parse::<f64>().ok()?))
}

/// What the learner does next, and when.
#[derive(Debug)]
enum Plan {
    /// Nothing until the server says something.
    Listen,
    /// Open the next question.
    Open(Duration),
    /// Answer this one with that option.
    Answer(String, usize, Duration),
}

/// One learner's questions.
#[derive(Debug)]
pub struct Quiz {
    items: VecDeque<String>,
    plan: Plan,
    /// When the last answer was given.
    answered: Option<Duration>,
    random: fastrand::Rng,
}

impl Quiz {
    /// The learner of that number.
    pub fn new(number: usize) -> Self {
        let random = fastrand::Rng::with_seed(number as u64 ^ 0x0901);
        Self { items: VecDeque::new(), plan: Plan::Listen, answered: None, random }
    }

    /// What to say after the welcome.
    pub fn first_words(&self, transcript: &str) -> [String; 2] {
        [transcript.to_owned(), r#"{"type":"quiz.generate","source":"cloze"}"#.to_owned()]
    }

    /// Takes in what the server says about questions.
    pub fn listen(&mut self, answer: &Answer<'_>, now: Duration, window: &mut Window) {
        match &*answer.message_type {
            "quiz.item" => self.items.push_back(answer.quiz.clone().into_owned()),
            "quiz.progress" if answer.state == "done" => {
                window.quiz[0] += 1;
                self.plan = Plan::Open(now + THINKS);
            }
            "quiz.ask" => {
                window.quiz[1] += 1;
                let choice = self.random.usize(..answer.options.len().max(1));
                self.plan = Plan::Answer(answer.quiz.clone().into_owned(), choice, now + THINKS);
            }
            "quiz.graded" => {
                window.quiz[2] += 1;
                if let Some(answered) = self.answered.take() {
                    window.grade_latency.record(now.saturating_sub(answered));
                }
                self.plan = Plan::Open(now + THINKS);
            }
            _ => {}
        }
    }

    /// When [`Self::act`] has something to say.
    pub fn wakes(&self) -> Option<Duration> {
        match self.plan {
            Plan::Listen => None,
            Plan::Open(at) | Plan::Answer(.., at) => Some(at),
        }
    }

    /// What the learner says now, if its time has come.
    pub fn act(&mut self, now: Duration) -> Option<String> {
        if self.wakes().is_none_or(|at| now < at) {
            return None;
        }
        match std::mem::replace(&mut self.plan, Plan::Listen) {
            Plan::Listen => None,
            Plan::Open(_) => {
                let quiz = self.items.pop_front()?;
                Some(json!({"type": "quiz.open", "quiz": quiz}).to_string())
            }
            Plan::Answer(quiz, choice, _) => {
                self.answered = Some(now);
                Some(json!({"type": "quiz.answer", "quiz": quiz, "choice": choice}).to_string())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_transcript_is_whole_and_fits_one_message() {
        let message = transcript();
        let value: serde_json::Value = serde_json::from_str(&message).expect("JSON");
        let cues = value["cues"].as_array().expect("cues");
        assert!(cues.len() > 150 && message.len() < 65_536, "{} cues, {} bytes", cues.len(), message.len());
        assert_eq!((&cues[0]["start_s"], &cues[0]["text"]), (&json!(1.2), &json!("Okay, good morning everyone.")));
        assert_eq!(seconds("01:02:03.5"), Some(3723.5));
    }

    #[test]
    fn a_question_is_opened_answered_and_graded() {
        let (mut quiz, mut window) = (Quiz::new(1), Window::default());
        let mut hear = |quiz: &mut Quiz, second, text: &str| {
            quiz.listen(&Answer::parse(text).expect("JSON"), Duration::from_secs(second), &mut window);
        };
        hear(&mut quiz, 0, r#"{"type":"quiz.item","quiz":"q"}"#);
        assert_eq!(quiz.wakes(), None);
        hear(&mut quiz, 1, r#"{"type":"quiz.progress","state":"done"}"#);
        assert_eq!(quiz.act(Duration::from_secs(2)), None, "not yet");
        assert!(quiz.act(Duration::from_secs(3)).is_some_and(|text| text.contains("quiz.open")));
        hear(&mut quiz, 4, r#"{"type":"quiz.ask","quiz":"q","options":["a","b"]}"#);
        let answer = quiz.act(Duration::from_secs(6)).expect("an answer");
        assert!(answer.contains("\"choice\":0") || answer.contains("\"choice\":1"));
        hear(&mut quiz, 7, r#"{"type":"quiz.graded","quiz":"q","correct":true}"#);
        assert_eq!(quiz.act(Duration::from_secs(60)), None, "there was one question");
        assert_eq!((window.quiz, window.grade_latency.millis(1.0).round()), ([1, 1, 1], 1000.0));
    }
}
