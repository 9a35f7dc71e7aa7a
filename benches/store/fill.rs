//! A database of 100,000 sessions, made by the databases themselves.

use loa::attention::{Kind, Level, Preset};
use loa::config::Config;
use loa::store::writer::{Closing, Opening, What, Write, WriterSettings};
use loa::store::{
    AttentionEvent, Caller, EndReason, LearnerId, Lecture, MinuteTotals, NewGuest, SessionId, Store, UtcMs, Writer,
};
use sea_orm::ConnectionTrait as _;

const DAY: i64 = 86_400_000;

/// 500 learners with 200 sessions each over a year, of 20 minutes and 4 events; 200 lectures.
const ROWS: [&str; 5] = [
    "INSERT INTO learners (id, created_ms, display_name, kind) SELECT {id}, {now} - 366 * {day}, 'Learner ' || n, 'guest' FROM {n500}",
    "INSERT INTO lectures (id, url, course, title) SELECT {id}, 'https://example.com/lectures/' || n, 'Course ' || n / 20, 'Lecture ' || n FROM {n200}",
    "INSERT INTO watch_sessions (id, learner_id, lecture_id, course, title, started_ms, ended_ms, end_reason, preset)
     SELECT {id}, l.id, t.id, t.course, t.title, {now} - 365 * {day} + n * {day} * 9 / 5, {now} - 365 * {day} + n * {day} * 9 / 5 + 1200000, 'end', 'default'
     FROM learners l, {n200} JOIN lectures t ON t.url = 'https://example.com/lectures/' || n",
    "INSERT INTO attention_events (session_id, number, kind, started_ms, ended_ms, peak)
     SELECT s.id, n, 'eyes_closed', s.started_ms + n * 200000, s.started_ms + n * 200000 + 9000, 'pre_alarm' FROM watch_sessions s, {n4}",
    "INSERT INTO attention_minutes (session_id, minute, attentive_ms, eyes_closed_ms, drowsy_ms, absent_ms, slumped_ms, looking_away_ms, unknown_ms, paused_ms, frames)
     SELECT s.id, n - 1, 50000, 5000, 0, 5000, 0, 0, 0, 0, 60 FROM watch_sessions s, {n20}",
];

/// For each lecture 20 sets with three quizzes and some recommendations, so that sets are many as well; and a note for each
/// session.
const SETS: [&str; 4] = [
    "INSERT INTO quiz_sets (id, lecture_id, maker, created_ms, finished_ms, transcript_hash, recipe)
     SELECT {id}, l.id, 'model', {now}, {now}, 'hash ' || n, 'recipe' FROM lectures l, {n20}",
    "INSERT INTO quizzes (id, set_id, position, lecture_seconds, question)
     SELECT {id}, s.id, n + 1, n * 60, 'What does a page table hold?' FROM quiz_sets s, {n4}",
    "INSERT INTO recommendations (learner_id, set_id, created_ms)
     SELECT l.id, s.id, 0 FROM learners l, quiz_sets s WHERE l.display_name IN ('Learner 1', 'Learner 2', 'Learner 3')",
    "INSERT INTO review_notes (id, learner_id, session_id, words, created_ms)
     SELECT {id}, s.learner_id, s.id, 'It maps pages to frames.', s.ended_ms FROM watch_sessions s",
];

/// Of everybody who has not answered the first quiz yet, so that answers are many as well.
const ANSWERS: &str = "INSERT INTO answers (learner_id, quiz_id, session_id, choice, correct, answered_ms)
    SELECT s.learner_id, q.id, s.id, 1, true, s.ended_ms FROM watch_sessions s JOIN quizzes q ON q.position = 1
    WHERE s.id NOT IN (SELECT session_id FROM answers)";

/// The learner whose page is measured, and the session.
pub struct Subject {
    pub caller: Caller,
    pub session: SessionId,
}

