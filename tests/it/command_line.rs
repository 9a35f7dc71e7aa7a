//! The program as a user runs it.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tokio_tungstenite::tungstenite::Message;

use loa::store::UtcMs;

use crate::support::{Client, KEY, database, fixture, picture, tokens};

fn loa() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loa"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).env("LOA_AUTH_KEY", KEY).env("LOA_DATABASE_PATH", database());
    command
}

pub fn run(arguments: &[&str]) -> Output {
    loa().args(arguments).output().expect("the program runs")
}

fn last_line(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    let line = text.lines().last().unwrap_or_default();
    serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in the last line: {line}"))
}

/// A server in a process of its own, ended with the test.
pub struct Process {
    child: Child,
    address: String,
}

impl Process {
    fn start(arguments: &[&str]) -> Self {
        Self::under("true", arguments)
    }

    /// After these words of the shell.
    pub fn under(words: &str, arguments: &[&str]) -> Self {
        let program = loa();
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{words}; exec \"$0\" \"$@\"")]).arg(program.get_program());
        command.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["serve", "--bind", "127.0.0.1:0", "--set", "inference.max_age_ms=20000"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().expect("the program runs");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("piped")).read_line(&mut line).expect("a line");
        let address = line.trim().strip_prefix("listening on http://").expect("says where it listens").to_owned();
        Self { child, address }
    }

    pub fn address(&self) -> SocketAddr {
        self.address.parse().expect("an address")
    }

    /// kB of `field` in /proc/PID/status.
    fn memory(&self, field: &str) -> i64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix(field)).expect("the field");
        line.trim_matches(|c: char| !c.is_ascii_digit()).parse().expect("a number")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn analyze_prints_a_table_and_json() {
    let (faces, rooms) = (fixture("faces/closed_320x240.jpg"), fixture("rooms"));
    let paths = [faces.to_str().expect("UTF-8"), rooms.to_str().expect("UTF-8")];
    let table = run(&["analyze", paths[0], paths[1]]);
    let text = String::from_utf8_lossy(&table.stdout);
    assert!(table.status.success() && text.contains("closed") && text.contains("6 pictures, 1 with a face"), "{text}");

    let found = last_line(&run(&["analyze", paths[0], paths[1], "--json", "--landmarks"]));
    assert_eq!(found["results"][0]["landmarks"].as_array().map(Vec::len), Some(2 * 478));
    assert_eq!((found["files"].as_u64(), found["faces"].as_u64()), (Some(6), Some(1)));
    let first = &found["results"][0];
    assert!(first["file"].as_str().is_some_and(|file| file.ends_with("closed_320x240.jpg")));
    assert_eq!((&first["face"], &first["closed"]), (&Value::Bool(true), &Value::Bool(true)));
    assert!(first["score"].as_f64().is_some_and(|score| score > 0.5));
    assert_eq!((&found["results"][1]["face"], &found["results"][1]["score"]), (&Value::Bool(false), &Value::Null));
}

#[test]
fn analyze_draws_reads_other_kinds_and_lives_with_bad_files() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let out = folder.path().join("out");
    let bad = fixture("bad");
    let output = run(&["analyze", bad.to_str().expect("UTF-8"), "--annotate", out.to_str().expect("UTF-8"), "--json"]);
    assert!(output.status.success());
    let found = last_line(&output);
    let of = |name: &str| {
        let results = found["results"].as_array().expect("a list");
        let matching = results.iter().find(|it| it["file"].as_str().is_some_and(|file| file.ends_with(name)));
        matching.unwrap_or_else(|| panic!("{name} is missing")).clone()
    };
    assert_eq!(of("not_jpeg.png")["face"], Value::Bool(true), "a PNG is fine here");
    assert!(of("truncated_50_eoi.jpg")["error"].as_str().is_some_and(|error| error.contains("ends early")));
    let drawn = image::open(out.join("grayscale.png")).expect("a picture").into_rgb8();
    assert!(drawn.pixels().any(|pixel| pixel.0 == [255, 196, 0]), "the box is drawn");
    assert!(!out.join("truncated_10.png").exists());
}

