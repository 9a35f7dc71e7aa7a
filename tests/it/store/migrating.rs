//! Tables come and go, and say so when they are missing.

use loa::config::DatabaseUrl;
use loa::store::{NewGuest, Store, StoreError};
use sea_orm::ConnectionTrait;

use super::place::{Place, settings};
use super::quizzes::{asked, note, watched};
use super::{START, Session, learner, on_both, write};

on_both!(
    rows_of_the_first_step_are_taken_along,
    up_down_and_up_again,
    two_that_migrate_at_once_both_succeed,
    a_later_version_is_told,
    checks_hold
);

async fn up_down_and_up_again(place: Place) {
    let store = Store::connect(&place.settings).await.expect("it opens");
    let pending = store.migrations().await.expect("told");
    assert!(!pending.is_empty() && pending.iter().all(|(_, applied)| !applied));
    let steps = u32::try_from(pending.len()).expect("few");
    for _ in 0..2 {
        store.migrate_up().await.expect("up");
        store.migrate_up().await.expect("once more changes nothing");
        assert!(store.migrations().await.expect("told").iter().all(|(_, applied)| *applied));
        let caller = learner(&store).await;
        assert_eq!(write(&store, &[Session::new(caller).opened(None, START)]).await.rows, 1);
        store.migrate_down(steps).await.expect("down");
        assert!(store.add_guest(caller, NewGuest::default(), START).await.is_err(), "the tables are gone");
    }
}

async fn rows_of_the_first_step_are_taken_along(place: Place) {
    let store = place.open().await;
    let session = watched(&store, "Monads").await;
    let ids = asked(&store, "Monads", &["first", "second"]).await;
    write(&store, &[session.answered(ids[0], Some(1), false), session.answered(ids[1], Some(2), true)]).await;
    store.add_notes(session.caller, session.id, &[note(ids[0], "one")]).await.expect("kept");
    let before = store.session_quizzes(session.caller, session.id).await.expect("it is there");
    let lecture = super::lecture("Monads").expect("an address");
    let set = store.lecture_sets(session.caller, &lecture, 1).await.expect("listed")[0].id;
    store.recommend(session.caller, set, true, super::START).await.expect("recommended");
    // What the later steps add is lost, and nothing else.
    store.migrate_down(2).await.expect("down");
    let raw = place.raw().await;
    let again = "INSERT INTO review_notes (id, learner_id, session_id, quiz_id, lecture_seconds, words, created_ms) \
         SELECT set_id, learner_id, session_id, quiz_id, 1, 'once more', 9 FROM review_notes n JOIN quizzes q ON q.id = n.quiz_id";
    raw.execute_unprepared(again).await.expect("the first step lets a quiz have two notes");
    raw.close().await.expect("closed");
    store.migrate_up().await.expect("up");
    let after = store.session_quizzes(session.caller, session.id).await.expect("it is there");
    assert_eq!(after.quizzes.len(), before.quizzes.len());
    for (one, other) in before.quizzes.iter().zip(&after.quizzes) {
        assert_eq!((one.id, &one.question, &one.choices), (other.id, &other.question, &other.choices));
        let [one, other] = [one, other].map(|it| &it.outcome);
        let kept =
            |it: &loa::store::Outcome| (it.answer.choice, it.answer.correct, it.answer.answered, it.right.clone());
        assert_eq!(kept(one), kept(other));
        assert_eq!((&other.quote, &other.chosen_reason, other.answer.took_ms), (&None, &None, None));
    }
    let words: Vec<_> = after.notes.iter().map(|it| (it.words.as_str(), it.quiz.is_some())).collect();
    assert_eq!(words.len(), 2);
    assert!(
        words.contains(&("one", true)) != words.contains(&("once more", true)),
        "one of them is the quiz's: {words:?}"
    );
    let sets = store.lecture_sets(session.caller, &lecture, 100).await.expect("listed");
    assert_eq!((sets.len(), sets[0].recommendations), (1, 1), "finished, and nobody's in particular");
    assert_eq!(store.ready_set(&lecture, "hash", "test 1").await.expect("asked"), None, "nobody knows how it was made");
}

async fn two_that_migrate_at_once_both_succeed(place: Place) {
    // SQLite: whoever comes second waits for the lock.
    let mut settings = place.settings.clone();
    settings.busy_timeout_ms = 10_000;
    let stores = [Store::connect(&settings).await, Store::connect(&settings).await].map(|it| it.expect("it opens"));
    let (one, other) = tokio::join!(stores[0].migrate_up(), stores[1].migrate_up());
    one.and(other).expect("migrated");
}

async fn a_later_version_is_told(place: Place) {
    drop(place.open().await);
    let raw = place.raw().await;
    raw.execute_unprepared("INSERT INTO seaql_migrations VALUES ('m9999_later', 0)").await.expect("inserted");
    let error = Store::open(&place.settings).await.expect_err("too new");
    assert!(matches!(error, StoreError::TooNew { .. }), "{error}");
}

async fn checks_hold(place: Place) {
    let store = place.open().await;
    let session = Session::new(learner(&store).await);
    write(&store, &[session.opened(None, START), session.event(1, None), session.minute(0)]).await;
    asked(&store, "Monads", &["first"]).await;
    let raw = place.raw().await;
    for wrong in [
        "UPDATE learners SET kind = 'root'",
        "UPDATE watch_sessions SET preset = 'other'",
        "UPDATE watch_sessions SET end_reason = 'bored', ended_ms = 1",
        "UPDATE watch_sessions SET ended_ms = 1",
        "UPDATE attention_events SET kind = 'asleep'",
        "UPDATE attention_events SET peak = 'loud'",
        "UPDATE attention_minutes SET minute = -1",
        "UPDATE attention_events SET session_id = NULL",
        "UPDATE quiz_sets SET source = 'other'",
    ] {
        assert!(raw.execute_unprepared(wrong).await.is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn sqlite_makes_its_tables_and_a_private_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::sqlite();
    let store = Store::open(&place.settings).await.expect("it opens");
    learner(&store).await;
    for file in place.files() {
        let mode = std::fs::metadata(&file).expect("it is there").permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", file.display());
    }
}

#[tokio::test]
async fn postgres_asks_for_loa_migrate() {
    let Some(place) = Place::postgres().await else { return };
    let error = Store::open(&place.settings).await.expect_err("not migrated").to_string();
    assert!(error.contains("loa migrate") && !error.contains("unused"), "{error}");
    drop(place.open().await);
    Store::open(&place.settings).await.expect("migrated");
}

#[tokio::test]
async fn what_cannot_be_opened_is_named_without_its_password() {
    let mut settings = settings(&["database.path=/nowhere/loa.sqlite3", "database.acquire_timeout_ms=200"]);
    let error = Store::open(&settings).await.expect_err("no such folder").to_string();
    assert!(error.contains("/nowhere/loa.sqlite3"), "{error}");
    settings.url = DatabaseUrl::from("postgres://loa:hunter2@127.0.0.1:1/loa");
    let error = Store::open(&settings).await.expect_err("nobody listens");
    let text = format!("{error} {error:?}");
    assert!(text.contains("127.0.0.1:1") && !text.contains("hunter2"), "{text}");
}
