//! What a machine takes away: descriptors, the disk, the models.

use std::time::{Duration, Instant};

use tokio::net::TcpStream;

use crate::command_line::{Process, run};
use crate::support::{Client, PATIENCE, http, picture};

const NOBODY: &str = "GET /health/ready HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n";

/// Makes a guest who agreed.
fn guest() -> String {
    let body = format!(r#"{{"consent":"{}"}}"#, loa::consent::VERSION);
    format!(
        "POST /api/v1/guests HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Asks until the answer is as wanted.
async fn until(process: &Process, request: &str, wanted: impl Fn(&str) -> bool) -> String {
    let started = Instant::now();
    loop {
        let answer = http(process.address(), request).await;
        if wanted(&answer) {
            return answer;
        }
        assert!(started.elapsed() < PATIENCE, "it never came: {answer}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn without_descriptors_newcomers_wait_and_who_is_there_is_served() {
    let process = Process::under("ulimit -n 96", &[]);
    let mut client = Client::connect(process.address(), None).await.expect("connected");
    client.hello().await;
    client.verdict(&picture("faces/open_320x240.jpg")).await;
    // The system takes them all, the server cannot.
    let mut crowd = Vec::new();
    for _ in 0..120 {
        crowd.push(TcpStream::connect(process.address()).await.expect("the system's queue has room"));
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    client.verdict(&picture("faces/open_320x240.jpg")).await;
    drop(crowd);
    until(&process, NOBODY, |answer| answer.contains(r#""status":"ready""#)).await;
    client.verdict(&picture("faces/open_320x240.jpg")).await;
}

/// The system refuses to let a file grow beyond 1 MiB, as a full disk would.
#[tokio::test]
async fn with_a_full_disk_verdicts_go_on_and_it_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = folder.path().join("log");
    let words = format!("exec 2>'{}'; trap '' XFSZ; ulimit -f 2048", log.display());
    let process = Process::under(&words, &["--set", "auth.guests_per_minute=1000000", "--set", "log.format=json"]);
    let made = http(process.address(), &guest()).await;
    let (_, rest) = made.split_once(r#""access_token":""#).expect("a guest");
    let (token, _) = rest.split_once('"').expect("a token");
    let refused = until(&process, &guest(), |answer| {
        assert!(answer.starts_with("HTTP/1.1 201") || answer.starts_with("HTTP/1.1 503"), "{answer}");
        answer.starts_with("HTTP/1.1 503")
    })
    .await;
    let name = refused.lines().find_map(|line| line.strip_prefix("x-request-id: ")).expect("a request has a name");
    let text = std::fs::read_to_string(&log).expect("a log");
    let line = text.lines().find(|line| line.contains(name)).expect("the log says why, by the request's name");
    assert!(line.contains("a request was not answered"), "{line}");
    let mut client = Client::connect(process.address(), None).await.expect("connected");
    client.send_text(&format!(r#"{{"type":"hello","token":"{token}"}}"#)).await;
    client.welcome().await;
    client.verdict(&picture("faces/open_320x240.jpg")).await;
    until(&process, NOBODY, |answer| answer.contains(r#""status":"degraded""#) && answer.contains(r#""away""#)).await;
    client.verdict(&picture("faces/closed_320x240.jpg")).await;
}

#[test]
fn models_that_are_missing_or_damaged_are_named_at_the_start() {
    let models = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let folder = tempfile::tempdir().expect("a folder");
    let set = format!("models.dir={}", folder.path().display());
    let told = || {
        let output = run(&["serve", "--bind", "127.0.0.1:0", "--set", &set]);
        assert!(!output.status.success() && output.stdout.is_empty());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let empty = told();
    assert!(empty.contains("SHA256SUMS") && empty.contains("models.dir"), "{empty}");
    for entry in std::fs::read_dir(&models).expect("the models").flatten() {
        if entry.path().is_file() {
            std::fs::copy(entry.path(), folder.path().join(entry.file_name())).expect("copied");
        }
    }
    let model = folder.path().join("face_landmark_with_attention.onnx");
    std::fs::OpenOptions::new().write(true).open(&model).expect("a file").set_len(1000).expect("cut");
    let cut = told();
    assert!(cut.contains("face_landmark_with_attention.onnx") && cut.contains("git checkout"), "{cut}");
}
