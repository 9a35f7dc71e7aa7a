//! What a learner says of themselves.

use sea_orm::{ActiveValue::Set, ColumnTrait as _, EntityTrait as _, QueryFilter as _};

use super::entities::learner;
use super::{Caller, Store, StoreError, UtcMs, learners, lecture};

/// A learner, as they see themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// As they typed it.
    pub name: Option<String>,
    /// Of the IANA database. None: UTC.
    pub timezone: Option<String>,
    /// When they first came.
    pub created: UtcMs,
}

/// What becomes of a learner's profile; None: it stays, Some(None): it is cleared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileChange {
    /// Cut at 300 characters, and nothing when there is nothing to see in it.
    pub name: Option<Option<String>>,
    /// Of the IANA database; not checked here.
    pub timezone: Option<Option<String>>,
}

/// Who comes for the first time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct NewGuest<'a> {
    /// Cut at 300 characters.
    pub name: Option<&'a str>,
    /// Of the IANA database; not checked here.
    pub timezone: Option<&'a str>,
    /// The version of the text that they agreed to.
    pub consent: Option<&'a str>,
}

impl Store {
    /// Makes a guest known, with what they agreed to, all or nothing.
    ///
    /// # Errors
    /// [`StoreError::Database`], also for one who is known already.
    pub async fn add_guest(&self, caller: Caller, guest: NewGuest<'_>, now: UtcMs) -> Result<(), StoreError> {
        let row = learner::ActiveModel {
            id: Set(caller.uuid()),
            created_ms: Set(now.0),
            display_name: Set(guest.name.and_then(lecture::name)),
            timezone: Set(guest.timezone.map(str::to_owned)),
            kind: Set("guest".to_owned()),
        };
        let transaction = self.begin_write().await?;
        learner::Entity::insert(row).exec_without_returning(&transaction).await?;
        if let Some(version) = guest.consent {
            learners::insert_consent(&transaction, caller, version, now).await?;
        }
        Ok(transaction.commit().await?)
    }

    /// What the caller said of themselves.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if they are not known, [`StoreError::Database`].
    pub async fn profile(&self, caller: Caller) -> Result<Profile, StoreError> {
        let row = learner::Entity::find_by_id(caller.uuid()).one(&self.db).await?.ok_or(StoreError::NotFound)?;
        Ok(Profile { name: row.display_name, timezone: row.timezone, created: UtcMs(row.created_ms) })
    }

    /// Changes it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] if they are not known, [`StoreError::Database`].
    pub async fn change_profile(&self, caller: Caller, change: ProfileChange) -> Result<(), StoreError> {
        if change == ProfileChange::default() {
            return Ok(());
        }
        let mut row = learner::ActiveModel::default();
        if let Some(name) = change.name {
            row.display_name = Set(name.as_deref().and_then(lecture::name));
        }
        if let Some(timezone) = change.timezone {
            row.timezone = Set(timezone);
        }
        let changed = learner::Entity::update_many()
            .set(row)
            .filter(learner::Column::Id.eq(caller.uuid()))
            .exec(&self.db)
            .await?;
        if changed.rows_affected == 0 { Err(StoreError::NotFound) } else { Ok(()) }
    }
}
