//! Answers are kept as they were graded, once, and seen with their key only by who answered.

use loa::attention::Level;
use loa::store::{
    AttentionEvent, Brief, Choice, HandSet, NewNote, NewQuiz, NewSet, NoteSource, QuizId, Quote, ReviewNote,
    SessionQuizzes, Source, Store, StoreError, Study,
};

use super::place::Place;
use super::{START, Session, event, learner, lecture, on_both, totals, write};

on_both!(
    answers_are_kept_and_read_back,
    the_first_answer_stays,
    nobody_answers_for_another,
    notes_are_kept_once,
    strange_texts_are_kept_as_they_are,
    sets_go_with_their_maker,
    sums_are_the_caller_s,
);

pub fn quiz(at_s: f64, question: &str) -> NewQuiz {
    let choices = ["left", "right", "neither"].map(|words| Choice {
        words: words.to_owned(),
        correct: words == "right",
        reason: Some(format!("why {words}")),
    });
    NewQuiz {
        at_s,
        question: question.to_owned(),
        explanation: Some(format!("because of {question}")),
        choices: choices.to_vec(),
        quote: Some(format!("they said {question}")),
        context: Some(format!("and they said {question}, yes")),
        cue_start_s: Some(at_s / 2.0),
        cue_end_s: Some(at_s),
    }
}

/// At 10, 20, ... seconds.
pub fn quizzes(questions: &[&str]) -> Vec<NewQuiz> {
    questions.iter().zip(1..).map(|(it, at)| quiz(f64::from(at) * 10.0, it)).collect()
}

pub fn hand_set(title: &str, questions: &[&str]) -> HandSet {
    HandSet { title: Some(title.to_owned()), quizzes: quizzes(questions) }
}

/// 100 quizzes of some 7,500 bytes: eleven such sets are as much as a learner may have.
pub fn large_set(mark: &str) -> HandSet {
    let choice = |n: usize| Choice { words: format!("{mark}{n}"), correct: n == 0, reason: Some("r".repeat(1000)) };
    let large = |n: u32| NewQuiz {
        question: format!("{mark} {}", "q".repeat(500)),
        explanation: Some("e".repeat(1000)),
        choices: (0..6).map(choice).collect(),
        ..quiz(f64::from(n), mark)
    };
    HandSet { title: Some("Mine".to_owned()), quizzes: (0..100).map(large).collect() }
}

pub fn new_set() -> NewSet {
    NewSet {
        made_by: None,
        source: Source::Llm,
        maker: "test".to_owned(),
        recipe: Some("test 1".to_owned()),
        hash: Some("hash".to_owned()),
        language: Some("kor".to_owned()),
        title: Some("A title".to_owned()),
    }
}

pub fn note(quiz: QuizId, words: &str) -> NewNote {
    let (words, keyword) = (words.to_owned(), Some(format!("{words}!")));
    NewNote { quiz, lecture_seconds: Some(12.5), keyword, words, source: NoteSource::Llm, created: START }
}

pub async fn watched(store: &Store, title: &str) -> Session {
    let session = Session::new(learner(store).await);
    write(store, &[session.opened(lecture(title), START)]).await;
    session
}

/// A finished set; added from the last to the first.
pub async fn asked(store: &Store, title: &str, questions: &[&str]) -> Vec<QuizId> {
    let lecture = lecture(title).expect("a lecture");
    let set = store.begin_set(&lecture, &new_set(), START).await.expect("begun");
    let mut backwards = quizzes(questions);
    backwards.reverse();
    let mut ids = store.add_quizzes(set, &backwards).await.expect("added");
    store.finish_set(set, START).await.expect("finished");
    ids.reverse();
    ids
}

async fn seen(store: &Store, session: Session) -> SessionQuizzes {
    store.session_quizzes(session.caller, session.id).await.expect("it is there")
}

