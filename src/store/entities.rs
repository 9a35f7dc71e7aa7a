//! The tables as sea-orm sees them. What columns mean and what they may hold stands in migrations/.
//!
//! Ids are random or time-ordered UUIDs, times milliseconds since 1970 in UTC.

/// One module a table: the derive macros give each its Entity, Column, Model and ActiveModel.
macro_rules! table {
    ($(#[$doc:meta])* $module:ident = $name:literal { $($(#[$attribute:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        pub mod $module {
            use sea_orm::entity::prelude::*;

            /// A row.
            #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
            #[sea_orm(table_name = $name)]
            pub struct Model {
                $(#[allow(missing_docs)] $(#[$attribute])* pub $field: $type,)*
            }

            /// None: the few joins are written out where they are needed.
            #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

table! {
    /// Who learns.
    learner = "learners" {
        #[sea_orm(primary_key, auto_increment = false)]
        id: Uuid,
        created_ms: i64,
        display_name: Option<String>,
        timezone: Option<String>,
        kind: String,
    }
}

table! {
    /// Who agreed to what.
    consent = "consents" {
        #[sea_orm(primary_key, auto_increment = false)]
        id: Uuid,
        learner_id: Uuid,
        text_version: String,
        given_ms: i64,
        withdrawn_ms: Option<i64>,
    }
}

table! {
    /// What can be watched.
    lecture = "lectures" {
        #[sea_orm(primary_key, auto_increment = false)]
        id: Uuid,
        url: String,
        course: Option<String>,
        title: Option<String>,
        finishers: i32,
    }
}

table! {
    /// Who watched what when.
    watch_session = "watch_sessions" {
        #[sea_orm(primary_key, auto_increment = false)]
        id: Uuid,
        learner_id: Uuid,
        lecture_id: Option<Uuid>,
        course: Option<String>,
        title: Option<String>,
        duration_seconds: Option<f64>,
        started_ms: i64,
        ended_ms: Option<i64>,
        end_reason: Option<String>,
        lecture_seconds: Option<f64>,
        finisher: Option<i32>,
        preset: String,
    }
}

table! {
    /// What happened in a session.
    attention_event = "attention_events" {
        #[sea_orm(primary_key, auto_increment = false)]
        session_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        number: i32,
        kind: String,
        started_ms: i64,
        ended_ms: Option<i64>,
        peak: String,
        lecture_seconds: Option<f64>,
    }
}

table! {
    /// How a session's minutes were spent.
    attention_minute = "attention_minutes" {
        #[sea_orm(primary_key, auto_increment = false)]
        session_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
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
}

table! {
    /// Quizzes made together.
    quiz_set = "quiz_sets" {
        #[sea_orm(primary_key, auto_increment = false)]
        id: Uuid,
        lecture_id: Uuid,
        made_by: Option<Uuid>,
        maker: String,
        created_ms: i64,
        source: String,
        title: Option<String>,
        language: Option<String>,
        transcript_hash: Option<String>,
        recipe: Option<String>,
        finished_ms: Option<i64>,
        retired_ms: Option<i64>,
        recommended: i32,
    }
}

table! {
    /// A question at its place in a lecture.
    quiz = "quizzes" {
        #[sea_orm(primary_key, auto_increment = false)]
        id: Uuid,
        set_id: Uuid,
        position: i32,
        lecture_seconds: f64,
        question: String,
        explanation: Option<String>,
        quote: Option<String>,
        context: Option<String>,
        cue_start_s: Option<f64>,
        cue_end_s: Option<f64>,
        retired_ms: Option<i64>,
    }
}

table! {
    /// What can be answered. `correct` never leaves the server before the answer has come.
    choice = "choices" {
        #[sea_orm(primary_key, auto_increment = false)]
        quiz_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        position: i32,
        words: String,
        correct: bool,
        reason: Option<String>,
    }
}

table! {
    /// What was answered, once a learner, quiz and session.
    answer = "answers" {
        #[sea_orm(primary_key, auto_increment = false)]
        learner_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        quiz_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        session_id: Uuid,
        choice: Option<i32>,
        correct: bool,
        answered_ms: i64,
        asked_ms: Option<i64>,
        took_ms: Option<i64>,
    }
}

table! {
    /// Who recommends which set, once each.
    recommendation = "recommendations" {
        #[sea_orm(primary_key, auto_increment = false)]
        learner_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        set_id: Uuid,
        created_ms: i64,
    }
}

table! {
    /// What a learner is to look at again.
    review_note = "review_notes" {
        #[sea_orm(primary_key, auto_increment = false)]
        id: Uuid,
        learner_id: Uuid,
        session_id: Option<Uuid>,
        quiz_id: Option<Uuid>,
        lecture_seconds: Option<f64>,
        words: String,
        created_ms: i64,
        keyword: Option<String>,
        source: Option<String>,
    }
}

table! {
    /// How many lectures' quizzes were made for a learner on a day.
    quiz_usage = "quiz_usage" {
        #[sea_orm(primary_key, auto_increment = false)]
        learner_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        day: i32,
        made: i32,
    }
}

table! {
    /// On the way from one server process to the next.
    handover = "handovers" {
        #[sea_orm(primary_key, auto_increment = false)]
        secret_hash: String,
        learner_id: Uuid,
        session_id: Uuid,
        left_ms: i64,
        state: String,
    }
}
