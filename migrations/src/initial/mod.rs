//! The first tables: people, what they watched, and quizzes.

use sea_orm_migration::prelude::*;

const UP: [&str; 3] = [include_str!("people.sql"), include_str!("watching.sql"), include_str!("quizzes.sql")];

/// In the order in which nothing refers to what is gone.
const TABLES: [&str; 12] = [
    "review_notes",
    "recommendations",
    "answers",
    "choices",
    "quizzes",
    "quiz_sets",
    "attention_minutes",
    "attention_events",
    "watch_sessions",
    "lectures",
    "consents",
    "learners",
];

/// The first step.
pub struct Initial;

impl MigrationName for Initial {
    fn name(&self) -> &'static str {
        "m0001_initial"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Initial {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for sql in UP {
            manager.get_connection().execute_unprepared(sql).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            manager.get_connection().execute_unprepared(&format!("DROP TABLE {table}")).await?;
        }
        Ok(())
    }

    /// SQLite would run a step without one, and stop in the middle of it.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
