//! Exports hold all that is a learner's and nothing of others, however many pages it takes; profiles are kept.

use std::collections::HashSet;

use futures::TryStreamExt as _;
use loa::store::entities::{answer, choice, quiz, quiz_set, recommendation, review_note};
use loa::store::{Caller, LearnerId, NewGuest, Profile, ProfileChange, Rows, Store, StoreError};
use sea_orm::prelude::Uuid;
use sea_orm::{DatabaseConnection, EntityTrait, IntoActiveModel};

use super::place::Place;
use super::quizzes::{asked, hand_set, note, watched};
use super::{START, Session, learner, lecture, on_both, write};

on_both!(
    all_rows_come_once,
    long_texts_come_once,
    answers_come_with_their_questions,
    profiles_are_kept,
    a_guest_is_added_whole_or_not,
);

async fn all<T>(rows: Rows<T>) -> Vec<T> {
    rows.try_concat().await.expect("exported")
}

/// More sessions and rows than fit into one page, of two learners who take turns.
async fn all_rows_come_once(place: Place) {
    let store = place.open().await;
    let (mine, other) = (learner(&store).await, learner(&store).await);
    let sessions: Vec<Session> = (0..130).map(|_| Session::new(mine)).collect();
    let mut batch = Vec::new();
    for (n, session) in (0..).zip(&sessions) {
        // Some begin in the same millisecond.
        let started = START.plus_ms(n / 3);
        batch.push(session.opened(lecture("Monads"), started));
        batch.extend((0..30).map(|minute| session.minute(minute)));
        batch.extend((1..=3).map(|number| session.event(number, None)));
        let foreign = Session::new(other);
        batch.extend([foreign.opened(None, started), foreign.minute(0), foreign.event(1, None)]);
    }
    // SQLite has room for some 32,000 values in a statement.
    for part in batch.chunks(1000) {
        assert_eq!(write(&store, part).await.refused, 0);
    }
    let mut expected: Vec<Uuid> = sessions.iter().map(|it| it.id.0).collect();
    let exported = all(store.export_sessions(mine)).await;
    assert!(exported.is_sorted_by_key(|it| it.started));
    assert_eq!(exported[0].title.as_deref(), Some("Monads"));
    let mut found: Vec<Uuid> = exported.iter().map(|it| it.id.0).collect();
    expected.sort();
    found.sort();
    assert_eq!(found, expected);
    let mut minutes: Vec<_> =
        all(store.export_minutes(mine)).await.iter().map(|it| (it.session_id, it.minute)).collect();
    minutes.sort();
    assert_eq!(minutes, pairs(&expected, 0..30));
    let mut events: Vec<_> = all(store.export_events(mine)).await.iter().map(|it| (it.session_id, it.number)).collect();
    events.sort();
    assert_eq!(events, pairs(&expected, 1..4));
    assert_eq!(all(store.export_minutes(other)).await.len(), 130);
    let unknown = Caller::authenticated(LearnerId::new_id());
    assert_eq!(all(store.export_sessions(unknown)).await, []);
    assert_eq!(all(store.export_events(unknown)).await, []);
}

fn pairs(sessions: &[Uuid], numbers: std::ops::Range<i32>) -> Vec<(Uuid, i32)> {
    sessions.iter().flat_map(|session| numbers.clone().map(move |number| (*session, number))).collect()
}

