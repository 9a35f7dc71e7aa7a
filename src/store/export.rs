//! All that is a learner's, table by table, some rows at a time: an export of years fits into little memory.

use futures::stream::{self, BoxStream, StreamExt as _, TryStreamExt as _};
use sea_orm::prelude::Uuid;
use sea_orm::sea_query::IntoValueTuple;
use sea_orm::{
    ColumnTrait as _, Cursor, DatabaseConnection, EntityTrait, FromQueryResult, IntoIdentity, QueryFilter as _,
    QuerySelect as _, Select, SelectModel,
};

use super::entities::{
    answer, attention_event, attention_minute, choice, consent, quiz, quiz_set, quiz_usage, recommendation,
    review_note, watch_session,
};
use super::sessions::{lectures_of, summary};
use super::{Caller, SessionSummary, Store, StoreError, ownership};

/// Rows at once where they are short: some 150 bytes each, 150 KiB.
const ROWS: u64 = 1000;
/// Rows at once where they hold texts: a quiz of a learner's own has 8 KiB with its options, so 400 KiB.
const TEXTS: u64 = 50;
/// Sessions whose events and minutes are looked for at once.
const SESSIONS: u64 = 50;

/// A table's rows, some at a time, in an order that stays. Each part is asked for when it is wanted; in between, no
/// connection to the database is held.
pub type Rows<T> = BoxStream<'static, Result<Vec<T>, StoreError>>;

/// An answer with what it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct ExportedAnswer {
    /// The row.
    pub answer: answer::Model,
    /// What was asked.
    pub question: Option<String>,
    /// What was chosen, in words.
    pub chosen: Option<String>,
}

impl Store {
    /// The caller's sessions, oldest first.
    pub fn export_sessions(&self, caller: Caller) -> Rows<SessionSummary> {
        let db = self.db.clone();
        let sessions = own_sessions(&db, caller, TEXTS);
        sessions.and_then(move |rows| with_lectures(db.clone(), rows)).boxed()
    }

    /// What happened in the caller's sessions.
    pub fn export_events(&self, caller: Caller) -> Rows<attention_event::Model> {
        use attention_event::Column::{Number, SessionId};
        self.of_sessions(caller, |db, sessions| {
            let select = attention_event::Entity::find().filter(SessionId.is_in(sessions));
            pages(db, select, ROWS, (SessionId, Number), |row| (row.session_id, row.number))
        })
    }

    /// How the minutes of the caller's sessions were spent.
    pub fn export_minutes(&self, caller: Caller) -> Rows<attention_minute::Model> {
        use attention_minute::Column::{Minute, SessionId};
        self.of_sessions(caller, |db, sessions| {
            let select = attention_minute::Entity::find().filter(SessionId.is_in(sessions));
            pages(db, select, ROWS, (SessionId, Minute), |row| (row.session_id, row.minute))
        })
    }

    /// The caller's answers with the questions.
    pub fn export_answers(&self, caller: Caller) -> Rows<ExportedAnswer> {
        use answer::Column::{LearnerId, QuizId, SessionId};
        let select = answer::Entity::find().filter(LearnerId.eq(caller.uuid()));
        let answers = pages(&self.db, select, TEXTS, (QuizId, SessionId), |row| (row.quiz_id, row.session_id));
        let db = self.db.clone();
        answers.and_then(move |rows| with_questions(db.clone(), rows)).boxed()
    }

    /// What the caller is to look at again.
    pub fn export_notes(&self, caller: Caller) -> Rows<review_note::Model> {
        use review_note::Column::{CreatedMs, Id, LearnerId};
        let select = review_note::Entity::find().filter(LearnerId.eq(caller.uuid()));
        pages(&self.db, select, TEXTS, (CreatedMs, Id), |row| (row.created_ms, row.id))
    }

    /// What the caller agreed to, and withdrew.
    pub fn export_consents(&self, caller: Caller) -> Rows<consent::Model> {
        use consent::Column::{GivenMs, Id, LearnerId};
        let select = consent::Entity::find().filter(LearnerId.eq(caller.uuid()));
        pages(&self.db, select, ROWS, (GivenMs, Id), |row| (row.given_ms, row.id))
    }

    /// The quiz sets that the caller recommended.
    pub fn export_recommendations(&self, caller: Caller) -> Rows<recommendation::Model> {
        use recommendation::Column::{LearnerId, SetId};
        let select = recommendation::Entity::find().filter(LearnerId.eq(caller.uuid()));
        pages(&self.db, select, ROWS, SetId, |row| row.set_id)
    }

    /// The quiz sets that the caller wrote or asked for.
    pub fn export_quiz_sets(&self, caller: Caller) -> Rows<quiz_set::Model> {
        use quiz_set::Column::{CreatedMs, Id, MadeBy};
        let select = quiz_set::Entity::find().filter(MadeBy.eq(caller.uuid()));
        pages(&self.db, select, TEXTS, (CreatedMs, Id), |row| (row.created_ms, row.id))
    }

    /// The quizzes that the caller wrote.
    pub fn export_quizzes(&self, caller: Caller) -> Rows<quiz::Model> {
        self.of_sets(caller, quizzes_of)
    }

