//! Everything can be taken away.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use super::{Guest, Site};
use crate::store::exporting::{add_quiz, many_sessions};
use crate::store::quizzes::{hand_set, large_set};
use crate::store::{START, Session, lecture, write};
use crate::support::PATIENCE;

const TABLES: [&str; 11] = [
    "sessions",
    "events",
    "minutes",
    "answers",
    "notes",
    "consents",
    "recommendations",
    "quiz_sets",
    "quizzes",
    "choices",
    "quiz_usage",
];

async fn csv(site: &Site, guest: &Guest, table: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let ask = site.ask("GET", &format!("/me/export?format=csv&table={table}")).bearer(&guest.access);
    let answer = ask.send().await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/csv; charset=utf-8"));
    assert_eq!(answer.header("content-disposition"), format!("attachment; filename=\"loa-{table}.csv\""));
    let mut reader = csv::Reader::from_reader(answer.body.as_slice());
    let cells = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect();
    let names = cells(reader.headers().expect("a header"));
    (names, reader.records().map(|record| cells(&record.expect("a row"))).collect())
}

async fn document(site: &Site, guest: &Guest) -> Value {
    let answer = site.ask("GET", "/me/export").bearer(&guest.access).send().await;
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"loa-export.json\"");
    answer.ok(200)
}