/// Of what holds texts, fewer rows are a page.
async fn long_texts_come_once(place: Place) {
    let store = place.open().await;
    let session = watched(&store, "Monads").await;
    let (mine, other) = (session.caller, learner(&store).await);
    let questions: Vec<String> = (0..100).map(|n| n.to_string()).collect();
    let questions: Vec<&str> = questions.iter().map(String::as_str).collect();
    let (lecture, own) = (lecture("Monads").expect("an address"), hand_set("Mine", &questions));
    let mut sets = Vec::new();
    for (n, caller) in (0..).zip([mine, other, mine, mine, other, mine]) {
        // Some were made in the same millisecond.
        let made = store.make_set(caller, &lecture, &own, START.plus_ms(n / 2)).await.expect("made");
        sets.extend((caller == mine).then_some(made.0));
    }
    store.delete_set(mine, loa::store::QuizSetId(sets[1]), START).await.expect("deleted");
    let exported: Vec<Uuid> = all(store.export_quiz_sets(mine)).await.iter().map(|it| it.id).collect();
    assert_eq!(exported.len(), 4);
    assert!(sets.iter().all(|it| exported.contains(it)), "what is deleted and kept still, too");
    let quizzes = all(store.export_quizzes(mine)).await;
    let ids: HashSet<Uuid> = quizzes.iter().map(|it| it.id).collect();
    assert_eq!((quizzes.len(), ids.len()), (400, 400));
    assert!(quizzes.iter().all(|it| sets.contains(&it.set_id)));
    let choices = all(store.export_choices(mine)).await;
    let places: HashSet<(Uuid, i32)> = choices.iter().map(|it| (it.quiz_id, it.position)).collect();
    assert_eq!((choices.len(), places.len()), (1200, 1200));
    assert!(choices.iter().all(|it| ids.contains(&it.quiz_id)));
    let mut answered = asked(&store, "Monads", &questions).await;
    answered.extend(asked(&store, "Monads", &questions).await);
    let answers: Vec<_> = answered.iter().map(|it| session.answered(*it, Some(2), true)).collect();
    assert_eq!(write(&store, &answers).await.refused, 0);
    let notes: Vec<_> = answered.iter().map(|it| note(*it, "again")).collect();
    store.add_notes(mine, session.id, &notes).await.expect("kept");
    let answers = all(store.export_answers(mine)).await;
    let about: HashSet<Uuid> = answers.iter().map(|it| it.answer.quiz_id).collect();
    assert_eq!((answers.len(), about.len()), (200, 200));
    assert!(answers.iter().all(|it| it.question.is_some() && it.chosen.as_deref() == Some("right")));
    let notes: HashSet<Uuid> = all(store.export_notes(mine)).await.iter().map(|it| it.id).collect();
    assert_eq!(notes.len(), 200);
    assert_eq!((all(store.export_quizzes(other)).await.len(), all(store.export_answers(other)).await.len()), (200, 0));
}

async fn answers_come_with_their_questions(place: Place) {
    let store = place.open().await;
    let raw = place.raw().await;
    let (mine, other) = (learner(&store).await, learner(&store).await);
    for (caller, mark) in [(mine, "mine"), (other, "theirs")] {
        let session = Session::new(caller);
        write(&store, &[session.opened(lecture("Monads"), START)]).await;
        store.give_consent(caller, mark, START).await.expect("given");
        add_quiz(&raw, session, mark).await;
    }
    let answers = all(store.export_answers(mine)).await;
    let [answer] = answers.as_slice() else { panic!("one answer, not {answers:?}") };
    assert_eq!((answer.question.as_deref(), answer.chosen.as_deref()), (Some("mine?"), Some("mine!")));
    assert!(answer.answer.correct && answer.answer.learner_id == mine.learner().0);
    let words: Vec<String> = all(store.export_notes(mine)).await.into_iter().map(|it| it.words).collect();
    assert_eq!(words, ["mine again"]);
    let versions: Vec<String> = all(store.export_consents(mine)).await.into_iter().map(|it| it.text_version).collect();
    assert_eq!(versions, ["mine"]);
    let makers: Vec<String> = all(store.export_quiz_sets(mine)).await.into_iter().map(|it| it.maker).collect();
    assert_eq!((makers.len(), all(store.export_recommendations(mine)).await.len()), (1, 1));
}

/// A set that the learner asked for, answered, recommended and noted.
pub async fn add_quiz(raw: &DatabaseConnection, session: Session, mark: &str) {
    let (set_id, quiz_id) = (Uuid::now_v7(), Uuid::now_v7());
    let (learner_id, created_ms) = (session.caller.learner().0, START.0);
    let lecture_id = lecture("Monads").expect("an address").id();
    let set = quiz_set::Model {
        id: set_id,
        lecture_id,
        made_by: Some(learner_id),
        maker: "cloze".into(),
        created_ms,
        source: "cloze".into(),
        title: None,
        language: None,
        transcript_hash: None,
        recipe: None,
        finished_ms: Some(created_ms),
        retired_ms: None,
        recommended: 1,
    };
    insert::<quiz_set::Entity>(raw, set).await;
    let question = format!("{mark}?");
    let quiz = quiz::Model {
        id: quiz_id,
        set_id,
        position: 1,
        lecture_seconds: 30.0,
        question,
        explanation: None,
        quote: None,
        context: None,
        cue_start_s: None,
        cue_end_s: None,
        retired_ms: None,
    };
    insert::<quiz::Entity>(raw, quiz).await;
    let right = choice::Model { quiz_id, position: 2, words: format!("{mark}!"), correct: true, reason: None };
    insert::<choice::Entity>(raw, right).await;
    let session_id = session.id.0;
    let answer = answer::Model {
        learner_id,
        quiz_id,
        session_id,
        choice: Some(2),
        correct: true,
        answered_ms: created_ms,
        asked_ms: None,
        took_ms: None,
    };
    insert::<answer::Entity>(raw, answer).await;
    insert::<recommendation::Entity>(raw, recommendation::Model { learner_id, set_id, created_ms }).await;
    let note = review_note::Model {
        id: Uuid::now_v7(),
        learner_id,
        session_id: Some(session_id),
        quiz_id: Some(quiz_id),
        lecture_seconds: Some(30.0),
        words: format!("{mark} again"),
        created_ms,
        keyword: None,
        source: None,
    };
    insert::<review_note::Entity>(raw, note).await;
}

