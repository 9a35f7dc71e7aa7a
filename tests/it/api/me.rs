//! A learner's profile.

use serde_json::json;

use super::{HOSTILE, Site};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn name_and_time_zone_change() {
    let site = Site::start().await;
    let guest = site.guest(json!({"name": "Jiwoo"})).await;
    let other = site.guest(json!({"name": "Minjun"})).await;
    let change = |body| site.ask("PATCH", "/me").bearer(&guest.access).json(&body);
    let changed = change(json!({"timezone": "america/NEW_york"})).send().await.ok(200);
    assert_eq!((&changed["name"], &changed["timezone"]), (&json!("Jiwoo"), &json!("America/New_York")));
    let changed = change(json!({"name": HOSTILE})).send().await.ok(200);
    assert_eq!((&changed["name"], &changed["timezone"]), (&json!(HOSTILE), &json!("America/New_York")));
    let changed = change(json!({"timezone": null})).send().await.ok(200);
    assert_eq!((&changed["name"], &changed["timezone"]), (&json!(HOSTILE), &json!(null)));
    let changed = change(json!({"name": null})).send().await.ok(200);
    assert_eq!(changed["name"], json!(null));
    assert_eq!(change(json!({})).send().await.ok(200), changed);
    assert_eq!(site.ask("GET", "/me").bearer(&guest.access).send().await.ok(200), changed);
    for bad in ["Seoul", "", "+09:00", HOSTILE, "../../../etc/passwd"] {
        change(json!({"timezone": bad, "name": "changed"})).send().await.problem(400, "bad_timezone");
    }
    assert_eq!(site.ask("GET", "/me").bearer(&guest.access).send().await.ok(200), changed);
    let long = change(json!({"name": "가".repeat(1000)})).send().await.ok(200);
    assert_eq!(long["name"], "가".repeat(300));
    assert_eq!(site.ask("GET", "/me").bearer(&other.access).send().await.ok(200)["name"], "Minjun");
}
