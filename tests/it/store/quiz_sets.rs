//! Sets that are made once for everybody, and how often a learner may have one made.

use std::time::Duration;

use loa::store::{LearnerId, Lecture, NewSet, QuizSetId, Source, Store, StoreError};
use sea_orm::prelude::Uuid;

use super::place::Place;
use super::quizzes::{hand_set, new_set, quizzes, watched};
use super::{START, Session, learner, lecture, on_both, write};

on_both!(
    a_set_is_found_when_it_is_finished,
    many_that_make_the_same_agree_on_one,
    quizzes_added_at_once_have_places_of_their_own,
    no_more_turns_than_there_are,
    turns_come_back_and_days_go,
    lists_are_by_recommendation,
    a_lecture_with_many_sets_has_a_short_list,
    what_was_never_finished_goes,
);

fn monads() -> Lecture {
    lecture("Monads").expect("an address")
}

async fn begun(store: &Store) -> QuizSetId {
    store.begin_set(&monads(), &new_set(), START).await.expect("begun")
}

async fn finished(store: &Store, set: &NewSet, n: u64) -> QuizSetId {
    let id = store.begin_set(&monads(), set, START.plus_ms(n)).await.expect("begun");
    store.add_quizzes(id, &quizzes(&["first", "second"])).await.expect("added");
    store.finish_set(id, START.plus_ms(n)).await.expect("finished");
    id
}

async fn a_set_is_found_when_it_is_finished(place: Place) {
    let store = place.open().await;
    let caller = learner(&store).await;
    let ready = async |hash: &str, recipe: &str| store.ready_set(&monads(), hash, recipe).await.expect("asked");
    // Nobody has watched the lecture yet.
    let set = begun(&store).await;
    let first = store.add_quizzes(set, &quizzes(&["first", "second"])).await.expect("added");
    let more = store.add_quizzes(set, &quizzes(&["before the first"])).await.expect("added");
    assert_eq!(ready("hash", "test 1").await, None);
    assert_eq!(store.lecture_sets(caller, &monads(), 100).await.expect("listed"), []);
    assert!(matches!(store.quiz_set(caller, set).await, Err(StoreError::NotFound)));
    store.finish_set(set, START.plus_ms(5)).await.expect("finished");
    store.finish_set(set, START.plus_ms(9)).await.expect("once more changes nothing");
    let found = ready("hash", "test 1").await.expect("it is ready");
    assert_eq!((found.id, found.lecture, found.source), (set, monads().id(), Source::Llm));
    assert_eq!(
        (found.title.as_deref(), found.language.as_deref(), found.made_by),
        (Some("A title"), Some("kor"), None)
    );
    let ids: Vec<_> = found.quizzes.iter().map(|it| it.id).collect();
    assert_eq!(ids, [first[0], more[0], first[1]], "along the lecture, then as they came");
    assert_eq!(found.quizzes[2].quiz, quizzes(&["first", "second"])[1]);
    assert_eq!(store.load_set(set).await.expect("loaded"), Some(found));
    assert_eq!((ready("other", "test 1").await, ready("hash", "test 2").await), (None, None));
    let elsewhere = lecture("Functors").expect("an address");
    assert_eq!(store.ready_set(&elsewhere, "hash", "test 1").await.expect("asked"), None);
    let gone = QuizSetId(Uuid::now_v7());
    assert!(matches!(store.finish_set(gone, START).await, Err(StoreError::NotFound)));
    assert!(matches!(store.add_quizzes(gone, &[]).await, Err(StoreError::NotFound)));
    assert_eq!(store.load_set(gone).await.expect("asked"), None);
}

async fn many_that_make_the_same_agree_on_one(place: Place) {
    let mut place = place;
    place.settings.busy_timeout_ms = 10_000;
    let store = place.open().await;
    let set = new_set();
    let made = futures::future::join_all((0..8).map(|n| finished(&store, &set, 8 - n))).await;
    let found = store.ready_set(&monads(), "hash", "test 1").await.expect("asked").expect("one of them");
    assert_eq!(found.id, made[7], "whoever was finished first, for good");
    assert_eq!(place.count("lectures").await, 1);
}

async fn quizzes_added_at_once_have_places_of_their_own(place: Place) {
    let mut place = place;
    place.settings.busy_timeout_ms = 10_000;
    let store = place.open().await;
    let set = begun(&store).await;
    let some = quizzes(&["a", "b", "c"]);
    let added = futures::future::join_all((0..8).map(|_| store.add_quizzes(set, &some))).await;
    assert!(added.iter().all(|it| it.as_ref().is_ok_and(|ids| ids.len() == 3)), "{added:?}");
    assert_eq!(place.count("quizzes WHERE position BETWEEN 1 AND 24").await, 24);
}

async fn no_more_turns_than_there_are(place: Place) {
    let mut place = place;
    place.settings.busy_timeout_ms = 10_000;
    let store = place.open().await;
    let (caller, other) = (learner(&store).await, learner(&store).await);
    let day = START.day();
    assert_eq!(day, 20_601);
    let turns = futures::future::join_all((0..20).map(|_| store.take_turn(caller, day, 7))).await;
    assert_eq!(turns.into_iter().filter(|it| *it.as_ref().expect("asked")).count(), 7);
    assert!(!store.take_turn(caller, day, 0).await.expect("asked"));
    assert!(store.take_turn(caller, day + 1, 7).await.expect("asked"), "another day");
    assert!(store.take_turn(other, day, 7).await.expect("asked"), "another learner");
    let unknown = loa::store::Caller::authenticated(LearnerId::new_id());
    assert!(store.take_turn(unknown, day, 7).await.is_err());
}

