//! Sets that learners write: theirs alone to change, and what others answered survives it.

use loa::store::{HandSet, Lecture, QuizId, QuizSetId, SetError, Store, StoreError};
use sea_orm::prelude::Uuid;

use super::place::Place;
use super::quizzes::{hand_set, large_set, quiz, watched};
use super::{START, learner, lecture, on_both, write};

on_both!(
    only_its_author_sees_and_changes_a_set,
    what_is_unchanged_keeps_its_id,
    answers_survive_edits,
    a_deleted_set_stays_for_who_answered,
    who_is_answering_loses_nothing,
    changing_without_end_is_refused,
    no_more_sets_than_allowed,
    no_more_text_than_allowed,
    nobody_recommends_their_own,
);

const RETIRED: &str = "quizzes WHERE retired_ms IS NOT NULL";

fn monads() -> Lecture {
    lecture("Monads").expect("an address")
}

async fn ids(store: &Store, set: QuizSetId) -> Vec<QuizId> {
    let found = store.load_set(set).await.expect("loaded").expect("it is there");
    found.quizzes.iter().map(|it| it.id).collect()
}

async fn only_its_author_sees_and_changes_a_set(place: Place) {
    let store = place.open().await;
    let (mine, other) = (learner(&store).await, learner(&store).await);
    let written = hand_set("Mine", &["first", "second"]);
    let set = store.make_set(mine, &monads(), &written, START).await.expect("made");
    let seen = store.quiz_set(mine, set).await.expect("it is there");
    let content: Vec<_> = seen.quizzes.expect("its author sees all").into_iter().map(|it| it.quiz).collect();
    assert_eq!((content, seen.summary.mine, seen.summary.url.as_str()), (written.quizzes, true, monads().url()));
    let seen = store.quiz_set(other, set).await.expect("it is there");
    assert_eq!((seen.quizzes, seen.places.as_slice(), seen.summary.mine), (None, &[10.0, 20.0][..], false));
    let theirs = hand_set("Theirs", &["third"]);
    for refused in [store.change_set(other, set, &theirs, START).await, store.delete_set(other, set, START).await] {
        assert!(matches!(refused, Err(SetError::NotYours)), "{refused:?}");
    }
    let gone = QuizSetId(Uuid::now_v7());
    for refused in [
        store.change_set(mine, gone, &theirs, START).await,
        store.delete_set(mine, gone, START).await,
        store.recommend(mine, gone, true, START).await,
    ] {
        assert!(matches!(refused, Err(SetError::Store(StoreError::NotFound))), "{refused:?}");
    }
    // A set that was made on the caller's behalf belongs to all.
    let generated = loa::store::NewSet { made_by: Some(mine), ..super::quizzes::new_set() };
    let generated = store.begin_set(&monads(), &generated, START).await.expect("begun");
    store.finish_set(generated, START).await.expect("finished");
    let refused = store.delete_set(mine, generated, START).await;
    assert!(matches!(refused, Err(SetError::NotYours)), "{refused:?}");
    let bad = HandSet { quizzes: vec![], ..theirs };
    let refused = store.change_set(mine, set, &bad, START).await.expect_err("bad");
    assert_eq!(refused.to_string(), "the set has 0 quizzes, not 1 to 100");
    assert_eq!(ids(&store, set).await.len(), 2);
}

async fn what_is_unchanged_keeps_its_id(place: Place) {
    let store = place.open().await;
    let mine = learner(&store).await;
    let set = store.make_set(mine, &monads(), &hand_set("Mine", &["a", "b", "c"]), START).await.expect("made");
    let before = ids(&store, set).await;
    let mut changed = hand_set("Renamed", &["a", "b", "c"]);
    changed.quizzes[1].choices[0].reason = None;
    changed.quizzes.push(quiz(5.0, "before all"));
    changed.quizzes.reverse();
    store.change_set(mine, set, &changed, START).await.expect("changed");
    let after = ids(&store, set).await;
    assert_eq!((after.len(), after[1], after[3]), (4, before[0], before[2]));
    assert!(!before.contains(&after[0]) && !before.contains(&after[2]));
    let found = store.quiz_set(mine, set).await.expect("it is there").summary;
    assert_eq!((found.title.as_deref(), found.quizzes), (Some("Renamed"), 4));
    assert_eq!((place.count("quizzes").await, place.count(RETIRED).await), (5, 1));
    store.delete_set(mine, set, START).await.expect("deleted");
    assert_eq!((place.count(RETIRED).await, store.load_set(set).await.expect("asked")), (5, None));
    let day = 86_400_000;
    assert_eq!(store.tidy(START.plus_ms(day)).await.expect("tidied").retired, 0);
    assert_eq!(store.tidy(START.plus_ms(day + 1)).await.expect("tidied").retired, 6, "five quizzes and their set");
    assert_eq!((place.count("quiz_sets").await, place.count("lectures").await), (0, 0), "nobody watched it");
}

