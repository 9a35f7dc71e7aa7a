//! Guests, tokens and consent.

use std::time::Duration;

use loa::consent::{ENGLISH, KOREAN, VERSION};
use loa::store::UtcMs;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::{HOSTILE, Site, days_ago};
use crate::support::picture;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_gets_tokens() {
    let site = Site::start().await;
    let plain = site.ask("POST", "/guests").send().await.ok(201);
    assert_eq!((&plain["token_type"], &plain["expires_in"]), (&json!("Bearer"), &json!(900)));
    assert_eq!(plain["consent"], false);
    let access = site.tokens.read_access(plain["access_token"].as_str().expect("a token"), UtcMs::now());
    assert_eq!(access.map(|it| (json!(it.caller.learner().0), it.consent)), Ok((plain["learner"].clone(), None)));
    let body = json!({"name": HOSTILE, "timezone": "asia/seoul", "consent": VERSION});
    let agreed = site.ask("POST", "/guests").json(&body).send().await.ok(201);
    assert_eq!(agreed["consent"], true);
    let token = agreed["access_token"].as_str().expect("a token");
    let access = site.tokens.read_access(token, UtcMs::now()).expect("good");
    assert_eq!(access.consent.as_deref(), Some(VERSION));
    let me = site.ask("GET", "/me").bearer(token).send().await.ok(200);
    assert_eq!((&me["name"], &me["timezone"]), (&json!(HOSTILE), &json!("Asia/Seoul")));
    assert_eq!((&me["consent"]["version"], &me["consent"]["withdrawn"]), (&json!(VERSION), &json!(null)));
    assert!(agreed["refresh_token"].is_string() && agreed["learner"] != plain["learner"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_browser_keeps_its_token_in_a_cookie() {
    let site = Site::start().await;
    let ask =
        |https: &str| site.ask("POST", "/guests").json(&json!({"cookie": true})).header("X-Forwarded-Proto", https);
    let answer = ask("http").send().await;
    let learner = answer.ok(201);
    assert!(learner.get("refresh_token").is_none());
    let cookie = answer.header("set-cookie").to_owned();
    let (pair, attributes) = cookie.split_once("; ").expect("attributes");
    assert_eq!(attributes, "HttpOnly; SameSite=Lax; Path=/; Max-Age=15552000");
    assert!(ask("https").send().await.header("set-cookie").contains("; Secure;"));
    let renew = || site.ask("POST", "/tokens").header("Cookie", pair);
    let renewed = renew().send().await;
    assert_eq!(renewed.ok(200)["learner"], learner["learner"]);
    assert!(renewed.ok(200).get("refresh_token").is_none() && renewed.header("set-cookie").contains(attributes));
    assert_eq!(renew().header("Origin", "http://loa.test").send().await.ok(200)["learner"], learner["learner"]);
    for foreign in ["http://evil.test", "null", "http://loa.test:81"] {
        let refused = renew().header("Origin", foreign).send().await;
        refused.problem(403, "foreign_origin");
        assert_eq!(refused.header("set-cookie"), "");
    }
    // Nothing else goes by the cookie.
    site.ask("GET", "/me").header("Cookie", pair).send().await.problem(401, "token_missing");
    site.ask("DELETE", "/me").header("Cookie", pair).send().await.problem(401, "token_missing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refresh_tokens_fetch_tokens() {
    let site = Site::start().await;
    let guest = site.nameless().await;
    let renew = |token: &str| site.ask("POST", "/tokens").json(&json!({"refresh_token": token}));
    // A page's origin matters to the cookie only.
    let renewed = renew(&guest.refresh).header("Origin", "http://evil.test").send().await;
    assert_eq!(renewed.header("set-cookie"), "");
    let renewed = renewed.ok(200);
    let token = renewed["access_token"].as_str().expect("a token");
    assert_eq!(site.ask("GET", "/me").bearer(token).send().await.ok(200)["learner"], renewed["learner"]);
    renew(renewed["refresh_token"].as_str().expect("renewed as well")).send().await.ok(200);
    let learner = guest.caller.learner();
    let old = site.tokens.refresh(learner, days_ago(181));
    renew(&site.tokens.refresh(learner, days_ago(179))).send().await.ok(200);
    renew(&old).send().await.problem(401, "token_expired");
    renew(&guest.access).send().await.problem(401, "token_audience");
    renew(&format!("{}x", guest.refresh)).send().await.problem(401, "token_invalid");
    renew("").send().await.problem(401, "token_invalid");
    site.ask("POST", "/tokens").json(&json!({})).send().await.problem(401, "token_missing");
    let stranger = site.tokens.refresh(loa::store::LearnerId::new_id(), UtcMs::now());
    renew(&stranger).send().await.problem(401, "token_signed_out");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_consent_text_is_there_in_both_languages() {
    let site = Site::start().await;
    for (accepted, language, text) in [("ko-KR,ko;q=0.9,en;q=0.8", "ko", KOREAN), ("fr", "en", ENGLISH)] {
        let found = site.ask("GET", "/consent").header("Accept-Language", accepted).send().await.ok(200);
        assert_eq!((&found["language"], &found["text"]), (&json!(language), &json!(text)));
        assert_eq!(found["version"], VERSION);
        assert_eq!(found["texts"], json!({"en": ENGLISH, "ko": KOREAN}));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn consent_is_given_and_withdrawn() {
    let site = Site::start().await;
    let guest = site.nameless().await;
    let give = |version: &str| site.ask("POST", "/consent").bearer(&guest.access).json(&json!({"version": version}));
    give("2020-01-01").send().await.problem(409, "consent_outdated");
    let mut access = guest.access.clone();
    // Several times: a token that is made right after a sign-out must hold.
    for _ in 0..10 {
        let give = || site.ask("POST", "/consent").bearer(&access).json(&json!({"version": VERSION}));
        give().send().await.ok(200);
        let given = give().send().await.ok(200);
        assert_eq!((&given["consent"], given.get("refresh_token")), (&json!(true), None));
        let agreed = given["access_token"].as_str().expect("a token");
        assert_eq!(site.tokens.read_access(agreed, UtcMs::now()).expect("good").consent.as_deref(), Some(VERSION));
        let withdrawn = site.ask("DELETE", "/consent").bearer(agreed).send().await;
        assert_eq!((withdrawn.status, withdrawn.body.len()), (204, 0));
        site.ask("GET", "/me").bearer(agreed).send().await.problem(401, "token_signed_out");
        let renew = site.ask("POST", "/tokens").json(&json!({"refresh_token": guest.refresh}));
        let renewed = renew.send().await.ok(200);
        assert_eq!(renewed["consent"], false);
        access = renewed["access_token"].as_str().expect("a token").to_owned();
        let me = site.ask("GET", "/me").bearer(&access).send().await.ok(200);
        assert!(me["consent"]["withdrawn"].is_string(), "{me}");
    }
    let export = site.ask("GET", "/me/export").bearer(&access).send().await.ok(200);
    assert_eq!(export["consents"].as_array().map(Vec::len), Some(10), "agreeing twice is agreeing once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_agreement_to_another_text_does_not_hold() {
    let site = Site::start().await;
    let guest = site.nameless().await;
    site.store.give_consent(guest.caller, "2020-01-01", days_ago(1)).await.expect("given");
    let renew = || site.ask("POST", "/tokens").json(&json!({"refresh_token": guest.refresh}));
    assert_eq!(renew().send().await.ok(200)["consent"], false);
    site.store.give_consent(guest.caller, VERSION, UtcMs::now()).await.expect("given");
    assert_eq!(renew().send().await.ok(200)["consent"], true);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn guests_come_no_faster_than_allowed() {
    let site = Site::with(&["auth.guests_per_minute=3"]).await;
    site.ask("POST", "/guests").json(&json!({"timezone": "Nowhere"})).send().await.problem(400, "bad_timezone");
    site.ask("POST", "/guests").json(&json!({"consent": "0"})).send().await.problem(409, "consent_outdated");
    for _ in 0..3 {
        site.ask("POST", "/guests").send().await.ok(201);
    }
    let refused = site.ask("POST", "/guests").send().await;
    refused.problem(429, "too_many_guests");
    let seconds: u64 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=20).contains(&seconds), "{seconds}");
}

/// A closed tab is no reason to go on looking.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_withdrawal_holds_although_nobody_waits_for_the_answer() {
    let site = Site::start().await;
    let mut withdrawn = 0;
    for n in 0..40 {
        let guest = site.guest(json!({"consent": VERSION})).await;
        let head = format!(
            "DELETE /api/v1/consent HTTP/1.1\r\nHost: loa.test\r\nAuthorization: Bearer {}\r\n\r\n",
            guest.access
        );
        let mut stream = TcpStream::connect(site.server.address).await.expect("the server listens");
        stream.write_all(head.as_bytes()).await.expect("sent");
        tokio::time::sleep(Duration::from_micros(300 * n)).await;
        drop(stream);
        tokio::time::sleep(Duration::from_millis(100)).await;
        let consent = site.store.consent(guest.caller).await.expect("asked").expect("given");
        if consent.withdrawn.is_some() {
            withdrawn += 1;
            site.ask("GET", "/me").bearer(&guest.access).send().await.problem(401, "token_signed_out");
        }
    }
    assert!(withdrawn > 0, "no request came so far");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_withdraws_or_erases_is_looked_at_no_more() {
    let site = Site::start().await;
    for path in ["/consent", "/me"] {
        let guest = site.guest(json!({"consent": VERSION})).await;
        let hello = format!(r#"{{"type":"hello","token":"{}"}}"#, guest.access);
        let mut client = site.server.client().await;
        client.send_text(&hello).await;
        assert!(client.welcome().await.consent);
        client.verdict(&picture("faces/open_320x240.jpg")).await;
        let bystander = site.guest(json!({"consent": VERSION})).await;
        let mut other = site.server.client().await;
        other.send_text(&format!(r#"{{"type":"hello","token":"{}"}}"#, bystander.access)).await;
        other.welcome().await;
        let answer = site.ask("DELETE", path).bearer(&guest.access).send().await;
        assert!(answer.status < 300, "{answer:?}");
        assert_eq!(client.close_code().await, Some(4403), "{path}");
        let mut again = site.server.client().await;
        again.send_text(&hello).await;
        assert_eq!(again.error().await.code, "token_signed_out");
        other.verdict(&picture("faces/open_320x240.jpg")).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_entry_link_makes_a_program_or_a_browser_the_learner_s() {
    let site = Site::start().await;
    let guest = site.nameless().await;
    let entry = |next: &str| site.ask("POST", "/me/entry").bearer(&guest.access).json(&json!({"next": next}));
    let session = loa::store::SessionId::new_id().0;
    for next in ["/sessions".to_owned(), "/me".to_owned(), format!("/sessions/{session}")] {
        let link = entry(&next).send().await.ok(200);
        let url = link["url"].as_str().expect("a link").to_owned();
        assert!(url.starts_with("/enter?token=") && url.ends_with(&format!("&next={next}")), "{url}");
        let token = url.split(['=', '&']).nth(1).expect("a token").to_owned();
        let entered = site.ask("POST", "/tokens").json(&json!({"entry_token": token})).send().await;
        assert_eq!(entered.header("set-cookie"), "", "it is for a program");
        let entered = entered.ok(200);
        assert_eq!(entered["learner"], json!(guest.caller.learner().0));
        assert!(entered["refresh_token"].is_string());
    }
    for bad in ["", "/", "//evil.test", "https://evil.test/", "/sessions/1", "/me/erase", "/sessions?token=1"] {
        entry(bad).send().await.problem(400, "bad_page");
    }
    site.ask("POST", "/me/entry").json(&json!({"next": "/me"})).send().await.problem(401, "token_missing");
    let renew = |body| site.ask("POST", "/tokens").json(&body);
    renew(json!({"entry_token": guest.refresh})).send().await.problem(401, "token_audience");
    renew(json!({"entry_token": guest.refresh, "refresh_token": guest.refresh}))
        .send()
        .await
        .problem(400, "two_tokens");
    let late = site.tokens.entry(guest.caller.learner(), std::time::Duration::from_secs(60), days_ago(1));
    renew(json!({"entry_token": late})).send().await.problem(401, "token_expired");
}
