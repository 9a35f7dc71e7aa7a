//! Quiz sets over HTTP: authors see what they wrote, others only where something is asked.

use serde_json::{Value, json};
use uuid::Uuid;

use super::ask::Answer;
use super::{Guest, HOSTILE, Site};
use crate::store::quizzes::{asked, large_set, new_set, quizzes};
use crate::store::{START, Session, lecture, write};

const URL: &str = "https://example.com/watch/Monads";

fn question(text: &str, at_s: f64) -> Value {
    let option = |text: &str| json!({"text": text, "reason": format!("secret reason of {text}")});
    json!({
        "at_s": at_s, "question": format!("secret {text}"), "options": [option("left"), option("right")], "key": 1,
        "explanation": "secret explanation",
    })
}

fn new(quizzes: &[Value]) -> Value {
    json!({"lecture": {"url": URL, "course": "Haskell", "title": "Monads"}, "title": "Mine", "quizzes": quizzes})
}

fn change(quizzes: &[Value]) -> Value {
    json!({"title": "Changed", "quizzes": quizzes})
}

async fn ask(site: &Site, guest: &Guest, method: &'static str, path: &str, body: Option<Value>) -> Answer {
    let ask = site.ask(method, path).bearer(&guest.access);
    match body {
        Some(body) => ask.json(&body).send().await,
        None => ask.send().await,
    }
}

async fn made(site: &Site, guest: &Guest, quizzes: &[Value]) -> String {
    let made = ask(site, guest, "POST", "/quiz-sets", Some(new(quizzes))).await.ok(201);
    format!("/quiz-sets/{}", made["set"]["id"].as_str().expect("an id"))
}