#[test]
fn analyze_scores_against_labels() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let manifest = folder.path().join("manifest.csv");
    let line = |name: &str, label: &str, eyes: &str| format!("{},{label},{eyes},made\n", fixture(name).display());
    let text = String::from("file,label,eyes,source\n")
        + &line("faces/open_320x240.jpg", "open", "open")
        + &line("faces/mirrored_320x240.jpg", "open", "open")
        + &line("faces/closed_320x240.jpg", "closed", "closed")
        + &line("rooms/study.jpg", "absent", "");
    std::fs::write(&manifest, text).expect("written");
    let manifest = manifest.to_str().expect("UTF-8");
    let scores = last_line(&run(&["analyze", "--labels", manifest, "--json"]));
    for (key, expected) in [
        ("frames", 4.0),
        ("face_found", 1.0),
        ("eye_auc", 1.0),
        ("closed_recall", 1.0),
        ("open_called_closed", 0.0),
        ("absent_called_present", 0.0),
    ] {
        assert_eq!(scores[key].as_f64(), Some(expected), "{key} in {scores}");
    }
    let all_closed = last_line(&run(&["analyze", "--labels", manifest, "--json", "--threshold", "0"]));
    assert_eq!(all_closed["open_called_closed"].as_f64(), Some(1.0));
}

#[test]
fn mistakes_get_a_sentence_that_helps() {
    let cases: [(&[&str], &str); 9] = [
        (&["serve", "--set", "limits.frame_bytes=1"], "limits.frame_bytes = 1 is not allowed: 1024 to 16777216"),
        (&["serve", "--set", "inference.workrs=1"], "workrs"),
        (&["serve", "--config", "nowhere.toml"], "nowhere.toml"),
        (&["serve", "--set", "models.dir=nowhere", "--bind", "127.0.0.1:0"], "models.dir"),
        (&["serve", "--set", "log.level=loud=quiet=x", "--bind", "127.0.0.1:0"], "log.level"),
        (&["serve", "--set", "inference.provider=abacus"], "`migraphx`, `openvino`"),
        // The library that `make setup` fetches computes on the processor only.
        (
            &["serve", "--set", "inference.provider=cuda", "--bind", "127.0.0.1:0"],
            "inference.provider = cuda is not in ONNX Runtime's library /",
        ),
        (&["analyze", "nowhere.jpg"], "nowhere.jpg"),
        (&["healthcheck", "127.0.0.1:1"], "no server answers on 127.0.0.1:1"),
    ];
    for (arguments, words) in cases {
        let output = run(arguments);
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && text.contains(words), "{arguments:?}: {text}");
        assert!(!text.contains("panicked"), "{arguments:?}: {text}");
    }
}

#[test]
fn variables_are_settings_and_ort_dylib_path_is_final() {
    let output = loa().args(["serve"]).env("LOA_SERVER_MAX_CONNECTIONS", "0").output().expect("the program runs");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("server.max_connections = 0 is not allowed"), "{text}");
    let output = loa().args(["serve"]).env("LOA_SERVER_BNID", "127.0.0.1:0").output().expect("the program runs");
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && text.contains("bnid"), "{text}");
    let output =
        loa().args(["serve", "--bind", "127.0.0.1:0"]).env("ORT_DYLIB_PATH", "/nowhere/libonnxruntime.so").output();
    let text = String::from_utf8_lossy(&output.expect("the program runs").stderr).into_owned();
    assert!(text.contains("/nowhere/libonnxruntime.so") && text.contains("ORT_DYLIB_PATH"), "{text}");
}

#[tokio::test]
async fn memory_stays_bounded_under_bad_input() {
    let process = Process::start(&["--set", "limits.frames_per_second=60", "--set", "limits.errors_in_a_row=1000000"]);
    let address = process.address();
    let mut client = Client::connect(address, Some("loa.v1")).await.expect("connected");
    client.hello().await;
    client.verdict(&picture("faces/open_640x480.jpg")).await;
    let idle = process.memory("VmRSS:");
    let bad: Vec<_> = std::fs::read_dir(fixture("bad"))
        .expect("the folder")
        .map(|entry| std::fs::read(entry.expect("readable").path()).expect("readable"))
        .collect();
    for _ in 0..3 {
        for bytes in &bad {
            let seq = client.send_frame(bytes).await;
            client.answers([seq]).await;
            tokio::time::sleep(std::time::Duration::from_millis(17)).await;
        }
        client.send(Message::Binary(vec![0; 50 << 20].into())).await;
        assert_eq!(client.error().await.code, "frame_too_large");
    }
    client.verdict(&picture("faces/open_320x240.jpg")).await;
    let grown = process.memory("VmHWM:") - idle;
    assert!(grown < 100 * 1024, "the process grew by {grown} kB at its peak");
}

