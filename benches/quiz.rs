//! What verdicts notice of quizzes: 50 learners at 1 frame/s, first alone, then beside 12 learners who have questions made again and
//! again, by a language model's server that hangs, stalls, floods, fails and lies, and by the cloze maker.
//!
//! Run by `make bench-quiz`; about a minute. The last line is one JSON object.

#[path = "../tests/it/lectures.rs"]
mod lectures;
#[path = "../tests/it/llm_server/mod.rs"]
mod llm_server;
#[path = "store/server.rs"]
mod server;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use futures::{SinkExt as _, StreamExt as _};
use loa::auth::Tokens;
use loa::config::Config;
use loa::protocol::frame::{Frame, Header};
use loa::protocol::quiz::ProgressWord;
use loa::protocol::server::ServerMessage;
use loa::quiz::transcript::Lang;
use loa::store::{Caller, LearnerId, NewGuest, Store, UtcMs};
use serde_json::json;
use tokio_tungstenite::tungstenite::Message;

use self::llm_server::good::Model;
use self::llm_server::{Act, Asked, LlmServer, Then, error};
use self::server::Running;

const LEARNERS: u32 = 50;
const ASKERS: usize = 12;
/// Each of the two phases.
const PHASE: Duration = Duration::from_secs(30);

/// Every request another trick; each third is answered well, with chatter around it.
fn trick(model: &Model, asked: &Asked) -> Act {
    match asked.nth % 9 {
        0 => Act::Hang,
        1 => Act::SayThen("{\"questions\":[".into(), Then::Stall),
        2 => Act::Flood("application/json", vec![b'a'; 1 << 16]),
        3 => error(500, "down", "down"),
        4 => Act::Drip("data: {\"choices\":[{\"delta\":{\"content\":\"{{{{\"}}]}\n\n".into(), Duration::ZERO),
        5 => Act::Silent,
        _ => Act::Say(format!("네 알겠습니다! 요청하신 JSON입니다:\n```json\n{}\n```", model.reply(asked))),
    }
}

fn config(folder: &Path, base_url: &str) -> anyhow::Result<Config> {
    let sets = [
        "server.bind=127.0.0.1:0".to_owned(),
        "auth.key=a key for nothing but measurements".to_owned(),
        "limits.sockets_per_learner=100000".to_owned(),
        format!("models.dir={}", Path::new(env!("CARGO_MANIFEST_DIR")).join("models").display()),
        format!("database.path={}", folder.join("quiz.sqlite3").display()),
        format!("quiz.base_url={base_url}"),
        "quiz.first_token_ms=2000".to_owned(),
        "quiz.total_ms=5000".to_owned(),
        "quiz.budget_ms=8000".to_owned(),
        "quiz.sets_per_day=10000".to_owned(),
    ];
    Ok(Config::load(None, &sets)?)
}

/// ms from due to verdict; and how many frames were dropped.
async fn watch(url: String, token: String, n: u32) -> anyhow::Result<(Vec<f64>, usize)> {
    let picture = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/faces/open_320x240.jpg"))?;
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await?;
    socket.send(Message::text(json!({"type": "hello", "token": token}).to_string())).await?;
    let begin = Instant::now() + Duration::from_secs(1) * n / LEARNERS;
    let due = |seq: u32| begin + Duration::from_secs(u64::from(seq));
    let (mut next, mut times, mut dropped) = (0, Vec::new(), 0);
    while due(next) < begin + PHASE {
        tokio::select! {
            message = socket.next() => if let Message::Text(text) = message.context("the server hung up")?? {
                match serde_json::from_str(&text)? {
                    ServerMessage::Verdict(verdict) => times.push(due(verdict.seq).elapsed().as_secs_f64() * 1000.0),
                    ServerMessage::Dropped { .. } => dropped += 1,
                    ServerMessage::Error(error) => bail!("{error:?}"),
                    _ => {}
                }
            },
            () = tokio::time::sleep_until(due(next).into()) => {
                let header = Header { seq: next, captured_ms: u64::from(next) * 1000 };
                socket.send(Message::Binary(Frame::encode(header, &picture))).await?;
                next += 1;
            }
        }
    }
    Ok((times, dropped))
}