async fn answers_survive_edits(place: Place) {
    let store = place.open().await;
    let mine = learner(&store).await;
    let session = watched(&store, "Monads").await;
    let set = store.make_set(mine, &monads(), &hand_set("Mine", &["a", "b", "c"]), START).await.expect("made");
    let before = ids(&store, set).await;
    let answers = [session.answered(before[0], Some(2), true), session.answered(before[1], Some(1), false)];
    write(&store, &answers).await;
    let questions = async || -> Vec<String> {
        let found = store.session_quizzes(session.caller, session.id).await.expect("it is there").quizzes;
        found.into_iter().map(|it| it.question).collect()
    };
    // One answered one is changed, the other left out; the third was not answered.
    let new = HandSet { title: None, quizzes: vec![quiz(10.0, "a, better"), quiz(40.0, "d")] };
    store.change_set(mine, set, &new, START).await.expect("changed");
    assert_eq!(place.count("answers").await, 2);
    assert_eq!(place.count(RETIRED).await, 3);
    assert_eq!(questions().await, ["a", "b"]);
    let found = store.quiz_set(mine, set).await.expect("it is there");
    assert_eq!((found.places.as_slice(), found.summary.quizzes), (&[10.0, 40.0][..], 2));
    // What is on its way to one that was taken away is kept.
    let late = write(&store, &[session.answered(before[2], Some(2), true)]).await;
    assert_eq!((late.rows, late.refused), (1, 0));
    assert_eq!(questions().await, ["a", "b", "c"]);
    store.tidy(START.plus_ms(86_400_001)).await.expect("tidied");
    assert_eq!(questions().await, ["a", "b", "c"], "what was answered stays");
}

async fn a_deleted_set_stays_for_who_answered(place: Place) {
    let store = place.open().await;
    let mine = learner(&store).await;
    let session = watched(&store, "Monads").await;
    let set = store.make_set(mine, &monads(), &hand_set("Mine", &["a", "b"]), START).await.expect("made");
    let answered = ids(&store, set).await[0];
    write(&store, &[session.answered(answered, Some(2), true)]).await;
    store.delete_set(mine, set, START).await.expect("deleted");
    let again = store.delete_set(mine, set, START).await;
    assert!(matches!(again, Err(SetError::Store(StoreError::NotFound))), "{again:?}");
    assert_eq!(store.load_set(set).await.expect("asked"), None);
    assert_eq!(store.lecture_sets(mine, &monads(), 100).await.expect("listed"), []);
    let found = store.session_quizzes(session.caller, session.id).await.expect("it is there").quizzes;
    assert_eq!(found.iter().map(|it| it.question.as_str()).collect::<Vec<_>>(), ["a"]);
    assert!(found[0].outcome.answer.correct);
}

async fn who_is_answering_loses_nothing(place: Place) {
    let store = place.open().await;
    let mine = learner(&store).await;
    let session = watched(&store, "Monads").await;
    for erased in [false, true] {
        let set = store.make_set(mine, &monads(), &hand_set("Mine", &["a"]), START).await.expect("made");
        let open = ids(&store, set).await[0];
        store.delete_set(mine, set, START).await.expect("deleted");
        assert_eq!(store.load_set(set).await.expect("asked"), None, "nobody takes it up any more");
        if erased {
            store.erase(mine).await.expect("erased");
        }
        let late = write(&store, &[session.answered(open, Some(2), true)]).await;
        assert_eq!((late.rows, late.refused, late.erased), if erased { (0, 0, 1) } else { (1, 0, 0) });
    }
    assert_eq!(place.count("quizzes").await, 0, "the author's words are gone at once");
}