async fn answers_are_kept_and_read_back(place: Place) {
    let store = place.open().await;
    let session = watched(&store, "Monads").await;
    let ids = asked(&store, "Monads", &["first", "second", "third", "fourth"]).await;
    asked(&store, "Monads", &["of another set"]).await;
    let given = [
        session.answered(ids[2], None, false),
        session.answered(ids[0], Some(2), true),
        session.answered(ids[1], Some(1), false),
    ];
    assert_eq!(write(&store, &given).await.rows, 3);
    let SessionQuizzes { quizzes: found, left, .. } = seen(&store, session).await;
    let questions: Vec<&str> = found.iter().map(|it| it.question.as_str()).collect();
    assert_eq!(questions, ["first", "second", "third"], "along the lecture, and nothing of what may be asked yet");
    assert_eq!(left, 0, "while the session lasts");
    let outcome = &found[0].outcome;
    let answer = outcome.answer;
    assert_eq!((answer.choice, answer.correct, answer.took_ms), (Some(2), true, Some(2500)));
    assert_eq!((answer.answered, outcome.right.as_slice()), (START.plus_ms(2500), &[2][..]));
    assert_eq!(outcome.explanation.as_deref(), Some("because of first"));
    assert_eq!(outcome.quote, Some(Quote { words: "they said first".to_owned(), start_s: Some(5.0) }));
    let reasons = |n: usize| {
        let outcome = &found[n].outcome;
        (outcome.chosen_reason.as_deref(), outcome.right_reason.as_deref())
    };
    assert_eq!(reasons(1), (Some("why left"), Some("why right")));
    assert_eq!(reasons(2), (None, Some("why right")), "passed");
    assert_eq!(found[0].choices, ["left", "right", "neither"]);
    write(&store, &[session.closed(START.plus_ms(9000), loa::store::EndReason::End)]).await;
    let after = seen(&store, session).await;
    assert_eq!((after.quizzes, after.left), (found, 1), "one of the same set");
}

async fn the_first_answer_stays(place: Place) {
    let store = place.open().await;
    let session = watched(&store, "Monads").await;
    let ids = asked(&store, "Monads", &["first"]).await;
    write(&store, &[session.answered(ids[0], Some(1), false)]).await;
    let again = write(&store, &[session.answered(ids[0], Some(2), true), session.answered(ids[0], None, false)]).await;
    assert_eq!((again.rows, again.refused), (2, 0), "no trouble");
    let kept = async |session: Session| {
        let found = store.session_quizzes(session.caller, session.id).await.expect("it is there").quizzes;
        found[0].outcome.answer.correct
    };
    assert!(!kept(session).await);
    assert_eq!(place.count("answers").await, 1);
    // In another session it is a new question; what opens, answers and ends in one batch is kept.
    let later = Session::new(session.caller);
    let batch = [
        later.closed(START.plus_ms(9000), loa::store::EndReason::End),
        later.answered(ids[0], Some(2), true),
        later.opened(lecture("Monads"), START),
    ];
    assert_eq!(write(&store, &batch).await.rows, 3);
    assert!(kept(later).await);
}

async fn nobody_answers_for_another(place: Place) {
    let store = place.open().await;
    let (mine, theirs) = (watched(&store, "Monads").await, watched(&store, "Monads").await);
    let ids = asked(&store, "Monads", &["first"]).await;
    let stolen = Session { caller: mine.caller, id: theirs.id };
    let gone = QuizId(sea_orm::prelude::Uuid::now_v7());
    let batch = [
        stolen.answered(ids[0], Some(2), true),
        mine.answered(gone, Some(1), true),
        mine.answered(ids[0], Some(2), true),
    ];
    let written = write(&store, &batch).await;
    assert_eq!(
        (written.rows, written.refused, written.erased),
        (1, 1, 1),
        "of a batch, only what is wrong is passed over"
    );
    for refused in [
        store.add_notes(mine.caller, theirs.id, &[note(ids[0], "mine")]).await,
        store.session_quizzes(mine.caller, theirs.id).await.map(drop),
    ] {
        assert!(matches!(refused, Err(StoreError::NotFound)), "{refused:?}");
    }
    assert_eq!((place.count("answers").await, place.count("review_notes").await), (1, 0));
}

