//! Whose is it? The one place that knows.

use std::collections::HashSet;

use sea_orm::prelude::Uuid;
use sea_orm::{ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, QueryFilter as _, QuerySelect as _, Select};

use super::entities::{answer, review_note, watch_session};
use super::{Caller, SessionId, StoreError};

/// The caller's sessions.
pub fn own_sessions(caller: Caller) -> Select<watch_session::Entity> {
    watch_session::Entity::find().filter(watch_session::Column::LearnerId.eq(caller.uuid()))
}

/// The session if it is the caller's.
///
/// # Errors
/// [`StoreError::NotFound`] for a missing one as well as for somebody else's.
pub async fn own_session(
    db: &impl ConnectionTrait,
    caller: Caller,
    session: SessionId,
) -> Result<watch_session::Model, StoreError> {
    let found = own_sessions(caller).filter(watch_session::Column::Id.eq(session.0)).one(db).await?;
    found.ok_or(StoreError::NotFound)
}

/// The caller's answers in the session.
pub fn own_answers(caller: Caller, session: SessionId) -> Select<answer::Entity> {
    answer::Entity::find()
        .filter(answer::Column::LearnerId.eq(caller.uuid()))
        .filter(answer::Column::SessionId.eq(session.0))
}

/// The caller's notes about the session.
pub fn own_notes(caller: Caller, session: SessionId) -> Select<review_note::Entity> {
    review_note::Entity::find()
        .filter(review_note::Column::LearnerId.eq(caller.uuid()))
        .filter(review_note::Column::SessionId.eq(session.0))
}

/// Of all pairs, those where the session is the caller's.
pub async fn owned(
    db: &impl ConnectionTrait,
    pairs: &HashSet<(Caller, SessionId)>,
) -> Result<HashSet<(Caller, SessionId)>, DbErr> {
    if pairs.is_empty() {
        return Ok(HashSet::new());
    }
    let rows: Vec<(Uuid, Uuid)> = watch_session::Entity::find()
        .select_only()
        .columns([watch_session::Column::Id, watch_session::Column::LearnerId])
        .filter(watch_session::Column::Id.is_in(pairs.iter().map(|(_, session)| session.0)))
        .into_tuple()
        .all(db)
        .await?;
    let owners: HashSet<(Uuid, Uuid)> = rows.into_iter().collect();
    Ok(pairs.iter().filter(|(caller, session)| owners.contains(&(session.0, caller.uuid()))).copied().collect())
}
