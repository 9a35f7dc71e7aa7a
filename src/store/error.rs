//! What can go wrong with the database, and whether trying again helps.

use sea_orm::sqlx::Error as SqlxError;
use sea_orm::{DbErr, RuntimeErr};

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached or opened.
    #[error("cannot open the database {place}: {reason}")]
    Open {
        /// A path, or a URL without its password.
        place: String,
        /// What the driver said.
        reason: String,
    },
    /// Tables are missing, and somebody else's server is not changed unasked.
    #[error(
        "the database {place} lacks {pending} of Loa's migrations; run `loa migrate` with the same settings, then start again"
    )]
    NotMigrated {
        /// A URL without its password.
        place: String,
        /// How many.
        pending: usize,
    },
    /// The database was migrated by a later Loa.
    #[error("the database {place} was made by a later Loa: run that one, or go back with its `loa migrate --down`")]
    TooNew {
        /// A path, or a URL without its password.
        place: String,
    },
    /// There is no such thing, or it belongs to somebody else: nobody is told which.
    #[error("not found")]
    NotFound,
    /// The database refused or is away.
    #[error("the database failed: {0}")]
    Database(#[from] DbErr),
}

/// What helps against an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cure {
    /// Nothing: the row itself is wrong.
    LeaveTheRow,
    /// Waiting: the database is away, busy or full.
    TryAgain,
}

/// Rows are to blame for broken constraints and values that do not fit, and for nothing else.
pub(super) fn cure(error: &DbErr) -> Cure {
    let (DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error))
    | DbErr::Conn(RuntimeErr::SqlxError(error))) = error
    else {
        return Cure::TryAgain;
    };
    let to_blame = match error.as_ref() {
        SqlxError::Database(error) => error.code().is_some_and(|code| blames_row(&code)),
        SqlxError::Encode(_) => true,
        _ => false,
    };
    if to_blame { Cure::LeaveTheRow } else { Cure::TryAgain }
}

/// PostgreSQL's codes have five characters, the first two of them a class: 22 is data, 23 constraints. SQLite's are
/// numbers whose low byte is the class: 18 is too big, 19 constraint, 20 mismatch.
fn blames_row(code: &str) -> bool {
    match code.parse::<u32>() {
        Ok(number) if code.len() < 5 => matches!(number & 0xff, 18..=20),
        _ => code.starts_with("22") || code.starts_with("23"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_blamed_for_their_own_faults_only() {
        // SQLite: constraint, foreign key, check; PostgreSQL: foreign key, check, NUL in a text.
        for code in ["19", "787", "275", "23503", "23514", "22021"] {
            assert!(blames_row(code), "{code}");
        }
        // SQLite: busy, busy snapshot, full, no such table; PostgreSQL: shutdown, deadlock, timeout, no such table.
        for code in ["5", "517", "13", "1", "57P01", "40P01", "57014", "42P01", "53300"] {
            assert!(!blames_row(code), "{code}");
        }
        assert_eq!(cure(&DbErr::Exec(RuntimeErr::SqlxError(SqlxError::PoolTimedOut.into()))), Cure::TryAgain);
    }
}
