//! Quizzes are graded by the store, answered once, and seen with their key only by who answered.

use loa::attention::Level;
use loa::store::{
    AttentionEvent, Brief, Caller, Choice, NewAnswer, NewNote, NewQuiz, NewQuizSet, QuizId, ReviewNote, Store,
    StoreError, Study,
};

use super::place::Place;
use super::{START, Session, event, learner, lecture, on_both, totals, write};

on_both!(
    answers_are_graded_and_read_back,
    the_first_answer_stays,
    nobody_answers_for_another_or_another_lecture_s,
    notes_are_kept,
    strange_texts_are_kept_as_they_are,
    sets_go_with_their_maker,
    sums_are_the_caller_s,
);

fn quiz(lecture_seconds: f64, question: &str) -> NewQuiz {
    let choices = ["left", "right", "neither"];
    NewQuiz {
        lecture_seconds,
        question: question.to_owned(),
        explanation: Some(format!("because of {question}")),
        choices: choices.iter().map(|it| Choice { words: (*it).to_owned(), correct: *it == "right" }).collect(),
    }
}

fn set(made_by: Option<Caller>, questions: &[&str]) -> NewQuizSet {
    let mut quizzes: Vec<NewQuiz> = questions.iter().zip(1..).map(|(it, at)| quiz(f64::from(at) * 10.0, it)).collect();
    quizzes.reverse();
    NewQuizSet { made_by, maker: "test".to_owned(), quizzes }
}

async fn watched(store: &Store, title: &str) -> Session {
    let session = Session::new(learner(store).await);
    write(store, &[session.opened(lecture(title), START)]).await;
    session
}

async fn asked(store: &Store, title: &str, questions: &[&str]) -> Vec<QuizId> {
    let lecture = lecture(title).expect("a lecture");
    let (_, mut ids) = store.add_quiz_set(&lecture, &set(None, questions), START).await.expect("kept");
    ids.reverse();
    ids
}

fn answer(quiz: QuizId, choice: Option<u32>) -> NewAnswer {
    NewAnswer { quiz, choice, answered: START.plus_ms(1000) }
}

async fn answers_are_graded_and_read_back(place: Place) {
    let store = place.open().await;
    let session = watched(&store, "Monads").await;
    let ids = asked(&store, "Monads", &["first", "second", "third", "fourth"]).await;
    asked(&store, "Monads", &["of another set"]).await;
    let given = [answer(ids[2], None), answer(ids[0], Some(2)), answer(ids[1], Some(7))];
    let graded = store.answer(session.caller, session.id, &given).await.expect("graded");
    assert_eq!(graded.iter().map(|it| it.correct).collect::<Vec<_>>(), [false, true, false]);
    let found = store.session_quizzes(session.caller, session.id).await.expect("it is there").quizzes;
    let questions: Vec<&str> = found.iter().map(|it| it.question.as_str()).collect();
    assert_eq!(questions, ["first", "second", "third", "fourth"], "along the lecture, without the other set");
    let outcome = found[0].outcome.as_ref().expect("answered");
    assert_eq!((outcome.answer, outcome.right.as_slice()), (graded[1], &[2][..]));
    assert_eq!(outcome.explanation.as_deref(), Some("because of first"));
    assert_eq!(found[0].choices, ["left", "right", "neither"]);
    assert_eq!(found[3].outcome, None, "the key is not told before the answer");
}

async fn the_first_answer_stays(place: Place) {
    let store = place.open().await;
    let session = watched(&store, "Monads").await;
    let ids = asked(&store, "Monads", &["first"]).await;
    let first = store.answer(session.caller, session.id, &[answer(ids[0], Some(1))]).await.expect("graded");
    let again = store.answer(session.caller, session.id, &[answer(ids[0], Some(2))]).await.expect("no trouble");
    assert_eq!((again.clone(), again[0].correct), (first, false));
    assert_eq!(place.count("answers").await, 1);
    // In another session it is a new question.
    let later = Session::new(session.caller);
    write(&store, &[later.opened(lecture("Monads"), START)]).await;
    assert!(store.answer(later.caller, later.id, &[answer(ids[0], Some(2))]).await.expect("graded")[0].correct);
}

