//! The tables of Loa's database, step by step, alike on SQLite and PostgreSQL.
//!
//! The steps are plain SQL, in the common subset of both: SQLite takes any type name, so that `uuid` and
//! `double precision` mean what they say on PostgreSQL and do no harm on SQLite. A step that was released is never
//! edited; a change is a further step.

mod handovers;
mod initial;
mod quizzes;

use sea_orm_migration::{MigrationTrait, MigratorTrait};

/// All steps in order.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(initial::Initial), Box::new(quizzes::Quizzes), Box::new(handovers::Handovers)]
    }
}