pub async fn fill(config: &Config) -> anyhow::Result<Subject> {
    let store = Store::connect(&config.database).await?;
    store.migrate_up().await?;
    let raw = super::raw(config).await?;
    let sqlite = config.database.url.is_empty();
    let series = |n: u32| match sqlite {
        true => {
            format!("(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {n}) SELECT n FROM c) c")
        }
        false => format!("(SELECT n FROM generate_series(1, {n}) n) c"),
    };
    for rows in ROWS.iter().chain(&SETS) {
        let mut sql = rows.replace("{id}", if sqlite { "randomblob(16)" } else { "gen_random_uuid()" });
        sql = sql.replace("{now}", &UtcMs::now().0.to_string()).replace("{day}", &format!("CAST({DAY} AS bigint)"));
        for n in [500, 200, 20, 4] {
            sql = sql.replace(&format!("{{n{n}}}"), &series(n));
        }
        raw.execute_unprepared(&sql).await?;
    }
    let subject = subject(&store, config).await?;
    quizzes(&raw, sqlite, &subject).await?;
    raw.execute_unprepared(ANSWERS).await?;
    raw.execute_unprepared("ANALYZE").await?;
    raw.close().await?;
    store.close().await;
    Ok(subject)
}

/// Three hours, with all that a page shows.
async fn subject(store: &Store, config: &Config) -> anyhow::Result<Subject> {
    let caller = Caller::authenticated(LearnerId::new_id());
    let session = SessionId::new_id();
    let started = UtcMs(UtcMs::now().0 - DAY);
    store.add_guest(caller, NewGuest { name: Some("Jiwoo"), ..NewGuest::default() }, started).await?;
    let writer = Writer::start(store.clone(), WriterSettings::from(&config.database));
    let lecture = Lecture::new("https://example.com/lectures/long", Some("Course"), Some("The long lecture"));
    let mut writes = vec![What::Opened(Opening {
        lecture: lecture.map(|it| it.lasting(Some(10_800.0))),
        started,
        preset: Preset::Default,
    })];
    writes.extend((0..180).map(|minute| {
        What::Minute(MinuteTotals {
            minute,
            attentive_ms: 45_000,
            eyes_closed_ms: 5_000,
            absent_ms: 5_000,
            looking_away_ms: 5_000,
            frames: 60,
            lecture_seconds: Some(f64::from(minute) * 60.0),
            ..Default::default()
        })
    }));
    writes.extend((1..=40).map(|number| {
        let onset = started.plus_ms(u64::from(number) * 250_000);
        What::Event(AttentionEvent {
            number,
            kind: [Kind::EyesClosed, Kind::Absent, Kind::Drowsy, Kind::LookingAway][number as usize % 4],
            started: onset,
            ended: Some(onset.plus_ms(20_000)),
            peak: [Level::Alarm, Level::PreAlarm, Level::Cue][number as usize % 3],
            lecture_seconds: Some(f64::from(number) * 250.0),
        })
    }));
    let ended = started.plus_ms(10_800_000);
    writes.push(What::Closed(Closing { ended, reason: EndReason::End, lecture_seconds: Some(10_800.0) }));
    for what in writes {
        writer.try_write(Write { caller, session, what })?;
    }
    writer.drain(std::time::Duration::from_secs(60)).await;
    Ok(Subject { caller, session })
}

/// 30 of them, answered, with four choices each.
async fn quizzes(raw: &sea_orm::DatabaseConnection, sqlite: bool, subject: &Subject) -> anyhow::Result<()> {
    let id = |uuid: uuid::Uuid| if sqlite { format!("x'{}'", uuid.simple()) } else { format!("'{uuid}'") };
    let (learner, session) = (id(subject.caller.learner().0), id(subject.session.0));
    let set = id(uuid::Uuid::now_v7());
    raw.execute_unprepared(&format!(
        "INSERT INTO quiz_sets (id, lecture_id, made_by, maker, created_ms) SELECT {set}, lecture_id, {learner}, 'cloze', 0 FROM watch_sessions WHERE id = {session}"
    )).await?;
    for n in 1..=30 {
        let quiz = id(uuid::Uuid::now_v7());
        raw.execute_unprepared(&format!(
            "INSERT INTO quizzes (id, set_id, position, lecture_seconds, question, explanation) VALUES ({quiz}, {set}, {n}, {n} * 300, 'What does a page table hold?', 'It maps pages to frames.')"
        )).await?;
        for choice in 1..=4 {
            raw.execute_unprepared(&format!("INSERT INTO choices (quiz_id, position, words, correct) VALUES ({quiz}, {choice}, 'Choice number {choice}', {choice} = 1)")).await?;
        }
        raw.execute_unprepared(&format!("INSERT INTO answers (learner_id, quiz_id, session_id, choice, correct, answered_ms) VALUES ({learner}, {quiz}, {session}, {n} % 4 + 1, {n} % 4 = 0, 0)")).await?;
    }
    Ok(())
}
