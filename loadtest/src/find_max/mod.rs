//! The largest number of learners that a server holds.

mod search;

use std::sync::Arc;
use std::time::Duration;

use crate::class::Class;
use crate::live::Live;
use crate::numbers::Numbers;
use crate::run::Record;
use crate::stage::Stage;
use crate::window::Window;

use self::search::Search;

/// From the last learner's coming to the beginning of a step: the first frames of a session are not like the others.
pub const SETTLE: Duration = Duration::from_secs(3);
/// How long a server that a step was too much for has, with few learners, to ask for one frame a second again.
const RECOVER: Duration = Duration::from_secs(15);
/// So few, of those who are to come.
const RECOVER_SHARE: usize = 4;
/// The first step has so many times longer to settle: a server that has just been started is slow at first.
const FIRST: u32 = 3;
/// A step is hopeless when more than this share of its frames is lost, which one bad second cannot do,
const HOPELESS_SHARE: f64 = 0.25;
/// or when half of the answers take this many times the limit, after so many seconds.
const HOPELESS_FACTOR: f64 = 2.0;
const HOPELESS_AFTER: Duration = Duration::from_secs(5);

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Wish {
    /// p99 must be below, ms.
    pub limit_ms: f64,
    /// Learners of the first step.
    pub from: usize,
    /// Learners at the most.
    pub most: usize,
    /// From the last learner's coming to the measuring.
    pub settle: Duration,
    /// How long a step is measured.
    pub step: Duration,
    /// How long the answer is confirmed.
    pub confirm: Duration,
    /// After so long no further step is begun, and what is known is confirmed.
    pub budget: Duration,
    /// Sockets to open a second.
    pub ramp: f64,
    /// The server's process.
    pub server: Option<u32>,
}

/// What was found.
#[derive(Debug, Clone)]
pub struct Found {
    /// Learners that were held; 0 if none.
    pub held: usize,
    /// The confirming run, or the last that failed, with all seconds of the search.
    pub record: Record,
}

/// Why a step does not count as held.
#[derive(Debug, Clone, PartialEq)]
pub struct Failure {
    /// In words.
    pub why: String,
    /// So far off that the step was broken off.
    pub hopeless: bool,
}

/// Searches: grows by half until a step fails twice, halves the gap, confirms.
pub async fn find(class: Arc<Class>, wish: Wish, name: &str) -> Found {
    let mut stage = Stage::new(class, wish.ramp, wish.server, Live::new(name, None));
    stage.open(None);
    let mut search = Search::new(wish.from, wish.most);
    let mut steps = Vec::new();
    let mut numbers = Numbers::default();
    stage.crowd.resize(wish.from);
    stage.gather().await;
    stage.pass(wish.settle * (FIRST - 1)).await;
    loop {
        if stage.class.now() > wish.budget {
            search.hurry();
        }
        let Some(next) = search.next() else { break };
        stage.live.rename(&format!("{name}: {} learners", next.learners));
        let length = if next.confirming { wish.confirm } else { wish.step };
        // One unlucky second shall not decide: what fails is tried once more.
        for attempt in 1..=2 {
            let (seen, failure) = step(&mut stage, wish, next.learners, length).await;
            let kind = if next.confirming { "confirming" } else { "step" };
            let again = if attempt > 1 { " again" } else { "" };
            let line = format!("{kind}{again}: {}", describe(&seen, failure.as_ref()));
            stage.live.say(&line);
            steps.push(line);
            numbers = seen;
            if failure.is_none() || attempt == 2 {
                search.note(failure.is_none());
                break;
            }
        }
    }
    let series = stage.close().await;
    Found { held: search.held(), record: Record { name: name.to_owned(), numbers, steps, series: series.seconds } }
}

async fn step(stage: &mut Stage, wish: Wish, learners: usize, length: Duration) -> (Numbers, Option<Failure>) {
    let recovered = |stage: &Stage| stage.class.totals.lock().lowered == 0;
    if !recovered(stage) {
        stage.crowd.resize(learners / RECOVER_SHARE);
        stage.gather().await;
        stage.pass_until(stage.class.now() + RECOVER, recovered).await;
    }
    stage.crowd.resize(learners);
    stage.gather().await;
    stage.pass(wish.settle).await;
    let mark = stage.begin();
    let mut lowered = 0;
    let end = stage.class.now() + length;
    let begun = stage.class.now();
    stage
        .pass_until(end, |stage| {
            lowered = lowered.max(stage.class.totals.lock().lowered);
            let early = stage.class.now() - begun < HOPELESS_AFTER;
            !early && judge(&stage.peek(mark), wish, learners, lowered).is_some_and(|it| it.hopeless)
        })
        .await;
    let (window, span) = stage.end(mark, 1.0).await;
    let failure = judge(&window, wish, learners, lowered);
    let here = stage.class.totals.lock().here;
    let missing = (here < learners)
        .then(|| Failure { why: format!("{} learners did not get in or were lost", learners - here), hopeless: false });
    (Numbers::new(&window, span), failure.or(missing))
}

