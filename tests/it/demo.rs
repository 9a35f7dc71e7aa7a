//! `loa demo`: the history that it makes, and taking it out again.

use std::process::{Command, Output, Stdio};

use indicatif::ProgressBar;
use loa::report::Report;
use loa::store::{Caller, EndReason, SessionFilter, Store, UtcMs};

use crate::store::place::Place;

/// A Wednesday in November 2026.
const NOW: UtcMs = UtcMs(1_795_597_200_000);

async fn fill(store: &Store) -> (Caller, loa::demo::Made) {
    let made = loa::demo::fill(store, "Demo", 365, NOW, &ProgressBar::hidden()).await.expect("made");
    (Caller::authenticated(made.learner), made)
}

async fn all_sessions(store: &Store, caller: Caller) -> Vec<loa::store::SessionSummary> {
    let mut all = Vec::new();
    for page in 0.. {
        let filter = SessionFilter { page, per_page: 100, ..Default::default() };
        let found = store.sessions(caller, &filter).await.expect("a list").sessions;
        if found.is_empty() {
            return all;
        }
        all.extend(found);
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_year_is_plausible_and_can_be_taken_out_again() {
    let place = Place::sqlite();
    let store = place.open().await;
    let (caller, made) = fill(&store).await;
    assert!((200..320).contains(&made.sessions) && made.answers > 200, "{made:?}");
    let sessions = all_sessions(&store, caller).await;
    assert_eq!(sessions.len(), made.sessions);
    assert_eq!(sessions[0].end_reason, Some(EndReason::End));
    let consent = store.consent(caller).await.expect("asked").expect("given");
    assert_eq!((consent.given, consent.withdrawn), (NOW, None));
    let mut paused = 0;
    for session in &sessions {
        let details = store.session(caller, session.id).await.expect("it is there");
        for off in details.minutes.iter().filter(|minute| minute.paused_ms > 0) {
            let from = session.started.plus_ms(u64::from(off.minute) * 60_000);
            let (until, events) = (from.plus_ms(60_000), &details.events);
            assert!(
                events.iter().all(|it| it.started >= until || it.ended.is_some_and(|ended| ended <= from)),
                "{off:?} {events:?}"
            );
            paused += 1;
        }
        let report = Report::of(&details, NOW, 36_500);
        let minutes = report.length_ms / 60_000;
        assert!((20..=180).contains(&minutes) && session.ended.is_some_and(|ended| ended < NOW), "{session:?}");
        assert_eq!(report.unrecorded_ms, 0, "{session:?}");
        assert!(report.attentive_share().is_some_and(|share| share > 0.2), "{report:?}");
    }
    assert!(paused > 0, "no camera was ever off");
    let quizzes = store.session_quizzes(caller, sessions[0].id).await.expect("it is there").quizzes;
    assert!(quizzes.iter().all(|quiz| quiz.choices.len() == 4), "{quizzes:?}");

    let (other, _) = fill(&store).await;
    assert_ne!(other, caller);
    let real = crate::store::learner(&store).await;
    assert_eq!(loa::demo::remove(&store).await.expect("removed"), 2);
    assert!(store.is_known(real).await.expect("asked"));
    for table in ["watch_sessions", "lectures", "quiz_sets", "answers", "review_notes"] {
        assert_eq!(place.count(table).await, 0, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_learner_has_the_same_history() {
    let (one, two) = (Place::sqlite(), Place::sqlite());
    let (store, again) = (one.open().await, two.open().await);
    let ((caller, made), (same, remade)) = (fill(&store).await, fill(&again).await);
    assert_eq!((caller, made), (same, remade));
    let (sessions, others) = (all_sessions(&store, caller).await, all_sessions(&again, same).await);
    assert_eq!(sessions, others);
    let details = store.session(caller, sessions[7].id).await.expect("it is there");
    assert_eq!(details, again.session(same, sessions[7].id).await.expect("it is there"));
}

fn loa_demo(folder: &std::path::Path, arguments: &[&str]) -> Output {
    let file = |key: &str, name: &str| format!("{key}={}", folder.join(name).display());
    let mut command = Command::new(env!("CARGO_BIN_EXE_loa"));
    command.current_dir(folder).arg("demo").args(arguments).stdin(Stdio::null());
    command.args(["--set", &file("database.path", "loa.sqlite3"), "--set", &file("auth.key_file", "loa.key")]);
    command.args(["--set", "server.bind=0.0.0.0:4567"]).output().expect("the program runs")
}

#[test]
fn the_command_asks_and_prints_a_link() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let asked = loa_demo(folder.path(), &[]);
    assert!(!asked.status.success() && String::from_utf8_lossy(&asked.stderr).contains("say --yes"), "{asked:?}");
    let removed = |output: &Output| String::from_utf8_lossy(&output.stdout).trim().to_owned();
    assert_eq!(removed(&loa_demo(folder.path(), &["--remove", "--yes"])), "0 erased", "nothing was written unasked");
    let made = loa_demo(folder.path(), &["--yes", "--days", "30", "--learner", "지우"]);
    let link = String::from_utf8_lossy(&made.stdout).into_owned();
    assert!(link.starts_with("http://127.0.0.1:4567/enter?token=") && link.lines().count() == 1, "{made:?}");
    let again = loa_demo(folder.path(), &[]);
    let said = String::from_utf8_lossy(&again.stderr);
    assert!(!again.status.success() && said.contains("a demo learner already") && said.contains("say --yes"), "{said}");
    assert_eq!(removed(&loa_demo(folder.path(), &["--remove", "--yes"])), "1 erased");
}
