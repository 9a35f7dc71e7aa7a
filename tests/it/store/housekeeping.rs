//! What a crash left open is closed; what is old goes.

use std::time::Duration;

use loa::store::{EndReason, Tidied, UtcMs};

use super::place::Place;
use super::{START, Session, event, learner, on_both, write};

on_both!(
    a_crash_is_closed_with_what_is_known,
    old_events_go_and_the_rest_stays,
    guests_who_never_watched_are_forgotten,
);

async fn a_crash_is_closed_with_what_is_known(place: Place) {
    let store = place.open().await;
    let caller = learner(&store).await;
    let [bare, eventful, counted, ended] = [(); 4].map(|()| Session::new(caller));
    let end = START.plus_ms(1000);
    for session in [bare, eventful, counted, ended] {
        write(&store, &[session.opened(None, START)]).await;
    }
    write(&store, &[eventful.event(400, None), counted.event(1, None), counted.minute(1)]).await;
    write(&store, &[ended.event(1, None), ended.closed(end, EndReason::Restart)]).await;
    let now = START.plus_ms(86_400_000);
    assert_eq!(store.tidy(now).await.expect("tidied").closed, 0, "a running server's sessions are its own");
    assert_eq!(store.tidy_at_start(now).await.expect("tidied"), Tidied { closed: 3, ..Tidied::default() });
    // The second minute held 50 s.
    for (session, last) in [(bare, 0), (eventful, 400_000), (counted, 110_000)] {
        let found = store.session(caller, session.id).await.expect("it is there");
        assert_eq!(found.summary.end_reason, Some(EndReason::Crash));
        assert_eq!(found.summary.ended, Some(START.plus_ms(last)));
        assert!(found.events.iter().all(|event| event.ended == found.summary.ended), "{:?}", found.events);
    }
    let found = store.session(caller, ended.id).await.expect("it is there");
    assert_eq!((found.summary.end_reason, found.events), (Some(EndReason::Restart), vec![event(1, None)]));
    assert_eq!(store.tidy_at_start(now).await.expect("tidied"), Tidied::default());
}

async fn old_events_go_and_the_rest_stays(place: Place) {
    let store = place.open().await;
    let session = Session::new(learner(&store).await);
    let events: Vec<_> = (1..=20).map(|number| session.event(number, Some(START.plus_ms(60_000)))).collect();
    write(&store, &[session.opened(None, START), session.minute(0)]).await;
    write(&store, &events).await;
    let day = Duration::from_secs(24 * 3600);
    // Event n began n seconds after the start; 90 days later those before the 11th second are too old.
    let now = UtcMs(START.plus_ms(11_000).0 + 90 * i64::try_from(day.as_millis()).expect("fits"));
    assert_eq!(store.tidy(now.before(day)).await.expect("tidied").deleted, 0);
    assert_eq!(store.tidy(now).await.expect("tidied").deleted, 10);
    let found = store.session(session.caller, session.id).await.expect("it is there");
    assert_eq!((found.events.len(), found.events[0].number, found.minutes.len()), (10, 11, 1));
}

async fn guests_who_never_watched_are_forgotten(place: Place) {
    let store = place.open().await;
    let (stranger, watched) = (learner(&store).await, learner(&store).await);
    write(&store, &[Session::new(watched).opened(None, START)]).await;
    let month = START.plus_ms(30 * 86_400_000);
    assert_eq!(store.tidy(month).await.expect("tidied").forgotten, 0);
    assert_eq!(store.tidy(month.plus_ms(1)).await.expect("tidied").forgotten, 1);
    assert!(!store.is_known(stranger).await.expect("asked") && store.is_known(watched).await.expect("asked"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_that_share_a_database_leave_each_other_s_sessions_open() {
    let Some(mut place) = Place::postgres().await else { return };
    place.settings.shared = true;
    let store = place.open().await;
    let caller = learner(&store).await;
    let [silent, alive] = [(); 2].map(|()| Session::new(caller));
    write(&store, &[silent.opened(None, START), alive.opened(None, START), alive.minute(9)]).await;
    let tidied = store.tidy_at_start(START.plus_ms(600_000)).await.expect("tidied");
    assert_eq!(tidied.closed, 1);
    let tidied = store.tidy(START.plus_ms(6_000_000)).await.expect("tidied");
    assert_eq!(tidied.closed, 1);
}
