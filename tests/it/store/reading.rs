//! Learners read what is theirs, and nothing else.

use loa::store::{Caller, EndReason, LearnerId, SessionFilter, StoreError, UtcMs};

use super::place::Place;
use super::{START, Session, event, learner, lecture, on_both, totals, write};

on_both!(
    a_session_is_read_back,
    nobody_reads_or_changes_another_s,
    the_same_write_twice_is_one,
    titles_are_only_titles,
    lengths_are_only_lengths,
    pages_and_times,
    consents_are_kept,
);

fn all() -> SessionFilter {
    SessionFilter { per_page: 100, ..Default::default() }
}

fn titled(search: &str) -> SessionFilter {
    SessionFilter { search: Some(search.to_owned()), ..all() }
}

async fn a_session_is_read_back(place: Place) {
    let store = place.open().await;
    let session = Session::new(learner(&store).await);
    let end = START.plus_ms(90_000);
    let batch = [
        session.opened(lecture("Monads"), START),
        session.event(2, Some(end)),
        session.event(1, None),
        session.minute(1),
        session.minute(0),
        session.closed(end, EndReason::Lost),
    ];
    assert_eq!(write(&store, &batch).await.rows, batch.len());
    let found = store.session(session.caller, session.id).await.expect("it is there");
    assert_eq!(found.events, [event(1, None), event(2, Some(end))]);
    assert_eq!(found.minutes, [totals(0), totals(1)]);
    let summary = found.summary;
    assert_eq!((summary.started, summary.ended, summary.end_reason), (START, Some(end), Some(EndReason::Lost)));
    assert_eq!((summary.title.as_deref(), summary.lecture_seconds), (Some("Monads"), Some(1234.5)));
    assert_eq!(summary.preset, loa::attention::Preset::Strict);
    assert_eq!(store.sessions(session.caller, &all()).await.expect("a list").sessions, [summary]);
}

async fn nobody_reads_or_changes_another_s(place: Place) {
    let store = place.open().await;
    let mine = Session::new(learner(&store).await);
    write(&store, &[mine.opened(lecture("Monads"), START), mine.event(1, None)]).await;
    let stranger = learner(&store).await;
    let unknown = Caller::authenticated(LearnerId::new_id());
    for other in [stranger, unknown] {
        let refused = store.session(other, mine.id).await.expect_err("not theirs");
        assert!(matches!(refused, StoreError::NotFound), "{refused}");
        assert_eq!(store.sessions(other, &titled("monads")).await.expect("a list").total, 0);
        let theirs = Session { caller: other, id: mine.id };
        let end = START.plus_ms(5000);
        let written = write(
            &store,
            &[theirs.event(1, Some(end)), theirs.event(2, None), theirs.minute(0), theirs.closed(end, EndReason::End)],
        )
        .await;
        let expected = if other == stranger { (0, 4, 0) } else { (0, 0, 4) };
        assert_eq!((written.rows, written.refused, written.erased), expected, "nobody's rows are nobody's loss");
    }
    // Opening it once more does not make it theirs, nor start it anew.
    let theirs = Session { caller: stranger, id: mine.id };
    assert_eq!(write(&store, &[theirs.opened(None, UtcMs(0))]).await.refused, 1);
    store.erase(stranger).await.expect("erased");
    let found = store.session(mine.caller, mine.id).await.expect("it is still there");
    assert_eq!((found.events, found.minutes.len()), (vec![event(1, None)], 0));
    assert_eq!((found.summary.started, found.summary.ended), (START, None));
}

async fn the_same_write_twice_is_one(place: Place) {
    let store = place.open().await;
    let session = Session::new(learner(&store).await);
    let end = START.plus_ms(70_000);
    let first = [session.opened(lecture("Monads"), START), session.event(1, None), session.minute(0)];
    let later = [session.event(1, Some(end)), session.closed(end, EndReason::End)];
    for batch in [&first[..], &first, &later, &later, &first[..1]] {
        assert_eq!(write(&store, batch).await.rows, batch.len());
    }
    let found = store.session(session.caller, session.id).await.expect("it is there");
    assert_eq!((found.events, found.minutes), (vec![event(1, Some(end))], vec![totals(0)]));
    assert_eq!(found.summary.end_reason, Some(EndReason::End));
    assert_eq!((place.count("watch_sessions").await, place.count("lectures").await), (1, 1));
}

