//! Teachers see groups of five, never the difference that one learner makes.

use loa::store::{Aggregate, EndReason, Store};
use sea_orm::prelude::Uuid;

use super::exporting::add_quiz;
use super::place::Place;
use super::{START, Session, learner, lecture, on_both, write};

on_both!(
    only_whole_groups_count,
    the_first_finished_session_counts,
    answers_are_summed,
    a_group_that_lost_a_learner_is_gone_as_a_whole,
    late_ends_move_nobody,
);

fn monads() -> Uuid {
    lecture("Monads").expect("an address").id()
}

/// The n-th learner to finish, after n hours, having spent 40 s (and n ms) attentively.
async fn finished(store: &Store, n: u32) -> Session {
    let session = Session::new(learner(store).await);
    let end = START.plus_ms(u64::from(n) * 3_600_000);
    let batch = [session.opened(lecture("Monads"), START), session.minute(n), session.closed(end, EndReason::End)];
    assert_eq!(write(store, &batch).await.refused, 0);
    session
}

async fn sums(store: &Store) -> Option<Aggregate> {
    store.aggregate(monads()).await.expect("summed")
}

async fn only_whole_groups_count(place: Place) {
    let store = place.open().await;
    // The last to begin are not the last to finish.
    for n in [4, 2, 3, 1] {
        finished(&store, n).await;
        assert_eq!(sums(&store).await, None, "too few");
    }
    finished(&store, 5).await;
    let five = sums(&store).await.expect("a group");
    let attentive = |numbers: std::ops::RangeInclusive<i64>| numbers.map(|n| 40_000 + n).sum::<i64>();
    assert_eq!((five.learners, five.attentive_ms, five.paused_ms), (5, attentive(1..=5), 50_000 - 15));
    for n in 6..=9 {
        finished(&store, n).await;
        assert_eq!(sums(&store).await, Some(five), "{n} learners");
    }
    finished(&store, 10).await;
    let ten = sums(&store).await.expect("two groups");
    assert_eq!((ten.learners, ten.attentive_ms), (10, attentive(1..=10)));
    assert_eq!(store.aggregate(Uuid::now_v7()).await.expect("summed"), None, "another lecture");
}

async fn the_first_finished_session_counts(place: Place) {
    let store = place.open().await;
    let mut learners = Vec::new();
    for n in 1..=5 {
        learners.push(finished(&store, n).await.caller);
    }
    let five = sums(&store).await;
    for caller in learners {
        let again = Session::new(caller);
        let end = START.plus_ms(90 * 3_600_000);
        write(&store, &[again.opened(lecture("Monads"), START), again.minute(0), again.closed(end, EndReason::End)])
            .await;
        let open = Session::new(caller);
        write(&store, &[open.opened(lecture("Monads"), START), open.minute(0)]).await;
    }
    for n in 0..5 {
        let crashed = Session::new(learner(&store).await);
        let end = START.plus_ms(n);
        write(&store, &[crashed.opened(lecture("Monads"), START), crashed.closed(end, EndReason::Crash)]).await;
        let elsewhere = Session::new(learner(&store).await);
        write(&store, &[elsewhere.opened(lecture("Other"), START), elsewhere.closed(end, EndReason::End)]).await;
    }
    assert_eq!(sums(&store).await, five);
}

async fn answers_are_summed(place: Place) {
    let store = place.open().await;
    let raw = place.raw().await;
    for n in 1..=6 {
        let session = finished(&store, n).await;
        if n > 2 {
            add_quiz(&raw, session, "mine").await;
        }
    }
    let five = sums(&store).await.expect("a group");
    assert_eq!((five.answers, five.correct_answers), (3, 3));
}

async fn a_group_that_lost_a_learner_is_gone_as_a_whole(place: Place) {
    let store = place.open().await;
    let mut sessions = Vec::new();
    for n in 1..=12 {
        sessions.push(finished(&store, n).await);
    }
    let attentive = |numbers: std::ops::RangeInclusive<i64>| numbers.map(|n| 40_000 + n).sum::<i64>();
    assert_eq!(sums(&store).await.expect("two groups").attentive_ms, attentive(1..=10));
    store.erase(sessions[6].caller).await.expect("erased");
    for n in 13..=14 {
        finished(&store, n).await;
    }
    // Neither the eleventh nor anybody later takes the place.
    let left = sums(&store).await.expect("one group");
    assert_eq!((left.learners, left.attentive_ms), (5, attentive(1..=5)));
    finished(&store, 15).await;
    let more = sums(&store).await.expect("two groups");
    assert_eq!((more.learners, more.attentive_ms), (10, attentive(1..=5) + attentive(11..=15)));
}

async fn late_ends_move_nobody(place: Place) {
    let store = place.open().await;
    let lost = Session::new(learner(&store).await);
    write(&store, &[lost.opened(lecture("Monads"), START), lost.minute(1)]).await;
    for n in 1..=5 {
        finished(&store, n).await;
    }
    let five = sums(&store).await;
    // It broke off before the others ended, and is written afterwards; once more is as good as once.
    for _ in 0..2 {
        write(&store, &[lost.closed(START.plus_ms(1), EndReason::Lost)]).await;
        assert_eq!(sums(&store).await, five);
    }
}
