//! Subtitle files over HTTP.

use super::Site;
use crate::support::{fixture, picture};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_read_and_others_are_told_what_is_read() {
    let site = Site::start().await;
    let guest = site.guest(serde_json::json!({})).await;
    let post = |body: Vec<u8>| site.ask("POST", "/subtitles").bearer(&guest.access).body(body).send();
    let file = std::fs::read(fixture("lectures/os-paging.en.vtt")).expect("a fixture");
    let read = post(file).await.ok(200);
    let cues = read["cues"].as_array().expect("cues");
    assert!(cues.len() > 100 && cues[0]["text"].is_string() && cues[0]["start_s"].is_number(), "{}", cues[0]);
    let said = post(picture("faces/open_320x240.jpg")).await;
    said.problem(400, "no_subtitles");
    post(vec![b'a'; (4 << 20) + 1]).await.problem(413, "body_too_large");
    site.ask("POST", "/subtitles").body(b"WEBVTT".to_vec()).send().await.problem(401, "token_missing");
}
