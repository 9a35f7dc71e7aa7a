//! The tables of Loa's database, step by step, alike on SQLite and PostgreSQL.
//!
//! The steps are plain SQL, in the common subset of both: SQLite takes any type name, so that `uuid` and
//! `double precision` mean what they say on PostgreSQL and do no harm on SQLite. A step that was released is never
//! edited; a change is a further step.

use sea_orm_migration::{MigrationTrait, MigratorTrait};

use self::step::Step;

mod step;

/// All steps in order.
#[derive(Debug)]
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            // People, what they watched, and quizzes.
            Box::new(Step {
                name: "m0001_initial",
                up: &[
                    include_str!("initial/people.sql"),
                    include_str!("initial/watching.sql"),
                    include_str!("initial/quizzes.sql"),
                ],
                down: include_str!("initial/down.sql"),
            }),
            // Quizzes that are made, shared, written by hand and reviewed.
            Box::new(Step {
                name: "m0002_quizzes",
                up: &[include_str!("quizzes/up.sql")],
                down: include_str!("quizzes/down.sql"),
            }),
            // Watch sessions that a server leaves to the next.
            Box::new(Step {
                name: "m0003_handovers",
                up: &[include_str!("handovers/up.sql")],
                down: include_str!("handovers/down.sql"),
            }),
        ]
    }
}
