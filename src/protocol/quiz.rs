//! Messages about quizzes, in both directions.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A piece of the lecture's subtitles.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TranscriptPiece {
    /// In any order; they are added to what came before.
    pub cues: Vec<CueWords>,
}

/// One subtitle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CueWords {
    /// When it appears, seconds of the lecture.
    pub start_s: f64,
    /// When it goes; none: with the next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_s: Option<f64>,
    /// As shown.
    pub text: String,
}

/// What shall make questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceWord {
    /// A language model.
    Llm,
    /// The maker that needs no network: sentences with a gap.
    Cloze,
    /// A person.
    Hand,
}

/// Make questions of the transcript that was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Generate {
    /// What shall make them; none: the server's choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceWord>,
}

/// An answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerWords {
    /// To which quiz.
    pub quiz: Uuid,
    /// Index of the option as it was shown, from 0; none: passed.
    #[serde(default)]
    pub choice: Option<usize>,
}

/// How far a set is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuizProgress {
    /// The set; none before there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<Uuid>,
    /// What makes it.
    pub source: SourceWord,
    /// How it stands.
    pub state: ProgressWord,
    /// Parts of the transcript; 0 while it is not known.
    pub chunks: usize,
    /// Parts that had their chance.
    pub chunks_done: usize,
    /// Questions so far.
    pub items: usize,
    /// What was not good enough, or could not be made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dropped: Vec<DroppedWords>,
    /// Why it failed: machine-readable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Why it failed: a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// How a set stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProgressWord {
    /// Questions are being made.
    Making,
    /// All there will be are there.
    Done,
    /// What is there can be used, but no more will come.
    Failed,
}

/// Why there is no question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DroppedWords {
    /// The part of the transcript, from 0.
    pub chunk: usize,
    /// A sentence.
    pub why: String,
}

/// There is a question at this place. What it asks comes with `quiz.ask`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct QuizItem {
    /// Its name.
    pub quiz: Uuid,
    /// Its set.
    pub set: Uuid,
    /// When it will be asked, seconds of the lecture.
    pub at_s: f64,
    /// If it was answered in this watch session: how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered: Option<AnsweredWords>,
}

/// What became of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnsweredWords {
    /// Whether the answer was right; who passed was not.
    pub correct: bool,
}

/// Please show this question now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuizAsk {
    /// Its name.
    pub quiz: Uuid,
    /// Its place, seconds of the lecture.
    pub at_s: f64,
    /// What made it.
    pub source: SourceWord,
    /// What is asked.
    pub question: String,
    /// In the order to be shown, which differs from learner to learner.
    pub options: Vec<String>,
}

/// What an answer was worth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuizGraded {
    /// The quiz.
    pub quiz: Uuid,
    /// What was chosen; none: passed.
    pub choice: Option<usize>,
    /// Whether it was right.
    pub correct: bool,
    /// The right option's index as shown.
    pub key: usize,
    /// Why each option is right or wrong, as shown; empty where nothing is known.
    pub reasons: Vec<String>,
    /// What else there is to say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explanation: Option<String>,
    /// What the lecturer said, word for word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// Where that was said, seconds of the lecture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quote_s: Option<f64>,
    /// From the question to the answer, by the server's clock.
    pub took_ms: u64,
}

/// The sets of this lecture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct QuizSets {
    /// Most recommended first, then newest; at most 100.
    pub sets: Vec<SetWords>,
}

/// One set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SetWords {
    /// Its name, for `quiz.use`.
    pub set: Uuid,
    /// What made it.
    pub source: SourceWord,
    /// A model's name, or cloze, or hand.
    pub maker: String,
    /// As its author called it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// How many questions.
    pub items: u64,
    /// Whether the learner made it.
    pub mine: bool,
    /// By how many learners it is recommended.
    pub recommendations: u64,
    /// Whether by this one.
    pub recommended: bool,
}
