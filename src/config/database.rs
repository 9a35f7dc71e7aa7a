//! `[database]`: where things are kept, and how hard to try.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::ConfigError;
use super::validate::within;

/// `[database]`
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// PostgreSQL's; empty for SQLite.
    pub url: DatabaseUrl,
    /// SQLite's file.
    pub path: PathBuf,
    /// Connections at one time.
    pub max_connections: u32,
    /// For a free connection.
    pub acquire_timeout_ms: u64,
    /// For SQLite's lock.
    pub busy_timeout_ms: u64,
    /// For one statement, and for one batch of writes.
    pub statement_timeout_ms: u64,
    /// Whether other servers use it too.
    pub shared: bool,
    /// Until events are deleted.
    pub retention_days: u32,
    /// Rows that may wait to be written.
    pub buffer_rows: usize,
    /// Rows a transaction at most.
    pub batch_rows: usize,
    /// From one transaction to the next.
    pub coalesce_ms: u64,
}

impl Database {
    /// For a free connection.
    pub fn acquire_timeout(&self) -> Duration {
        Duration::from_millis(self.acquire_timeout_ms)
    }

    /// For SQLite's lock.
    pub fn busy_timeout(&self) -> Duration {
        Duration::from_millis(self.busy_timeout_ms)
    }

    /// For one statement, and for one batch of writes.
    pub fn statement_timeout(&self) -> Duration {
        Duration::from_millis(self.statement_timeout_ms)
    }

    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        if !self.url.is_known() {
            let allowed = "empty for SQLite, or postgres://user:password@host:port/database";
            return Err(ConfigError::NotAllowed { key: "database.url".into(), value: self.url.to_string(), allowed });
        }
        if self.url.is_empty() && self.path.as_os_str().is_empty() {
            let allowed = "a file's path, unless database.url names a PostgreSQL server";
            return Err(ConfigError::NotAllowed { key: "database.path".into(), value: "\"\"".into(), allowed });
        }
        if self.shared && self.url.is_empty() {
            let allowed = "false with SQLite: only PostgreSQL (database.url) can be shared by servers";
            return Err(ConfigError::NotAllowed { key: "database.shared".into(), value: "true".into(), allowed });
        }
        within("database.max_connections", self.max_connections, 2, 1000, "2 to 1000")?;
        within("database.acquire_timeout_ms", self.acquire_timeout_ms, 10, 600_000, "10 to 600000")?;
        within("database.busy_timeout_ms", self.busy_timeout_ms, 0, 600_000, "0 to 600000")?;
        within("database.statement_timeout_ms", self.statement_timeout_ms, 100, 600_000, "100 to 600000")?;
        within("database.retention_days", self.retention_days, 1, 36_500, "1 to 36500")?;
        within("database.buffer_rows", self.buffer_rows, 100, 10_000_000, "100 to 10000000")?;
        // 2000 rows of the widest table stay below SQLite's 32,766 parameters.
        within("database.batch_rows", self.batch_rows, 1, 2000, "1 to 2000")?;
        within("database.coalesce_ms", self.coalesce_ms, 0, 500, "0 to 500")
    }
}

/// A PostgreSQL URL, or nothing for SQLite. It is shown without its password.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct DatabaseUrl(String);

impl DatabaseUrl {
    /// With the password, for connecting.
    pub fn secret(&self) -> &str {
        &self.0
    }

    /// Whether it is SQLite's turn.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn is_known(&self) -> bool {
        self.is_empty() || self.0.starts_with("postgres://") || self.0.starts_with("postgresql://")
    }
}

impl From<&str> for DatabaseUrl {
    fn from(url: &str) -> Self {
        Self(url.to_owned())
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_passwords(&self.0))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_string())
    }
}

/// `text` with *** for what stands where passwords stand in URLs: before an @, and after `password=`.
pub(super) fn without_passwords(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    // A password may hold an @, /, ? or # that nobody escaped: rather too much is hidden than too little.
    let hidden = match rest.rsplit_once('@') {
        Some((credentials, place)) => {
            let user = credentials.split_once(':').map_or(credentials, |(user, _)| user);
            let stars = if user.len() < credentials.len() { ":***" } else { "" };
            format!("{user}{stars}@{place}")
        }
        None => rest.to_owned(),
    };
    let hidden = match hidden.find("password=") {
        Some(at) => format!("{}password=***", &hidden[..at]),
        None => hidden,
    };
    format!("{scheme}://{hidden}")
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    fn load(sets: &[&str]) -> Result<Config, ConfigError> {
        let sets: Vec<String> = sets.iter().map(ToString::to_string).collect();
        Config::load(None, &sets)
    }

    #[test]
    fn passwords_are_not_shown() {
        for url in [
            "postgres://loa:hunter2@db.example:5432/loa?sslmode=require",
            "postgres://loa:hunter2@hunter2/@db.example/loa",
            "postgres://db.example/loa?user=loa&password=hunter2",
            "mysql://loa:hunter2@db.example/loa",
        ] {
            let shown = format!("{url} {0} {0:?}", DatabaseUrl::from(url)).replacen(url, "", 1);
            assert!(shown.contains("db.example") && !shown.contains("hunter2"), "{shown}");
        }
        assert_eq!(DatabaseUrl::from("postgres://loa@db/loa").to_string(), "postgres://loa@db/loa");
        let config = load(&["database.url=postgres://loa:hunter2@db/loa"]).expect("good settings");
        assert!(!format!("{config:?}").contains("hunter2"));
    }

    #[test]
    fn errors_do_not_show_passwords_either() {
        for set in [
            "database.url=mysql://loa:hunter2@db/loa",
            "database.ulr=postgres://loa:hunter2@db/loa",
            "database.max_connections=postgres://loa:hunter2@db/loa",
            "database.url: postgres://loa:hunter2@db/loa",
        ] {
            let error = load(&[set]).expect_err("not allowed").to_string();
            assert!(!error.contains("hunter2") && error.contains("database"), "{error}");
        }
    }

    #[test]
    fn only_a_server_can_be_shared() {
        let error = load(&["database.shared=true"]).expect_err("not allowed").to_string();
        assert!(error.contains("database.shared") && error.contains("PostgreSQL"), "{error}");
        load(&["database.shared=true", "database.url=postgresql://loa@db/loa"]).expect("good settings");
    }
}
