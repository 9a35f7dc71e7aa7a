//! Teachers see groups, never a learner.

use std::time::Duration;

use loa::store::{EndReason, Lecture, UtcMs};
use serde_json::{Value, json};
use uuid::Uuid;

use super::ask::Ask;
use super::{HOSTILE, Site};
use crate::store::{START, Session, write};

const URL: &str = "https://example.com/watch/monads";

fn address() -> Lecture {
    Lecture::new(URL, None, Some("Monads")).expect("an address")
}

fn token(site: &Site, lectures: Vec<Uuid>) -> String {
    site.tokens.teacher(lectures, Duration::from_hours(1), UtcMs::now())
}

fn look<'a>(site: &'a Site, token: &str, url: &str) -> Ask<'a> {
    let encoded: String = url.bytes().map(|byte| format!("%{byte:02X}")).collect();
    site.ask("GET", &format!("/lectures/aggregate?url={encoded}")).bearer(token)
}

/// The n-th to finish.
async fn finish(site: &Site, n: u32) {
    let session = Session::new(site.nameless().await.caller);
    let closed = session.closed(START.plus_ms(u64::from(n) * 60_000), EndReason::End);
    write(&site.store, &[session.opened(Some(address()), START), session.minute(n), closed]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sums_change_by_groups() {
    let site = Site::start().await;
    let token = token(&site, vec![Uuid::now_v7(), address().id()]);
    let mut seen: Vec<Value> = Vec::new();
    for n in 1..=10 {
        finish(&site, n).await;
        let answer = look(&site, &token, URL).send().await;
        if n < 5 {
            answer.problem(403, "too_few_learners");
        } else {
            seen.push(answer.ok(200));
        }
    }
    let five = json!({"url": URL, "group": 5, "sums": {"learners": 5, "attentive_ms": 200_015, "eyes_closed_ms": 0,
        "drowsy_ms": 0, "absent_ms": 0, "slumped_ms": 0, "looking_away_ms": 0, "unknown_ms": 0,
        "paused_ms": 49_985, "answers": 0, "correct_answers": 0}});
    assert_eq!(seen[..5], vec![five; 5]);
    assert_eq!((&seen[5]["sums"]["learners"], &seen[5]["sums"]["attentive_ms"]), (&json!(10), &json!(400_055)));
    // However the address is written.
    let again = look(&site, &token, "HTTPS://Example.com/watch/monads/?utm_source=mail#t=3").send().await;
    assert_eq!(again.ok(200), seen[5]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_lectures_are_closed() {
    let site = Site::start().await;
    for n in 1..=5 {
        finish(&site, n).await;
    }
    for lectures in [vec![], vec![Uuid::now_v7()]] {
        look(&site, &token(&site, lectures), URL).send().await.problem(403, "foreign_lecture");
    }
    let good = token(&site, vec![address().id()]);
    look(&site, &good, "https://example.com/watch/other").send().await.problem(403, "foreign_lecture");
    for bad in ["", "nonsense", "file:///etc/passwd", HOSTILE] {
        look(&site, &good, bad).send().await.problem(400, "bad_url");
    }
    site.ask("GET", "/lectures/aggregate").bearer(&good).send().await.problem(400, "bad_query");
    let me = site.ask("GET", "/me").bearer(&good).send().await;
    me.problem(401, "token_audience");
}
