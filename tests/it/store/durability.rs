//! An alert's event survives kill -9 of the server one second later.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use loa::store::writer::WriterSettings;
use loa::store::{Caller, EndReason, LearnerId, SessionId, Store, Writer};
use sea_orm::prelude::Uuid;

use super::place::{Place, settings};
use super::{START, Session, event, learner, lecture, on_both};

const TRIES: usize = 3;
/// database.url, database.path, learner, session: set for the process that is killed. Not LOA_...: that is a setting.
const CHILD: &str = "STORE_TEST_WRITE_AND_WAIT";

on_both!(events_survive_kill_9);

async fn events_survive_kill_9(place: Place) {
    let store = place.open().await;
    for _ in 0..TRIES {
        let session = Session::new(learner(&store).await);
        let (learner, id) = (session.caller.learner().0, session.id.0);
        let (url, path) = (place.settings.url.secret(), place.settings.path.display());
        let mut child = Command::new(std::env::current_exe().expect("this very program"))
            .args(["--exact", "store::durability::write_and_wait", "--nocapture"])
            .env(CHILD, format!("{url}\n{path}\n{learner}\n{id}"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("it runs");
        let said = BufReader::new(child.stdout.take().expect("piped")).lines();
        assert!(said.map_while(Result::ok).any(|line| line.ends_with("alert sent")), "it ended before its alert");
        tokio::time::sleep(Duration::from_secs(1)).await;
        child.kill().expect("killed");
        child.wait().expect("dead");
        // What the next start does.
        let store = Store::open(&place.settings).await.expect("it opens");
        store.tidy_at_start(START.plus_ms(3_600_000)).await.expect("tidied");
        let found = store.session(session.caller, session.id).await.expect("it is there");
        assert_eq!(found.summary.end_reason, Some(EndReason::Crash));
        let onset = event(7, None).started;
        assert_eq!(found.events.iter().map(|it| (it.number, it.started)).collect::<Vec<_>>(), [(7, onset)]);
    }
}

/// No test of its own: what the process does that is killed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn write_and_wait() {
    let Ok(task) = std::env::var(CHILD) else { return };
    let task: Vec<&str> = task.lines().collect();
    let id = |text: &str| Uuid::parse_str(text).expect("an id");
    let settings = settings(&[&format!("database.url={}", task[0]), &format!("database.path={}", task[1])]);
    let store = Store::open(&settings).await.expect("it opens");
    let caller = Caller::authenticated(LearnerId(id(task[2])));
    let session = Session { caller, id: SessionId(id(task[3])) };
    let writer = Writer::start(store, WriterSettings::from(&settings));
    writer.try_write(session.opened(lecture("Monads"), START)).expect("it fits");
    writer.try_write(session.event(7, None)).expect("it fits");
    // As the server sends the alert: right after, without waiting.
    println!("\nalert sent");
    std::future::pending::<()>().await;
}
