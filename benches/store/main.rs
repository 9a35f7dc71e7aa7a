//! What storage costs, on SQLite and on a PostgreSQL of the benchmark's own.
//!
//! - rows a second that the writer takes from 1,000 sessions which write events and totals at once;
//! - a 3-hour session's report page (180 minutes, 40 events, 30 quizzes) from a database that holds 100,000 sessions, through the
//!   real server's HTTP, and the plans of its queries;
//! - how long verdicts take while the database is there, and while it is away for 30 s; and that nothing is lost by that.
//!
//! Run by `make bench-store`; some 5 minutes. The last line is one JSON object: rows a second on SQLite (the default), the page's time
//! in ms that 95 % of 200 requests keep, the verdicts' p99 in ms with PostgreSQL there and stopped.

mod fill;
mod outage;
mod page;
#[path = "../../tests/it/store/postgres.rs"]
#[allow(dead_code, reason = "the tests need more of it")]
mod postgres;
mod server;
mod writer;

use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use loa::config::Config;
use sea_orm::{ConnectionTrait as _, DatabaseConnection};

/// For PostgreSQL's start.
const PATIENCE: Duration = Duration::from_secs(60);

/// Settings of a server on this database, on a free port.
fn config(database: &str) -> anyhow::Result<Config> {
    let models = format!("models.dir={}", Path::new(env!("CARGO_MANIFEST_DIR")).join("models").display());
    let sets = [
        "server.bind=127.0.0.1:0",
        "auth.key=a key for nothing but measurements",
        "limits.sockets_per_learner=100000",
        &models,
        database,
    ];
    Ok(Config::load(None, &sets.map(str::to_owned))?)
}

/// Past the store.
async fn raw(config: &Config) -> anyhow::Result<DatabaseConnection> {
    let database = &config.database;
    let url = if database.url.is_empty() {
        format!("sqlite://{}?mode=rw", database.path.display())
    } else {
        database.url.secret().to_owned()
    };
    Ok(sea_orm::Database::connect(sea_orm::ConnectOptions::new(url).sqlx_logging(false).to_owned()).await?)
}

/// A fresh database on the server.
async fn create(url: &str, name: &str) -> anyhow::Result<()> {
    let admin = sea_orm::Database::connect(url).await?;
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await?;
    Ok(admin.close().await?)
}

/// The value that the share `q` of all stay below; sorts.
fn quantile(values: &mut [f64], q: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let index = ((values.len() as f64 * q).ceil() as usize).clamp(1, values.len().max(1)) - 1;
    values.get(index).copied().unwrap_or(f64::NAN)
}

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let folder = tempfile::tempdir()?;
    let mut postgres =
        postgres::Server::start().context("PostgreSQL is needed (Debian: apt-get install postgresql)")?;
    let url = postgres.url();
    let sqlite = |name: &str| config(&format!("database.path={}", folder.path().join(name).display()));
    let on_postgres = |name: &str| {
        runtime.block_on(create(&url("postgres"), name))?;
        config(&format!("database.url={}", url(name)))
    };

    println!("1,000 sessions write at once: an opening, 10 minutes, 5 events twice and an end each");
    let rows_sqlite = runtime.block_on(writer::rows_per_second("SQLite", &sqlite("writer.sqlite3")?))?;
    runtime.block_on(writer::rows_per_second("PostgreSQL", &on_postgres("writer")?))?;

    println!("\na 3-hour session's page, from a database of 100,000 sessions");
    let page_sqlite = runtime.block_on(page::measure("SQLite", sqlite("page.sqlite3")?))?;
    let page_postgres = runtime.block_on(page::measure("PostgreSQL", on_postgres("page")?))?;

    println!("\n100 learners at 1 frame/s: the database is there, away for 30 s, there again");
    let outage = outage::measure(&runtime, on_postgres("outage")?, &mut postgres)?;

    println!(
        "{}",
        serde_json::json!({
            "writer_rows_per_s": rows_sqlite.round(),
            "report_ms_sqlite": page_sqlite,
            "report_ms_postgres": page_postgres,
            "verdict_p99_ms_db_up": outage.up,
            "verdict_p99_ms_db_down": outage.down,
        })
    );
    Ok(())
}