async fn notes_are_kept_once(place: Place) {
    let store = place.open().await;
    let session = watched(&store, "Monads").await;
    let ids = asked(&store, "Monads", &["first", "second"]).await;
    let gone = QuizId(sea_orm::prelude::Uuid::now_v7());
    let add = async |notes: &[NewNote]| store.add_notes(session.caller, session.id, notes).await.expect("kept");
    add(&[note(ids[0], "one"), note(ids[0], "one again"), note(gone, "none")]).await;
    // Another server, or the same once more.
    let (late, two) = ([note(ids[0], "late"), note(ids[1], "two")], [note(ids[1], "two")]);
    tokio::join!(add(&late), add(&two));
    let found = store.session_quizzes(session.caller, session.id).await.expect("it is there");
    let expected = [(0, "one"), (1, "two")].map(|(n, words)| ReviewNote {
        quiz: Some(ids[n]),
        lecture_seconds: Some(12.5),
        keyword: Some(format!("{words}!")),
        words: words.to_owned(),
    });
    assert_eq!((found.notes.as_slice(), found.quizzes.len()), (&expected[..], 0));
}

async fn strange_texts_are_kept_as_they_are(place: Place) {
    let store = place.open().await;
    let session = watched(&store, "Monads").await;
    let ids = asked(&store, "Monads", &["'); DROP TABLE quizzes; -- \"<b>\0운영체제"]).await;
    let set = store.begin_set(&lecture("Monads").expect("a lecture"), &new_set(), START).await.expect("begun");
    let strange = [quiz(f64::NAN, "nowhere"), quiz(f64::INFINITY, ""), quiz(1.0, &"가".repeat(5000))];
    store.add_quizzes(set, &strange).await.expect("kept");
    let kept = store.load_set(set).await.expect("loaded").expect("it is there").quizzes;
    let places: Vec<f64> = kept.iter().map(|it| it.quiz.at_s).collect();
    assert_eq!((places.as_slice(), kept[1].quiz.question.chars().count()), (&[0.0, 1.0, 604_800.0][..], 4000));
    write(&store, &[session.answered(ids[0], Some(u32::MAX), false)]).await;
    let found = store.session_quizzes(session.caller, session.id).await.expect("it is there").quizzes;
    assert_eq!(found[0].question, "'); DROP TABLE quizzes; -- \"<b>운영체제");
}

async fn sets_go_with_their_maker(place: Place) {
    let store = place.open().await;
    let session = watched(&store, "Monads").await;
    let set = NewSet { made_by: Some(session.caller), ..new_set() };
    let set = store.begin_set(&lecture("Monads").expect("a lecture"), &set, START).await.expect("begun");
    store.add_quizzes(set, &quizzes(&["first"])).await.expect("added");
    store.erase(session.caller).await.expect("erased");
    assert_eq!((place.count("quizzes").await, place.count("lectures").await), (1, 1));
    let left = store.load_set(set).await.expect("loaded").expect("it is there");
    assert_eq!((left.made_by, left.title, left.maker.as_str()), (None, None, "test"));
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
    let brief = Brief { attentive_ms, frames: 100, alerts: 2, ..Brief::default() };
    assert_eq!(briefs.into_iter().collect::<Vec<_>>(), [(mine.id, brief)]);
    let ids = asked(&store, "Monads", &["first", "second", "third"]).await;
    let answers = [(ids[0], Some(2), true), (ids[1], Some(1), false), (ids[2], None, false)];
    for session in [old, theirs] {
        write(&store, &answers.map(|(quiz, choice, correct)| session.answered(quiz, choice, correct))).await;
    }
    let brief = store.briefs(mine.caller, &[old.id, theirs.id]).await.expect("summed").remove(&old.id);
    assert_eq!(brief.map(|it| (it.answers, it.right, it.frames)), Some((3, 1, 50)));
}
