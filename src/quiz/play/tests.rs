//! Pop-ups and answers, step by step.

use proptest::prelude::*;

use super::*;

const PAUSE: u64 = 5_000;

fn quiz(number: u128, at_s: f64) -> Arc<Quiz> {
    let options = ["a", "b", "c", "d"].map(|it| Choice { text: it.into(), reason: String::new() }).to_vec();
    let id = Uuid::from_u128(number);
    let question = format!("question {number}?");
    Arc::new(Quiz { id, at_s, question, options, key: 2, explanation: None, quote: None, quote_s: None })
}

fn play(places: &[f64]) -> Play {
    let mut play = Play::new(PAUSE);
    places.iter().zip(1..).for_each(|(at, number)| play.add(quiz(number, *at), 0));
    play
}

fn asked(play: &mut Play, now: u64) -> Option<u128> {
    play.ask(now, |_| {}).map(|open| open.quiz.id.as_u128())
}

fn answer(play: &mut Play, number: u128, now: u64) {
    play.answer(Uuid::from_u128(number), Some(2), now).expect("it is open");
}

#[test]
fn a_question_pops_up_at_its_second() {
    let mut play = play(&[130.0, 260.0]);
    assert_eq!((asked(&mut play, 0), play.next(0)), (None, None));
    play.play(120.0, 2.0, None, 1_000);
    assert_eq!(play.next(1_000), Some(6_000));
    assert_eq!((asked(&mut play, 5_990), asked(&mut play, 6_000)), (None, Some(1)));
    assert_eq!(play.next(6_000), None, "one at a time");
    answer(&mut play, 1, 9_000);
    play.play(125.0, 1.0, None, 9_000);
    assert_eq!(asked(&mut play, 30_000), None, "played over once more, answered all the same");
}

#[test]
fn a_player_that_stands_still_reaches_nothing() {
    let mut play = play(&[10.0]);
    play.play(9.0, 0.0, None, 0);
    assert_eq!((play.next(0), asked(&mut play, 50_000)), (None, None));
}

#[test]
fn a_silent_player_is_not_believed_for_ever() {
    let mut play = play(&[100.0]);
    play.play(0.0, 1.0, None, 0);
    for now in (0..200_000).step_by(500) {
        assert_eq!((asked(&mut play, now), play.next(now)), (None, None), "at {now}");
    }
    play.play(99.0, 1.0, None, 200_000);
    assert_eq!(play.next(200_000), Some(201_000));
}

#[test]
fn a_jump_over_questions_asks_the_nearest_ones() {
    let mut play = play(&[10.0, 20.0, 30.0, 40.0, 50.0, 900.0]);
    play.play(0.0, 1.0, None, 0);
    play.play(600.0, 0.0, None, 1_000);
    let mut order = Vec::new();
    let mut now = 1_000;
    while let Some(number) = asked(&mut play, now) {
        order.push(number);
        answer(&mut play, number, now);
        assert_eq!(asked(&mut play, now + PAUSE - 1), None, "the result wants to be read");
        now += PAUSE;
    }
    assert_eq!(order, [3, 4, 5]);
    play.play(0.0, 1.0, None, now);
    assert_eq!(play.next(now), Some(now + 10_000), "what was passed over is asked when its place is played");
}

#[test]
fn who_jumps_back_is_not_asked_about_what_lies_ahead() {
    let mut play = play(&[10.0, 20.0]);
    play.play(0.0, 1.0, None, 0);
    play.play(600.0, 1.0, None, 1_000);
    play.play(15.0, 1.0, None, 1_100);
    assert_eq!(asked(&mut play, 1_200), Some(1));
    answer(&mut play, 1, 1_200);
    assert_eq!(play.next(1_200), Some(1_200 + PAUSE));
    assert_eq!(asked(&mut play, 1_200 + PAUSE), Some(2), "its place was played meanwhile");
}

#[test]
fn what_was_watched_before_the_session_is_not_asked() {
    let mut play = play(&[10.0, 50.0, 100.0]);
    play.play(50.2, 1.0, None, 0);
    assert_eq!(asked(&mut play, 0), Some(2), "just now");
    answer(&mut play, 2, 0);
    assert_eq!(asked(&mut play, PAUSE), None);
}

#[test]
fn questions_that_come_late_are_asked_where_their_place_was_watched() {
    let mut play = play(&[]);
    play.play(100.0, 1.0, None, 0);
    play.add(quiz(1, 50.0), 30_000);
    play.add(quiz(2, 120.0), 30_000);
    play.add(quiz(3, 131.0), 30_000);
    assert_eq!(asked(&mut play, 30_000), Some(2));
    answer(&mut play, 2, 30_000);
    assert_eq!(asked(&mut play, 30_000 + PAUSE), Some(3));
}

#[test]
fn at_the_end_of_the_lecture_all_is_reached() {
    let mut play = play(&[601.0]);
    play.play(590.0, 1.0, Some(600.0), 0);
    play.play(599.5, 0.0, Some(600.0), 9_500);
    assert_eq!(asked(&mut play, 9_500), Some(1));
}

