//! Learners, and what they agreed to.

use std::collections::HashSet;

use sea_orm::prelude::Uuid;
use sea_orm::{
    ActiveValue::Set, ColumnTrait as _, ConnectionTrait, DbErr, EntityTrait as _, PaginatorTrait as _,
    QueryFilter as _, QueryOrder as _, QuerySelect as _,
};

use super::entities::{consent, learner};
use super::{Caller, LearnerId, Store, StoreError, UtcMs};

/// Learners of one statement.
const AT_ONCE: usize = 2000;

/// What a learner agreed to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// Which version of the text.
    pub text_version: String,
    /// When.
    pub given: UtcMs,
    /// None while it holds.
    pub withdrawn: Option<UtcMs>,
}

impl Store {
    /// Whether the learner is known (and was not erased).
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn is_known(&self, caller: Caller) -> Result<bool, StoreError> {
        Ok(learner::Entity::find_by_id(caller.uuid()).count(&self.db).await? > 0)
    }

    /// Notes that the caller agreed to this version of the text.
    ///
    /// # Errors
    /// [`StoreError::Database`], also for a learner who is not known.
    pub async fn give_consent(&self, caller: Caller, text_version: &str, now: UtcMs) -> Result<(), StoreError> {
        Ok(insert_consent(&self.db, caller, text_version, now).await?)
    }

    /// Withdraws whatever the caller agreed to.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn withdraw_consent(&self, caller: Caller, now: UtcMs) -> Result<(), StoreError> {
        consent::Entity::update_many()
            .col_expr(consent::Column::WithdrawnMs, sea_orm::sea_query::Expr::val(now.0))
            .filter(consent::Column::LearnerId.eq(caller.uuid()))
            .filter(consent::Column::WithdrawnMs.is_null())
            .exec(&self.db)
            .await?;
        Ok(())
    }

    /// Of these learners, those who withdrew, with when they did so last, and with None those who were erased; whichever server they did
    /// it on. Who never agreed to anything has not left.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn left(&self, learners: &[LearnerId]) -> Result<Vec<(LearnerId, Option<UtcMs>)>, StoreError> {
        let mut left = Vec::new();
        for some in learners.chunks(AT_ONCE) {
            let ids = || some.iter().map(|it| it.0);
            let known: Vec<Uuid> = learner::Entity::find()
                .select_only()
                .column(learner::Column::Id)
                .filter(learner::Column::Id.is_in(ids()))
                .into_tuple()
                .all(&self.db)
                .await?;
            let known: HashSet<Uuid> = known.into_iter().collect();
            left.extend(ids().filter(|id| !known.contains(id)).map(|id| (LearnerId(id), None)));
            let withdrew: Vec<(Uuid, i64)> = consent::Entity::find()
                .select_only()
                .column(consent::Column::LearnerId)
                .column_as(consent::Column::WithdrawnMs.max(), "last_ms")
                .filter(consent::Column::LearnerId.is_in(ids()))
                .filter(consent::Column::WithdrawnMs.is_not_null())
                .group_by(consent::Column::LearnerId)
                .into_tuple()
                .all(&self.db)
                .await?;
            left.extend(withdrew.into_iter().map(|(id, at)| (LearnerId(id), Some(UtcMs(at)))));
        }
        Ok(left)
    }

    /// The caller's latest consent, withdrawn or not.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn consent(&self, caller: Caller) -> Result<Option<Consent>, StoreError> {
        let row = consent::Entity::find()
            .filter(consent::Column::LearnerId.eq(caller.uuid()))
            .order_by_desc(consent::Column::GivenMs)
            .order_by_desc(consent::Column::Id)
            .one(&self.db)
            .await?;
        Ok(row.map(|row| Consent {
            text_version: row.text_version,
            given: UtcMs(row.given_ms),
            withdrawn: row.withdrawn_ms.map(UtcMs),
        }))
    }
}

/// One row each time.
pub(super) async fn insert_consent(
    db: &impl ConnectionTrait,
    caller: Caller,
    text_version: &str,
    now: UtcMs,
) -> Result<(), DbErr> {
    let row = consent::ActiveModel {
        id: Set(Uuid::now_v7()),
        learner_id: Set(caller.uuid()),
        text_version: Set(text_version.to_owned()),
        given_ms: Set(now.0),
        withdrawn_ms: Set(None),
    };
    consent::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}
