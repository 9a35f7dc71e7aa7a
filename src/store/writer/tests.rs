//! The writer against a database of the test's own, under paused time.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::time::Instant;

use super::*;
use crate::attention::{Kind, Level};
use crate::store::{LearnerId, QuizId};

const SETTINGS: WriterSettings = WriterSettings {
    buffer_rows: 1000,
    batch_rows: 64,
    coalesce: Duration::from_millis(50),
    timeout: Duration::from_secs(10),
};

/// Remembers batches; away or slow when told so; refuses events whose number is poison.
#[derive(Clone, Default)]
struct Fake(Arc<Mutex<FakeState>>);

#[derive(Default)]
struct FakeState {
    calls: Vec<(Instant, usize)>,
    written: Vec<Write>,
    away: bool,
    hangs: bool,
    poison: Vec<u32>,
}

impl Fake {
    fn state(&self) -> MutexGuard<'_, FakeState> {
        self.0.lock().expect("no test panicked with it")
    }

    fn numbers(&self) -> Vec<u32> {
        self.state().written.iter().map(number).collect()
    }
}

impl Sink for Fake {
    async fn write(&self, batch: &[Write]) -> Result<Written, SinkError> {
        let hangs = {
            let mut state = self.state();
            state.calls.push((Instant::now(), batch.len()));
            state.hangs
        };
        if hangs {
            std::future::pending::<()>().await;
        }
        // A transaction takes a while.
        tokio::time::sleep(Duration::from_millis(5)).await;
        let mut state = self.state();
        if state.away {
            return Err(SinkError::Away("away".to_owned()));
        }
        if batch.iter().any(|write| state.poison.contains(&number(write))) {
            return Err(SinkError::Poison("constraint".to_owned()));
        }
        state.written.extend_from_slice(batch);
        Ok(Written { rows: batch.len(), ..Written::default() })
    }
}

fn number(write: &Write) -> u32 {
    match &write.what {
        What::Event(event) => event.number,
        What::Minute(totals) => totals.minute,
        What::Opened(_) | What::Answer(_) | What::Closed(_) | What::Left(_) => 0,
    }
}

#[derive(Clone, Copy)]
struct Session(Caller, SessionId);

impl Session {
    fn new() -> Self {
        Self(Caller::authenticated(LearnerId::new_id()), SessionId::new_id())
    }

    fn write(self, what: What) -> Write {
        Write { caller: self.0, session: self.1, what }
    }

    fn event(self, number: u32, peak: Level) -> Write {
        let (kind, started) = (Kind::Absent, UtcMs(1));
        self.write(What::Event(AttentionEvent { number, kind, started, ended: None, peak, lecture_seconds: None }))
    }

    fn minute(self, minute: u32) -> Write {
        self.write(What::Minute(MinuteTotals { minute, ..Default::default() }))
    }

    fn answered(self, quiz: QuizId, choice: u32) -> Write {
        let (asked, answered) = (UtcMs(1), UtcMs(2));
        self.write(What::Answer(NewAnswer { quiz, choice: Some(choice), correct: false, asked, answered, took_ms: 1 }))
    }

    fn opened(self) -> Write {
        self.write(What::Opened(Opening { lecture: None, started: UtcMs(1), preset: Preset::Default }))
    }
}

async fn pass(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}

#[tokio::test(start_paused = true)]
async fn idle_writes_go_at_once_and_busy_ones_share_a_batch() {
    let (fake, session) = (Fake::default(), Session::new());
    let writer = Writer::start(fake.clone(), SETTINGS);
    pass(1000).await;
    let began = Instant::now();
    for number in 1..=20 {
        writer.try_write(session.event(number, Level::Note)).expect("it fits");
        pass(2).await;
    }
    pass(1000).await;
    let calls: Vec<_> = fake.state().calls.iter().map(|(at, rows)| ((*at - began).as_millis(), *rows)).collect();
    assert_eq!(calls, [(0, 1), (50, 19)]);
    assert_eq!(fake.numbers(), (1..=20).collect::<Vec<_>>());
    assert_eq!(writer.stats().lag_ms, 0);
}