async fn list(site: &Site, guest: &Guest) -> Vec<Value> {
    let found = ask(site, guest, "GET", &format!("/quiz-sets?lecture={URL}"), None).await.ok(200);
    found["sets"].as_array().expect("a list").clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_set_is_made_changed_and_deleted_by_its_author() {
    let site = Site::start().await;
    let guest = site.nameless().await;
    assert!(list(&site, &guest).await.is_empty());
    let path = made(&site, &guest, &[question("first", 20.0), question("second", 10.0)]).await;
    let seen = ask(&site, &guest, "GET", &path, None).await.ok(200);
    assert_eq!((&seen["places"], &seen["set"]["mine"]), (&json!([10.0, 20.0]), &json!(true)));
    let mut first = seen["quizzes"][1].clone();
    let id = first["id"].take();
    assert_eq!(first, {
        let mut it = question("first", 20.0);
        it["id"] = Value::Null;
        it
    });
    let [item] = list(&site, &guest).await.try_into().expect("one set");
    assert_eq!((&item["title"], &item["quizzes"], &item["source"]), (&json!("Mine"), &json!(2), &json!("hand")));
    assert_eq!(item["lecture"], URL);
    // What GET gave can be sent back.
    let new = [seen["quizzes"][1].clone(), question("third", 5.0)];
    let changed = ask(&site, &guest, "PUT", &path, Some(change(&new))).await.ok(200);
    assert_eq!((&changed["set"]["title"], &changed["places"]), (&json!("Changed"), &json!([5.0, 20.0])));
    assert_eq!(changed["quizzes"][1]["id"], id, "what is unchanged keeps its id");
    let gone = ask(&site, &guest, "DELETE", &path, None).await;
    assert_eq!((gone.status, gone.body.len()), (204, 0));
    for (method, body) in [("GET", None), ("PUT", Some(change(&new))), ("DELETE", None)] {
        ask(&site, &guest, method, &path, body).await.problem(404, "not_found");
    }
    assert!(list(&site, &guest).await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_else_is_told_what_is_asked() {
    let site = Site::start().await;
    let (author, other) = (site.nameless().await, site.nameless().await);
    let path = made(&site, &author, &[question("first", 20.0)]).await;
    let generated = site.store.begin_set(&lecture("Monads").expect("an address"), &new_set(), START).await;
    let generated = generated.expect("begun");
    let unfinished = format!("/quiz-sets/{}", generated.0);
    site.store.add_quizzes(generated, &quizzes(&["secret"])).await.expect("added");
    ask(&site, &author, "GET", &unfinished, None).await.problem(404, "not_found");
    asked(&site.store, "Monads", &["secret"]).await;
    for set in list(&site, &other).await {
        assert_eq!(set["mine"], false);
        let answer =
            ask(&site, &other, "GET", &format!("/quiz-sets/{}", set["id"].as_str().expect("an id")), None).await;
        let seen = answer.ok(200);
        assert!(seen["quizzes"].is_null() && seen["places"].as_array().is_some_and(|it| it.len() == 1), "{seen}");
        assert!(!answer.text().contains("secret") && !answer.text().contains("left"), "{}", answer.text());
    }
    ask(&site, &other, "PUT", &path, Some(change(&[question("x", 1.0)]))).await.problem(403, "not_yours");
    ask(&site, &other, "DELETE", &path, None).await.problem(403, "not_yours");
    let missing = format!("/quiz-sets/{}", Uuid::now_v7());
    for (method, path) in [
        ("GET", missing.clone()),
        ("DELETE", missing.clone()),
        ("PUT", format!("{missing}/recommendation")),
        ("DELETE", format!("{missing}/recommendation")),
    ] {
        ask(&site, &other, method, &path, None).await.problem(404, "not_found");
    }
    ask(&site, &other, "GET", "/quiz-sets/1%20OR%201=1", None).await.problem(400, "bad_path");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn others_recommend_a_set_once() {
    let site = Site::start().await;
    let (author, other) = (site.nameless().await, site.nameless().await);
    let path = format!("{}/recommendation", made(&site, &author, &[question("first", 20.0)]).await);
    asked(&site.store, "Monads", &["newer"]).await;
    for method in ["PUT", "DELETE"] {
        ask(&site, &author, method, &path, None).await.problem(403, "own_set");
    }
    for _ in 0..2 {
        assert_eq!(ask(&site, &other, "PUT", &path, None).await.status, 204);
    }
    let first = list(&site, &other).await.remove(0);
    assert_eq!((&first["source"], &first["recommendations"]), (&json!("hand"), &json!(1)));
    assert_eq!(first["recommended_by_me"], true);
    assert_eq!(list(&site, &author).await[0]["recommended_by_me"], false);
    for _ in 0..2 {
        assert_eq!(ask(&site, &other, "DELETE", &path, None).await.status, 204);
    }
    assert_eq!(list(&site, &other).await[0]["recommendations"], 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_is_told_by_its_number() {
    let site = Site::start().await;
    let guest = site.nameless().await;
    let post = async |body: Value| ask(&site, &guest, "POST", "/quiz-sets", Some(body)).await;
    let good = question("first", 20.0);
    for (field, value, told) in [
        ("at_s", json!(-1), "quiz 2: its place"),
        ("key", json!(2), "quiz 2: key 2 is no index of its 2 options (0 to 1)"),
        ("options", json!([]), "quiz 2: it has 0 options"),
        ("question", json!(" "), "quiz 2: the question is empty"),
        ("question", json!("a\u{200b}"), "quiz 2: the question holds control characters or invisible ones"),
        ("explanation", json!("\u{1b}[2J"), "quiz 2: the explanation holds control characters"),
        ("explanation", json!("가".repeat(1001)), "quiz 2: the explanation is longer than 1000 characters"),
        ("options", json!([{"text": "\u{e9}"}, {"text": "e\u{301}"}]), "quiz 2: two of its options are alike"),
        (
            "options",
            json!([{"text": "a", "reason": "가".repeat(1000)}, {"text": "b", "reason": "나".repeat(1000)}, {"text": "c", "reason": "다".repeat(1000)}]),
            "quiz 2: it takes ",
        ),
        ("options", json!([{"text": "a"}, {"text": "a"}]), "quiz 2: two of its options are alike"),
    ] {
        let mut bad = question("second", 30.0);
        bad[field] = value;
        let problem = post(new(&[good.clone(), bad.clone()])).await.problem(422, "bad_set");
        assert!(problem["detail"].as_str().is_some_and(|it| it.starts_with(told)), "{problem}");
    }
    post(new(&[])).await.problem(422, "bad_set");
    post(new(&vec![good.clone(); 101])).await.problem(422, "bad_set");
    let mut elsewhere = new(std::slice::from_ref(&good));
    elsewhere["lecture"]["url"] = json!("javascript:alert(1)");
    post(elsewhere).await.problem(400, "bad_lecture");
    for (field, value, told) in [
        ("key", json!(-1), "quizzes[0].key: a whole number from 0 is expected, not integer -1"),
        ("at_s", json!("1"), "quizzes[0].at_s: a number is expected, not string \"1\""),
        ("options", json!({}), "quizzes[0].options: a list is expected, not an object"),
        (
            "options",
            json!([{"text": "a"}, "b"]),
            "quizzes[0].options[1]: an object with \"text\" is expected, not string \"b\"",
        ),
        ("kye", json!(1), "quizzes[0].kye: unknown field \"kye\", expected one of "),
    ] {
        let mut bad = good.clone();
        bad[field] = value;
        let problem = post(new(&[bad])).await.problem(422, "bad_fields");
        assert!(problem["detail"].as_str().is_some_and(|it| it.starts_with(told)), "{problem}");
    }
    ask(&site, &guest, "POST", "/quiz-sets", None).await.problem(415, "content_type");
    ask(&site, &guest, "GET", "/quiz-sets", None).await.problem(400, "bad_query");
    ask(&site, &guest, "GET", "/quiz-sets?lecture=ftp://example.com", None).await.problem(400, "bad_lecture");
    assert!(list(&site, &guest).await.is_empty(), "nothing of it was kept");
    // Long, but no longer than allowed; and longer than that.
    let long = |characters: usize| {
        let mut quiz = question("long", 1.0);
        quiz["options"] = (0..6).map(|n| json!({"text": n.to_string(), "reason": "a".repeat(characters)})).collect();
        quiz
    };
    assert_eq!(post(new(&vec![long(1000); 100])).await.status, 201);
    post(new(&vec![long(1500); 100])).await.problem(413, "body_too_large");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_wrote_too_much_is_told_what_to_do() {
    let site = Site::start().await;
    let guest = site.nameless().await;
    let path = made(&site, &guest, &[question("first", 20.0)]).await;
    let (of, large) = (lecture("Monads").expect("an address"), large_set("a"));
    for _ in 0..11 {
        site.store.make_set(guest.caller, &of, &large, START).await.expect("made");
    }
    let mut long = question("long", 1.0);
    long["options"] = (0..6).map(|n| json!({"text": n.to_string(), "reason": "a".repeat(1000)})).collect();
    let many = vec![long; 100];
    for (method, path, body) in [("POST", "/quiz-sets", new(&many)), ("PUT", path.as_str(), change(&many))] {
        let problem = ask(&site, &guest, method, path, Some(body)).await.problem(409, "too_much_text");
        assert!(problem["detail"].as_str().is_some_and(|it| it.contains("delete others")), "{problem}");
    }
    made(&site, &guest, &[question("second", 30.0)]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn texts_are_only_texts() {
    let site = Site::start().await;
    let guest = site.guest(json!({"name": HOSTILE})).await;
    let mut set = new(&[question(HOSTILE, 1.0)]);
    set["title"] = json!(HOSTILE);
    let made = ask(&site, &guest, "POST", "/quiz-sets", Some(set)).await.ok(201);
    assert_eq!(
        (&made["set"]["title"], &made["quizzes"][0]["question"]),
        (&json!(HOSTILE), &json!(format!("secret {HOSTILE}")))
    );
    let query = "/quiz-sets?lecture=https://example.com/%27);DROP%20TABLE%20learners;--";
    assert_eq!(ask(&site, &guest, "GET", query, None).await.ok(200), json!({"sets": []}));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_tells_reasons_and_quotes_after_the_answer() {
    let site = Site::start().await;
    let guest = site.nameless().await;
    let session = Session::new(guest.caller);
    write(&site.store, &[session.opened(lecture("Monads"), START)]).await;
    let ids = asked(&site.store, "Monads", &["first", "second"]).await;
    write(&site.store, &[session.answered(ids[0], Some(1), false)]).await;
    let seen = ask(&site, &guest, "GET", &format!("/sessions/{}", session.id.0), None).await.ok(200);
    let answer = &seen["quizzes"][0]["answer"];
    let texts =
        ["chosen_reason", "right_reason", "quote", "explanation"].map(|it| answer[it].as_str().unwrap_or_default());
    assert_eq!(texts, ["why left", "why right", "they said first", "because of first"]);
    assert_eq!((&answer["took_ms"], &answer["quote_seconds"]), (&json!(2500), &json!(5.0)));
    assert_eq!((&answer["choice"], &answer["right"]), (&json!(0), &json!([1])), "from 0, as elsewhere");
    assert_eq!((seen["quizzes"].as_array().map(Vec::len), &seen["quizzes_left"]), (Some(1), &json!(0)));
    assert!(!seen.to_string().contains("\"second\""), "{seen}");
}