#[test]
fn an_answer_is_graded_in_the_order_shown_and_taken_once() {
    let mut play = play(&[1.0, 2.0]);
    let first = Uuid::from_u128(1);
    assert_eq!(play.answer(first, Some(0), 0), Err(Refusal::NotOpen));
    play.ask_this(first, 100, |order| order.reverse()).expect("it is there");
    assert_eq!(play.answer(first, Some(4), 200), Err(Refusal::NoSuchChoice));
    let graded = play.answer(first, Some(1), 2_100).expect("open");
    assert_eq!((graded.kept, graded.correct, graded.asked, graded.took), (Some(2), true, 100, 2_000));
    assert_eq!(play.answer(first, Some(1), 3_000), Err(Refusal::Answered));
    assert_eq!(play.ask_this(first, 4_000, |_| {}).map(|_| ()), Err(Refusal::Answered));
    assert_eq!(play.answer(Uuid::from_u128(9), None, 0), Err(Refusal::NotOpen));
    let unknown = play.ask_this(Uuid::from_u128(9), 0, |_| {}).map(|_| ());
    assert_eq!(unknown, Err(Refusal::Unknown));
}

#[test]
fn passing_is_an_answer_that_is_not_right() {
    let mut play = play(&[1.0]);
    play.ask_this(Uuid::from_u128(1), 0, |_| {}).expect("it is there");
    let graded = play.answer(Uuid::from_u128(1), None, 10).expect("open");
    assert_eq!((graded.shown, graded.kept, graded.correct), (None, None, false));
}

#[test]
fn a_question_that_is_asked_for_goes_before_the_open_one() {
    let mut play = play(&[1.0, 2.0]);
    play.play(0.0, 1.0, None, 0);
    assert_eq!(asked(&mut play, 1_500), Some(1));
    play.ask_this(Uuid::from_u128(2), 1_600, |_| {}).expect("it is there");
    assert_eq!(play.answer(Uuid::from_u128(1), Some(0), 1_700), Err(Refusal::NotOpen));
    answer(&mut play, 2, 1_800);
    let open = play.ask(1_800 + PAUSE, |order| order.reverse()).expect("it comes back");
    assert_eq!(
        (open.quiz.id, open.asked, open.order[0]),
        (Uuid::from_u128(1), 1_500, 0),
        "the same, and its time runs on"
    );
}

#[test]
fn another_set_leaves_what_is_open_to_be_answered() {
    let mut play = play(&[1.0, 2.0]);
    play.ask_this(Uuid::from_u128(1), 0, |_| {}).expect("it is there");
    play.clear();
    play.add(quiz(7, 3.0), 0);
    answer(&mut play, 1, 10);
    play.clear();
    play.add(quiz(1, 1.0), 20);
    assert_eq!(play.answer(Uuid::from_u128(1), Some(0), 20), Err(Refusal::Answered));
    assert_eq!(play.ask_this(Uuid::from_u128(2), 20, |_| {}).map(|_| ()), Err(Refusal::Unknown));
}

#[test]
fn one_set_after_the_other_fills_no_memory() {
    let mut play = Play::new(0);
    for number in 1..=2_000 {
        play.add(quiz(number, number as f64), 0);
        play.ask_this(Uuid::from_u128(number), 0, |_| {}).expect("it is there");
        answer(&mut play, number, 0);
        if number % 100 == 0 {
            play.clear();
        }
    }
    assert_eq!(play.items.len(), REMEMBERED);
    assert_eq!(play.answered(Uuid::from_u128(2_000)), Some(true));
}

#[derive(Debug, Clone)]
enum Step {
    Play(f64, f64),
    Ask,
    Open(u128),
    Answer(u128, Option<usize>),
    Add(u128, f64),
    Clear,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (-1.0..700.0_f64, prop_oneof![Just(0.0), Just(1.0), Just(16.0)]).prop_map(|(p, s)| Step::Play(p, s)),
        Just(Step::Ask),
        (0..12_u128).prop_map(Step::Open),
        (0..12_u128, proptest::option::of(0..6_usize)).prop_map(|(id, choice)| Step::Answer(id, choice)),
        (0..12_u128, 0.0..700.0_f64).prop_map(|(id, at)| Step::Add(id, at)),
        Just(Step::Clear),
    ]
}

proptest! {
    #[test]
    fn nothing_is_asked_twice_at_once_nor_graded_twice(steps in proptest::collection::vec((step(), 0..20_000_u64), 0..200)) {
        let mut play = Play::new(PAUSE);
        let mut now = 0;
        let mut graded = std::collections::HashSet::new();
        for (step, wait) in steps {
            now += wait;
            match step {
                Step::Play(position, speed) => play.play(position, speed, Some(600.0), now),
                Step::Ask => {
                    let before = play.open().is_some();
                    let after = play.ask(now, |_| {}).map(|open| open.quiz.id);
                    prop_assert!(!(before && after.is_some()));
                    prop_assert!(after.is_none_or(|id| !graded.contains(&id)));
                }
                Step::Open(id) => drop(play.ask_this(Uuid::from_u128(id), now, |_| {}).cloned()),
                Step::Answer(id, choice) => {
                    if let Ok(one) = play.answer(Uuid::from_u128(id), choice, now) {
                        prop_assert!(graded.insert(one.quiz.id), "graded once");
                    }
                }
                Step::Add(id, at) => play.add(quiz(id, at), now),
                Step::Clear => play.clear(),
            }
            if let Some(next) = play.next(now) {
                prop_assert!(next >= now);
            }
        }
    }
}