#[tokio::test]
async fn a_running_server_is_healthy_and_ends_on_sigterm() {
    let mut process = Process::start(&[]);
    let mut healthy = false;
    for _ in 0..100 {
        healthy = run(&["healthcheck", &format!("http://{}", process.address)]).status.success();
        if healthy {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert!(healthy);
    let mut client = Client::connect(process.address(), None).await.expect("connected");
    client.hello().await;
    let killed = Command::new("kill").arg(process.child.id().to_string()).status().expect("kill runs");
    assert!(killed.success());
    assert_eq!(client.close_code().await, Some(1012));
    drop(client);
    assert!(process.child.wait().expect("it ends").success());
}

#[test]
fn the_owner_gives_links_and_teachers_tokens() {
    let token = run(&["token", "teacher", "https://example.com/os/3", "https://example.com/os/4"]);
    let printed = String::from_utf8_lossy(&token.stdout).trim().to_owned();
    let teacher = tokens().read_teacher(&printed, UtcMs::now()).expect("good");
    assert_eq!(teacher.lectures.len(), 2);
    let wrong = run(&["token", "teacher", "lecture 3"]);
    assert!(!wrong.status.success() && String::from_utf8_lossy(&wrong.stderr).contains("lecture 3"));
}

#[test]
fn nothing_is_made_up_for_tokens_where_no_server_runs() {
    let (folder, path) = (tempfile::tempdir().expect("a temporary folder"), database());
    let id = "0199f2c4-0a11-7d3e-8b52-6f0f3f1c2a77";
    let refused = |command: &mut Command| {
        let output = command.output().expect("the program runs");
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let elsewhere = refused(loa().current_dir(&folder).env_remove("LOA_AUTH_KEY").args([
        "token",
        "teacher",
        "https://example.com/os/3",
    ]));
    assert!(elsewhere.contains("loa.key") && elsewhere.contains("auth.key_file"), "{elsewhere}");
    let elsewhere = refused(loa().current_dir(&folder).env("LOA_DATABASE_PATH", &path).args(["token", "learner", id]));
    assert!(elsewhere.contains(&path) && elsewhere.contains("database.path"), "{elsewhere}");
    assert!(!Path::new(&path).exists() && std::fs::read_dir(&folder).expect("the folder").next().is_none());
    loa().env("LOA_DATABASE_PATH", &path).arg("migrate").output().expect("the program runs");
    let unknown = refused(loa().env("LOA_DATABASE_PATH", &path).args(["token", "learner", id]));
    assert!(unknown.contains(&format!("knows no learner {id}")), "{unknown}");
}

#[test]
fn migrate_goes_up_and_down_and_says_so() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let set = format!("database.path={}", folder.path().join("loa.sqlite3").display());
    let told = |more: &[&str]| {
        let output = run(&[&["migrate", "--set", &set], more].concat());
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let unsure = run(&["migrate", "--set", &set, "--down", "1"]);
    assert!(!unsure.status.success() && String::from_utf8_lossy(&unsure.stderr).contains("--yes"));
    for (more, wanted) in [(&["--status"][..], "missing"), (&[], "applied"), (&["--down", "3", "--yes"], "missing")] {
        let text = told(more);
        assert!(text.contains(&format!("m0001_initial\t{wanted}")), "{more:?}: {text}");
    }
    let away = "database.url=postgres://loa:hunter2@127.0.0.1:1/loa";
    let output =
        run(&["migrate", "--set", away, "--set", "database.acquire_timeout_ms=100", "--set", "log.level=trace"]);
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && text.contains("127.0.0.1:1") && !text.contains("hunter2"), "{text}");
}

#[test]
fn the_readme_s_settings_and_commands_exist() {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).expect("README.md");
    for command in ["make run", "make test"] {
        assert!(readme.contains(command), "README.md does not show {command}");
    }
    let help = String::from_utf8_lossy(&run(&["--help"]).stdout).into_owned();
    for command in ["serve", "analyze", "quiz", "migrate", "healthcheck"] {
        assert!(help.contains(command), "--help does not show {command}");
    }
}