/// Has questions made of other lectures again and again; how many sets ended.
async fn ask(url: String, token: String, n: usize, sets: Arc<AtomicUsize>) -> anyhow::Result<()> {
    let hello = json!({"type": "hello", "token": token, "lecture": {"url": format!("https://example.com/{n}")}});
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await?;
    socket.send(Message::text(hello.to_string())).await?;
    for round in 0.. {
        let language = if round % 2 == 0 { Lang::Eng } else { Lang::Kor };
        for piece in lectures::cues(40 + round, language).chunks(100) {
            socket.send(Message::text(json!({"type": "transcript", "cues": piece}).to_string())).await?;
        }
        let source = if n.is_multiple_of(3) { "cloze" } else { "llm" };
        socket.send(Message::text(json!({"type": "quiz.generate", "source": source}).to_string())).await?;
        loop {
            let Message::Text(text) = socket.next().await.context("the server hung up")?? else { continue };
            match serde_json::from_str(&text)? {
                ServerMessage::QuizProgress(progress) if progress.state != ProgressWord::Making => break,
                ServerMessage::Error(_) => break,
                _ => {}
            }
        }
        sets.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}

fn quantile(times: &mut [f64], q: f64) -> f64 {
    times.sort_by(f64::total_cmp);
    let index = ((times.len() as f64 * q).ceil() as usize).clamp(1, times.len().max(1)) - 1;
    times.get(index).map_or(f64::NAN, |it| (it * 10.0).round() / 10.0)
}

async fn measure(folder: &Path) -> anyhow::Result<()> {
    let model = Model::default();
    let llm = LlmServer::start(move |asked| trick(&model, asked)).await;
    let config = config(folder, &llm.base_url)?;
    let store = Store::open(&config.database).await?;
    let tokens = Tokens::open(&config.auth, UtcMs::now())?;
    let server = Running::start(config).await?;
    let mut guests = Vec::new();
    for _ in 0..=ASKERS {
        let caller = Caller::authenticated(LearnerId::new_id());
        store.add_guest(caller, NewGuest::default(), UtcMs::now()).await?;
        guests.push(tokens.access(caller.learner(), Some(loa::consent::VERSION), UtcMs::now()));
    }
    let token = guests.pop().context("one of them")?;
    let url = format!("ws://{}/ws", server.address);
    let (mut p99, mut lost) = ([0.0; 2], [0; 2]);
    let sets = Arc::new(AtomicUsize::new(0));
    for (phase, name) in ["without quizzes", "beside quizzes"].into_iter().enumerate() {
        let mut askers = tokio::task::JoinSet::new();
        if phase == 1 {
            for (n, own) in guests.iter().enumerate() {
                askers.spawn(ask(url.clone(), own.clone(), n, sets.clone()));
            }
        }
        let learners = (0..LEARNERS).map(|n| tokio::spawn(watch(url.clone(), token.clone(), n)));
        let mut times = Vec::new();
        for learner in futures::future::join_all(learners).await {
            let (mine, dropped) = learner??;
            times.extend(mine);
            lost[phase] += dropped;
        }
        while let Some(ended) = askers.try_join_next() {
            ended??;
        }
        let p50 = quantile(&mut times, 0.5);
        p99[phase] = quantile(&mut times, 0.99);
        println!(
            "{name:<16} {} verdicts, {} dropped   p50 {p50:5.1} ms   p99 {:5.1} ms",
            times.len(),
            lost[phase],
            p99[phase]
        );
    }
    server.stop().await?;
    let (sets, requests) = (sets.load(Ordering::Relaxed), llm.requests().len());
    println!("{sets} sets ended meanwhile, after {requests} requests to the model");
    let [quiet, busy] = p99;
    println!(
        "{}",
        json!({"verdict_p99_ms": quiet, "verdict_p99_ms_beside_quizzes": busy, "dropped": lost[0], "dropped_beside_quizzes": lost[1], "sets": sets, "requests": requests})
    );
    Ok(())
}

fn main() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(measure(folder.path()))
}