async fn titles_are_only_titles(place: Place) {
    let store = place.open().await;
    let caller = learner(&store).await;
    let titles =
        ["'; DROP TABLE learners; --", "100% of it", "under_score", r"back\slash", "운영체제 3강", "\"quoted\" $1 ?"];
    for title in titles {
        write(&store, &[Session::new(caller).opened(lecture(title), START)]).await;
    }
    for title in titles {
        let found = store.sessions(caller, &titled(title)).await.expect("a list");
        assert_eq!(found.total, 1, "{title}");
        assert_eq!(found.sessions[0].title.as_deref(), Some(title));
    }
    for (words, total) in
        [("UNDER", 1), ("%", 1), ("_", 1), (r"\", 1), ("", 6), ("COURSE", 6), ("' OR 1=1 --", 0), ("\0", 6)]
    {
        assert_eq!(store.sessions(caller, &titled(words)).await.expect("a list").total, total, "{words}");
    }
    assert_eq!(place.count("learners").await, 1, "nothing was dropped");
    // What others call the lecture is theirs: it changes nobody else's list.
    let url = lecture(titles[1]).expect("a lecture").url().to_owned();
    let rude = loa::store::Lecture::new(&url, None, Some("something rude"));
    let somebody_else = learner(&store).await;
    write(&store, &[Session::new(somebody_else).opened(rude, START)]).await;
    assert_eq!(store.sessions(caller, &titled("rude")).await.expect("a list").total, 0);
    assert_eq!(store.sessions(caller, &titled("100% of it")).await.expect("a list").total, 1);
}

async fn lengths_are_only_lengths(place: Place) {
    let store = place.open().await;
    let (mine, theirs) = (Session::new(learner(&store).await), Session::new(learner(&store).await));
    let long = lecture("Monads").map(|it| it.lasting(Some(604_800.0)));
    write(&store, &[theirs.opened(long.clone(), START), mine.opened(lecture("Monads"), START)]).await;
    let length = async |session: Session| {
        store.session(session.caller, session.id).await.expect("it is there").summary.duration_seconds
    };
    assert_eq!((length(theirs).await, length(mine).await), (Some(604_800.0), None));
    // The player says it later; and nobody says it for somebody else.
    write(&store, &[mine.opened(lecture("Monads").map(|it| it.lasting(Some(60.0))), START)]).await;
    write(&store, &[mine.opened(lecture("Monads"), START)]).await;
    write(&store, &[Session { caller: theirs.caller, id: mine.id }.opened(long, START)]).await;
    assert_eq!((length(theirs).await, length(mine).await), (Some(604_800.0), Some(60.0)));
}

async fn pages_and_times(place: Place) {
    let store = place.open().await;
    let caller = learner(&store).await;
    let sessions: Vec<_> = (0..25).map(|minute| (Session::new(caller), START.plus_ms(minute * 60_000))).collect();
    let batch: Vec<_> = sessions.iter().map(|(session, started)| session.opened(lecture("Monads"), *started)).collect();
    write(&store, &batch).await;
    let mut seen = Vec::new();
    for page in 0..4 {
        let found =
            store.sessions(caller, &SessionFilter { page, per_page: 10, ..titled("mon") }).await.expect("a page");
        assert_eq!(found.total, 25);
        seen.extend(found.sessions.into_iter().map(|it| it.id));
    }
    let newest_first: Vec<_> = sessions.iter().rev().map(|(session, _)| session.id).collect();
    assert_eq!(seen, newest_first);
    let (from, until) = (Some(sessions[5].1), Some(sessions[8].1));
    assert_eq!(store.sessions(caller, &SessionFilter { from, until, ..all() }).await.expect("a list").total, 3);
    let beyond = SessionFilter { page: u64::MAX, per_page: u64::MAX, ..all() };
    assert_eq!(store.sessions(caller, &beyond).await.expect("an empty page").sessions, []);
}

async fn consents_are_kept(place: Place) {
    let store = place.open().await;
    let (caller, other) = (learner(&store).await, learner(&store).await);
    assert_eq!(store.consent(caller).await.expect("asked"), None);
    store.give_consent(caller, "2026-01", START).await.expect("given");
    store.withdraw_consent(other, START.plus_ms(1)).await.expect("nothing to withdraw");
    let consent = store.consent(caller).await.expect("asked").expect("given");
    assert_eq!((consent.text_version.as_str(), consent.given, consent.withdrawn), ("2026-01", START, None));
    store.withdraw_consent(caller, START.plus_ms(2)).await.expect("withdrawn");
    assert_eq!(store.consent(caller).await.expect("asked").expect("given").withdrawn, Some(START.plus_ms(2)));
    store.give_consent(caller, "2026-02", START.plus_ms(3)).await.expect("given");
    assert_eq!(store.consent(caller).await.expect("asked").expect("given").withdrawn, None);
    let unknown = Caller::authenticated(LearnerId::new_id());
    assert!(store.give_consent(unknown, "2026-02", START).await.is_err());
    assert!(store.is_known(caller).await.expect("asked") && !store.is_known(unknown).await.expect("asked"));
}
