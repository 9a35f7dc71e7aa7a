//! One transaction with whatever the writer has.

use std::collections::HashSet;

use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait as _, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait as _, DatabaseTransaction, DbErr, EntityTrait as _,
    QueryFilter as _, QuerySelect as _, Statement,
};

use super::entities::{attention_event, attention_minute, learner, lecture, watch_session};
use super::error::{Cure, cure};
use super::handovers::insert_handovers;
use super::quiz::insert_answers;
use super::types::{EndReason as Reason, Word};
use super::writer::{Closing, Opening, Sink, SinkError, What, Write, Written};
use super::{AttentionEvent, Caller, Lecture, MinuteTotals, SessionId, Store, ownership};
use crate::attention::Preset;

type Owned = HashSet<(Caller, SessionId)>;

impl Sink for Store {
    async fn write(&self, batch: &[Write]) -> Result<Written, SinkError> {
        self.write_batch(batch).await.map_err(|error| match cure(&error) {
            Cure::LeaveTheRow => SinkError::Poison(error.to_string()),
            Cure::TryAgain => SinkError::Away(error.to_string()),
        })
    }
}

impl Store {
    async fn write_batch(&self, batch: &[Write]) -> Result<Written, DbErr> {
        let transaction = self.begin_write().await?;
        open_sessions(&transaction, batch).await?;
        let pairs: Owned = batch.iter().map(|write| (write.caller, write.session)).collect();
        let owned = ownership::owned(&transaction, &pairs).await?;
        let (accepted, others): (Vec<&Write>, Vec<&Write>) =
            batch.iter().partition(|it| owned.contains(&(it.caller, it.session)));
        let known = known(&transaction, others.iter().copied()).await?;
        let refused = others.iter().filter(|write| known.contains(&write.caller.uuid())).count();
        upsert_events(&transaction, &accepted).await?;
        upsert_minutes(&transaction, &accepted).await?;
        let gone = insert_answers(&transaction, &accepted).await?;
        close_sessions(&transaction, &accepted).await?;
        insert_handovers(&transaction, &accepted).await?;
        transaction.commit().await?;
        Ok(Written { rows: accepted.len() - gone, refused, erased: others.len() - refused + gone })
    }
}

/// Those whom the writes are of, without who was erased.
async fn known<'a>(
    transaction: &DatabaseTransaction,
    writes: impl Iterator<Item = &'a Write>,
) -> Result<HashSet<Uuid>, DbErr> {
    let callers: HashSet<Uuid> = writes.map(|write| write.caller.uuid()).collect();
    if callers.is_empty() {
        return Ok(callers);
    }
    let found: Vec<Uuid> = learner::Entity::find()
        .select_only()
        .column(learner::Column::Id)
        .filter(learner::Column::Id.is_in(callers))
        .into_tuple()
        .all(transaction)
        .await?;
    Ok(found.into_iter().collect())
}

async fn open_sessions(transaction: &DatabaseTransaction, batch: &[Write]) -> Result<(), DbErr> {
    let mut opened: Vec<(&Write, &Opening)> = batch
        .iter()
        .filter_map(|write| match &write.what {
            What::Opened(opening) => Some((write, opening)),
            _ => None,
        })
        .collect();
    let known = known(transaction, opened.iter().map(|(write, _)| *write)).await?;
    opened.retain(|(write, _)| known.contains(&write.caller.uuid()));
    for lecture in opened.iter().filter_map(|(_, opening)| opening.lecture.as_ref()) {
        upsert_lecture(transaction, lecture).await?;
    }
    if opened.is_empty() {
        return Ok(());
    }
    // The same opening once more may know the lecture's length by now. Somebody else's session is not changed.
    use watch_session::Column::{DurationSeconds, Id, LearnerId};
    let new = |column| Expr::col(("excluded", column));
    let length = new(DurationSeconds).if_null(Expr::col((watch_session::Entity, DurationSeconds)));
    let own = new(LearnerId).equals((watch_session::Entity, LearnerId));
    let conflict = OnConflict::column(Id).value(DurationSeconds, length).action_and_where(own).to_owned();
    let rows = opened.iter().map(|(write, opening)| session_row(write, opening));
    watch_session::Entity::insert_many(rows).on_conflict(conflict).exec_without_returning(transaction).await?;
    Ok(())
}