async fn nobody_answers_for_another_or_another_lecture_s(place: Place) {
    let store = place.open().await;
    let (mine, theirs) = (watched(&store, "Monads").await, watched(&store, "Monads").await);
    let ids = asked(&store, "Monads", &["first"]).await;
    watched(&store, "Functors").await;
    let foreign = asked(&store, "Functors", &["foreign"]).await;
    let note = NewNote { quiz: None, lecture_seconds: None, words: "mine".into(), created: START };
    for refused in [
        store.answer(mine.caller, theirs.id, &[answer(ids[0], Some(2))]).await.map(drop),
        store.answer(mine.caller, mine.id, &[answer(ids[0], Some(2)), answer(foreign[0], Some(2))]).await.map(drop),
        store.add_notes(mine.caller, theirs.id, &[note]).await,
        store.session_quizzes(mine.caller, theirs.id).await.map(drop),
    ] {
        assert!(matches!(refused, Err(StoreError::NotFound)), "{refused:?}");
    }
    assert_eq!((place.count("answers").await, place.count("review_notes").await), (0, 0));
}

async fn notes_are_kept(place: Place) {
    let store = place.open().await;
    let session = watched(&store, "Monads").await;
    let ids = asked(&store, "Monads", &["first"]).await;
    let notes = ["one", "two"].map(|words| NewNote {
        quiz: Some(ids[0]),
        lecture_seconds: Some(12.5),
        words: words.to_owned(),
        created: START,
    });
    store.add_notes(session.caller, session.id, &notes).await.expect("kept");
    let found = store.session_quizzes(session.caller, session.id).await.expect("it is there");
    let expected = ["one", "two"].map(|words| ReviewNote {
        quiz: Some(ids[0]),
        lecture_seconds: Some(12.5),
        words: words.to_owned(),
    });
    assert_eq!((found.notes.as_slice(), found.quizzes.len()), (&expected[..], 0));
}

async fn strange_texts_are_kept_as_they_are(place: Place) {
    let store = place.open().await;
    let session = watched(&store, "Monads").await;
    let ids = asked(&store, "Monads", &["'); DROP TABLE quizzes; -- \"<b>\0운영체제"]).await;
    let new = NewQuizSet { quizzes: vec![quiz(f64::NAN, "nowhere"), quiz(f64::INFINITY, "")], ..set(None, &[]) };
    store.add_quiz_set(&lecture("Monads").expect("a lecture"), &new, START).await.expect("kept");
    store.answer(session.caller, session.id, &[answer(ids[0], Some(u32::MAX))]).await.expect("graded");
    let found = store.session_quizzes(session.caller, session.id).await.expect("it is there").quizzes;
    assert_eq!(found[0].question, "'); DROP TABLE quizzes; -- \"<b>운영체제");
}

async fn sets_go_with_their_maker(place: Place) {
    let store = place.open().await;
    let session = watched(&store, "Monads").await;
    let lecture = lecture("Monads").expect("a lecture");
    store.add_quiz_set(&lecture, &set(Some(session.caller), &["first"]), START).await.expect("kept");
    store.erase(session.caller).await.expect("erased");
    assert_eq!((place.count("quizzes").await, place.count("lectures").await), (1, 1));
    store.delete_quiz_sets("somebody else").await.expect("nothing to delete");
    assert_eq!(place.count("choices").await, 3);
    store.delete_quiz_sets("test").await.expect("deleted");
    assert_eq!((place.count("quizzes").await, place.count("choices").await), (0, 0));
}

async fn sums_are_the_caller_s(place: Place) {
    let store = place.open().await;
    let (mine, theirs) = (Session::new(learner(&store).await), Session::new(learner(&store).await));
    let quiet = AttentionEvent { peak: Level::Cue, ..event(3, None) };
    for session in [mine, theirs] {
        let quiet = loa::store::writer::Write {
            caller: session.caller,
            session: session.id,
            what: loa::store::writer::What::Event(quiet),
        };
        let batch = [
            session.opened(None, START),
            session.minute(0),
            session.minute(1),
            session.event(1, Some(START)),
            session.event(2, None),
            quiet,
        ];
        write(&store, &batch).await;
    }
    let old = Session::new(mine.caller);
    write(&store, &[old.opened(None, START.before(std::time::Duration::from_secs(1))), old.minute(0)]).await;
    let attentive_ms = u64::from(totals(0).attentive_ms + totals(1).attentive_ms);
    assert_eq!(store.study(mine.caller, START).await.expect("summed"), Study { sessions: 1, attentive_ms });
    assert_eq!(store.study(mine.caller, START.plus_ms(1)).await.expect("summed"), Study::default());
    let briefs = store.briefs(mine.caller, &[mine.id, theirs.id]).await.expect("summed");
    assert_eq!(briefs.into_iter().collect::<Vec<_>>(), [(mine.id, Brief { attentive_ms, alerts: 2 })]);
}