async fn insert<E>(raw: &DatabaseConnection, row: E::Model)
where
    E: EntityTrait,
    E::Model: IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: Send,
{
    E::insert(row.into_active_model()).exec_without_returning(raw).await.expect("inserted");
}

async fn profiles_are_kept(place: Place) {
    let store = place.open().await;
    let (caller, other) = (learner(&store).await, learner(&store).await);
    let change = |name: Option<Option<&str>>, timezone: Option<Option<&str>>| ProfileChange {
        name: name.map(|it| it.map(str::to_owned)),
        timezone: timezone.map(|it| it.map(str::to_owned)),
    };
    let set = change(Some(Some("Robert'); DROP TABLE learners;--\0")), Some(Some("Asia/Seoul")));
    store.change_profile(caller, set).await.expect("changed");
    let name = Some("Robert'); DROP TABLE learners;--".to_owned());
    let expected = Profile { name, timezone: Some("Asia/Seoul".to_owned()), created: START };
    assert_eq!(store.profile(caller).await.expect("known"), expected);
    store.change_profile(caller, ProfileChange::default()).await.expect("nothing to do");
    store.change_profile(caller, change(None, Some(None))).await.expect("cleared");
    assert_eq!(store.profile(caller).await.expect("known"), Profile { timezone: None, ..expected });
    store.change_profile(caller, change(Some(None), None)).await.expect("cleared");
    let nothing = Profile { name: None, timezone: None, created: START };
    assert_eq!(store.profile(caller).await.expect("known"), nothing);
    assert_eq!(store.profile(other).await.expect("known").name.as_deref(), Some("Jiwoo"));
    let unknown = Caller::authenticated(LearnerId::new_id());
    assert!(matches!(store.profile(unknown).await, Err(StoreError::NotFound)));
    let refused = store.change_profile(unknown, change(Some(None), None)).await;
    assert!(matches!(refused, Err(StoreError::NotFound)), "{refused:?}");
}

async fn a_guest_is_added_whole_or_not(place: Place) {
    let store = place.open().await;
    let caller = Caller::authenticated(LearnerId::new_id());
    let guest = NewGuest { name: Some(" Jiwoo "), timezone: Some("Asia/Seoul"), consent: Some("2026-01") };
    store.add_guest(caller, guest, START).await.expect("added");
    let profile = store.profile(caller).await.expect("known");
    assert_eq!((profile.name.as_deref(), profile.timezone.as_deref()), (Some("Jiwoo"), Some("Asia/Seoul")));
    assert_eq!(store.consent(caller).await.expect("asked").expect("given").text_version, "2026-01");
    assert!(store.add_guest(caller, guest, START).await.is_err(), "known already");
    assert_eq!((place.count("learners").await, place.count("consents").await), (1, 1));
}

/// So that a database of this size can be looked at as a learner's: for tests over HTTP.
pub async fn many_sessions(store: &Store, caller: Caller, sessions: u64, minutes: u32) {
    for some in 0..sessions.div_ceil(100) {
        let mut batch = Vec::new();
        for n in some * 100..(some * 100 + 100).min(sessions) {
            let session = Session::new(caller);
            batch.push(session.opened(lecture("Monads"), START.plus_ms(n * 60_000)));
            batch.extend((0..minutes).map(|minute| session.minute(minute)));
        }
        for part in batch.chunks(1000) {
            write(store, part).await;
        }
    }
}
