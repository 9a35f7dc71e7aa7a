//! How many rows a second the writer takes.

use std::time::{Duration, Instant};

use loa::attention::{Kind, Level, Preset};
use loa::config::Config;
use loa::store::writer::{Closing, Opening, What, Write, WriterSettings};
use loa::store::{
    AttentionEvent, Caller, EndReason, LearnerId, Lecture, MinuteTotals, NewGuest, SessionId, Store, UtcMs, Writer,
};

const SESSIONS: usize = 1000;
const MINUTES: u32 = 10;
const EVENTS: u32 = 5;

pub async fn rows_per_second(name: &str, config: &Config) -> anyhow::Result<f64> {
    let store = Store::connect(&config.database).await?;
    store.migrate_up().await?;
    let now = UtcMs::now();
    let mut sessions = Vec::new();
    for _ in 0..SESSIONS {
        let caller = Caller::authenticated(LearnerId::new_id());
        store.add_guest(caller, NewGuest::default(), now).await?;
        sessions.push((caller, SessionId::new_id()));
    }
    let writer = Writer::start(store.clone(), WriterSettings::from(&config.database));
    let started = Instant::now();
    let mut offered = 0;
    // All sessions in turn, as their minutes and events come.
    for step in 0..=MINUTES + 1 {
        for (caller, session) in &sessions {
            for what in writes(step, now) {
                offered += 1;
                anyhow::ensure!(
                    writer.try_write(Write { caller: *caller, session: *session, what }).is_ok(),
                    "no room"
                );
            }
        }
        // The next minute's rows do not come before the last one's have begun to be written.
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    writer.drain(Duration::from_secs(120)).await;
    let seconds = started.elapsed().as_secs_f64();
    let stats = writer.stats();
    anyhow::ensure!(stats.dropped + stats.refused + stats.given_up == 0, "rows were lost: {stats:?}");
    store.close().await;
    let rate = stats.written as f64 / seconds;
    println!(
        "{name:<11} {offered} writes became {} rows in {} transactions within {seconds:.2} s: {rate:.0} rows/s",
        stats.written, stats.batches
    );
    Ok(rate)
}

fn writes(step: u32, now: UtcMs) -> Vec<What> {
    let lecture = || Lecture::new("https://example.com/lecture", Some("Course"), Some("Lecture"));
    match step {
        0 => vec![What::Opened(Opening { lecture: lecture(), started: now, preset: Preset::Default })],
        step if step <= MINUTES => {
            let mut writes =
                vec![What::Minute(MinuteTotals { minute: step - 1, attentive_ms: 60_000, ..Default::default() })];
            // Each is told when it begins, and again when it ends two minutes later.
            writes.extend((step <= EVENTS).then(|| event(step, now, None)));
            writes.extend((step > 2 && step <= EVENTS + 2).then(|| event(step - 2, now, Some(now.plus_ms(9_000)))));
            writes
        }
        _ => vec![What::Closed(Closing { ended: now.plus_ms(600_000), reason: EndReason::End, lecture_seconds: None })],
    }
}

fn event(number: u32, now: UtcMs, ended: Option<UtcMs>) -> What {
    let peak = Level::PreAlarm;
    What::Event(AttentionEvent { number, kind: Kind::EyesClosed, started: now, ended, peak, lecture_seconds: None })
}
