//! A learner's sessions.

use loa::store::{EndReason, UtcMs};
use serde_json::{Value, json};

use super::{Guest, HOSTILE, Site};
use crate::store::{START, Session, lecture, write};

async fn list(site: &Site, guest: &Guest, query: &str) -> Value {
    site.ask("GET", &format!("/sessions{query}")).bearer(&guest.access).send().await.ok(200)
}

async fn opened(site: &Site, guest: &Guest, title: &str, started: UtcMs) -> Session {
    let session = Session::new(guest.caller);
    write(&site.store, &[session.opened(lecture(title), started)]).await;
    session
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_is_read_by_its_owner_only() {
    let site = Site::start().await;
    let (guest, other) = (site.nameless().await, site.nameless().await);
    let session = opened(&site, &guest, "Monads", START).await;
    let end = START.plus_ms(61_000);
    let closed = session.closed(end, EndReason::End);
    write(&site.store, &[session.event(1, Some(end)), session.event(2, None), session.minute(0), closed]).await;
    let ask = |token: &str, id: &str| site.ask("GET", &format!("/sessions/{id}")).bearer(token);
    let id = session.id.0.to_string();
    let found = ask(&guest.access, &id).send().await.ok(200);
    assert_eq!((&found["session"]["id"], &found["session"]["title"]), (&json!(id), &json!("Monads")));
    assert_eq!(found["session"]["started"], "2026-05-28T20:26:40.000Z");
    assert_eq!(found["session"]["ended"], "2026-05-28T20:27:41.000Z");
    assert_eq!(found["session"]["end_reason"], "end");
    let event = json!({"number": 1, "kind": "eyes_closed", "started": "2026-05-28T20:26:41.000Z",
        "ended": "2026-05-28T20:27:41.000Z", "peak": "alarm", "lecture_seconds": 0.25});
    assert_eq!((&found["events"][0], &found["events"][1]["ended"]), (&event, &json!(null)));
    let report = &found["report"];
    assert_eq!((&report["length_ms"], &report["totals"]["attentive_ms"]), (&json!(61_000), &json!(40_000)));
    assert_eq!((&report["alarms"], &report["moments"][0]["kinds"][0]), (&json!(1), &json!("eyes_closed")));
    assert_eq!((&found["quizzes"], &found["notes"]), (&json!([]), &json!([])));
    assert_eq!((&found["minutes"][0]["attentive_ms"], &found["minutes"][0]["frames"]), (&json!(40_000), &json!(50)));
    assert_eq!(list(&site, &guest, "").await["sessions"], json!([found["session"]]));
    assert_eq!(list(&site, &other, "").await["total"], 0);
    let foreign = ask(&other.access, &id).send().await.problem(404, "not_found");
    let missing = ask(&other.access, "0190a000-0000-7000-8000-000000000000").send().await.problem(404, "not_found");
    assert_eq!(foreign, missing, "nobody is told which");
    for bad in ["1", "nonsense", &encoded("' OR 1=1--"), "%FF"] {
        ask(&guest.access, bad).send().await.problem(400, "bad_path");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn search_takes_words_as_they_stand() {
    let site = Site::start().await;
    let guest = site.nameless().await;
    for title in [HOSTILE, "100% of it", "under_score", "\"quoted\"", "운영체제 3강"] {
        opened(&site, &guest, title, START).await;
    }
    for (words, total) in
        [(HOSTILE, 1), ("%", 1), ("_", 1), ("\"", 1), ("운영", 1), ("UNDER", 1), ("' OR 1=1--", 0), ("\0", 5), ("", 5)]
    {
        let found = list(&site, &guest, &format!("?search={}", encoded(words))).await;
        assert_eq!(found["total"], total, "{words}");
    }
    let found = list(&site, &guest, &format!("?search={}", encoded("drop table"))).await;
    assert_eq!(found["sessions"][0]["title"], HOSTILE);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_and_times() {
    let site = Site::start().await;
    let guest = site.guest(json!({"timezone": "Asia/Seoul"})).await;
    let hour = 3_600_000;
    // From 05:26 on May 29 in Seoul, an hour apart: 19 of them on that day.
    for n in 0..25 {
        opened(&site, &guest, &format!("Lecture {n}"), START.plus_ms(n * hour)).await;
    }
    let first = list(&site, &guest, "").await;
    assert_eq!((&first["total"], &first["page"], &first["per_page"]), (&json!(25), &json!(1), &json!(20)));
    assert_eq!(first["sessions"].as_array().map(Vec::len), Some(20));
    assert_eq!(first["sessions"][0]["title"], "Lecture 24");
    let last = list(&site, &guest, "?page=3&per_page=10&search=").await;
    let titles: Vec<_> = last["sessions"].as_array().expect("a list").iter().map(|it| it["title"].clone()).collect();
    assert_eq!(titles, ["Lecture 4", "Lecture 3", "Lecture 2", "Lecture 1", "Lecture 0"]);
    assert_eq!(list(&site, &guest, "?page=1000000&per_page=100").await["sessions"], json!([]));
    for (query, total) in [
        ("from=2026-05-28T21:26:40Z", 24),
        ("until=2026-05-28T21:26:40Z", 1),
        ("from=2026-05-29T06:26:40%2B09:00&until=2026-05-28T23:26:40Z", 2),
        ("from=2026-05-29&until=2026-05-29", 19),
        ("from=2026-05-30", 6),
        ("until=2026-05-28", 0),
        ("from=&until=&page=&per_page=", 25),
    ] {
        assert_eq!(list(&site, &guest, &format!("?{query}")).await["total"], total, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_queries_are_named() {
    let site = Site::start().await;
    let guest = site.nameless().await;
    for (query, code) in [
        ("page=0", "bad_page"),
        ("page=-1", "bad_page"),
        ("page=1000001", "bad_page"),
        ("page=18446744073709551616", "bad_page"),
        ("page=one", "bad_page"),
        ("per_page=0", "bad_per_page"),
        ("per_page=101", "bad_per_page"),
        ("per_page=1000", "bad_per_page"),
        ("from=yesterday", "bad_from"),
        ("from=2026-02-30", "bad_from"),
        ("until=2026-05-28T20:26", "bad_until"),
        ("until=9999-12-31", "bad_until"),
        ("until=1780000000000", "bad_until"),
        ("until=%27--", "bad_until"),
        ("page=1&page=2", "bad_query"),
    ] {
        let answer = site.ask("GET", &format!("/sessions?{query}")).bearer(&guest.access).send().await;
        answer.problem(400, code);
    }
}
