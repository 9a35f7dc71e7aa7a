//! A learner's sessions: the list, and one with all that happened in it.

use sea_orm::prelude::Uuid;
use sea_orm::sea_query::{Expr, ExprTrait as _, Func, LikeExpr};
use sea_orm::{
    ColumnTrait as _, Condition, ConnectionTrait, DbErr, EntityTrait as _, Order, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _, Select,
};

use super::entities::{attention_event, attention_minute, lecture, watch_session};
use super::types::Word;
use super::{AttentionEvent, Caller, EndReason, MinuteTotals, SessionId, Store, StoreError, UtcMs, ownership};
use crate::attention::{Kind, Level, Preset};

/// Sessions of one page at the most.
const MOST_PER_PAGE: u64 = 100;

/// Which sessions, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionFilter {
    /// In the session's title or course, in any case (SQLite: of ASCII letters only). None or empty: all.
    pub search: Option<String>,
    /// Started then or later.
    pub from: Option<UtcMs>,
    /// Started before.
    pub until: Option<UtcMs>,
    /// From 0.
    pub page: u64,
    /// 1 to 100.
    pub per_page: u64,
}

/// One page of the list.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionPage {
    /// Newest first.
    pub sessions: Vec<SessionSummary>,
    /// On all pages together.
    pub total: u64,
}

/// A session without what happened in it.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionSummary {
    /// Its id.
    pub id: SessionId,
    /// What was watched, if the client said so.
    pub url: Option<String>,
    /// The lecture's course.
    pub course: Option<String>,
    /// The lecture's title.
    pub title: Option<String>,
    /// How long the lecture is, if the client said so.
    pub duration_seconds: Option<f64>,
    /// When it began.
    pub started: UtcMs,
    /// None while it lasts.
    pub ended: Option<UtcMs>,
    /// None while it lasts.
    pub end_reason: Option<EndReason>,
    /// How much of the lecture was played, if the client said so.
    pub lecture_seconds: Option<f64>,
    /// The limits that held.
    pub preset: Preset,
}

/// A session with what happened in it.
#[derive(Debug, Clone, PartialEq)]
pub struct SessionDetails {
    /// What and when.
    pub summary: SessionSummary,
    /// By number.
    pub events: Vec<AttentionEvent>,
    /// By minute; minutes that were not written are missing.
    pub minutes: Vec<MinuteTotals>,
}

impl Store {
    /// The caller's sessions, a page of them.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn sessions(&self, caller: Caller, filter: &SessionFilter) -> Result<SessionPage, StoreError> {
        let per_page = filter.per_page.clamp(1, MOST_PER_PAGE);
        let offset = filter.page.saturating_mul(per_page).clamp(0, i64::MAX as u64);
        let matching = matching(caller, filter);
        let total = matching.clone().count(&self.db).await?;
        let rows = matching
            .order_by(watch_session::Column::StartedMs, Order::Desc)
            .order_by(watch_session::Column::Id, Order::Desc)
            .offset(offset)
            .limit(per_page)
            .all(&self.db)
            .await?;
        let lectures = lectures_of(&self.db, &rows).await?;
        let lecture = |id: Option<Uuid>| lectures.iter().find(|it| Some(it.id) == id);
        let sessions = rows.iter().map(|row| summary(row, lecture(row.lecture_id))).collect();
        Ok(SessionPage { sessions, total })
    }

    /// One session with its events and minutes.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if it is not the caller's, [`StoreError::Database`].
    pub async fn session(&self, caller: Caller, session: SessionId) -> Result<SessionDetails, StoreError> {
        let row = ownership::own_session(&self.db, caller, session).await?;
        let lectures = lectures_of(&self.db, std::slice::from_ref(&row)).await?;
        let events = attention_event::Entity::find()
            .filter(attention_event::Column::SessionId.eq(row.id))
            .order_by_asc(attention_event::Column::Number)
            .all(&self.db)
            .await?;
        let minutes = attention_minute::Entity::find()
            .filter(attention_minute::Column::SessionId.eq(row.id))
            .order_by_asc(attention_minute::Column::Minute)
            .all(&self.db)
            .await?;
        Ok(SessionDetails {
            summary: summary(&row, lectures.first()),
            events: events.iter().filter_map(event).collect(),
            minutes: minutes.iter().map(totals).collect(),
        })
    }
}

fn matching(caller: Caller, filter: &SessionFilter) -> Select<watch_session::Entity> {
    use watch_session::Column::StartedMs;
    let mut matching = ownership::own_sessions(caller);
    if let Some(from) = filter.from {
        matching = matching.filter(StartedMs.gte(from.0));
    }
    if let Some(until) = filter.until {
        matching = matching.filter(StartedMs.lt(until.0));
    }
    if let Some(words) = filter.search.as_deref().map(str::trim).filter(|words| !words.is_empty()) {
        matching = matching.filter(named(words));
    }
    matching
}

/// The words as they stand: % and _ are no wildcards.
fn named(words: &str) -> Condition {
    let mut pattern = String::from("%");
    for c in words.to_lowercase().chars().filter(|c| *c != '\0') {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    let like = |column: watch_session::Column| {
        Expr::expr(Func::lower(Expr::col(column))).like(LikeExpr::new(pattern.clone()).escape('\\'))
    };
    Condition::any().add(like(watch_session::Column::Title)).add(like(watch_session::Column::Course))
}

pub(super) async fn lectures_of(
    db: &impl ConnectionTrait,
    sessions: &[watch_session::Model],
) -> Result<Vec<lecture::Model>, DbErr> {
    let ids: Vec<Uuid> = sessions.iter().filter_map(|session| session.lecture_id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    lecture::Entity::find().filter(lecture::Column::Id.is_in(ids)).all(db).await
}

pub(super) fn summary(row: &watch_session::Model, lecture: Option<&lecture::Model>) -> SessionSummary {
    SessionSummary {
        id: SessionId(row.id),
        url: lecture.map(|it| it.url.clone()),
        course: row.course.clone(),
        title: row.title.clone(),
        duration_seconds: row.duration_seconds,
        started: UtcMs(row.started_ms),
        ended: row.ended_ms.map(UtcMs),
        end_reason: row.end_reason.as_deref().and_then(EndReason::of_word),
        lecture_seconds: row.lecture_seconds,
        preset: Preset::of_word(&row.preset).unwrap_or_default(),
    }
}

/// None for a kind or level that this version does not know.
pub(super) fn event(row: &attention_event::Model) -> Option<AttentionEvent> {
    Some(AttentionEvent {
        number: row.number.unsigned_abs(),
        kind: Kind::of_word(&row.kind)?,
        started: UtcMs(row.started_ms),
        ended: row.ended_ms.map(UtcMs),
        peak: Level::of_word(&row.peak)?,
        lecture_seconds: row.lecture_seconds,
    })
}

pub(super) fn totals(row: &attention_minute::Model) -> MinuteTotals {
    MinuteTotals {
        minute: row.minute.unsigned_abs(),
        attentive_ms: row.attentive_ms.unsigned_abs(),
        eyes_closed_ms: row.eyes_closed_ms.unsigned_abs(),
        drowsy_ms: row.drowsy_ms.unsigned_abs(),
        absent_ms: row.absent_ms.unsigned_abs(),
        slumped_ms: row.slumped_ms.unsigned_abs(),
        looking_away_ms: row.looking_away_ms.unsigned_abs(),
        unknown_ms: row.unknown_ms.unsigned_abs(),
        paused_ms: row.paused_ms.unsigned_abs(),
        frames: row.frames.unsigned_abs(),
        lecture_seconds: row.lecture_seconds,
    }
}
