//! A step is a name and two scripts.

use sea_orm_migration::prelude::*;

/// One step.
pub struct Step {
    /// As the database remembers it.
    pub name: &'static str,
    /// There.
    pub up: &'static [&'static str],
    /// And back.
    pub down: &'static str,
}

impl MigrationName for Step {
    fn name(&self) -> &str {
        self.name
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for sql in self.up {
            manager.get_connection().execute_unprepared(sql).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(self.down).await.map(drop)
    }

    /// SQLite would run a step without one, and stop in the middle of it.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