fn session_row(write: &Write, opening: &Opening) -> watch_session::ActiveModel {
    watch_session::ActiveModel {
        id: Set(write.session.0),
        learner_id: Set(write.caller.uuid()),
        lecture_id: Set(opening.lecture.as_ref().map(Lecture::id)),
        course: Set(opening.lecture.as_ref().and_then(Lecture::course).map(str::to_owned)),
        title: Set(opening.lecture.as_ref().and_then(Lecture::title).map(str::to_owned)),
        duration_seconds: Set(opening.lecture.as_ref().and_then(Lecture::duration_seconds)),
        started_ms: Set(opening.started.0),
        ended_ms: Set(None),
        end_reason: Set(None),
        lecture_seconds: Set(None),
        finisher: Set(None),
        preset: Set(opening.preset.word().to_owned()),
    }
}

pub(super) async fn upsert_lecture(transaction: &DatabaseTransaction, lecture: &Lecture) -> Result<(), DbErr> {
    use lecture::Column::{Course, Id, Title};
    let row = lecture::ActiveModel {
        id: Set(lecture.id()),
        url: Set(lecture.url().to_owned()),
        course: Set(lecture.course().map(str::to_owned)),
        title: Set(lecture.title().map(str::to_owned)),
        finishers: Set(0),
    };
    // Id and address are both unique: of two that insert the same at one time, PostgreSQL may see either of them clash.
    let known = OnConflict::new().do_nothing().to_owned();
    if lecture::Entity::insert(row).on_conflict(known).exec_without_returning(transaction).await? > 0 {
        return Ok(());
    }
    // A name that is new wins; one that is missing does not.
    let mut update = lecture::Entity::update_many().filter(Id.eq(lecture.id()));
    for (column, name) in [(Course, lecture.course()), (Title, lecture.title())] {
        if let Some(name) = name {
            update = update.col_expr(column, Expr::val(name));
        }
    }
    if lecture.course().or(lecture.title()).is_some() {
        update.exec(transaction).await?;
    }
    Ok(())
}

