//! Whose is it? The one place that knows.

use std::collections::HashSet;

use sea_orm::prelude::Uuid;
use sea_orm::sea_query::LockType;
use sea_orm::{
    ColumnTrait as _, ConnectionTrait, DatabaseTransaction, DbErr, EntityTrait as _, QueryFilter as _,
    QuerySelect as _, Select,
};

use super::entities::{answer, quiz_set, review_note, watch_session};
use super::quiz::{SetError, Source};
use super::types::Word as _;
use super::{Caller, QuizSetId, SessionId, StoreError};

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

/// The sets that the caller wrote, retired ones included.
pub fn own_sets(caller: Caller) -> Select<quiz_set::Entity> {
    quiz_set::Entity::find()
        .filter(quiz_set::Column::MadeBy.eq(caller.uuid()))
        .filter(quiz_set::Column::Source.eq(Source::Hand.word()))
}

/// The set if the caller wrote it. It stays as it is until the transaction's end.
///
/// # Errors
/// [`SetError::NotYours`], [`SetError::Store`]. Sets are found by everybody, so that there is nothing to hide.
pub async fn own_set(
    transaction: &DatabaseTransaction,
    caller: Caller,
    set: QuizSetId,
) -> Result<quiz_set::Model, SetError> {
    let found = finished_set(set).lock_exclusive().one(transaction).await?.ok_or(StoreError::NotFound)?;
    if is_own(&found, caller) { Ok(found) } else { Err(SetError::NotYours) }
}

/// The set if somebody else wrote it, or nobody did. It is not deleted before the transaction's end.
///
/// # Errors
/// [`SetError::OwnSet`], [`SetError::Store`].
pub async fn foreign_set(
    transaction: &DatabaseTransaction,
    caller: Caller,
    set: QuizSetId,
) -> Result<quiz_set::Model, SetError> {
    let found = finished_set(set).lock(LockType::KeyShare).one(transaction).await?.ok_or(StoreError::NotFound)?;
    if is_own(&found, caller) { Err(SetError::OwnSet) } else { Ok(found) }
}

fn finished_set(set: QuizSetId) -> Select<quiz_set::Entity> {
    quiz_set::Entity::find_by_id(set.0)
        .filter(quiz_set::Column::FinishedMs.is_not_null())
        .filter(quiz_set::Column::RetiredMs.is_null())
}

fn is_own(set: &quiz_set::Model, caller: Caller) -> bool {
    set.made_by == Some(caller.uuid()) && set.source == Source::Hand.word()
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
