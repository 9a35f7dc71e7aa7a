//! Watch sessions that one server process leaves to the next.

use std::fmt::Write as _;

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait as _, DatabaseTransaction, DbErr, EntityTrait as _, QueryFilter as _};
use sea_orm::{QuerySelect as _, sea_query::OnConflict};
use sha2::{Digest as _, Sha256};

use super::entities::{handover, watch_session};
use super::types::{EndReason, Word as _};
use super::writer::{Leaving, What, Write};
use super::{Caller, Store, StoreError, UtcMs};

/// What stands in the database for the secret that the client comes back with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretHash(String);

impl SecretHash {
    /// Of a secret with enough chance in it that it needs no salt.
    pub fn of(secret: &str) -> Self {
        let mut hex = String::with_capacity(64);
        for byte in Sha256::digest(secret.as_bytes()) {
            // Writing to a string does not fail.
            let _ = write!(hex, "{byte:02x}");
        }
        Self(hex)
    }
}

impl Store {
    /// Takes the state of the caller's watch session that a process left since then, once: the session goes on.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn take_over(
        &self,
        caller: Caller,
        secret: &SecretHash,
        since: UtcMs,
    ) -> Result<Option<String>, StoreError> {
        use handover::Column::{LearnerId, LeftMs};
        let find = || {
            handover::Entity::find_by_id(secret.0.clone())
                .filter(LearnerId.eq(caller.uuid()))
                .filter(LeftMs.gte(since.0))
        };
        // Mostly there is none, and nobody shall wait for a lock then.
        if find().one(&self.db).await?.is_none() {
            return Ok(None);
        }
        let transaction = self.begin_write().await?;
        let Some(row) = find().lock_exclusive().one(&transaction).await? else { return Ok(None) };
        handover::Entity::delete_by_id(row.secret_hash).exec(&transaction).await?;
        use watch_session::Column::{EndReason as Reason, EndedMs, Id};
        watch_session::Entity::update_many()
            .col_expr(EndedMs, Expr::val(Option::<i64>::None))
            .col_expr(Reason, Expr::val(Option::<String>::None))
            .filter(Id.eq(row.session_id))
            .filter(Reason.eq(EndReason::Restart.word()))
            .exec(&transaction)
            .await?;
        transaction.commit().await?;
        Ok(Some(row.state))
    }
}

/// What the sessions of a batch leave.
pub(super) async fn insert_handovers(transaction: &DatabaseTransaction, accepted: &[&Write]) -> Result<(), DbErr> {
    let rows: Vec<_> = accepted
        .iter()
        .filter_map(|write| match &write.what {
            What::Left(Leaving { secret, left, state }) => Some(handover::ActiveModel {
                secret_hash: Set(secret.0.clone()),
                learner_id: Set(write.caller.uuid()),
                session_id: Set(write.session.0),
                left_ms: Set(left.0),
                state: Set(state.clone()),
            }),
            _ => None,
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    let again = OnConflict::new().do_nothing().to_owned();
    handover::Entity::insert_many(rows).on_conflict(again).exec_without_returning(transaction).await.map(drop)
}