async fn upsert_events(transaction: &DatabaseTransaction, accepted: &[&Write]) -> Result<(), DbErr> {
    use attention_event::Column::{EndedMs, LectureSeconds, Number, Peak, SessionId};
    let rows: Vec<_> = accepted
        .iter()
        .filter_map(|write| match &write.what {
            What::Event(event) => Some(event_row(write.session, event)),
            _ => None,
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let conflict = OnConflict::columns([SessionId, Number]).update_columns([EndedMs, Peak, LectureSeconds]).to_owned();
    attention_event::Entity::insert_many(rows).on_conflict(conflict).exec_without_returning(transaction).await?;
    Ok(())
}

fn event_row(session: SessionId, event: &AttentionEvent) -> attention_event::ActiveModel {
    attention_event::ActiveModel {
        session_id: Set(session.0),
        number: Set(whole(event.number)),
        kind: Set(event.kind.word().to_owned()),
        started_ms: Set(event.started.0),
        ended_ms: Set(event.ended.map(|it| it.0)),
        peak: Set(event.peak.word().to_owned()),
        lecture_seconds: Set(event.lecture_seconds),
    }
}

async fn upsert_minutes(transaction: &DatabaseTransaction, accepted: &[&Write]) -> Result<(), DbErr> {
    use attention_minute::Column;
    use sea_orm::Iterable as _;
    let rows: Vec<_> = accepted
        .iter()
        .filter_map(|write| match &write.what {
            What::Minute(totals) => Some(minute_row(write.session, totals)),
            _ => None,
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let values = Column::iter().filter(|column| !matches!(column, Column::SessionId | Column::Minute));
    let conflict = OnConflict::columns([Column::SessionId, Column::Minute]).update_columns(values).to_owned();
    attention_minute::Entity::insert_many(rows).on_conflict(conflict).exec_without_returning(transaction).await?;
    Ok(())
}

fn minute_row(session: SessionId, totals: &MinuteTotals) -> attention_minute::ActiveModel {
    attention_minute::ActiveModel {
        session_id: Set(session.0),
        minute: Set(whole(totals.minute)),
        attentive_ms: Set(whole(totals.attentive_ms)),
        eyes_closed_ms: Set(whole(totals.eyes_closed_ms)),
        drowsy_ms: Set(whole(totals.drowsy_ms)),
        absent_ms: Set(whole(totals.absent_ms)),
        slumped_ms: Set(whole(totals.slumped_ms)),
        looking_away_ms: Set(whole(totals.looking_away_ms)),
        unknown_ms: Set(whole(totals.unknown_ms)),
        paused_ms: Set(whole(totals.paused_ms)),
        frames: Set(whole(totals.frames)),
        lecture_seconds: Set(totals.lecture_seconds),
    }
}

async fn close_sessions(transaction: &DatabaseTransaction, accepted: &[&Write]) -> Result<(), DbErr> {
    use watch_session::Column::{EndReason, EndedMs, Id, LectureId, LectureSeconds};
    let closed: Vec<(&Write, &Closing)> = accepted
        .iter()
        .filter_map(|write| match &write.what {
            What::Closed(closing) => Some((*write, closing)),
            _ => None,
        })
        .collect();
    if closed.is_empty() {
        return Ok(());
    }
    let conflict = OnConflict::column(Id).update_columns([EndedMs, EndReason, LectureSeconds]).to_owned();
    let rows = closed.iter().map(|(write, closing)| closed_row(write, closing));
    watch_session::Entity::insert_many(rows).on_conflict(conflict).exec_without_returning(transaction).await?;
    let of_lectures: Vec<Uuid> = watch_session::Entity::find()
        .select_only()
        .column(Id)
        .filter(Id.is_in(closed.iter().map(|(write, _)| write.session.0)))
        .filter(LectureId.is_not_null())
        .into_tuple()
        .all(transaction)
        .await?;
    let of_lectures: HashSet<Uuid> = of_lectures.into_iter().collect();
    for (write, closing) in closed {
        if closing.reason != Reason::Crash && of_lectures.contains(&write.session.0) {
            count_finisher(transaction, write).await?;
        }
    }
    Ok(())
}

/// How a session ended that is there, as its learner owns it; the rest of the row is not looked at.
fn closed_row(write: &Write, closing: &Closing) -> watch_session::ActiveModel {
    watch_session::ActiveModel {
        id: Set(write.session.0),
        learner_id: Set(write.caller.uuid()),
        started_ms: Set(closing.ended.0),
        preset: Set(Preset::Default.word().to_owned()),
        ended_ms: Set(Some(closing.ended.0)),
        end_reason: Set(Some(closing.reason.word().to_owned())),
        lecture_seconds: Set(closing.lecture_seconds),
        ..Default::default()
    }
}

/// The learner's first finished session of a lecture gets the next number, once and for all.
async fn count_finisher(transaction: &DatabaseTransaction, write: &Write) -> Result<(), DbErr> {
    let run = |sql: &str| {
        let values = [write.session.0.into(), write.caller.uuid().into()];
        transaction.execute_raw(Statement::from_sql_and_values(transaction.get_database_backend(), sql, values))
    };
    if run(COUNT_FINISHER).await?.rows_affected() > 0 {
        run(NUMBER_FINISHER).await?;
    }
    Ok(())
}

const COUNT_FINISHER: &str = "UPDATE lectures SET finishers = finishers + 1 \
    WHERE id = (SELECT lecture_id FROM watch_sessions WHERE id = $1) \
    AND NOT EXISTS (SELECT 1 FROM watch_sessions s \
        WHERE s.learner_id = $2 AND s.lecture_id = lectures.id AND s.finisher IS NOT NULL)";

const NUMBER_FINISHER: &str = "UPDATE watch_sessions \
    SET finisher = (SELECT finishers FROM lectures WHERE lectures.id = watch_sessions.lecture_id) \
    WHERE id = $1 AND learner_id = $2";

/// Both databases' integers are signed.
fn whole(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
