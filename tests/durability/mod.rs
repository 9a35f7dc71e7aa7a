//! Kills a real server one second after it pushed an alert, starts it again, and looks for the alert's event.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use futures::{SinkExt as _, StreamExt as _};
use loa::attention::Level;
use loa::auth::Tokens;
use loa::config::Config;
use loa::protocol::server::{Alert, ServerMessage, Welcome};
use loa::store::{Caller, EndReason, LearnerId, NewGuest, SessionId, Store, UtcMs};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use uuid::Uuid;

const KEY: &str = "a key that is killed and comes back";
/// Between the alert and the kill.
const GRACE: Duration = Duration::from_secs(1);
/// Between two frames.
const FRAME: Duration = Duration::from_millis(250);
/// For one server's start and alert.
const PATIENCE: Duration = Duration::from_secs(60);

type Socket = WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>;

/// A server process that does not end by itself.
struct Process {
    child: Child,
    address: String,
}

impl Process {
    fn start(settings: &[String]) -> anyhow::Result<Self> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_loa"));
        command.args(["serve", "--bind", "127.0.0.1:0"]).env("LOA_AUTH_KEY", KEY);
        command.current_dir(env!("CARGO_MANIFEST_DIR"));
        for set in settings {
            command.args(["--set", set]);
        }
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().context("the server does not run")?;
        let mut line = String::new();
        let output = child.stdout.take().context("no output")?;
        let mut process = Self { child, address: String::new() };
        BufReader::new(output).read_line(&mut line)?;
        let address = line.trim().strip_prefix("listening on http://").context("the server does not start")?;
        address.clone_into(&mut process.address);
        Ok(process)
    }
}

impl Drop for Process {
    /// SIGKILL.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a killed server had told.
struct Told {
    session: SessionId,
    alert: Alert,
}

/// Tries so often; how many events were there with their onset. `database` are settings that name one.
pub async fn survived(database: &[String], tries: usize, mut progress: impl FnMut(usize)) -> anyhow::Result<usize> {
    let mut settings = vec!["inference.max_age_ms=20000".to_owned()];
    // Sooner than for people, so that many tries take minutes, not an hour.
    settings.push("attention.presets.default.eyes_closed_prealarm_ms=2000".to_owned());
    settings.extend_from_slice(database);
    let sets = [&settings[..], &[format!("auth.key={KEY}")]].concat();
    let config = Config::load(None, &sets)?;
    let store = Store::connect(&config.database).await?;
    store.migrate_up().await?;
    let caller = Caller::authenticated(LearnerId::new_id());
    store.add_guest(caller, NewGuest::default(), UtcMs::now()).await?;
    let tokens = Tokens::open(&config.auth, UtcMs::now())?;
    let (mut survived, mut former) = (0, None);
    for n in 0..=tries {
        let server = Process::start(&settings)?;
        if let Some(told) = &former {
            survived += usize::from(is_kept(&store, caller, told).await?);
            progress(n);
        }
        if n < tries {
            // Access tokens do not outlive a restart.
            let token = tokens.access(caller.learner(), Some(loa::consent::VERSION), UtcMs::now());
            let told = tokio::time::timeout(PATIENCE, doze_off(&server.address, &token)).await;
            former = Some(told.context("no alert came")??);
            tokio::time::sleep(GRACE).await;
        }
    }
    store.close().await;
    Ok(survived)
}

/// Shows closed eyes until an alert comes.
async fn doze_off(address: &str, token: &str) -> anyhow::Result<Told> {
    let face = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/faces/closed_320x240.jpg");
    let jpeg = std::fs::read(face)?;
    let (mut socket, _) = tokio_tungstenite::connect_async(format!("ws://{address}/ws")).await?;
    socket.send(Message::text(format!(r#"{{"type":"hello","token":"{token}"}}"#))).await?;
    let ServerMessage::Welcome(Welcome { session, .. }) = next(&mut socket).await? else { bail!("no welcome") };
    let mut frames = tokio::time::interval(FRAME);
    loop {
        tokio::select! {
            message = next(&mut socket) => if let ServerMessage::Alert(alert) = message? {
                return Ok(Told { session: SessionId(Uuid::parse_str(&session)?), alert });
            },
            _ = frames.tick() => socket.send(Message::binary(jpeg.clone())).await?,
        }
    }
}

async fn next(socket: &mut Socket) -> anyhow::Result<ServerMessage> {
    loop {
        match socket.next().await.context("the server hung up")?? {
            Message::Text(text) => return Ok(serde_json::from_str(&text)?),
            Message::Close(why) => bail!("the server closed: {why:?}"),
            _ => {}
        }
    }
}

/// Whether the event is there with the onset and the level that the alert told, and its session closed as by a crash.
async fn is_kept(store: &Store, caller: Caller, told: &Told) -> anyhow::Result<bool> {
    let Ok(found) = store.session(caller, told.session).await else { return Ok(false) };
    ensure!(found.summary.end_reason == Some(EndReason::Crash), "the session was not closed: {:?}", found.summary);
    // What led to the alert is there as well, and so the session is as long as it was.
    ensure!(!found.minutes.is_empty(), "the minute is lost");
    let onset = found.summary.started.plus_ms(told.alert.since_ms);
    Ok(found.events.iter().any(|event| event.started == onset && event.peak == Level::PreAlarm))
}
