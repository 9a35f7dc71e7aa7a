//! A database of its own for one test.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use loa::config::{Config, Database as Settings};
use loa::store::Store;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use tempfile::TempDir;

use super::postgres::Server;

pub struct Place {
    pub settings: Settings,
    folder: Option<TempDir>,
    /// A PostgreSQL server that no other test uses.
    server: Option<Server>,
}

/// What keeps a database away.
pub enum Obstacle {
    Lock(DatabaseConnection),
    Stopped,
}

impl Place {
    pub fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("loa.sqlite3");
        let settings = settings(&[&format!("database.path={}", path.display()), "database.busy_timeout_ms=100"]);
        Self { settings, folder: Some(folder), server: None }
    }

    /// A database on the server that all tests share; None, with a message, where there is no PostgreSQL.
    pub async fn postgres() -> Option<Self> {
        let url = Server::shared()?.url();
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let admin = Database::connect(url("postgres")).await.expect("the server answers");
        admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("made");
        admin.close().await.expect("closed");
        Some(Self { settings: settings(&[&format!("database.url={}", url(&name))]), folder: None, server: None })
    }

    /// The same on a server of its own, which can be stopped.
    pub async fn own_postgres() -> Option<Self> {
        let server = Server::start()?;
        let settings = settings(&[&format!("database.url={}", server.url()("postgres"))]);
        Some(Self { settings, folder: None, server: Some(server) })
    }

    pub fn is_sqlite(&self) -> bool {
        self.settings.url.is_empty()
    }

    /// The store with all tables.
    pub async fn open(&self) -> Store {
        let store = Store::connect(&self.settings).await.expect("it opens");
        store.migrate_up().await.expect("migrated");
        store
    }

    /// Past the store.
    pub async fn raw(&self) -> DatabaseConnection {
        let url = if self.is_sqlite() {
            format!("sqlite://{}?mode=rw", self.settings.path.display())
        } else {
            self.settings.url.secret().to_owned()
        };
        Database::connect(url).await.expect("it opens")
    }

    pub async fn count(&self, table: &str) -> i64 {
        let raw = self.raw().await;
        let sql = sea_orm::Statement::from_string(raw.get_database_backend(), format!("SELECT count(*) FROM {table}"));
        let row = raw.query_one_raw(sql).await.expect("counted").expect("a row");
        raw.close().await.expect("closed");
        row.try_get_by_index(0).expect("a number")
    }

    /// SQLite's files.
    pub fn files(&self) -> Vec<PathBuf> {
        let folder = std::fs::read_dir(self.folder.as_ref().expect("SQLite").path()).expect("the folder");
        folder.map(|entry| entry.expect("readable").path()).collect()
    }

    /// SQLite is locked by somebody else, PostgreSQL is stopped at once.
    pub async fn take_away(&mut self) -> Obstacle {
        if let Some(server) = &mut self.server {
            server.stop();
            return Obstacle::Stopped;
        }
        let other = self.raw().await;
        other.execute_unprepared("BEGIN EXCLUSIVE").await.expect("locked");
        Obstacle::Lock(other)
    }

    pub async fn bring_back(&mut self, obstacle: Obstacle) {
        match obstacle {
            Obstacle::Lock(other) => drop(other.execute_unprepared("ROLLBACK").await.expect("unlocked")),
            Obstacle::Stopped => self.server.as_mut().expect("one of its own").start_again(),
        }
    }
}

pub fn settings(sets: &[&str]) -> Settings {
    let defaults = ["database.max_connections=4", "database.acquire_timeout_ms=2000"];
    let sets: Vec<String> = defaults.iter().chain(sets).map(ToString::to_string).collect();
    Config::load(None, &sets).expect("good settings").database
}
