//! Watch sessions that a server leaves to the next.

use sea_orm_migration::prelude::*;

/// The third step.
pub struct Handovers;

impl MigrationName for Handovers {
    fn name(&self) -> &'static str {
        "m0003_handovers"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Handovers {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(include_str!("up.sql")).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.get_connection().execute_unprepared(include_str!("down.sql")).await.map(drop)
    }

    /// SQLite would run a step without one, and stop in the middle of it.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
