//! What a learner is called and where they live.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::entities::learner;
use super::{Caller, Store, StoreError, UtcMs};

/// What is known of a learner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// As they call themselves.
    pub name: Option<String>,
    /// Of the IANA database; None: UTC.
    pub timezone: Option<String>,
    /// Since when they are known.
    pub created: UtcMs,
}

impl Store {
    /// The caller's profile; None for one who is not known.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn profile(&self, caller: Caller) -> Result<Option<Profile>, StoreError> {
        let row = learner::Entity::find_by_id(caller.uuid()).one(&self.db).await?;
        Ok(row.map(|row| Profile { name: row.display_name, timezone: row.timezone, created: UtcMs(row.created_ms) }))
    }

    /// Sets the caller's time zone, a name of the IANA database.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn set_timezone(&self, caller: Caller, timezone: Option<&str>) -> Result<(), StoreError> {
        learner::Entity::update_many()
            .col_expr(learner::Column::Timezone, Expr::val(timezone.map(str::to_owned)))
            .filter(learner::Column::Id.eq(caller.uuid()))
            .exec(&self.db)
            .await?;
        Ok(())
    }
}
