//! The writer on real databases: quick, in batches, and patient while they are away.

use std::time::{Duration, Instant};

use loa::store::writer::{WriterSettings, WriterStats};
use loa::store::{EndReason, Store, Writer};
use sea_orm::ConnectionTrait as _;

use super::place::Place;
use super::{PATIENCE, START, Session, event, learner, lecture};

mod with_any {
    use super::{
        an_event_is_there_within_a_second, many_writes_share_few_transactions,
        one_that_is_wrong_does_not_hold_up_others,
    };
    use crate::store::on_both;
    on_both!(
        an_event_is_there_within_a_second,
        many_writes_share_few_transactions,
        one_that_is_wrong_does_not_hold_up_others,
    );
}

/// On a server that can be stopped.
mod with_own {
    use super::{a_drain_gives_up_in_time, nothing_is_lost_while_the_database_is_away};
    use crate::store::on_both;
    on_both!(sqlite, own_postgres; nothing_is_lost_while_the_database_is_away, a_drain_gives_up_in_time);
}

async fn an_event_is_there_within_a_second(place: Place) {
    let store = place.open().await;
    let session = Session::new(learner(&store).await);
    let writer = start(&store, &place, |_| {});
    for round in 1..=5 {
        let handed_over = Instant::now();
        if round == 1 {
            writer.try_write(session.opened(lecture("Monads"), START)).expect("it fits");
        }
        writer.try_write(session.event(round, None)).expect("it fits");
        assert!(handed_over.elapsed() < Duration::from_millis(50), "handing over waits for nothing");
        wait_for(&writer, |stats| stats.written == u64::from(round) + 1).await;
        assert!(handed_over.elapsed() < Duration::from_secs(1), "round {round}: {:?}", handed_over.elapsed());
        assert_eq!(place.count("attention_events").await, i64::from(round));
    }
    let drained = writer.drain(PATIENCE).await;
    assert_eq!((drained.written, drained.given_up), (6, 0));
    assert!(writer.try_write(session.event(9, None)).is_err(), "it is closed");
    let stats = writer.stats();
    assert_eq!((stats.dropped, stats.running, stats.queued), (1, false, 0));
}

async fn many_writes_share_few_transactions(place: Place) {
    let store = place.open().await;
    let caller = learner(&store).await;
    let writer = start(&store, &place, |_| {});
    let sessions: Vec<_> = (0..200).map(|_| Session::new(caller)).collect();
    let end = START.plus_ms(60_000);
    for session in &sessions {
        writer.try_write(session.opened(lecture("Monads"), START)).expect("it fits");
        for number in 1..=5 {
            writer.try_write(session.event(number, Some(end))).expect("it fits");
            writer.try_write(session.minute(number)).expect("it fits");
        }
        writer.try_write(session.closed(end, EndReason::End)).expect("it fits");
    }
    let drained = writer.drain(PATIENCE).await;
    let stats = writer.stats();
    assert_eq!((drained.written, drained.given_up, stats.refused), (200 * 12, 0, 0), "{stats:?}");
    assert!(stats.batches < 20, "{stats:?}");
    assert_eq!(place.count("attention_events").await, 1000);
    assert_eq!(place.count("attention_minutes").await, 1000);
    assert_eq!(place.count("watch_sessions WHERE end_reason = 'end'").await, 200);
}

