//! Quiz sets as they are sent and received.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::server::times::Iso;
use crate::store::{Choice, NewQuiz, SetDetails, SetSummary, Source, StoredQuiz};

/// Of which lecture.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::server::api) struct ListQuery {
    /// Its address, as the client says it over the WebSocket.
    #[param(example = "https://example.com/lecture/7")]
    pub lecture: String,
}

/// A lecture's sets.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(in crate::server::api) struct SetList {
    /// Most recommended first, then the newest; 100 at the most.
    pub sets: Vec<SetItem>,
}

/// A set without its quizzes.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = QuizSetItem)]
pub(in crate::server::api) struct SetItem {
    id: Uuid,
    /// The lecture's canonical address.
    lecture: String,
    /// `llm`, `cloze` or `hand`.
    #[schema(value_type = String, example = "hand")]
    source: Source,
    /// What made it: a model's name, cloze, hand.
    maker: String,
    title: Option<String>,
    /// ISO 639-3.
    #[schema(example = "kor")]
    language: Option<String>,
    /// How many it has.
    quizzes: u64,
    created: Iso,
    /// Whether the learner wrote it, and may change it.
    mine: bool,
    /// How many learners recommend it.
    recommendations: u64,
    recommended_by_me: bool,
}

/// A set as the learner may see it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = QuizSetReport)]
pub(in crate::server::api) struct SetReport {
    set: SetItem,
    /// Where in the lecture something is asked, seconds.
    places: Vec<f64>,
    /// None of a set that somebody else wrote.
    quizzes: Option<Vec<QuizBody>>,
}

/// A set to be kept.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewQuizSet)]
pub(in crate::server::api) struct NewSetBody {
    pub lecture: LectureBody,
    /// 300 characters at the most.
    pub title: Option<String>,
    /// 1 to 100.
    pub quizzes: Vec<QuizBody>,
}

/// What a set is to hold from now on.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = QuizSetChange)]
pub(in crate::server::api) struct ChangeBody {
    /// 300 characters at the most.
    pub title: Option<String>,
    /// 1 to 100; those that are as they were keep their ids and answers.
    pub quizzes: Vec<QuizBody>,
}

/// What the set is about.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object with \"url\"")]
#[schema(as = QuizSetLecture)]
pub(in crate::server::api) struct LectureBody {
    #[schema(example = "https://example.com/lecture/7")]
    pub url: String,
    pub course: Option<String>,
    pub title: Option<String>,
}

/// A question with its key.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object with \"at_s\", \"question\", \"options\" and \"key\"")]
#[schema(as = QuizSetQuiz)]
pub(in crate::server::api) struct QuizBody {
    /// Passed over in what is sent.
    id: Option<Uuid>,
    /// Its place in the lecture, seconds.
    #[schema(minimum = 0, maximum = 604_800)]
    at_s: f64,
    /// 1000 characters at the most. The whole question takes 8 KiB of JSON at the most; no text holds control characters but line
    /// breaks and tabs, nor invisible ones.
    #[schema(max_length = 1000)]
    question: String,
    /// 2 to 6, no two of them alike.
    options: Vec<OptionBody>,
    /// Which option is right: 0, 1, ...
    key: usize,
    #[schema(max_length = 1000)]
    explanation: Option<String>,
}

/// What can be answered.
#[derive(Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, expecting = "an object with \"text\"")]
#[schema(as = QuizSetOption)]
pub(in crate::server::api) struct OptionBody {
    #[schema(max_length = 500)]
    text: String,
    /// Why it is right, or wrong.
    #[schema(max_length = 1000)]
    reason: Option<String>,
}

impl QuizBody {
    /// Whether the key is one of its options' index; of none there is none.
    ///
    /// # Errors
    /// With what to tell.
    pub fn check_key(&self) -> Result<(), String> {
        let (key, options) = (self.key, self.options.len());
        match options.checked_sub(1) {
            Some(last) if key > last => Err(format!("key {key} is no index of its {options} options (0 to {last})")),
            _ => Ok(()),
        }
    }
}

impl From<QuizBody> for NewQuiz {
    fn from(body: QuizBody) -> Self {
        let QuizBody { at_s, question, options, key, explanation, .. } = body;
        let choice = |(n, it): (usize, OptionBody)| Choice { words: it.text, correct: n == key, reason: it.reason };
        Self {
            at_s,
            question,
            explanation,
            choices: options.into_iter().enumerate().map(choice).collect(),
            quote: None,
            context: None,
            cue_start_s: None,
            cue_end_s: None,
        }
    }
}

impl From<StoredQuiz> for QuizBody {
    fn from(StoredQuiz { id, quiz }: StoredQuiz) -> Self {
        Self {
            id: Some(id.0),
            at_s: quiz.at_s,
            question: quiz.question,
            key: quiz.choices.iter().position(|it| it.correct).unwrap_or(0),
            options: quiz.choices.into_iter().map(|it| OptionBody { text: it.words, reason: it.reason }).collect(),
            explanation: quiz.explanation,
        }
    }
}

impl From<SetSummary> for SetItem {
    fn from(set: SetSummary) -> Self {
        Self {
            id: set.id.0,
            lecture: set.url,
            source: set.source,
            maker: set.maker,
            title: set.title,
            language: set.language,
            quizzes: set.quizzes,
            created: set.created.into(),
            mine: set.mine,
            recommendations: set.recommendations,
            recommended_by_me: set.recommended_by_me,
        }
    }
}

impl From<SetDetails> for SetReport {
    fn from(SetDetails { summary, places, quizzes }: SetDetails) -> Self {
        let quizzes = quizzes.map(|all| all.into_iter().map(QuizBody::from).collect());
        Self { set: summary.into(), places, quizzes }
    }
}