#[tokio::test(start_paused = true)]
async fn full_batches_do_not_wait() {
    let (fake, session) = (Fake::default(), Session::new());
    let writer = Writer::start(fake.clone(), SETTINGS);
    let began = Instant::now();
    for number in 0..640 {
        writer.try_write(session.event(number, Level::Note)).expect("it fits");
    }
    pass(60).await;
    assert_eq!(fake.numbers(), (0..640).collect::<Vec<_>>());
    assert!(fake.state().calls.iter().all(|(at, rows)| *rows == 64 && *at - began <= Duration::from_millis(50)));
}

#[tokio::test(start_paused = true)]
async fn a_database_that_is_away_is_tried_again_ever_more_slowly() {
    let (fake, session) = (Fake::default(), Session::new());
    fake.state().away = true;
    let writer = Writer::start(fake.clone(), SETTINGS);
    for number in [1, 2, 3] {
        writer.try_write(session.event(number, Level::Note)).expect("it fits");
        pass(1).await;
    }
    pass(60_000).await;
    // What is said anew meanwhile replaces what waits, and keeps its place.
    writer.try_write(session.event(2, Level::Alarm)).expect("it fits");
    let calls = fake.state().calls.len();
    assert!((14..=30).contains(&calls), "{calls} tries in a minute");
    let stats = writer.stats();
    assert_eq!((stats.queued, stats.failures, stats.coalesced), (3, calls as u64, 1));
    assert!(stats.failing_since.is_some() && stats.lag_ms >= 60_000, "{stats:?}");
    fake.state().away = false;
    pass(5100).await;
    let wanted = [(1, Level::Note), (2, Level::Alarm), (3, Level::Note)].map(|(n, peak)| session.event(n, peak));
    assert_eq!(fake.state().written, wanted);
    assert_eq!((writer.stats().failing_since, writer.stats().lag_ms), (None, 0));
}

#[tokio::test(start_paused = true)]
async fn what_is_newer_than_a_failed_batch_wins() {
    let (fake, session) = (Fake::default(), Session::new());
    fake.state().away = true;
    let writer = Writer::start(fake.clone(), SETTINGS);
    writer.try_write(session.event(1, Level::Note)).expect("it fits");
    // The batch is under way now.
    pass(2).await;
    writer.try_write(session.event(1, Level::Alarm)).expect("it fits");
    assert_eq!(writer.stats().queued, 2);
    pass(5).await;
    assert_eq!(writer.stats().queued, 1);
    fake.state().away = false;
    pass(1000).await;
    assert_eq!(fake.state().written, [session.event(1, Level::Alarm)]);
}

#[tokio::test(start_paused = true)]
async fn of_answers_the_first_is_written() {
    let (fake, session) = (Fake::default(), Session::new());
    fake.state().away = true;
    let writer = Writer::start(fake.clone(), SETTINGS);
    let quizzes = [(); 2].map(|()| QuizId(sea_orm::prelude::Uuid::now_v7()));
    writer.try_write(session.answered(quizzes[0], 1)).expect("it fits");
    // The batch with it is under way now, and will fail.
    pass(2).await;
    for choice in [2, 3] {
        writer.try_write(session.answered(quizzes[0], choice)).expect("it fits");
        writer.try_write(session.answered(quizzes[1], choice)).expect("it fits");
    }
    pass(10).await;
    fake.state().away = false;
    pass(1000).await;
    assert_eq!(fake.state().written, [session.answered(quizzes[0], 1), session.answered(quizzes[1], 2)]);
}

