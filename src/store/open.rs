//! Opening either database, and bringing its tables up to date.

use std::fs::{File, TryLockError};
use std::path::Path;

use migrations::Migrator;
use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sea_orm::sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqliteLockingMode, SqlitePoolOptions, SqliteSynchronous,
};
use sea_orm::sqlx::{ConnectOptions as _, Connection as _};
use sea_orm::{
    ConnAcquireErr, ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    SqliteTransactionMode, SqlxPostgresConnector, SqlxSqliteConnector, TransactionOptions, TransactionTrait as _,
};
use sea_orm_migration::{MigrationStatus, MigratorTrait as _};

use super::{Store, StoreError};
use crate::config::Database as Settings;

/// As when no connection is to be had.
const LATE: DbErr = DbErr::ConnectionAcquire(ConnAcquireErr::Timeout);

/// Any number that nobody else locks.
const MIGRATION_LOCK: i64 = 0x4c6f_6131;

impl Store {
    /// Opens the database. SQLite's file and tables are made when missing; PostgreSQL's must be there.
    ///
    /// # Errors
    /// [`StoreError::Open`], [`StoreError::NotMigrated`], [`StoreError::TooNew`].
    pub async fn open(settings: &Settings) -> Result<Self, StoreError> {
        let store = Self::connect(settings).await?;
        if store.is_sqlite() {
            store.migrate_up().await?;
        }
        match store.pending_migrations().await? {
            0 => Ok(store),
            pending => Err(StoreError::NotMigrated { place: store.place, pending }),
        }
    }

    /// Opens the database whatever tables it has, for `loa migrate`.
    ///
    /// # Errors
    /// [`StoreError::Open`].
    pub async fn connect(settings: &Settings) -> Result<Self, StoreError> {
        let place = place(settings);
        let opened = if settings.url.is_empty() { sqlite(settings).await } else { postgres(settings).await };
        let db = opened.map_err(|reason| StoreError::Open { place: place.clone(), reason })?;
        Ok(Self {
            db,
            place,
            shared: settings.shared,
            retention_days: settings.retention_days,
            turn: settings.acquire_timeout(),
            turnstile: Default::default(),
            wiping: Default::default(),
        })
    }

    /// Keeps other servers of this machine from SQLite's file as long as what comes back lives: two would each take the other's
    /// sessions for those of a crash.
    ///
    /// # Errors
    /// [`StoreError::Open`] when another one has it.
    pub fn claim(settings: &Settings) -> Result<Option<File>, StoreError> {
        if !settings.url.is_empty() {
            return Ok(None);
        }
        let path = settings.path.with_added_extension("lock");
        let claimed = File::options().create(true).append(true).open(&path).and_then(|file| match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(std::io::Error::other(
                "another server uses it; stop that one, or set database.path to another file",
            )),
            Err(TryLockError::Error(error)) => Err(error),
        });
        let refused = |error: std::io::Error| StoreError::Open { place: place(settings), reason: error.to_string() };
        claimed.map(Some).map_err(refused)
    }

    /// Applies all migrations that are missing; of two that try at once, one waits for the other.
    ///
    /// # Errors
    /// [`StoreError::TooNew`], [`StoreError::Database`]; then nothing was changed.
    pub async fn migrate_up(&self) -> Result<(), StoreError> {
        let transaction = self.begin_migration().await?;
        Migrator::up(&transaction, None).await.map_err(|error| self.explain(error))?;
        Ok(transaction.commit().await?)
    }

    /// Takes the last `steps` migrations back, and with them what their tables held.
    ///
    /// # Errors
    /// As [`Self::migrate_up`].
    pub async fn migrate_down(&self, steps: u32) -> Result<(), StoreError> {
        let transaction = self.begin_migration().await?;
        Migrator::down(&transaction, Some(steps)).await.map_err(|error| self.explain(error))?;
        Ok(transaction.commit().await?)
    }

    /// Each migration's name and whether it was applied. Changes nothing.
    ///
    /// # Errors
    /// [`StoreError::TooNew`], [`StoreError::Database`].
    pub async fn migrations(&self) -> Result<Vec<(String, bool)>, StoreError> {
        let all = Migrator::get_migration_with_status_read_only(&self.db).await.map_err(|error| self.explain(error))?;
        Ok(all.iter().map(|one| (one.name().to_owned(), one.status() == MigrationStatus::Applied)).collect())
    }

    async fn pending_migrations(&self) -> Result<usize, StoreError> {
        Ok(self.migrations().await?.iter().filter(|(_, applied)| !applied).count())
    }

    async fn begin_migration(&self) -> Result<DatabaseTransaction, DbErr> {
        let transaction = self.begin_write().await?;
        if !self.is_sqlite() {
            // A migration takes as long as it takes, and so may the wait for somebody else's.
            transaction.execute_unprepared("SET LOCAL statement_timeout = 0").await?;
            transaction.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")).await?;
        }
        Ok(transaction)
    }

    /// A transaction that writes: SQLite's takes the lock at once, since one that reads first may never get it. Who waits for that
    /// comes one after the other, and but one of them has a connection: else those who read found none.
    pub(super) async fn begin_write(&self) -> Result<DatabaseTransaction, DbErr> {
        let turn = tokio::time::timeout(self.turn, self.turnstile.lock());
        let _turn = if self.is_sqlite() { Some(turn.await.map_err(|_| LATE)?) } else { None };
        let mode = Some(SqliteTransactionMode::Immediate);
        self.db.begin_with_options(TransactionOptions { sqlite_transaction_mode: mode, ..Default::default() }).await
    }

    pub(super) fn is_sqlite(&self) -> bool {
        self.db.get_database_backend() == DbBackend::Sqlite
    }

    fn explain(&self, error: DbErr) -> StoreError {
        match error {
            // sea-orm-migration has no other sign for migrations that it does not know.
            DbErr::Custom(text) if text.contains("is missing") => StoreError::TooNew { place: self.place.clone() },
            error => StoreError::Database(error),
        }
    }
}