async fn changing_without_end_is_refused(place: Place) {
    let store = place.open().await;
    let mine = learner(&store).await;
    let (one, other) = (["a"; 100].map(String::from), ["b"; 100].map(String::from));
    let sets = [one, other].map(|it| hand_set("Mine", &it.each_ref().map(String::as_str)));
    let set = store.make_set(mine, &monads(), &sets[0], START).await.expect("made");
    for turn in 1..=20 {
        store.change_set(mine, set, &sets[turn % 2], START).await.expect("changed");
    }
    for refused in [
        store.change_set(mine, set, &sets[1], START).await,
        store.make_set(mine, &monads(), &sets[1], START).await.map(drop),
    ] {
        assert!(matches!(refused, Err(SetError::TooManyChanges)), "{refused:?}");
    }
    store.change_set(mine, set, &sets[1], START.plus_ms(86_400_000)).await.expect("a day later");
    store.delete_set(mine, set, START).await.expect("deleting goes always");
}

async fn no_more_sets_than_allowed(place: Place) {
    let mut place = place;
    place.settings.busy_timeout_ms = 10_000;
    let store = place.open().await;
    let mine = learner(&store).await;
    let (lecture, one) = (monads(), hand_set("Mine", &["a"]));
    for _ in 0..95 {
        store.make_set(mine, &lecture, &one, START).await.expect("made");
    }
    let made = futures::future::join_all((0..10).map(|_| store.make_set(mine, &lecture, &one, START))).await;
    assert_eq!(made.iter().filter(|it| it.is_ok()).count(), 5);
    assert!(made.iter().all(|it| matches!(it, Ok(_) | Err(SetError::TooMany))), "{made:?}");
    let some = made.into_iter().find_map(Result::ok).expect("made");
    store.delete_set(mine, some, START).await.expect("deleted");
    store.make_set(mine, &lecture, &one, START).await.expect("there is room again");
    let other = learner(&store).await;
    store.make_set(other, &lecture, &one, START).await.expect("others have room of their own");
    let unknown = loa::store::Caller::authenticated(loa::store::LearnerId::new_id());
    assert!(store.make_set(unknown, &lecture, &one, START).await.is_err());
}

async fn no_more_text_than_allowed(place: Place) {
    let mut place = place;
    place.settings.busy_timeout_ms = 10_000;
    let store = place.open().await;
    let mine = learner(&store).await;
    let (lecture, large, small) = (monads(), large_set("a"), hand_set("Mine", &["a"]));
    let first = store.make_set(mine, &lecture, &large, START).await.expect("made");
    for _ in 1..10 {
        store.make_set(mine, &lecture, &large, START).await.expect("made");
    }
    let refused = |it: &Result<(), SetError>| matches!(it, Err(SetError::TooMuchText));
    let made = futures::future::join_all((0..3).map(|_| store.make_set(mine, &lecture, &large, START))).await;
    assert_eq!(made.iter().filter(|it| it.is_ok()).count(), 1, "one more fits: {made:?}");
    assert!(made.into_iter().map(|it| it.map(drop)).filter(Result::is_err).all(|it| refused(&it)));
    let told = store.make_set(mine, &lecture, &large, START).await.expect_err("too much").to_string();
    assert!(told.starts_with("your sets would hold more than 8 MiB of text: "), "{told}");
    store.make_set(mine, &lecture, &small, START).await.expect("little is left, and enough for this");
    // What is changed is kept for others, and counts.
    let changed = store.change_set(mine, first, &large_set("b"), START).await;
    assert!(refused(&changed), "{changed:?}");
    assert_eq!((ids(&store, first).await.len(), place.count(RETIRED).await), (100, 0), "it is as it was");
    let half = HandSet { title: None, quizzes: large.quizzes[..50].to_vec() };
    store.change_set(mine, first, &half, START).await.expect("taking away goes always");
    store.delete_set(mine, first, START).await.expect("deleting goes always");
    let again = store.make_set(mine, &lecture, &large, START).await.map(drop);
    assert!(refused(&again), "{again:?}");
    let other = learner(&store).await;
    store.make_set(other, &lecture, &large, START).await.expect("others have room of their own");
    store.tidy(START.plus_ms(86_400_001)).await.expect("tidied");
    store.make_set(mine, &lecture, &large, START).await.expect("there is room again");
}

async fn nobody_recommends_their_own(place: Place) {
    let store = place.open().await;
    let (mine, other) = (learner(&store).await, learner(&store).await);
    let set = store.make_set(mine, &monads(), &hand_set("Mine", &["a"]), START).await.expect("made");
    for yes in [true, false] {
        let refused = store.recommend(mine, set, yes, START).await;
        assert!(matches!(refused, Err(SetError::OwnSet)), "{refused:?}");
    }
    let both = tokio::join!(store.recommend(other, set, true, START), store.recommend(other, set, true, START));
    both.0.and(both.1).expect("once");
    assert_eq!(place.count("recommendations").await, 1);
}
