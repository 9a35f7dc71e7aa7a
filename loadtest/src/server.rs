//! A Loa server of the test's own: a temporary database, a free port.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

/// How long it may take to listen.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running server. It is stopped when this is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Its WebSocket.
    pub url: String,
    /// When it was started.
    pub began: Instant,
    /// Gone with the server.
    _folder: tempfile::TempDir,
}

impl Server {
    /// Starts `binary` with these settings (`name=value`) and waits until it listens.
    ///
    /// # Errors
    /// When it does not start.
    pub async fn start(binary: &Path, settings: &[String]) -> anyhow::Result<Self> {
        let (binary, settings) = (binary.to_owned(), settings.to_owned());
        tokio::task::spawn_blocking(move || Self::spawn(&binary, &settings)).await?
    }

    fn spawn(binary: &Path, settings: &[String]) -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("no temporary folder")?;
        let own = |name: &str| folder.path().join(name).display().to_string();
        let mut command = Command::new(binary);
        command.args([
            "serve",
            "--bind",
            "127.0.0.1:0",
            "--set",
            "log.level=warn",
            "--set",
            "auth.guests_per_minute=100000",
            "--set",
            "limits.sockets_per_learner=1000000",
        ]);
        command.args(["--set", &format!("database.path={}", own("loa.sqlite3"))]);
        command.args(["--set", &format!("auth.key_file={}", own("loa.key"))]);
        for setting in settings {
            command.args(["--set", setting]);
        }
        let began = Instant::now();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}: build it with cargo build --release", binary.display()))?;
        match address(&mut child, began) {
            Ok(address) => Ok(Self { child, url: format!("ws://{address}/ws"), began, _folder: folder }),
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                Err(error)
            }
        }
    }

    /// Whether it has ended.
    ///
    /// # Errors
    /// When the system cannot say.
    pub fn has_ended(&mut self) -> anyhow::Result<bool> {
        Ok(self.child.try_wait().context("cannot look at the server")?.is_some())
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The database goes as well, so there is nothing to say goodbye for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What the server prints once it listens. Its further output is read and forgotten.
fn address(child: &mut Child, began: Instant) -> anyhow::Result<String> {
    let output = BufReader::new(child.stdout.take().context("the server has no output")?);
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for line in output.lines().map_while(Result::ok) {
            if let Some(address) = line.strip_prefix("listening on http://") {
                let _ = sender.send(address.trim().to_owned());
            }
        }
    });
    match receiver.recv_timeout(PATIENCE.saturating_sub(began.elapsed())) {
        Ok(address) => Ok(address),
        Err(_) => bail!("the server did not start; what it says stands above"),
    }
}

/// The server's binary beside this program.
pub fn default_binary() -> PathBuf {
    let beside = std::env::current_exe().ok().and_then(|own| Some(own.parent()?.join("loa")));
    beside.filter(|path| path.is_file()).unwrap_or_else(|| PathBuf::from("target/release/loa"))
}
