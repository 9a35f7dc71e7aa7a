//! Whether what a learner was told is safe: a server is killed (SIGKILL) one second after it pushed an alert, started again, and
//! asked for the alert's event with its onset; a hundred times on SQLite and on PostgreSQL each.
//!
//! Run by `make durability`; `TRIES=10 make durability` tries less often. The last line is one JSON object.

#[path = "../tests/durability/mod.rs"]
mod durability;
#[path = "../tests/it/store/postgres.rs"]
#[allow(dead_code, reason = "the tests need more of it")]
mod postgres;

use std::time::Duration;

use anyhow::Context as _;
use indicatif::{MultiProgress, ProgressBar};

/// For PostgreSQL's start.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() -> anyhow::Result<()> {
    let tries = std::env::var("TRIES").map_or(Ok(100), |text| text.parse()).context("TRIES is no number")?;
    let folder = tempfile::tempdir()?;
    let server = postgres::Server::start().context("PostgreSQL is needed (Debian: apt-get install postgresql)")?;
    let sqlite = vec![format!("database.path={}", folder.path().join("loa.sqlite3").display())];
    let postgres = vec![format!("database.url={}", server.url()("postgres"))];
    let bars = MultiProgress::new();
    let bar = || bars.add(ProgressBar::new(tries as u64));
    let (one, other) = (bar(), bar());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (sqlite, postgres) = runtime.block_on(async {
        tokio::try_join!(
            durability::survived(&sqlite, tries, |n| one.set_position(n as u64)),
            durability::survived(&postgres, tries, |n| other.set_position(n as u64)),
        )
    })?;
    println!("{}", serde_json::json!({"tries": tries, "survived_sqlite": sqlite, "survived_postgres": postgres}));
    Ok(())
}
