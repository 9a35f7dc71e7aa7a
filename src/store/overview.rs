//! Sums over a learner's sessions, for lists and overviews.

use std::collections::HashMap;

use sea_orm::prelude::Uuid;
use sea_orm::sea_query::SelectStatement;
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, PaginatorTrait as _, QueryFilter as _, QuerySelect as _, QueryTrait as _,
};

use super::entities::{answer, attention_event, attention_minute, watch_session};
use super::types::Word as _;
use super::{Caller, SessionId, Store, StoreError, UtcMs, ownership};
use crate::attention::Level;

/// What some sessions came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Study {
    /// How many.
    pub sessions: u64,
    /// Net study time, milliseconds.
    pub attentive_ms: u64,
}

/// What one session came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Brief {
    /// Net study time, milliseconds.
    pub attentive_ms: u64,
    /// That were looked at.
    pub frames: u64,
    /// Warnings and alarms.
    pub alerts: u64,
    /// To quizzes, passed ones included.
    pub answers: usize,
    /// Those of them that were right.
    pub right: usize,
}

impl Store {
    /// What the caller's sessions since then came to.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn study(&self, caller: Caller, since: UtcMs) -> Result<Study, StoreError> {
        let started = || ownership::own_sessions(caller).filter(watch_session::Column::StartedMs.gte(since.0));
        let sessions = started().count(&self.db).await?;
        let ids = started().select_only().column(watch_session::Column::Id).into_query();
        let sum: Option<Option<i64>> = attention_minute::Entity::find()
            .select_only()
            .column_as(attention_minute::Column::AttentiveMs.sum(), "attentive_ms")
            .filter(attention_minute::Column::SessionId.in_subquery(ids))
            .into_tuple()
            .one(&self.db)
            .await?;
        Ok(Study { sessions, attentive_ms: count(sum.flatten().unwrap_or(0)) })
    }

    /// What each of these sessions came to; those that are not the caller's are left out, as are those without totals,
    /// alerts and answers.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn briefs(
        &self,
        caller: Caller,
        sessions: &[SessionId],
    ) -> Result<HashMap<SessionId, Brief>, StoreError> {
        let mut briefs: HashMap<SessionId, Brief> = HashMap::new();
        if sessions.is_empty() {
            return Ok(briefs);
        }
        for (id, ms, frames) in self.attentive(own_ids(caller, sessions)).await? {
            let brief = briefs.entry(SessionId(id)).or_default();
            (brief.attentive_ms, brief.frames) = (count(ms.unwrap_or(0)), count(frames.unwrap_or(0)));
        }
        for (id, alerts) in self.alerts(own_ids(caller, sessions)).await? {
            briefs.entry(SessionId(id)).or_default().alerts = count(alerts);
        }
        for (id, correct, number) in self.answers(caller, own_ids(caller, sessions)).await? {
            let (brief, number) = (briefs.entry(SessionId(id)).or_default(), usize::try_from(number).unwrap_or(0));
            brief.answers += number;
            brief.right += if correct { number } else { 0 };
        }
        Ok(briefs)
    }

    async fn attentive(&self, sessions: SelectStatement) -> Result<Vec<(Uuid, Option<i64>, Option<i64>)>, StoreError> {
        use attention_minute::Column::{AttentiveMs, Frames, SessionId};
        let sums = attention_minute::Entity::find()
            .select_only()
            .column(SessionId)
            .column_as(AttentiveMs.sum(), "attentive_ms")
            .column_as(Frames.sum(), "frames")
            .filter(SessionId.in_subquery(sessions))
            .group_by(SessionId);
        Ok(sums.into_tuple().all(&self.db).await?)
    }

    async fn answers(&self, caller: Caller, sessions: SelectStatement) -> Result<Vec<(Uuid, bool, i64)>, StoreError> {
        use answer::Column::{Correct, LearnerId, QuizId, SessionId};
        let counts = answer::Entity::find()
            .select_only()
            .columns([SessionId, Correct])
            .column_as(QuizId.count(), "answers")
            .filter(LearnerId.eq(caller.uuid()))
            .filter(SessionId.in_subquery(sessions))
            .group_by(SessionId)
            .group_by(Correct);
        Ok(counts.into_tuple().all(&self.db).await?)
    }

    async fn alerts(&self, sessions: SelectStatement) -> Result<Vec<(Uuid, i64)>, StoreError> {
        use attention_event::Column::{Number, Peak, SessionId};
        let counts = attention_event::Entity::find()
            .select_only()
            .column(SessionId)
            .column_as(Number.count(), "alerts")
            .filter(SessionId.in_subquery(sessions))
            .filter(Peak.is_in([Level::PreAlarm.word(), Level::Alarm.word()]))
            .group_by(SessionId);
        Ok(counts.into_tuple().all(&self.db).await?)
    }
}

fn own_ids(caller: Caller, sessions: &[SessionId]) -> SelectStatement {
    let own = ownership::own_sessions(caller)
        .filter(watch_session::Column::Id.is_in(sessions.iter().map(|session| session.0)));
    own.select_only().column(watch_session::Column::Id).into_query()
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