/// For people: where it is, without secrets.
fn place(settings: &Settings) -> String {
    if settings.url.is_empty() { settings.path.display().to_string() } else { settings.url.to_string() }
}

async fn sqlite(settings: &Settings) -> Result<DatabaseConnection, String> {
    let missing = "; its folder has to be there and to be yours, or set database.path";
    create_private(&settings.path).map_err(|error| format!("{error}{missing}"))?;
    let options = SqliteConnectOptions::new()
        .filename(&settings.path)
        .journal_mode(SqliteJournalMode::Wal)
        .locking_mode(SqliteLockingMode::Normal)
        // NORMAL would survive kill -9 as well. The writer makes some 20 transactions a second at the most, so that
        // surviving a power cut costs little.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(settings.busy_timeout())
        .foreign_keys(true)
        .pragma("secure_delete", "ON")
        .disable_statement_logging();
    let pool = SqlitePoolOptions::new()
        .max_connections(settings.max_connections)
        .acquire_timeout(settings.acquire_timeout())
        // When the disk is full SQLite takes a transaction back by itself, and sqlx goes on believing that there is one: what
        // came later on that connection would look written and never be. The ping lets a rollback that waits run first.
        .after_release(|connection, _| {
            Box::pin(async move {
                connection.ping().await?;
                Ok(!connection.is_in_transaction())
            })
        })
        .connect_with(options)
        .await;
    Ok(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool.map_err(told)?))
}

/// Other users of the machine are not to read it; SQLite gives the files beside it the same mode.
fn create_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let created = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match created {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Not by sea-orm's own connect, which puts the URL with its password into a tracing span.
async fn postgres(settings: &Settings) -> Result<DatabaseConnection, String> {
    let timeout = settings.statement_timeout().as_millis().to_string();
    let options: PgConnectOptions = settings.url.secret().parse().map_err(told)?;
    let options = options
        .application_name("loa")
        .options([("statement_timeout", timeout.as_str()), ("idle_in_transaction_session_timeout", timeout.as_str())])
        .disable_statement_logging();
    // A pool would try until its time is up, and not say why it failed.
    let first = tokio::time::timeout(settings.acquire_timeout(), PgConnection::connect_with(&options)).await;
    let hint = "; see whether PostgreSQL runs there and lets this user in (database.url)";
    let first = first.map_err(|_| format!("no answer in time{hint}"))?;
    first.map_err(|error| format!("{error}{hint}"))?.close().await.map_err(told)?;
    let pool = PgPoolOptions::new()
        .max_connections(settings.max_connections)
        .acquire_timeout(settings.acquire_timeout())
        .connect_with(options)
        .await;
    Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool.map_err(told)?))
}

fn told(error: sea_orm::sqlx::Error) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::super::{Caller, LearnerId, NewGuest, UtcMs};
    use super::*;
    use crate::config::Config;

    /// As when the disk is full: SQLite takes a transaction back by itself, and nobody tells sqlx.
    #[tokio::test]
    async fn what_is_written_after_a_full_disk_is_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("loa.sqlite3");
        let mut settings = Config::load(None, &[format!("database.path={}", path.display())]).expect("good").database;
        settings.max_connections = 1;
        let store = Store::open(&settings).await.expect("it opens");
        let transaction = store.begin_write().await.expect("begun");
        transaction.execute_unprepared("ROLLBACK").await.expect("taken back");
        drop(transaction);
        // One more that fails: on the same connection it would be taken for a part of the former.
        drop(store.begin_write().await);
        let caller = Caller::authenticated(LearnerId::new_id());
        store.add_guest(caller, NewGuest::default(), UtcMs(0)).await.expect("written");
        store.close().await;
        let again = Store::open(&settings).await.expect("it opens");
        assert!(again.is_known(caller).await.expect("asked"), "written, and not there");
    }
}