/// Whether so many learners are held by what a window saw: each must really get its frame a second.
fn judge(window: &Window, wish: Wish, learners: usize, lowered: usize) -> Option<Failure> {
    let p99 = window.latency.millis(0.99);
    // What is on its way is no loss yet: the last tenth of a second, or the limit.
    let pending = (learners as f64 * wish.limit_ms / 1000.0).ceil() as u64;
    let lost = window.all_dropped() + window.unsent + window.frame_errors + window.refused;
    let unanswered = window.unanswered();
    let share = (lost + unanswered.saturating_sub(pending)) as f64 / window.sent.max(1) as f64;
    let slow = p99 >= wish.limit_ms;
    let hopeless = share > HOPELESS_SHARE || window.latency.millis(0.5) > HOPELESS_FACTOR * wish.limit_ms;
    let reasons = [
        (lost + unanswered > 0).then(|| format!("{} frames lost", lost + unanswered)),
        (window.all_errors() > 0).then(|| format!("{} errors", window.all_errors())),
        (lowered > 0).then(|| format!("the server asks {lowered} learners for fewer frames")),
        slow.then(|| format!("p99 {p99:.1} ms")),
    ];
    let why: Vec<_> = reasons.into_iter().flatten().collect();
    (!why.is_empty()).then(|| Failure { why: why.join(", "), hopeless })
}

fn describe(seen: &Numbers, failure: Option<&Failure>) -> String {
    let Numbers { sockets, elapsed_s, answered_per_s, p50_ms, p99_ms, .. } = seen;
    let verdict = failure.map_or("held".to_owned(), |failure| {
        format!("not held ({}{})", failure.why, if failure.hopeless { ", hopeless" } else { "" })
    });
    format!(
        "{sockets} learners for {elapsed_s:.0} s: {answered_per_s:.0}/s, p50 {p50_ms:.1}, p99 {p99_ms:.1} ms: {verdict}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const WISH: Wish = Wish {
        limit_ms: 100.0,
        from: 100,
        most: 1000,
        settle: Duration::ZERO,
        step: Duration::ZERO,
        confirm: Duration::ZERO,
        budget: Duration::MAX,
        ramp: 100.0,
        server: None,
    };

    fn window(latency_ms: u64, lost: u64) -> Window {
        let mut window = Window { sent: 1000 + lost, answered: 1000, ..Window::default() };
        (0..1000).for_each(|_| window.latency.record(Duration::from_millis(latency_ms)));
        (0..lost).for_each(|_| window.drop_frame("expired"));
        window
    }

    #[test]
    fn only_what_is_fast_and_complete_is_held() {
        assert_eq!(judge(&window(99, 0), WISH, 100, 0), None);
        assert!(judge(&window(99, 1), WISH, 100, 0).is_some_and(|it| !it.hopeless && it.why == "1 frames lost"));
        assert!(judge(&window(101, 0), WISH, 100, 0).is_some_and(|it| !it.hopeless));
        assert!(judge(&window(5, 0), WISH, 100, 3).is_some_and(|it| it.why.contains("3 learners")));
        let mut errors = window(5, 0);
        errors.error("lost", "");
        assert!(judge(&errors, WISH, 100, 0).is_some());
        let unsent = Window { unsent: 1, ..window(5, 0) };
        assert!(judge(&unsent, WISH, 100, 0).is_some());
        let unanswered = Window { sent: 1001, ..window(5, 0) };
        assert!(judge(&unanswered, WISH, 100, 0).is_some_and(|it| !it.hopeless));
    }

    #[test]
    fn what_is_far_off_is_hopeless() {
        assert!(judge(&window(201, 0), WISH, 100, 0).is_some_and(|it| it.hopeless));
        assert!(judge(&window(5, 400), WISH, 100, 0).is_some_and(|it| it.hopeless));
        assert!(judge(&window(5, 100), WISH, 100, 0).is_some_and(|it| !it.hopeless), "a second of twelve was bad");
    }
}