async fn lives(site: &Site, name: &str, mark: &str) -> (Guest, Session) {
    let guest = site.guest(json!({"name": name})).await;
    site.store.give_consent(guest.caller, mark, START).await.expect("given");
    let session = Session::new(guest.caller);
    write(&site.store, &[session.opened(lecture(mark), START), session.event(1, None), session.minute(0)]).await;
    let raw = sea_orm::Database::connect(format!("sqlite://{}?mode=rw", site.store.place())).await.expect("it opens");
    write(&site.store, &[Session::new(guest.caller).opened(lecture("Monads"), START)]).await;
    add_quiz(&raw, session, mark).await;
    raw.close().await.expect("closed");
    let (watched, own) = (lecture("Monads").expect("an address"), hand_set(mark, &[mark]));
    site.store.make_set(guest.caller, &watched, &own, START.plus_ms(1)).await.expect("made");
    assert!(site.store.take_turn(guest.caller, START.day(), 3).await.expect("asked"));
    (guest, session)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_holds_what_was_stored_and_nothing_of_others() {
    let site = Site::start().await;
    let (guest, session) = lives(&site, "Jiwoo", "mine").await;
    lives(&site, "Minjun", "theirs").await;
    let found = document(&site, &guest).await;
    assert_eq!((&found["learner"]["name"], found["exported"].is_string()), (&json!("Jiwoo"), true));
    let lengths = TABLES.map(|table| found[table].as_array().map_or(0, Vec::len));
    assert_eq!(lengths, [2, 1, 1, 1, 1, 1, 1, 2, 1, 3, 1]);
    assert_eq!(found["events"][0]["session"], json!(session.id.0));
    assert_eq!(found["events"][0]["kind"], "eyes_closed");
    assert_eq!(found["minutes"][0]["attentive_ms"], 40_000);
    assert_eq!(
        found["consents"][0],
        json!({"version": "mine", "given": "2026-05-28T20:26:40.000Z", "withdrawn": null})
    );
    let answer = &found["answers"][0];
    assert_eq!((&answer["question"], &answer["chosen"]), (&json!("mine?"), &json!("mine!")));
    assert_eq!(found["notes"][0]["words"], "mine again");
    let own = &found["quiz_sets"][1];
    assert_eq!((&own["source"], &own["title"]), (&json!("hand"), &json!("mine")));
    assert_eq!((&found["quizzes"][0]["question"], &found["quizzes"][0]["quiz_set"]), (&json!("mine"), &own["id"]));
    assert_eq!(found["choices"][1]["reason"], "why right");
    assert_eq!(found["quiz_usage"][0], json!({"day": "2026-05-28T00:00:00.000Z", "made": 1}));
    assert!(!found.to_string().contains("theirs"));
    // The same again as tables.
    for table in TABLES {
        let (names, rows) = csv(&site, &guest, table).await;
        let documented = found[table].as_array().expect("rows");
        assert_eq!(rows.len(), documented.len(), "{table}");
        for (row, documented) in rows.iter().zip(documented) {
            assert_eq!(names.len(), documented.as_object().map_or(0, serde_json::Map::len), "{table}");
            for (name, cell) in names.iter().zip(row) {
                let value = &documented[name];
                let expected = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                assert_eq!(*cell, expected.replace("null", ""), "{table}: {name}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_one_is_one_too() {
    let site = Site::start().await;
    let guest = site.nameless().await;
    let found = document(&site, &guest).await;
    for table in TABLES {
        assert_eq!(found[table], json!([]), "{table}");
        let (names, rows) = csv(&site, &guest, table).await;
        assert!(names.len() > 1 && rows.is_empty(), "{table}: {names:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spreadsheets_find_no_formulas() {
    let site = Site::start().await;
    let guest = site.nameless().await;
    let titles = ["=HYPERLINK(\"http://evil.test\")", "+1", "-1", "@SUM(A1)", "a,\"b\"=c"];
    for title in titles {
        write(&site.store, &[Session::new(guest.caller).opened(lecture(title), START)]).await;
    }
    let (names, rows) = csv(&site, &guest, "sessions").await;
    let at = names.iter().position(|name| name == "title").expect("a title");
    let mut cells: Vec<&str> = rows.iter().map(|row| row[at].as_str()).collect();
    cells.sort_unstable();
    assert_eq!(cells, ["'+1", "'-1", "'=HYPERLINK(\"http://evil.test\")", "'@SUM(A1)", "a,\"b\"=c"]);
    // JSON is no spreadsheet's.
    let found = document(&site, &guest).await;
    assert!(found["sessions"].as_array().expect("a list").iter().any(|it| it["title"] == titles[0]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_wishes_are_named() {
    let site = Site::start().await;
    let guest = site.nameless().await;
    for (query, code) in [
        ("format=csv", "table_missing"),
        ("format=xml", "bad_query"),
        ("format=csv&table=learners", "bad_query"),
        ("format=csv&table=sessions;DROP", "bad_query"),
        ("format=csv&table=", "bad_query"),
    ] {
        let answer = site.ask("GET", &format!("/me/export?{query}")).bearer(&guest.access).send().await;
        answer.problem(400, code);
    }
}

/// As much as a learner may have written: parts, pages and sets end in the middle of each other.
async fn wrote_much(site: &Site) -> Guest {
    let guest = site.nameless().await;
    let (lecture, large) = (lecture("Monads").expect("an address"), large_set("a"));
    for n in 0..11 {
        site.store.make_set(guest.caller, &lecture, &large, START.plus_ms(n)).await.expect("made");
    }
    guest
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_long_comes_whole() {
    let site = Site::start().await;
    let guest = wrote_much(&site).await;
    let found = document(&site, &guest).await;
    let count = |table: &str| found[table].as_array().map_or(0, Vec::len);
    assert_eq!(["quiz_sets", "quizzes", "choices"].map(count), [11, 1100, 6600]);
    let (names, rows) = csv(&site, &guest, "choices").await;
    let at = |name: &str| names.iter().position(|it| it == name).expect("a column");
    let (quiz, position) = (at("quiz"), at("position"));
    for (row, documented) in rows.iter().zip(found["choices"].as_array().expect("rows")) {
        assert_eq!(
            (&row[quiz], &row[position]),
            (&documented["quiz"].as_str().unwrap_or_default().to_owned(), &documented["position"].to_string(),)
        );
    }
    assert_eq!((rows.len(), csv(&site, &guest, "quizzes").await.1.len()), (6600, 1100));
}

/// An export that has begun, and of which nothing more is read.
async fn unread(site: &Site, guest: &Guest) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("set");
    let mut stream = socket.connect(site.server.address).await.expect("the server listens");
    let token = &guest.access;
    let head = format!("GET /api/v1/me/export HTTP/1.1\r\nHost: loa.test\r\nAuthorization: Bearer {token}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.expect("sent");
    let mut begin = [0; 15];
    tokio::time::timeout(PATIENCE, stream.read_exact(&mut begin)).await.expect("in time").expect("an answer");
    assert_eq!(&begin, b"HTTP/1.1 200 OK");
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reads_none_of_two_gets_no_third() {
    let site = Site::start().await;
    // More than the system holds for a client that does not read.
    let (guest, other) = (wrote_much(&site).await, site.nameless().await);
    let (first, _second) = (unread(&site, &guest).await, unread(&site, &guest).await);
    let export = async || site.ask("GET", "/me/export").bearer(&guest.access).send().await;
    let refused = export().await;
    refused.problem(429, "too_many_exports");
    assert_eq!(refused.header("retry-after"), "5");
    document(&site, &other).await;
    drop(first);
    let began = Instant::now();
    loop {
        let answer = export().await;
        if answer.status == 200 {
            break assert_eq!(answer.json()["choices"].as_array().map(Vec::len), Some(6600));
        }
        answer.problem(429, "too_many_exports");
        assert!(began.elapsed() < Duration::from_secs(10), "its place is free when its client has gone");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// A connection lives for 30 s.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_year_fits_into_the_time() {
    let site = Site::start().await;
    let guest = site.nameless().await;
    let (sessions, minutes) = (2000, 20);
    many_sessions(&site.store, guest.caller, sessions, minutes).await;
    let began = Instant::now();
    let found = document(&site, &guest).await;
    let took = began.elapsed();
    let count = |table: &str| found[table].as_array().map_or(0, Vec::len) as u64;
    assert_eq!((count("sessions"), count("minutes")), (sessions, sessions * u64::from(minutes)));
    assert!(took < Duration::from_secs(15), "{took:?}");
    println!("{sessions} sessions with {minutes} minutes each: {took:?}");
}
