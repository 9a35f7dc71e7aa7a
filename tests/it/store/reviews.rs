//! Whose wrong answers ask for notes.

use loa::store::{DueReview, EndReason, Store, UtcMs};

use super::place::Place;
use super::quizzes::{asked, note, watched};
use super::{START, Session, on_both, write};

on_both!(wrong_answers_of_ended_sessions_are_due_once, many_wrong_answers_come_in_parts);

async fn due(store: &Store, since: UtcMs, limit: u32) -> Vec<DueReview> {
    store.reviews_due(since, limit).await.expect("asked")
}

async fn ended(store: &Store, session: Session, ms: u64) {
    write(store, &[session.closed(START.plus_ms(ms), EndReason::End)]).await;
}

async fn wrong_answers_of_ended_sessions_are_due_once(place: Place) {
    let store = place.open().await;
    let [later, first, good, running, silent] = [
        watched(&store, "Monads").await,
        watched(&store, "Monads").await,
        watched(&store, "Monads").await,
        watched(&store, "Monads").await,
        watched(&store, "Monads").await,
    ];
    let ids = asked(&store, "Monads", &["first", "second", "third"]).await;
    write(
        &store,
        &[
            first.answered(ids[2], Some(1), false),
            first.answered(ids[0], None, false),
            first.answered(ids[1], Some(2), true),
            later.answered(ids[0], Some(3), false),
            good.answered(ids[0], Some(2), true),
            running.answered(ids[0], Some(1), false),
        ],
    )
    .await;
    for (session, ms) in [(first, 1000), (later, 2000), (good, 3000), (silent, 3000)] {
        ended(&store, session, ms).await;
    }
    let found = due(&store, START, 10).await;
    let whose: Vec<_> = found.iter().map(|it| (it.caller, it.session)).collect();
    assert_eq!(whose, [(first.caller, first.id), (later.caller, later.id)]);
    assert_eq!(found[0].language.as_deref(), Some("kor"));
    let [passed, wrong] = found[0].wrong.as_slice() else { panic!("two, not {:?}", found[0].wrong) };
    assert_eq!((passed.quiz, passed.chosen, passed.right, passed.at_s), (ids[0], None, Some(2), 10.0));
    assert_eq!((wrong.quiz, wrong.chosen, wrong.question.as_str()), (ids[2], Some(1), "third"));
    assert_eq!(
        (wrong.reason.as_deref(), wrong.quote.as_deref()),
        (Some("because of third. why right"), Some("they said third"))
    );
    assert_eq!(wrong.context.as_deref(), Some("and they said third, yes"));
    assert_eq!(wrong.choices, ["left", "right", "neither"]);
    assert_eq!(due(&store, START, 1).await.len(), 1);
    assert_eq!(due(&store, START.plus_ms(1001), 10).await, found[1..]);
    store.add_notes(first.caller, first.id, &[note(ids[0], "one")]).await.expect("kept");
    assert_eq!(due(&store, START, 1).await[0].wrong.len(), 1);
    store.add_notes(first.caller, first.id, &[note(ids[2], "two")]).await.expect("kept");
    assert_eq!(due(&store, START, 10).await, found[1..]);
    store.erase(later.caller).await.expect("erased");
    assert_eq!(due(&store, UtcMs(0), 10).await, []);
}

async fn many_wrong_answers_come_in_parts(place: Place) {
    let store = place.open().await;
    let session = watched(&store, "Monads").await;
    let questions: Vec<String> = (0..45).map(|n| format!("question {n}")).collect();
    let ids = asked(&store, "Monads", &questions.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let answers: Vec<_> = ids.iter().map(|id| session.answered(*id, Some(1), false)).collect();
    write(&store, &answers).await;
    ended(&store, session, 1000).await;
    let mut parts = Vec::new();
    while let Some(review) = due(&store, START, 10).await.pop() {
        parts.push(review.wrong.len());
        let notes: Vec<_> = review.wrong.iter().map(|it| note(it.quiz, "again")).collect();
        store.add_notes(session.caller, session.id, &notes).await.expect("kept");
    }
    assert_eq!((parts.as_slice(), place.count("review_notes").await), (&[20, 20, 5][..], 45));
}
