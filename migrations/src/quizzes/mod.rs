//! Quizzes that are made, shared, written by hand and reviewed.

use sea_orm_migration::prelude::*;

/// The second step.
pub struct Quizzes;

impl MigrationName for Quizzes {
    fn name(&self) -> &'static str {
        "m0002_quizzes"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Quizzes {
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