async fn turns_come_back_and_days_go(place: Place) {
    let store = place.open().await;
    let caller = learner(&store).await;
    write(&store, &[Session::new(caller).opened(None, START)]).await;
    let day = START.day();
    store.give_turn_back(caller, day).await.expect("nothing to give back");
    for _ in 0..2 {
        assert!(store.take_turn(caller, day, 1).await.expect("asked"));
        assert!(!store.take_turn(caller, day, 1).await.expect("asked"));
        store.give_turn_back(caller, day).await.expect("given back");
        store.give_turn_back(caller, day).await.expect("no more than was taken");
    }
    store.tidy(START.plus_ms(86_400_000)).await.expect("tidied");
    assert_eq!(place.count("quiz_usage").await, 1);
    store.tidy(START.plus_ms(2 * 86_400_000)).await.expect("tidied");
    assert_eq!(place.count("quiz_usage").await, 0);
}

async fn lists_are_by_recommendation(place: Place) {
    let store = place.open().await;
    let (mine, other) = (learner(&store).await, learner(&store).await);
    let [oldest, liked, newest] = [
        finished(&store, &new_set(), 1).await,
        finished(&store, &NewSet { made_by: Some(mine), ..new_set() }, 2).await,
        store.make_set(mine, &monads(), &hand_set("Mine", &["a"]), START.plus_ms(3)).await.expect("made"),
    ];
    // Nothing is in it.
    let empty = begun(&store).await;
    store.finish_set(empty, START).await.expect("finished");
    let recommend = async |caller, set, yes| store.recommend(caller, set, yes, START).await.expect("recommended");
    for (caller, set) in [(mine, liked), (other, liked), (other, liked), (other, newest), (other, oldest)] {
        recommend(caller, set, true).await;
    }
    recommend(other, oldest, false).await;
    recommend(other, oldest, false).await;
    let list = store.lecture_sets(mine, &monads(), 100).await.expect("listed");
    let shown: Vec<_> = list
        .iter()
        .map(|it| (it.id, it.source, it.quizzes, it.mine, it.recommendations, it.recommended_by_me))
        .collect();
    let expected = [
        (liked, Source::Llm, 2, false, 2, true),
        (newest, Source::Hand, 1, true, 1, false),
        (oldest, Source::Llm, 2, false, 0, false),
    ];
    assert_eq!(shown, expected);
    assert_eq!(
        (list[1].title.as_deref(), list[1].maker.as_str(), list[1].created),
        (Some("Mine"), "hand", START.plus_ms(3))
    );
    // Who is erased recommends nothing.
    store.erase(other).await.expect("erased");
    let left = store.lecture_sets(mine, &monads(), 100).await.expect("listed");
    let counted: Vec<_> = left.iter().map(|it| (it.id, it.recommendations)).collect();
    assert_eq!(counted, [(liked, 1), (newest, 0), (oldest, 0)]);
    assert_eq!(store.lecture_sets(other, &monads(), 1).await.expect("listed").len(), 1);
    assert_eq!(store.lecture_sets(other, &lecture("Functors").expect("an address"), 100).await.expect("listed"), []);
}

async fn a_lecture_with_many_sets_has_a_short_list(place: Place) {
    let store = place.open().await;
    let caller = learner(&store).await;
    let liked = finished(&store, &new_set(), 0).await;
    for n in 1..=105 {
        finished(&store, &new_set(), n).await;
    }
    store.recommend(caller, liked, true, START).await.expect("recommended");
    let list = store.lecture_sets(caller, &monads(), 1000).await.expect("listed");
    assert_eq!((list.len(), list[0].id, list[0].recommendations), (100, liked, 1), "the oldest, but liked");
    let times: Vec<_> = list[1..].iter().map(|it| it.created).collect();
    assert!(times.is_sorted_by(|one, next| one > next) && times[0] == START.plus_ms(105), "{times:?}");
}

async fn what_was_never_finished_goes(place: Place) {
    let store = place.open().await;
    let session = watched(&store, "Monads").await;
    let (answered, _) = (begun(&store).await, begun(&store).await);
    let ids = store.add_quizzes(answered, &quizzes(&["first"])).await.expect("added");
    write(&store, &[session.answered(ids[0], Some(1), false)]).await;
    let elsewhere = lecture("Functors").expect("an address");
    store.begin_set(&elsewhere, &new_set(), START).await.expect("begun");
    let done = finished(&store, &new_set(), 0).await;
    let later = |ms| START.plus_ms(Duration::from_hours(24).as_millis() as u64 + ms);
    assert_eq!(store.tidy(later(0)).await.expect("tidied").abandoned, 0);
    assert_eq!(store.tidy(later(1)).await.expect("tidied").abandoned, 2);
    assert_eq!((place.count("quiz_sets").await, place.count("lectures").await), (2, 1), "with the lecture of nobody");
    assert!(store.load_set(done).await.expect("loaded").is_some());
}