async fn one_that_is_wrong_does_not_hold_up_others(place: Place) {
    let store = place.open().await;
    let good = Session::new(learner(&store).await);
    let gone = Session::new(learner(&store).await);
    store.erase(gone.caller).await.expect("erased");
    let unlucky = if place.is_sqlite() {
        "CREATE TRIGGER unlucky BEFORE INSERT ON attention_events WHEN NEW.number = 99 \
         BEGIN SELECT RAISE(ABORT, 'unlucky'); END"
    } else {
        "ALTER TABLE attention_events ADD CONSTRAINT unlucky CHECK (number <> 99)"
    };
    let raw = place.raw().await;
    raw.execute_unprepared(unlucky).await.expect("made");
    raw.close().await.expect("closed");
    let writer = start(&store, &place, |_| {});
    writer.try_write(good.opened(None, START)).expect("it fits");
    for number in 1..=20 {
        writer.try_write(good.event(number, None)).expect("it fits");
        if number == 7 {
            writer.try_write(good.event(99, None)).expect("it fits");
            // Nothing is kept of who was erased.
            writer.try_write(gone.opened(None, START)).expect("it fits");
            writer.try_write(gone.event(1, None)).expect("it fits");
        }
    }
    writer.drain(PATIENCE).await;
    let stats = writer.stats();
    assert_eq!((stats.written, stats.refused, stats.erased, stats.dropped), (21, 1, 2, 0), "{stats:?}");
    assert_eq!(stats.failing_since, None);
    assert_eq!(place.count("attention_events").await, 20);
}

async fn nothing_is_lost_while_the_database_is_away(mut place: Place) {
    let store = place.open().await;
    let session = Session::new(learner(&store).await);
    let writer = start(&store, &place, |settings| settings.buffer_rows = 200);
    writer.try_write(session.opened(None, START)).expect("it fits");
    wait_for(&writer, |stats| stats.written == 1).await;
    let obstacle = place.take_away().await;
    // Each of them twice: open, then ended.
    let end = START.plus_ms(900_000);
    let room = 200 - 200 / 8;
    let mut slowest = Duration::ZERO;
    for number in 1..=300 {
        let start = Instant::now();
        let first = writer.try_write(session.event(number, None));
        let second = writer.try_write(session.event(number, Some(end)));
        slowest = slowest.max(start.elapsed());
        assert_eq!((first.is_ok(), second.is_ok()), (number <= room, number <= room), "event {number}");
    }
    assert!(slowest < Duration::from_millis(100), "handing over took {slowest:?}");
    wait_for(&writer, |stats| stats.failing_since.is_some()).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let stats = writer.stats();
    assert_eq!((stats.queued, stats.capacity, stats.dropped), (room as usize, 200, 250), "{stats:?}");
    assert!(stats.lag_ms >= 200 && stats.last_error.is_some(), "{stats:?}");
    place.bring_back(obstacle).await;
    wait_for(&writer, |stats| stats.queued == 0).await;
    let stats = writer.stats();
    assert_eq!((stats.failing_since, stats.refused, stats.lag_ms), (None, 0, 0), "{stats:?}");
    let found = store.session(session.caller, session.id).await.expect("it is there").events;
    assert_eq!(found, (1..=room).map(|number| event(number, Some(end))).collect::<Vec<_>>());
}

async fn a_drain_gives_up_in_time(mut place: Place) {
    let store = place.open().await;
    let session = Session::new(learner(&store).await);
    let writer = start(&store, &place, |_| {});
    writer.try_write(session.opened(None, START)).expect("it fits");
    wait_for(&writer, |stats| stats.written == 1).await;
    let obstacle = place.take_away().await;
    for number in 1..=10 {
        writer.try_write(session.event(number, None)).expect("it fits");
    }
    let began = Instant::now();
    let drained = writer.drain(Duration::from_millis(700)).await;
    assert_eq!((drained.written, drained.given_up), (1, 10));
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    place.bring_back(obstacle).await;
}

fn start(store: &Store, place: &Place, change: impl FnOnce(&mut WriterSettings)) -> Writer {
    let mut settings = WriterSettings::from(&place.settings);
    change(&mut settings);
    Writer::start(store.clone(), settings)
}

async fn wait_for(writer: &Writer, reached: impl Fn(&WriterStats) -> bool) {
    let began = Instant::now();
    while !reached(&writer.stats()) {
        assert!(began.elapsed() < PATIENCE, "still {:?}", writer.stats());
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
