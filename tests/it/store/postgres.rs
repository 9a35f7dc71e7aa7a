//! A real PostgreSQL server on a socket in a temporary folder, ended with this process however that ends.

use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::PATIENCE;

/// Runs the server until a line comes (stop, keep the files) or this process is gone (stop, delete them).
const KEEPER: &str = r#"
folder=$1; shift
"$@" >"$folder/log" 2>&1 & server=$!
if read -r word; then kill -QUIT $server; wait $server; else kill -QUIT $server; wait $server; rm -rf "$folder"; fi
"#;

/// PostgreSQL refuses to run as root; this is nobody on Debian and most others.
const NOBODY: u32 = 65_534;

pub struct Server {
    programs: PathBuf,
    folder: PathBuf,
    keeper: Option<Child>,
}

impl Server {
    /// The server for all tests that do not stop it; None, with a message, where PostgreSQL is not installed.
    pub fn shared() -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Server>> = OnceLock::new();
        SHARED.get_or_init(Self::start).as_ref()
    }

    /// A server of one's own; None, with a message, where PostgreSQL is not installed.
    pub fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            // Not by eprintln!, which the test runner swallows.
            let _ = writeln!(
                std::io::stderr(),
                "skipped: PostgreSQL is not installed, the store is tested on SQLite only (Debian: apt-get install postgresql)"
            );
            return None;
        };
        let folder = tempfile::Builder::new().prefix("loa-postgres-").tempdir().expect("a temporary folder").keep();
        if is_root() {
            chown(&folder, Some(NOBODY), Some(NOBODY)).expect("given to nobody");
        }
        let mut server = Self { programs, folder, keeper: None };
        let data = server.folder.join("data");
        let made =
            server.command("initdb").args(["--no-sync", "--auth=trust", "--username=loa", "-D"]).arg(&data).output();
        let made = made.expect("initdb runs");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        server.start_again();
        Some(server)
    }

    pub fn start_again(&mut self) {
        let mut command = as_nobody("sh");
        command.args(["-c", KEEPER, "keeper"]).arg(&self.folder).arg(self.programs.join("postgres"));
        command.arg("-D").arg(self.folder.join("data")).arg("-k").arg(&self.folder);
        command.args(["-c", "listen_addresses=", "-c", "fsync=off"]);
        command.stdin(Stdio::piped()).current_dir("/");
        self.keeper = Some(command.spawn().expect("sh runs"));
        let started = Instant::now();
        while !self.command("pg_isready").arg("-q").arg("-h").arg(&self.folder).status().expect("it runs").success() {
            let log = std::fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            assert!(started.elapsed() < PATIENCE, "PostgreSQL does not start: {log}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// As if it had crashed; the files stay.
    pub fn stop(&mut self) {
        let mut keeper = self.keeper.take().expect("it runs");
        keeper.stdin.take().expect("piped").write_all(b"stop\n").expect("told");
        keeper.wait().expect("it ends");
    }

    /// A database's URL.
    pub fn url(&self) -> impl Fn(&str) -> String + use<> {
        let folder = self.folder.display().to_string();
        move |database| format!("postgres://loa:unused@localhost/{database}?host={folder}")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = as_nobody(self.programs.join(program));
        command.current_dir("/");
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut keeper) = self.keeper.take() {
            drop(keeper.stdin.take());
            let _ = keeper.wait();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn as_nobody(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|it| it.uid() == 0)
}

/// Where Debian puts them, the newest; else where PATH says.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
    folders.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = folders.into_iter().rev().chain(std::env::split_paths(&path));
    all.into_iter().find(|folder| ["initdb", "postgres", "pg_isready"].iter().all(|name| folder.join(name).is_file()))
}
