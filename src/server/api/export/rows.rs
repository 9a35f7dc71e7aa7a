//! Rows as they are shown: the learner's own id is left out, times are readable.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::server::times::Iso;
use crate::store::ExportedAnswer;
use crate::store::entities::{
    attention_event, attention_minute, choice, consent, quiz, quiz_set, quiz_usage, recommendation, review_note,
};

/// What the learner agreed to.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = ExportedConsent)]
pub(super) struct GivenConsent {
    version: String,
    given: Iso,
    withdrawn: Option<Iso>,
}

impl From<consent::Model> for GivenConsent {
    fn from(row: consent::Model) -> Self {
        Self { version: row.text_version, given: Iso(row.given_ms), withdrawn: row.withdrawn_ms.map(Iso) }
    }
}

/// Something that happened in a session.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = ExportedEvent)]
pub(super) struct Event {
    session: Uuid,
    number: i32,
    #[schema(example = "eyes_closed")]
    kind: String,
    started: Iso,
    ended: Option<Iso>,
    #[schema(example = "pre_alarm")]
    peak: String,
    lecture_seconds: Option<f64>,
}

impl From<attention_event::Model> for Event {
    fn from(row: attention_event::Model) -> Self {
        Self {
            session: row.session_id,
            number: row.number,
            kind: row.kind,
            started: Iso(row.started_ms),
            ended: row.ended_ms.map(Iso),
            peak: row.peak,
            lecture_seconds: row.lecture_seconds,
        }
    }
}

/// How a session's minute was spent.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = ExportedMinute)]
pub(super) struct Minute {
    session: Uuid,
    minute: i32,
    attentive_ms: i32,
    eyes_closed_ms: i32,
    drowsy_ms: i32,
    absent_ms: i32,
    slumped_ms: i32,
    looking_away_ms: i32,
    unknown_ms: i32,
    paused_ms: i32,
    frames: i32,
    lecture_seconds: Option<f64>,
}

impl From<attention_minute::Model> for Minute {
    fn from(row: attention_minute::Model) -> Self {
        Self {
            session: row.session_id,
            minute: row.minute,
            attentive_ms: row.attentive_ms,
            eyes_closed_ms: row.eyes_closed_ms,
            drowsy_ms: row.drowsy_ms,
            absent_ms: row.absent_ms,
            slumped_ms: row.slumped_ms,
            looking_away_ms: row.looking_away_ms,
            unknown_ms: row.unknown_ms,
            paused_ms: row.paused_ms,
            frames: row.frames,
            lecture_seconds: row.lecture_seconds,
        }
    }
}

/// What was answered.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = ExportedAnswer)]
pub(super) struct Answer {
    session: Uuid,
    quiz: Uuid,
    question: Option<String>,
    /// The choice's position, from 1, as in `choices`; None when the question was passed.
    choice: Option<i32>,
    chosen: Option<String>,
    correct: bool,
    answered: Iso,
    asked: Option<Iso>,
    took_ms: Option<i64>,
}

impl From<ExportedAnswer> for Answer {
    fn from(ExportedAnswer { answer, question, chosen }: ExportedAnswer) -> Self {
        Self {
            session: answer.session_id,
            quiz: answer.quiz_id,
            question,
            choice: answer.choice,
            chosen,
            correct: answer.correct,
            answered: Iso(answer.answered_ms),
            asked: answer.asked_ms.map(Iso),
            took_ms: answer.took_ms,
        }
    }
}

/// What to look at again.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = ExportedNote)]
pub(super) struct Note {
    id: Uuid,
    session: Option<Uuid>,
    quiz: Option<Uuid>,
    lecture_seconds: Option<f64>,
    words: String,
    created: Iso,
    keyword: Option<String>,
    /// What made it: `llm`, or `cues`.
    source: Option<String>,
}

impl From<review_note::Model> for Note {
    fn from(row: review_note::Model) -> Self {
        Self {
            id: row.id,
            session: row.session_id,
            quiz: row.quiz_id,
            lecture_seconds: row.lecture_seconds,
            words: row.words,
            created: Iso(row.created_ms),
            keyword: row.keyword,
            source: row.source,
        }
    }
}

/// A quiz set that the learner recommended.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = ExportedRecommendation)]
pub(super) struct Recommendation {
    quiz_set: Uuid,
    created: Iso,
}

impl From<recommendation::Model> for Recommendation {
    fn from(row: recommendation::Model) -> Self {
        Self { quiz_set: row.set_id, created: Iso(row.created_ms) }
    }
}

/// A quiz set that the learner wrote or asked for.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = ExportedQuizSet)]
pub(super) struct QuizSet {
    id: Uuid,
    lecture: Uuid,
    /// What made it: a model's name, or cloze.
    maker: String,
    created: Iso,
    /// `hand`: the learner wrote it. `llm` or `cloze`: it was made.
    #[schema(example = "hand")]
    source: String,
    title: Option<String>,
    language: Option<String>,
    finished: Option<Iso>,
    /// Deleted by the learner then, and kept for those who answered or still answer.
    retired: Option<Iso>,
}

impl From<quiz_set::Model> for QuizSet {
    fn from(row: quiz_set::Model) -> Self {
        Self {
            id: row.id,
            lecture: row.lecture_id,
            maker: row.maker,
            created: Iso(row.created_ms),
            source: row.source,
            title: row.title,
            language: row.language,
            finished: row.finished_ms.map(Iso),
            retired: row.retired_ms.map(Iso),
        }
    }
}

/// A quiz that the learner wrote.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = ExportedQuiz)]
pub(super) struct Quiz {
    id: Uuid,
    quiz_set: Uuid,
    lecture_seconds: f64,
    question: String,
    explanation: Option<String>,
    /// Changed or deleted by the learner then, and kept for those who answered or still answer.
    retired: Option<Iso>,
}

impl From<quiz::Model> for Quiz {
    fn from(row: quiz::Model) -> Self {
        Self {
            id: row.id,
            quiz_set: row.set_id,
            lecture_seconds: row.lecture_seconds,
            question: row.question,
            explanation: row.explanation,
            retired: row.retired_ms.map(Iso),
        }
    }
}

/// What can be answered to a quiz that the learner wrote.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = ExportedChoice)]
pub(super) struct Choice {
    quiz: Uuid,
    position: i32,
    words: String,
    correct: bool,
    reason: Option<String>,
}

impl From<choice::Model> for Choice {
    fn from(row: choice::Model) -> Self {
        Self { quiz: row.quiz_id, position: row.position, words: row.words, correct: row.correct, reason: row.reason }
    }
}

/// For how many lectures the learner had quizzes made on a day; days are kept for a day or two.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = ExportedQuizUsage)]
pub(super) struct QuizUsage {
    /// The day's beginning.
    day: Iso,
    made: i32,
}

impl From<quiz_usage::Model> for QuizUsage {
    fn from(row: quiz_usage::Model) -> Self {
        Self { day: Iso(i64::from(row.day) * 86_400_000), made: row.made }
    }
}
