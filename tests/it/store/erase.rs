//! Erased is erased: from every table, and from the file's bytes.

use loa::store::entities::{answer, choice, quiz, quiz_set, recommendation, review_note};
use loa::store::{Caller, EndReason, Lecture, ProfileChange, Store};
use sea_orm::ActiveValue::Set;
use sea_orm::prelude::Uuid;
use sea_orm::{ConnectionTrait as _, DatabaseConnection, EntityTrait, IntoActiveModel, TransactionTrait as _};

use super::place::Place;
use super::quizzes::{hand_set, note};
use super::{START, Session, learner, lecture, on_both, write};

on_both!(
    all_of_a_learner_goes_and_nothing_of_others,
    many_that_erase_at_once_share_the_work,
    who_begins_meanwhile_keeps_the_lecture,
);

const TABLES: [&str; 14] = [
    "learners",
    "consents",
    "lectures",
    "watch_sessions",
    "attention_events",
    "attention_minutes",
    "quiz_sets",
    "quizzes",
    "choices",
    "answers",
    "recommendations",
    "review_notes",
    "quiz_usage",
    "handovers",
];

/// A learner with something in every table; what they typed holds `mark`.
async fn full_life(store: &Store, raw: &DatabaseConnection, mark: &str) -> (Caller, Session) {
    let caller = learner(store).await;
    let name = Some(Some(format!("{mark} name")));
    store.change_profile(caller, ProfileChange { name, timezone: None }).await.expect("renamed");
    store.give_consent(caller, &format!("{mark} consent"), START).await.expect("given");
    let session = Session::new(caller);
    let watched = Lecture::new(&format!("https://example.com/{mark}"), None, Some(mark));
    let shared = lecture("shared").expect("an address");
    write(store, &[session.opened(watched, START), Session::new(caller).opened(Some(shared.clone()), START)]).await;
    // What this learner calls the lecture that others watch as well.
    let renamed = Lecture::new(shared.url(), Some("Course"), Some(&format!("{mark} by another name")));
    write(store, &[Session::new(caller).opened(renamed, START.plus_ms(1))]).await;
    for number in 1..=50 {
        write(store, &[session.event(number, None), session.minute(number)]).await;
    }
    let (set, quiz) = (Uuid::now_v7(), Uuid::now_v7());
    let (learner_id, session_id) = (caller.learner().0, session.id.0);
    let rows = quiz_set::Model {
        id: set,
        lecture_id: shared.id(),
        made_by: Some(learner_id),
        maker: "cloze".into(),
        created_ms: START.0,
        source: "cloze".into(),
        title: Some(format!("{mark} as it is called")),
        language: Some("kor".into()),
        transcript_hash: Some("hash".into()),
        recipe: Some("cloze 1".into()),
        finished_ms: Some(START.0),
        retired_ms: None,
        recommended: 1,
    };
    insert::<quiz_set::Entity, _>(raw, rows.into_active_model()).await;
    let question = quiz::ActiveModel {
        id: Set(quiz),
        set_id: Set(set),
        position: Set(1),
        lecture_seconds: Set(30.0),
        question: Set("What is kept?".into()),
        explanation: Set(None),
        ..Default::default()
    };
    insert::<quiz::Entity, _>(raw, question).await;
    let words = choice::Model { quiz_id: quiz, position: 1, words: "Nothing".into(), correct: true, reason: None };
    insert::<choice::Entity, _>(raw, words.into_active_model()).await;
    let given = answer::Model {
        learner_id,
        quiz_id: quiz,
        session_id,
        choice: Some(1),
        correct: true,
        answered_ms: START.0,
        asked_ms: Some(START.0),
        took_ms: Some(0),
    };
    insert::<answer::Entity, _>(raw, given.into_active_model()).await;
    let liked = recommendation::Model { learner_id, set_id: set, created_ms: START.0 };
    insert::<recommendation::Entity, _>(raw, liked.into_active_model()).await;
    for number in 0..30 {
        let note = review_note::Model {
            id: Uuid::now_v7(),
            learner_id,
            session_id: Some(session_id),
            // One a quiz.
            quiz_id: (number == 0).then_some(quiz),
            lecture_seconds: Some(30.0),
            words: format!("{mark} {}", "note ".repeat(100)),
            created_ms: START.0,
            keyword: Some(format!("{mark} key")),
            source: Some("llm".into()),
        };
        insert::<review_note::Entity, _>(raw, note.into_active_model()).await;
    }
    assert!(store.take_turn(caller, START.day(), 5).await.expect("taken"));
    let own = hand_set(&format!("{mark} set"), &[&format!("{mark} question")]);
    let own = store.make_set(caller, &shared, &own, START).await.expect("made");
    let own = store.load_set(own).await.expect("loaded").expect("it is there").quizzes[0].id;
    write(store, &[session.answered(own, Some(1), false), session.left(mark, START, &format!("{mark} state"))]).await;
    (caller, session)
}

async fn insert<E, A>(raw: &DatabaseConnection, row: A)
where
    E: EntityTrait,
    A: sea_orm::ActiveModelTrait<Entity = E> + Send,
{
    E::insert(row).exec_without_returning(raw).await.expect("inserted");
}

async fn counts(place: &Place) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in TABLES {
        counts.push(place.count(table).await);
    }
    counts
}

fn found(place: &Place, bytes: &[u8]) -> bool {
    place.files().iter().any(|file| {
        let content = std::fs::read(file).expect("readable");
        memchr::memmem::find(&content, bytes).is_some()
    })
}