    /// What can be answered to the quizzes that the caller wrote.
    pub fn export_choices(&self, caller: Caller) -> Rows<choice::Model> {
        use choice::Column::{Position, QuizId};
        self.of_sets(caller, |db, set| {
            let of = db.clone();
            let choices = move |quizzes: Vec<quiz::Model>| {
                let select = choice::Entity::find().filter(QuizId.is_in(quizzes.iter().map(|it| it.id)));
                pages(&of, select, TEXTS, (QuizId, Position), |row| (row.quiz_id, row.position))
            };
            quizzes_of(db, set).map_ok(choices).try_flatten().boxed()
        })
    }

    /// For how many lectures the caller had quizzes made on which day.
    pub fn export_quiz_usage(&self, caller: Caller) -> Rows<quiz_usage::Model> {
        use quiz_usage::Column::{Day, LearnerId};
        let select = quiz_usage::Entity::find().filter(LearnerId.eq(caller.uuid()));
        pages(&self.db, select, ROWS, Day, |row| row.day)
    }

    /// Rows that belong to sessions. A few sessions at a time, so that an index finds them on either database.
    fn of_sessions<T: Send + 'static>(
        &self,
        caller: Caller,
        rows: impl Fn(&DatabaseConnection, Vec<Uuid>) -> Rows<T> + Send + 'static,
    ) -> Rows<T> {
        let db = self.db.clone();
        let sessions = own_sessions(&db, caller, SESSIONS);
        sessions.map_ok(move |some| rows(&db, some.iter().map(|it| it.id).collect())).try_flatten().boxed()
    }

    /// Rows that belong to the sets that the caller wrote. One set at a time, so that no page has to look at all of them
    /// again.
    fn of_sets<T: Send + 'static>(
        &self,
        caller: Caller,
        rows: impl Fn(&DatabaseConnection, Uuid) -> Rows<T> + Send + 'static,
    ) -> Rows<T> {
        use quiz_set::Column::{CreatedMs, Id};
        let db = self.db.clone();
        let order = (CreatedMs, Id);
        let sets = pages(&db, ownership::own_sets(caller), TEXTS, order, |row| (row.created_ms, row.id));
        let each = move |some: Vec<quiz_set::Model>| {
            let tables: Vec<Rows<T>> = some.iter().map(|it| rows(&db, it.id)).collect();
            stream::iter(tables).flatten()
        };
        sets.map_ok(each).try_flatten().boxed()
    }
}

fn own_sessions(db: &DatabaseConnection, caller: Caller, at_once: u64) -> Rows<watch_session::Model> {
    use watch_session::Column::{Id, StartedMs};
    pages(db, ownership::own_sessions(caller), at_once, (StartedMs, Id), |row| (row.started_ms, row.id))
}

fn quizzes_of(db: &DatabaseConnection, set: Uuid) -> Rows<quiz::Model> {
    let select = quiz::Entity::find().filter(quiz::Column::SetId.eq(set));
    pages(db, select, TEXTS, quiz::Column::Position, |row| row.position)
}

/// `key` is what a row has in the columns `order`, which together are unique: the next page begins after the last row's.
fn pages<E, M, K>(
    db: &DatabaseConnection,
    select: Select<E>,
    at_once: u64,
    order: impl IntoIdentity,
    key: fn(&M) -> K,
) -> Rows<M>
where
    E: EntityTrait<Model = M>,
    M: FromQueryResult + Send + Sync + 'static,
    K: IntoValueTuple + Send + 'static,
{
    let cursor = select.cursor_by(order);
    let start = Some((db.clone(), cursor));
    let page = move |state: Option<(DatabaseConnection, Cursor<SelectModel<M>>)>| async move {
        let Some((db, mut cursor)) = state else { return Ok(None) };
        let rows: Vec<M> = cursor.first(at_once).all(&db).await?;
        let full = rows.len() as u64 == at_once;
        let next = rows.last().filter(|_| full).map(|last| {
            cursor.after(key(last));
            (db, cursor)
        });
        Ok((!rows.is_empty()).then_some((rows, next)))
    };
    stream::try_unfold(start, page).boxed()
}

async fn with_lectures(
    db: DatabaseConnection,
    rows: Vec<watch_session::Model>,
) -> Result<Vec<SessionSummary>, StoreError> {
    let lectures = lectures_of(&db, &rows).await?;
    let lecture = |id: Option<Uuid>| lectures.iter().find(|it| Some(it.id) == id);
    Ok(rows.iter().map(|row| summary(row, lecture(row.lecture_id))).collect())
}

async fn with_questions(db: DatabaseConnection, rows: Vec<answer::Model>) -> Result<Vec<ExportedAnswer>, StoreError> {
    use choice::Column::{Position, QuizId, Words};
    use quiz::Column::{Id, Question};
    let quizzes: Vec<Uuid> = rows.iter().map(|row| row.quiz_id).collect();
    // No more of them than is shown: explanations and reasons are long.
    let questions: Vec<(Uuid, String)> = quiz::Entity::find()
        .select_only()
        .columns([Id, Question])
        .filter(Id.is_in(quizzes.clone()))
        .into_tuple()
        .all(&db)
        .await?;
    let choices: Vec<(Uuid, i32, String)> = choice::Entity::find()
        .select_only()
        .columns([QuizId, Position, Words])
        .filter(QuizId.is_in(quizzes))
        .into_tuple()
        .all(&db)
        .await?;
    let exported = rows.into_iter().map(|answer| ExportedAnswer {
        question: questions.iter().find(|it| it.0 == answer.quiz_id).map(|it| it.1.clone()),
        chosen: choices.iter().find(|it| it.0 == answer.quiz_id && Some(it.1) == answer.choice).map(|it| it.2.clone()),
        answer,
    });
    Ok(exported.collect())
}
