//! Erased over HTTP is erased.

use serde_json::json;

use super::{Guest, Site};
use crate::store::{START, Session, lecture, write};

const NAME: &str = "name-of-one-who-goes";
const TITLE: &str = "title-of-one-who-goes";

async fn lives(site: &Site, name: &str, title: &str) -> Guest {
    let guest = site.guest(json!({"name": name})).await;
    for _ in 0..3 {
        let session = Session::new(guest.caller);
        write(&site.store, &[session.opened(lecture(title), START), session.event(1, None)]).await;
    }
    guest
}

/// In any of the database's files.
fn found(site: &Site, words: &str) -> bool {
    let mut files = std::fs::read_dir(site.folder.path()).expect("the folder");
    files.any(|file| {
        let content = std::fs::read(file.expect("readable").path()).expect("readable");
        memchr::memmem::find(&content, words.as_bytes()).is_some()
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_left_and_nothing_opens() {
    let site = Site::start().await;
    let guest = lives(&site, NAME, TITLE).await;
    let kept = lives(&site, "one-who-stays", "another").await;
    assert!(found(&site, NAME) && found(&site, TITLE), "it was there");
    let erased = site.ask("DELETE", "/me").bearer(&guest.access).send().await;
    assert_eq!(erased.ok(200), json!({"sessions": 3, "wiped": true}));
    assert_eq!(erased.header("set-cookie"), "loa_device=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0");
    assert!(!found(&site, NAME) && !found(&site, TITLE), "no trace of it");
    for (method, path) in [("GET", "/me"), ("DELETE", "/me"), ("GET", "/sessions"), ("GET", "/me/export")] {
        site.ask(method, path).bearer(&guest.access).send().await.problem(401, "token_signed_out");
    }
    let refresh = json!({"refresh_token": guest.refresh});
    site.ask("POST", "/tokens").json(&refresh).send().await.problem(401, "token_signed_out");
    let cookie = format!("loa_device={}", guest.refresh);
    site.ask("POST", "/tokens").header("Cookie", &cookie).send().await.problem(401, "token_signed_out");
    // A token that was made after the erasure, by a server that did not know of it.
    let late = site.tokens.access(guest.caller.learner(), None, loa::store::UtcMs::now());
    site.ask("GET", "/me").bearer(&late).send().await.problem(401, "token_signed_out");
    assert_eq!(site.ask("GET", "/sessions").bearer(&kept.access).send().await.ok(200)["total"], 3);
    assert!(found(&site, "one-who-stays"));
}
