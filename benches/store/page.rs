//! How long a report page takes from a large database, and by which indexes.

use std::net::SocketAddr;
use std::time::Instant;

use loa::auth::Tokens;
use loa::config::Config;
use loa::store::UtcMs;
use sea_orm::{ConnectionTrait as _, Statement};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::fill::{self, Subject};
use super::server::Running;

const REQUESTS: usize = 200;

/// The queries behind the pages; an index shall serve each.
const QUERIES: [(&str, &str); 9] = [
    ("list", "SELECT * FROM watch_sessions WHERE learner_id = {learner} ORDER BY started_ms DESC, id DESC LIMIT 20"),
    ("session", "SELECT * FROM watch_sessions WHERE learner_id = {learner} AND id = {session}"),
    ("events", "SELECT * FROM attention_events WHERE session_id = {session} ORDER BY number"),
    ("minutes", "SELECT * FROM attention_minutes WHERE session_id = {session} ORDER BY minute"),
    ("answers", "SELECT * FROM answers WHERE session_id = {session}"),
    (
        "ready",
        "SELECT * FROM quiz_sets WHERE lecture_id = (SELECT lecture_id FROM watch_sessions WHERE id = {session}) \
         AND transcript_hash = 'hash 7' AND recipe = 'recipe' AND finished_ms IS NOT NULL AND retired_ms IS NULL",
    ),
    (
        "sets",
        "SELECT s.id, (SELECT count(*) FROM quizzes q WHERE q.set_id = s.id AND q.retired_ms IS NULL), \
         (SELECT count(*) FROM recommendations r WHERE r.set_id = s.id) AS n FROM quiz_sets s \
         WHERE s.lecture_id = (SELECT lecture_id FROM watch_sessions WHERE id = {session}) AND s.finished_ms IS NOT NULL \
         ORDER BY n DESC, s.created_ms DESC LIMIT 100",
    ),
    (
        "reviews",
        "SELECT s.id, s.learner_id FROM watch_sessions s WHERE s.ended_ms >= {ended} AND EXISTS (SELECT 1 FROM answers a \
         WHERE a.session_id = s.id AND NOT a.correct AND NOT EXISTS (SELECT 1 FROM review_notes n WHERE n.session_id = s.id \
         AND n.quiz_id = a.quiz_id)) ORDER BY s.ended_ms, s.id LIMIT 20",
    ),
    ("abandoned", "SELECT id FROM quiz_sets WHERE finished_ms IS NULL AND created_ms < 1"),
];

/// The page's time in ms that 95 % of the requests keep.
pub async fn measure(name: &str, config: Config) -> anyhow::Result<f64> {
    let started = Instant::now();
    let subject = fill::fill(&config).await?;
    println!("{name}: filled within {:.0} s", started.elapsed().as_secs_f64());
    plans(&config, &subject).await?;
    let token = Tokens::open(&config.auth, UtcMs::now())?.refresh(subject.caller.learner(), UtcMs::now());
    let server = Running::start(config).await?;
    let report = times(server.address, &format!("/sessions/{}", subject.session.0), &token).await?;
    let list = times(server.address, "/sessions", &token).await?;
    server.stop().await?;
    for (what, (p50, p95, bytes)) in [("report", report), ("list", list)] {
        println!("{name:<11} {what:<7} p50 {p50:5.1} ms   p95 {p95:5.1} ms   {bytes} bytes");
    }
    Ok((report.1 * 10.0).round() / 10.0)
}

async fn plans(config: &Config, subject: &Subject) -> anyhow::Result<()> {
    let sqlite = config.database.url.is_empty();
    let id = |uuid: uuid::Uuid| if sqlite { format!("x'{}'", uuid.simple()) } else { format!("'{uuid}'") };
    let raw = super::raw(config).await?;
    for (what, query) in QUERIES {
        let ended = UtcMs::now().before(std::time::Duration::from_hours(1)).0.to_string();
        let query = query
            .replace("{learner}", &id(subject.caller.learner().0))
            .replace("{session}", &id(subject.session.0))
            .replace("{ended}", &ended);
        let explain = if sqlite { "EXPLAIN QUERY PLAN" } else { "EXPLAIN" };
        let rows =
            raw.query_all_raw(Statement::from_string(raw.get_database_backend(), format!("{explain} {query}"))).await?;
        for row in rows {
            let line: String = if sqlite { row.try_get("", "detail")? } else { row.try_get_by_index(0)? };
            let scans = line.contains("Seq Scan") || line.starts_with("SCAN");
            println!("  {what:<8} {line}");
            anyhow::ensure!(!scans, "{what} reads a whole table");
        }
    }
    Ok(raw.close().await?)
}

/// p50 and p95 in ms, and the answer's size.
async fn times(address: SocketAddr, path: &str, token: &str) -> anyhow::Result<(f64, f64, usize)> {
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: bench\r\nCookie: loa_device={token}\r\nConnection: close\r\n\r\n");
    let (mut times, mut bytes) = (Vec::new(), 0);
    for n in 0..=REQUESTS {
        let started = Instant::now();
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        anyhow::ensure!(answer.starts_with(b"HTTP/1.1 200"), "{path}: {}", String::from_utf8_lossy(&answer));
        // The first one fills caches.
        if n > 0 {
            times.push(started.elapsed().as_secs_f64() * 1000.0);
        }
        bytes = answer.len();
    }
    Ok((super::quantile(&mut times, 0.5), super::quantile(&mut times, 0.95), bytes))
}
