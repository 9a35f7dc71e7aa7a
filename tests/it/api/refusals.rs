//! Whatever is wrong with a request, the answer is a problem document that says what.

use std::time::Duration;

use loa::store::{LearnerId, UtcMs};
use sea_orm::ConnectionTrait as _;
use serde_json::json;

use super::{Site, days_ago};
use crate::api::ask::exchange;

const SET: &str = "/quiz-sets/0190a000-0000-7000-8000-000000000000";
const SESSION: &str = "/sessions/0190a000-0000-7000-8000-000000000000";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_tokens_open_nothing() {
    let site = Site::start().await;
    let guest = site.nameless().await;
    let (learner, now) = (guest.caller.learner(), UtcMs::now());
    let teacher = site.tokens.teacher(vec![], Duration::from_hours(1), now);
    let gone = site.tokens.access(LearnerId::new_id(), None, now);
    let minutes_ago = UtcMs::now().before(Duration::from_mins(16));
    let all = [
        ("token_invalid", "nonsense".to_owned()),
        ("token_invalid", format!("{}x", guest.access)),
        ("token_invalid", "a".repeat(10_000)),
        ("token_expired", site.tokens.access(learner, None, minutes_ago)),
        ("token_audience", guest.refresh.clone()),
        ("token_audience", teacher),
        ("token_signed_out", gone),
    ];
    for (method, path) in [
        ("POST", "/consent"),
        ("DELETE", "/consent"),
        ("GET", "/me"),
        ("PATCH", "/me"),
        ("DELETE", "/me"),
        ("GET", "/me/export"),
        ("GET", "/sessions"),
        ("GET", SESSION),
        ("GET", "/quiz-sets"),
        ("POST", "/quiz-sets"),
        ("GET", SET),
        ("PUT", SET),
        ("DELETE", SET),
        ("PUT", "/quiz-sets/0190a000-0000-7000-8000-000000000000/recommendation"),
        ("DELETE", "/quiz-sets/0190a000-0000-7000-8000-000000000000/recommendation"),
    ] {
        site.ask(method, path).send().await.problem(401, "token_missing");
        for (code, token) in &all {
            site.ask(method, path).bearer(token).send().await.problem(401, code);
        }
    }
    for header in ["Basic abc", "Bearer", "Bearer ", &guest.access] {
        site.ask("GET", "/me").header("Authorization", header).send().await.problem(401, "token_missing");
    }
    let lower = site.ask("GET", "/me").header("Authorization", &format!("bearer {}", guest.access));
    lower.send().await.ok(200);
    let teachers = || site.ask("GET", "/lectures/aggregate?url=https://example.com/1");
    teachers().send().await.problem(401, "token_missing");
    teachers().bearer(&guest.access).send().await.problem(401, "token_audience");
    let old = site.tokens.teacher(vec![], Duration::from_hours(1), days_ago(1));
    teachers().bearer(&old).send().await.problem(401, "token_expired");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_bodies_are_named() {
    let site = Site::start().await;
    let guest = site.nameless().await;
    for (method, path) in [("POST", "/guests"), ("POST", "/tokens"), ("POST", "/consent"), ("PATCH", "/me")] {
        let ask = || site.ask(method, path).bearer(&guest.access);
        let json = |body: &str| ask().header("Content-Type", "application/json").body(body.into());
        for bad in ["{", "nonsense", "{\"\u{0}\": 1}"] {
            json(bad).send().await.problem(400, "bad_json");
        }
        for bad in ["{\"nmae\": \"Jiwoo\"}", "{\"name\": 1, \"version\": 1, \"refresh_token\": 1}", "3", "null"] {
            json(bad).send().await.problem(422, "bad_fields");
        }
        ask().body(b"{}".to_vec()).send().await.problem(415, "content_type");
        let form = ask().header("Content-Type", "application/x-www-form-urlencoded").body(b"name=Jiwoo".to_vec());
        form.send().await.problem(415, "content_type");
        let large = format!("{{\"name\": \"{}\"}}", "a".repeat(16 * 1024));
        json(&large).send().await.problem(413, "body_too_large");
        json(&"[".repeat(16_000)).send().await.problem(422, "bad_fields");
    }
    for (method, path) in [("POST", "/consent"), ("PATCH", "/me")] {
        site.ask(method, path).bearer(&guest.access).send().await.problem(415, "content_type");
    }
    let most = json!({"name": "a".repeat(15_000)});
    site.ask("PATCH", "/me").bearer(&guest.access).json(&most).send().await.ok(200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_away_is_told_of() {
    let site = Site::with(&["database.busy_timeout_ms=50"]).await;
    let guest = site.nameless().await;
    let change = || site.ask("PATCH", "/me").bearer(&guest.access).json(&json!({"name": "Jiwoo"}));
    let other = sea_orm::Database::connect(format!("sqlite://{}?mode=rw", site.store.place())).await.expect("it opens");
    other.execute_unprepared("BEGIN EXCLUSIVE").await.expect("locked");
    let refused = change().send().await;
    let detail = refused.problem(503, "database_away")["detail"].to_string();
    assert!(!detail.contains("sql") && !detail.contains("locked"), "{detail}");
    assert_eq!(refused.header("retry-after"), "5");
    other.execute_unprepared("ROLLBACK").await.expect("unlocked");
    change().send().await.ok(200);
}

/// No length is announced, so that only counting helps.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn large_chunked_bodies_are_refused() {
    let site = Site::start().await;
    let head = "POST /api/v1/guests HTTP/1.1\r\nHost: loa.test\r\nConnection: close\r\n\
        Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n";
    let body = format!("{:x}\r\n{}\r\n0\r\n\r\n", 20_000, "[".repeat(20_000));
    exchange(site.server.address, head, body.as_bytes()).await.problem(413, "body_too_large");
    let small = "2\r\n{}\r\n0\r\n\r\n";
    assert_eq!(exchange(site.server.address, head, small.as_bytes()).await.status, 201);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_routes_and_methods_are_named() {
    let site = Site::start().await;
    for path in ["", "/", "/nothing", "/me/", "/sessions/1/2", "/..%2f", "/openapi.json/"] {
        site.ask("GET", path).send().await.problem(404, "unknown_route");
    }
    let elsewhere = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: loa.test\r\nConnection: close\r\n");
    for path in ["/api", "/api/", "/api/v2/me", "/api/v1"] {
        exchange(site.server.address, &elsewhere(path), b"").await.problem(404, "unknown_route");
    }
    let page = exchange(site.server.address, &elsewhere("/nothing"), b"").await;
    assert_eq!((page.status, page.header("content-type")), (404, "text/plain; charset=utf-8"));
    for (method, path) in
        [("GET", "/guests"), ("PUT", "/me"), ("POST", "/sessions"), ("DELETE", SESSION), ("TRACE", "/me")]
    {
        let answer = site.ask(method, path).send().await;
        answer.problem(405, "wrong_method");
        assert!(!answer.header("allow").is_empty(), "{method} {path}");
    }
}
