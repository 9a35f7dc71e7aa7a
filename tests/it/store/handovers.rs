//! What one server process leaves to the next.

use std::time::Duration;

use loa::store::{EndReason, SecretHash, UtcMs};

use super::place::Place;
use super::{START, Session, event, learner, on_both, write};

on_both!(a_session_goes_on_once_and_only_for_its_learner, what_nobody_came_for_goes);

async fn a_session_goes_on_once_and_only_for_its_learner(place: Place) {
    let store = place.open().await;
    let (caller, other) = (learner(&store).await, learner(&store).await);
    let session = Session::new(caller);
    let left = START.plus_ms(60_000);
    write(&store, &[session.opened(None, START), session.event(1, None)]).await;
    let last = [session.left("secret", left, "{}"), session.closed(left, EndReason::Restart)];
    assert_eq!(write(&store, &last).await.rows, 2);
    let found = store.session(caller, session.id).await.expect("it is there").summary;
    assert_eq!(found.end_reason, Some(EndReason::Restart), "if nobody goes on with it");

    let secret = SecretHash::of("secret");
    let take = async |who, secret: &SecretHash, since| store.take_over(who, secret, since).await.expect("asked");
    assert_eq!(take(other, &secret, START).await, None);
    assert_eq!(take(caller, &SecretHash::of("guess"), START).await, None);
    assert_eq!(take(caller, &secret, left.plus_ms(1)).await, None, "too late");
    assert_eq!(take(caller, &secret, left).await.as_deref(), Some("{}"));
    assert_eq!(take(caller, &secret, left).await, None, "once");
    let found = store.session(caller, session.id).await.expect("it is there");
    assert_eq!((found.summary.end_reason, found.summary.ended), (None, None), "it goes on");
    // Two at once: one of them.
    write(&store, &last).await;
    let (one, another) = tokio::join!(take(caller, &secret, left), take(caller, &secret, left));
    assert_eq!(one.is_some() as u8 + another.is_some() as u8, 1);
    assert_eq!(place.count("handovers").await, 0);
}

async fn what_nobody_came_for_goes(place: Place) {
    let store = place.open().await;
    let session = Session::new(learner(&store).await);
    let left = START.plus_ms(60_000);
    let all = [
        session.opened(None, START),
        session.event(1, None),
        session.left("secret", left, "{}"),
        session.closed(left, EndReason::Restart),
    ];
    write(&store, &all).await;
    let hours = |count| UtcMs(left.0 + i64::try_from(Duration::from_hours(count).as_millis()).expect("fits"));
    store.tidy(hours(1)).await.expect("tidied");
    assert_eq!(place.count("handovers").await, 1);
    store.tidy(UtcMs(hours(1).0 + 1)).await.expect("tidied");
    assert_eq!(place.count("handovers").await, 0);
    let found = store.session(session.caller, session.id).await.expect("it is there");
    assert_eq!(
        found.events,
        [event(1, Some(left))].map(|it| loa::store::AttentionEvent { peak: event(1, None).peak, ..it })
    );
}