async fn all_of_a_learner_goes_and_nothing_of_others(place: Place) {
    let store = place.open().await;
    let raw = place.raw().await;
    // Several learners write in turn, so that their rows share pages.
    let (kept, _) = full_life(&store, &raw, "kept-before").await;
    let (gone, session) = full_life(&store, &raw, "gone-for-good").await;
    let (_, watcher) = full_life(&store, &raw, "kept-after").await;
    // Somebody else answered what the learner wrote, and was given a note about it.
    let shared = lecture("shared").expect("an address");
    let wanted = hand_set("gone-for-good again", &["gone-for-good question"]);
    let own = store.make_set(gone, &shared, &wanted, START).await.expect("made");
    let quiz = store.load_set(own).await.expect("loaded").expect("it is there").quizzes[0].id;
    assert_eq!(write(&store, &[watcher.answered(quiz, None, false)]).await.refused, 0);
    store.add_notes(watcher.caller, watcher.id, &[note(quiz, "gone-for-good note")]).await.expect("kept");
    // The newest name of the lecture that all watched is of who goes.
    let name = Lecture::new(lecture("shared").expect("an address").url(), None, Some("gone-for-good at last"));
    write(&store, &[Session::new(gone).opened(name, START.plus_ms(2))]).await;
    raw.close().await.expect("closed");
    let one = counts(&place).await;
    let learner_id = gone.learner().0;
    let marks = [b"gone-for-good".as_slice(), learner_id.as_bytes(), session.id.0.as_bytes()];
    if place.is_sqlite() {
        assert!(marks.iter().all(|mark| found(&place, mark)), "it was there");
    }
    let erased = store.erase(gone).await.expect("erased");
    assert_eq!((erased.sessions, erased.wiped), (4, true));
    // Two thirds are left; quizzes that were made and the lecture that all watched stay for the others, quizzes that the learner
    // wrote go, and what others answered and noted to them.
    for (table, (before, after)) in TABLES.iter().zip(one.iter().zip(counts(&place).await)) {
        let expected = match *table {
            "lectures" => before - 1,
            // Of each learner one that was made and one of their own, and one more of whom went.
            "quiz_sets" | "quizzes" => before - 2,
            "choices" => before - 2 * 3,
            "answers" => (before - 1) / 3 * 2,
            "review_notes" => (before - 1) / 3 * 2,
            // One more of whom went.
            "watch_sessions" => (before - 1) / 3 * 2,
            _ => before / 3 * 2,
        };
        assert_eq!(after, expected, "{table}");
    }
    assert!(!store.is_known(gone).await.expect("asked"));
    assert!(store.session(gone, session.id).await.is_err());
    let late = write(&store, &[session.event(1, None), session.closed(START, EndReason::End)]).await;
    assert_eq!((late.rows, late.refused, late.erased), (0, 0, 2), "what was on its way is passed over");
    if place.is_sqlite() {
        assert!(!marks.iter().any(|mark| found(&place, mark)), "no trace of it");
        assert!(found(&place, b"kept-before") && found(&place, kept.learner().0.as_bytes()));
    }
    assert_eq!(store.erase(gone).await.expect("nothing to do").sessions, 0);
}

async fn many_that_erase_at_once_share_the_work(place: Place) {
    let store = place.open().await;
    let mut callers = Vec::new();
    for _ in 0..10 {
        let caller = learner(&store).await;
        write(&store, &[Session::new(caller).opened(lecture("Monads"), START)]).await;
        callers.push(caller);
    }
    let started = std::time::Instant::now();
    let erased = futures::future::join_all(callers.iter().map(|caller| store.erase(*caller))).await;
    assert!(erased.iter().all(|it| it.as_ref().is_ok_and(|it| it.sessions == 1 && it.wiped)), "{erased:?}");
    // One wiping each, with a pause after it, would take most of a minute.
    assert!(started.elapsed() < std::time::Duration::from_secs(25), "{:?}", started.elapsed());
    assert_eq!(place.count("learners").await, 0);
}

/// SQLite has one writer at a time; there the erasure waits.
async fn who_begins_meanwhile_keeps_the_lecture(place: Place) {
    let store = place.open().await;
    let (gone, stays) = (Session::new(learner(&store).await), Session::new(learner(&store).await));
    write(&store, &[gone.opened(lecture("Monads"), START)]).await;
    let raw = place.raw().await;
    let transaction = raw.begin().await.expect("begun");
    // As the writer does: the lecture, then the session.
    let id = |id: Uuid| if place.is_sqlite() { format!("x'{}'", id.simple()) } else { format!("'{id}'") };
    let lecture_id = id(lecture("Monads").expect("an address").id());
    transaction
        .execute_unprepared(&format!("UPDATE lectures SET title = title WHERE id = {lecture_id}"))
        .await
        .expect("locked");
    let values = format!("{}, {}, {lecture_id}, 0, 'default'", id(stays.id.0), id(stays.caller.learner().0));
    let begins =
        format!("INSERT INTO watch_sessions (id, learner_id, lecture_id, started_ms, preset) VALUES ({values})");
    transaction.execute_unprepared(&begins).await.expect("begins");
    let erasing = tokio::spawn({
        let (store, caller) = (store.clone(), gone.caller);
        async move { store.erase(caller).await }
    });
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    transaction.commit().await.expect("committed");
    raw.close().await.expect("closed");
    assert_eq!(erasing.await.expect("no panic").expect("erased").sessions, 1);
    let kept = store.session(stays.caller, stays.id).await.expect("it is there");
    assert_eq!(kept.summary.url.as_deref(), Some("https://example.com/watch/Monads"));
}
