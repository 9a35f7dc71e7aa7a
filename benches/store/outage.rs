//! Verdicts do not wait for the database, and what happened while it was away is not lost.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use futures::{SinkExt as _, StreamExt as _};
use loa::auth::Tokens;
use loa::config::Config;
use loa::protocol::frame::{Frame, Header};
use loa::protocol::server::{ServerMessage, Welcome};
use loa::store::{Caller, LearnerId, NewGuest, SessionId, Store, UtcMs};
use tokio::runtime::Runtime;
use tokio_tungstenite::tungstenite::Message;

use super::postgres;
use super::server::Running;

const LEARNERS: u32 = 100;
/// Each of the three phases.
const PHASE: Duration = Duration::from_secs(30);
/// For the writer to catch up.
const CATCH_UP: Duration = Duration::from_secs(30);
const PHASES: [&str; 3] = ["there", "away", "there again"];

/// p99 of the verdicts, ms.
pub struct Outage {
    pub up: f64,
    pub down: f64,
}

/// What one learner saw.
struct Seen {
    session: SessionId,
    /// ms from due to verdict, by phase.
    times: [Vec<f64>; 3],
    /// Onsets that alerts told.
    onsets: Vec<u64>,
    dropped: usize,
}

pub fn measure(runtime: &Runtime, config: Config, database: &mut postgres::Server) -> anyhow::Result<Outage> {
    let (store, caller) = runtime.block_on(async {
        let store = Store::connect(&config.database).await?;
        store.migrate_up().await?;
        let caller = Caller::authenticated(LearnerId::new_id());
        store.add_guest(caller, NewGuest::default(), UtcMs::now()).await?;
        anyhow::Ok((store, caller))
    })?;
    let tokens = Tokens::open(&config.auth, UtcMs::now())?;
    let server = runtime.block_on(Running::start(config))?;
    let token = tokens.access(caller.learner(), Some(loa::consent::VERSION), UtcMs::now());
    let phase = Arc::new(AtomicU8::new(0));
    let begin = Instant::now() + Duration::from_secs(1);
    let learners: Vec<_> = (0..LEARNERS)
        .map(|n| runtime.spawn(watch(format!("ws://{}/ws", server.address), token.clone(), n, begin, phase.clone())))
        .collect();
    std::thread::sleep(Duration::from_secs(1) + PHASE);
    phase.store(1, Ordering::Relaxed);
    database.stop();
    std::thread::sleep(PHASE);
    phase.store(2, Ordering::Relaxed);
    database.start_again();
    let all = learners.into_iter().map(|it| runtime.block_on(it)?).collect::<anyhow::Result<Vec<_>>>()?;
    runtime.block_on(server.stop())?;
    runtime.block_on(check(&store, caller, &all))?;
    let mut p99 = [0.0; 3];
    for (n, name) in PHASES.iter().enumerate() {
        let mut times: Vec<f64> = all.iter().flat_map(|seen| seen.times[n].iter().copied()).collect();
        let (count, p50) = (times.len(), super::quantile(&mut times, 0.5));
        p99[n] = (super::quantile(&mut times, 0.99) * 10.0).round() / 10.0;
        println!("{name:<11} {count} verdicts   p50 {p50:5.1} ms   p99 {:5.1} ms", p99[n]);
    }
    println!("{} frames were dropped", all.iter().map(|it| it.dropped).sum::<usize>());
    Ok(Outage { up: p99[0], down: p99[1] })
}

/// Every event that was told is there, and every minute.
async fn check(store: &Store, caller: Caller, all: &[Seen]) -> anyhow::Result<()> {
    let started = Instant::now();
    let mut events = 0;
    for seen in all {
        let found = loop {
            // The pool's connections broke with the database.
            match store.session(caller, seen.session).await {
                Ok(found) => break found,
                Err(error) if started.elapsed() > CATCH_UP => bail!("a session is lost: {error}"),
                Err(_) => tokio::time::sleep(Duration::from_millis(200)).await,
            }
        };
        for onset in &seen.onsets {
            let at = found.summary.started.plus_ms(*onset);
            anyhow::ensure!(found.events.iter().any(|event| event.started == at), "an event is lost: {onset}");
            events += 1;
        }
        anyhow::ensure!(found.minutes.len() == 2 && found.summary.ended.is_some(), "{:?}", found.minutes);
    }
    println!("all {} sessions, {events} alerts' events and all minutes are there", all.len());
    Ok(())
}

/// Open eyes and closed ones in turn for all phases: alerts in each.
async fn watch(url: String, token: String, n: u32, begin: Instant, phase: Arc<AtomicU8>) -> anyhow::Result<Seen> {
    let read =
        |name: &str| std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/faces").join(name));
    let pictures = [read("open_320x240.jpg")?, read("closed_320x240.jpg")?];
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await?;
    socket.send(Message::text(format!(r#"{{"type":"hello","token":"{token}"}}"#))).await?;
    let mut seen =
        Seen { session: SessionId(uuid::Uuid::nil()), times: Default::default(), onsets: Vec::new(), dropped: 0 };
    let frames = 3 * PHASE.as_secs() as u32;
    let due = |seq: u32| begin + Duration::from_secs(u64::from(seq)) + Duration::from_secs(1) * n / LEARNERS;
    let mut next = 0;
    loop {
        tokio::select! {
            message = socket.next() => match message.context("the server hung up")?? {
                Message::Text(text) => match serde_json::from_str(&text)? {
                    ServerMessage::Welcome(Welcome { session, .. }) => seen.session = SessionId(uuid::Uuid::parse_str(&session)?),
                    ServerMessage::Verdict(verdict) => {
                        let phase = usize::from(phase.load(Ordering::Relaxed));
                        seen.times[phase].push(due(verdict.seq).elapsed().as_secs_f64() * 1000.0);
                    }
                    ServerMessage::Alert(alert) => seen.onsets.push(alert.since_ms),
                    ServerMessage::Dropped { .. } => seen.dropped += 1,
                    ServerMessage::Error(error) => bail!("{error:?}"),
                    _ => {}
                },
                Message::Close(_) => return Ok(seen),
                _ => {}
            },
            () = tokio::time::sleep_until(due(next).into()), if next <= frames => {
                if next == frames {
                    socket.send(Message::text(r#"{"type":"end"}"#)).await?;
                } else {
                    let header = Header { seq: next, captured_ms: u64::from(next) * 1000 };
                    let picture = &pictures[(next / 9 % 2) as usize];
                    socket.send(Message::Binary(Frame::encode(header, picture))).await?;
                }
                next += 1;
            }
        }
    }
}