#[tokio::test(start_paused = true)]
async fn poison_is_found_by_halving_and_left_out() {
    let (fake, session) = (Fake::default(), Session::new());
    fake.state().poison = vec![5, 40];
    let writer = Writer::start(fake.clone(), SETTINGS);
    for number in 0..64 {
        writer.try_write(session.event(number, Level::Note)).expect("it fits");
    }
    pass(1000).await;
    assert_eq!(fake.numbers(), (0..64).filter(|it| ![5, 40].contains(it)).collect::<Vec<_>>());
    let stats = writer.stats();
    assert_eq!((stats.written, stats.refused, stats.queued, stats.failing_since), (62, 2, 0, None));
    assert!(fake.state().calls.len() < 32, "{} tries", fake.state().calls.len());
}

#[tokio::test(start_paused = true)]
async fn a_full_buffer_keeps_what_matters_most() {
    let (fake, session) = (Fake::default(), Session::new());
    fake.state().away = true;
    let writer = Writer::start(fake, WriterSettings { buffer_rows: 80, ..SETTINGS });
    let taken = |write: &dyn Fn(u32) -> Write| (0..100).filter(|it| writer.try_write(write(*it)).is_ok()).count();
    assert_eq!(taken(&|number| session.minute(number)), 60);
    assert_eq!(taken(&|number| session.event(number, Level::Note)), 10);
    assert_eq!(taken(&|_| Session::new().opened()), 10);
    let stats = writer.stats();
    assert_eq!((stats.queued, stats.capacity, stats.dropped), (80, 80, 40 + 90 + 90));
    pass(10_000).await;
    assert_eq!(writer.stats().queued, 80, "what is being tried keeps its room");
}

#[tokio::test(start_paused = true)]
async fn a_hanging_database_counts_as_away() {
    let (fake, session) = (Fake::default(), Session::new());
    fake.state().hangs = true;
    let writer = Writer::start(fake.clone(), SETTINGS);
    writer.try_write(session.event(1, Level::Note)).expect("it fits");
    pass(10_001).await;
    assert!(writer.stats().failing_since.is_some());
    fake.state().hangs = false;
    pass(1000).await;
    assert_eq!(fake.numbers(), [1]);
}

#[tokio::test(start_paused = true)]
async fn a_drain_writes_what_waits_even_in_a_long_pause() {
    let (fake, session) = (Fake::default(), Session::new());
    fake.state().away = true;
    let writer = Writer::start(fake.clone(), SETTINGS);
    for number in 0..100 {
        writer.try_write(session.event(number, Level::Note)).expect("it fits");
    }
    pass(60_000).await;
    fake.state().away = false;
    let began = Instant::now();
    assert_eq!(writer.drain(Duration::from_secs(5)).await, Drained { written: 100, given_up: 0 });
    assert!(began.elapsed() < Duration::from_millis(300), "{:?}", began.elapsed());
    assert_eq!(writer.try_write(session.event(100, Level::Note)), Err(Dropped));
}

#[tokio::test(start_paused = true)]
async fn a_drain_counts_what_it_gives_up() {
    let (fake, session) = (Fake::default(), Session::new());
    fake.state().hangs = true;
    let writer = Writer::start(fake, SETTINGS);
    for number in 0..100 {
        writer.try_write(session.event(number, Level::Note)).expect("it fits");
    }
    let again = writer.clone();
    let (one, other) =
        tokio::join!(writer.drain(Duration::from_secs(1)), async move { again.drain(Duration::from_secs(2)).await });
    assert_eq!((one, other), (Drained { written: 0, given_up: 100 }, Drained { written: 0, given_up: 100 }));
}

#[tokio::test(start_paused = true)]
async fn a_start_said_anew_keeps_its_place_before_what_followed() {
    let (fake, session) = (Fake::default(), Session::new());
    fake.state().away = true;
    let writer = Writer::start(fake.clone(), WriterSettings { batch_rows: 1, ..SETTINGS });
    writer.try_write(session.opened()).expect("it fits");
    // The batch with it is on its way, and will fail.
    pass(2).await;
    writer.try_write(session.event(1, Level::Alarm)).expect("it fits");
    writer.try_write(session.opened()).expect("it fits");
    pass(10).await;
    fake.state().away = false;
    pass(1000).await;
    assert_eq!(fake.numbers(), [0, 1]);
}
