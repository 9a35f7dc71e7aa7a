//! Whole runs against servers that behave, or do not.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::class::Manners;
use crate::fake::{self, Asked, Reply, verdict};
use crate::find_max::{self, Wish};
use crate::live::Live;
use crate::profile::Profile;
use crate::rhythm::Pace;
use crate::run::{self, Plan};
use crate::stage::Stage;

fn block_on<T>(task: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(task)
}

fn plan(profile: Profile, milliseconds: u64) -> Plan {
    Plan {
        name: "test".to_owned(),
        profile,
        sockets: 3,
        from: 0,
        warm_up: Duration::ZERO,
        length: Duration::from_millis(milliseconds),
        ramp: 1000.0,
        server: None,
    }
}

fn run(reply: Reply, manners: Manners, plan: Plan) -> Value {
    block_on(async {
        let class = Arc::new(fake::class(reply, manners).await);
        let record = run::run(class, &plan).await.expect("the server is there");
        serde_json::to_value(record.numbers).expect("serialises")
    })
}

/// What three learners report that send five frames each.
fn report(reply: Reply) -> Value {
    run(reply, Manners { pace: Pace::Fixed(50.0), ..Manners::PLAIN }, plan(Profile::Constant, 100))
}

fn counts(report: &Value) -> [u64; 6] {
    ["sent", "answered", "dropped", "errors", "unanswered", "unsent"].map(|key| report[key].as_u64().expect(key))
}

/// The ramp lasts for longer than the clock's tick, which interrupts the wait.
#[test]
fn a_slow_ramp_is_waited_for() {
    block_on(async {
        let reply: Reply = |it| Some(vec![verdict(it.seq, it.captured_ms)]);
        let class = Arc::new(fake::class(reply, Manners::PLAIN).await);
        let mut stage = Stage::new(class.clone(), 1.0, None, Live::new("test", None));
        stage.crowd.resize(4);
        stage.gather().await;
        assert_eq!(class.totals.lock().here, 4);
        stage.close().await;
    });
}

#[test]
fn every_answer_of_a_good_server_is_counted() {
    let report = report(|it| Some(vec![verdict(it.seq, it.captured_ms)]));
    assert_eq!(counts(&report), [15, 15, 0, 0, 0, 0], "{report}");
    assert_eq!(report["connected"], 3);
    assert!(report["p99_ms"].as_f64() > Some(0.0));
}

#[test]
fn drops_errors_and_silence_are_told_apart() {
    let report = report(|Asked { seq, captured_ms, .. }| {
        Some(match seq {
            0 => vec![format!(r#"{{"type":"dropped","seq":{seq},"reason":"expired"}}"#)],
            1 => vec![format!(r#"{{"type":"error","seq":{seq},"code":"internal","message":"","retry":true}}"#)],
            2 => vec![],
            _ => vec![verdict(seq, captured_ms)],
        })
    });
    assert_eq!(counts(&report), [15, 6, 3, 3, 3, 0], "{report}");
    assert_eq!(report["dropped_by_reason"]["expired"], 3);
}

#[test]
fn violations_are_errors_by_their_name() {
    let report = report(|Asked { seq, captured_ms, .. }| {
        let good = verdict(seq, captured_ms);
        Some(match seq {
            0 => vec![good.clone(), good],
            1 => vec![verdict(99, 0), good],
            2 => vec!["{".into(), good],
            3 => vec![verdict(seq, captured_ms + 1)],
            _ => vec![r#"{"type":"news"}"#.into(), good.replace("open", "closed")],
        })
    });
    assert_eq!(counts(&report), [15, 15, 0, 12, 0, 0], "{report}");
    for kind in ["answered_twice", "unknown_seq", "bad_json", "captured_ms"] {
        assert_eq!(report["errors_by_kind"][format!("violation_{kind}")], 3, "{kind}: {report}");
    }
    assert_eq!(report["differing"], 3);
}

#[test]
fn a_server_that_hangs_up_leaves_frames_unanswered_and_unsent() {
    let report = report(|it| (it.seq < 2).then(|| vec![verdict(it.seq, it.captured_ms)]));
    assert_eq!(report["closed"], 3, "{report}");
    assert_eq!(report["errors_by_kind"]["lost"], 3, "{report}");
    let [sent, answered, _, _, unanswered, unsent] = counts(&report);
    assert_eq!((answered, sent + unsent), (6, 15), "{report}");
    assert!(unanswered >= 3);
}

#[test]
fn a_rate_that_is_asked_for_is_kept_or_not() {
    let slower: Reply = |it| {
        let rate = r#"{"type":"rate","frames_per_second":0.5}"#;
        Some(if it.seq == 0 {
            vec![rate.into(), verdict(it.seq, it.captured_ms)]
        } else {
            vec![verdict(it.seq, it.captured_ms)]
        })
    };
    let with = |pace| run(slower, Manners { pace, ..Manners::PLAIN }, plan(Profile::Constant, 400));
    let (obeying, abusive) = (with(Pace::Obeying(50.0)), with(Pace::Fixed(50.0)));
    assert_eq!((obeying["rates_lowered"].as_u64(), abusive["rates_lowered"].as_u64()), (Some(3), Some(3)));
    // A frame or two may be on their way when the wish comes.
    assert!(obeying["sent"].as_u64() < Some(10), "{obeying}");
    assert_eq!(abusive["sent"], 60, "{abusive}");
}

#[test]
fn after_a_storm_all_come_back_to_their_watch_session() {
    let manners = Manners { pace: Pace::Fixed(20.0), return_within_s: 0.1, ..Manners::PLAIN };
    let report = run(|it| Some(vec![verdict(it.seq, it.captured_ms)]), manners, plan(Profile::Storm, 2000));
    assert_eq!((report["recovered"].as_u64(), report["not_recovered"].as_u64()), (Some(3), Some(0)), "{report}");
    assert_eq!(
        (report["closed"].as_u64(), report["errors"].as_u64(), report["here"].as_u64()),
        (Some(0), Some(0), Some(3))
    );
    assert!(report["return_max_ms"].as_f64().is_some_and(|ms| (0.1..2000.0).contains(&ms)), "{report}");
    assert!(report["sent"].as_u64() < Some(120), "nobody sends while away: {report}");
}

#[test]
fn a_search_finds_where_frames_begin_to_be_lost() {
    let full: Reply = |it| {
        let dropped = format!(r#"{{"type":"dropped","seq":{},"reason":"expired"}}"#, it.seq);
        Some(vec![if it.sockets > 23 { dropped } else { verdict(it.seq, it.captured_ms) }])
    };
    let wish = Wish {
        limit_ms: 1000.0,
        from: 8,
        most: 100,
        settle: Duration::from_millis(50),
        step: Duration::from_millis(300),
        confirm: Duration::from_millis(600),
        budget: Duration::MAX,
        ramp: 1000.0,
        server: None,
    };
    let manners = Manners { pace: Pace::Fixed(20.0), ..Manners::PLAIN };
    let found = block_on(async { find_max::find(Arc::new(fake::class(full, manners).await), wish, "test").await });
    assert!((14..=23).contains(&found.held), "{found:#?}");
    assert_eq!((found.record.numbers.lost(), found.record.numbers.here), (0, found.held));
    let of = |word: &str| found.record.steps.iter().filter(|step| step.contains(word)).count();
    assert_eq!(of("confirming"), 1);
    assert!(of("not held") >= 1 && of("hopeless") >= 1, "{found:#?}");
}
