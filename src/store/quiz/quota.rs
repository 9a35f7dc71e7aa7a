//! How often a learner may have quizzes made on a day.

use sea_orm::{ConnectionTrait as _, Statement, Value};

use crate::store::{Caller, Store, StoreError};

impl Store {
    /// Takes one of the caller's `most` turns of a day ([`crate::store::UtcMs::day`]); false when all are taken. Of many that ask at
    /// once, no more than `most` are given one.
    ///
    /// # Errors
    /// [`StoreError::Database`], also for a learner who is not known.
    pub async fn take_turn(&self, caller: Caller, day: i32, most: u32) -> Result<bool, StoreError> {
        let most = i32::try_from(most).unwrap_or(i32::MAX);
        Ok(most > 0 && self.turn(TAKE, [caller.uuid().into(), day.into(), most.into()]).await? > 0)
    }

    /// Gives a turn back of which nothing came.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn give_turn_back(&self, caller: Caller, day: i32) -> Result<(), StoreError> {
        self.turn(GIVE_BACK, [caller.uuid().into(), day.into()]).await.map(drop)
    }

    async fn turn<const N: usize>(&self, sql: &str, values: [Value; N]) -> Result<u64, StoreError> {
        let statement = Statement::from_sql_and_values(self.db.get_database_backend(), sql, values);
        Ok(self.db.execute_raw(statement).await?.rows_affected())
    }
}

const TAKE: &str = "INSERT INTO quiz_usage (learner_id, day, made) VALUES ($1, $2, 1) \
    ON CONFLICT (learner_id, day) DO UPDATE SET made = quiz_usage.made + 1 WHERE quiz_usage.made < $3";

const GIVE_BACK: &str = "UPDATE quiz_usage SET made = made - 1 WHERE learner_id = $1 AND day = $2 AND made > 0";
