//! What one run or one window of it comes to, as numbers.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::fairness::jain;
use crate::latency::round;
use crate::monitor::Usage;
use crate::window::Window;

/// What a window was, beside what was seen in it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Span {
    /// How long frames were sent.
    pub elapsed: Duration,
    /// Learners that were asked for.
    pub sockets: usize,
    /// Learners that were there, with those who had no verdict.
    pub here: usize,
    /// Frames a second and learner that were asked for.
    pub rate: f64,
    /// The server's process, before and after.
    pub server: Option<(Usage, Usage)>,
    /// The generator's, likewise.
    pub own: Option<(Usage, Usage)>,
    /// Whether Ctrl-C ended it.
    pub interrupted: bool,
}

/// Times are milliseconds unless they end in `_s`; latencies count from the moment a frame was due, lags from there to its sending.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Numbers {
    /// Frames handed to a socket.
    pub sent: u64,
    /// Verdicts.
    pub answered: u64,
    /// Frames that the server did not look at, and said so.
    pub dropped: u64,
    /// What went wrong: `error` messages, failed connects, broken sockets, violations of docs/protocol.md.
    pub errors: u64,
    /// From due to verdict.
    pub p50_ms: f64,
    /// The same.
    pub p95_ms: f64,
    /// The same.
    pub p99_ms: f64,
    /// The same.
    pub max_ms: f64,
    /// The same.
    pub mean_ms: f64,
    /// Frames with neither verdict nor `dropped` nor `error`.
    pub unanswered: u64,
    /// Frames that were due, on sockets that were blocked or gone.
    pub unsent: u64,
    /// Verdicts a second.
    pub answered_per_s: f64,
    /// The generator's own lateness.
    pub lag_p50_ms: f64,
    /// The same.
    pub lag_p99_ms: f64,
    /// The same.
    pub lag_max_ms: f64,
    /// Learners asked for.
    pub sockets: usize,
    /// Learners that were there at the end.
    pub here: usize,
    /// Welcomes, with those of learners that came back.
    pub connected: u64,
    /// Upgrades that were answered with HTTP 503.
    pub refused: u64,
    /// Sockets that ended before their time.
    pub closed: u64,
    /// Frames a second and learner, asked for.
    pub rate: f64,
    /// How long.
    pub elapsed_s: f64,
    /// Whether Ctrl-C ended it.
    pub interrupted: bool,
    /// Jain's index of verdicts by learner.
    pub fairness: f64,
    /// Verdicts on plain files that differ from the file's first one.
    pub differing: u64,
    /// Share of verdicts that say what the frame shows; none where nothing was shown. By attentive, dozing, away.
    pub right: [Option<f64>; 3],
    /// Alerts that a frame tipped.
    pub alerts: u64,
    /// From that frame's due time to the alert.
    pub alert_p50_ms: f64,
    /// The same.
    pub alert_p99_ms: f64,
    /// The same.
    pub alert_max_ms: f64,
    /// Alerts that a clock of the server raised.
    pub alerts_by_clock: u64,
    /// Alerts of what the learner did not do.
    pub alerts_false: u64,
    /// Long episodes without an alert.
    pub alerts_missed: u64,
    /// Long episodes without a state.
    pub states_missed: u64,
    /// Messages that asked for less than one frame a second.
    pub rates_lowered: u64,
    /// Learners that came back to their watch session.
    pub recovered: u64,
    /// Learners that came back and had to begin a new one.
    pub not_recovered: u64,
    /// From losing the connection to the next welcome.
    pub return_p50_ms: f64,
    /// The same: until all were back.
    pub return_max_ms: f64,
    /// Latencies of learners that read slowly.
    pub slow_p99_ms: f64,
    /// Sets of questions that were complete.
    pub quiz_sets: u64,
    /// Questions asked.
    pub quiz_asked: u64,
    /// Answers graded.
    pub quiz_graded: u64,
    /// From an answer to its grade.
    pub grade_p99_ms: f64,
    /// Processor time of the server by verdict; none where its process is not known.
    pub server_cpu_ms_per_frame: Option<f64>,
    /// Cores that it used.
    pub server_cores: Option<f64>,
    /// Its memory at the end, MiB.
    pub server_rss_mib: Option<f64>,
    /// By which that grew.
    pub server_rss_growth_mib: Option<f64>,
    /// Processor time of the generator by frame sent.
    pub own_cpu_ms_per_frame: Option<f64>,
    /// `dropped` by reason.
    pub dropped_by_reason: BTreeMap<String, u64>,
    /// Errors by code or word.
    pub errors_by_kind: BTreeMap<String, u64>,
    /// Verdicts by presence.
    pub verdicts_by_presence: BTreeMap<String, u64>,
    /// The first sentence of each kind of error.
    #[serde(skip)]
    pub first_errors: Vec<(String, String)>,
}

impl Numbers {
    /// Sums up.
    pub fn new(window: &Window, span: Span) -> Self {
        let (latency, lag, alert) = (&window.latency, &window.lag, &window.alert_latency);
        let elapsed_s = span.elapsed.as_secs_f64();
        let cpu = |usage: Option<(Usage, Usage)>| usage.map(|(before, after)| (after.cpu_s - before.cpu_s).max(0.0));
        let each = |seconds: Option<f64>, frames: u64| {
            seconds.filter(|_| frames > 0).map(|seconds| round(seconds * 1000.0 / frames as f64))
        };
        Self {
            sent: window.sent,
            answered: window.answered,
            dropped: window.all_dropped(),
            errors: window.all_errors(),
            p50_ms: latency.millis(0.5),
            p95_ms: latency.millis(0.95),
            p99_ms: latency.millis(0.99),
            max_ms: latency.millis(1.0),
            mean_ms: latency.mean_millis(),
            unanswered: window.unanswered(),
            unsent: window.unsent,
            answered_per_s: if elapsed_s > 0.0 { round(window.answered as f64 / elapsed_s) } else { 0.0 },
            lag_p50_ms: lag.millis(0.5),
            lag_p99_ms: lag.millis(0.99),
            lag_max_ms: lag.millis(1.0),
            sockets: span.sockets,
            here: span.here,
            connected: window.connected,
            refused: window.refused,
            closed: window.closed,
            rate: span.rate,
            elapsed_s: round(elapsed_s),
            interrupted: span.interrupted,
            fairness: round(fairness(&window.answered_by, span.here)),
            differing: window.differing,
            right: window.judged.map(|judged| {
                let all = judged.right + judged.wrong;
                (all > 0).then(|| (judged.right as f64 / all as f64 * 1e5).round() / 1e5)
            }),
            alerts: alert.count(),
            alert_p50_ms: alert.millis(0.5),
            alert_p99_ms: alert.millis(0.99),
            alert_max_ms: alert.millis(1.0),
            alerts_by_clock: window.alerts_by_clock,
            alerts_false: window.alerts_false,
            alerts_missed: window.alerts_missed,
            states_missed: window.states_missed,
            rates_lowered: window.rates_lowered,
            recovered: window.recovered.right,
            not_recovered: window.recovered.wrong,
            return_p50_ms: window.return_latency.millis(0.5),
            return_max_ms: window.return_latency.millis(1.0),
            slow_p99_ms: window.slow_latency.millis(0.99),
            quiz_sets: window.quiz[0],
            quiz_asked: window.quiz[1],
            quiz_graded: window.quiz[2],
            grade_p99_ms: window.grade_latency.millis(0.99),
            server_cpu_ms_per_frame: each(cpu(span.server), window.answered),
            server_cores: cpu(span.server).filter(|_| elapsed_s > 0.0).map(|seconds| round(seconds / elapsed_s)),
            server_rss_mib: span.server.map(|(_, after)| round(after.rss_mib)),
            server_rss_growth_mib: span.server.map(|(before, after)| round(after.rss_mib - before.rss_mib)),
            own_cpu_ms_per_frame: each(cpu(span.own), window.sent),
            dropped_by_reason: window.dropped.clone(),
            errors_by_kind: window.errors.iter().map(|(word, counted)| (word.clone(), counted.count)).collect(),
            verdicts_by_presence: window.presence.clone(),
            first_errors: window.errors.iter().map(|(word, counted)| (word.clone(), counted.first.clone())).collect(),
        }
    }

    /// Frames that were due and got no verdict.
    pub fn lost(&self) -> u64 {
        (self.sent + self.unsent).saturating_sub(self.answered)
    }
}

/// Over all who were there: those who had nothing count as well, those who never got in do not.
fn fairness(answered_by: &[u32], here: usize) -> f64 {
    let served = answered_by.iter().copied().filter(|count| *count > 0);
    let empty = here.saturating_sub(served.clone().count());
    jain(served.chain(std::iter::repeat_n(0, empty)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::Judged;

    #[test]
    fn who_was_there_and_had_nothing_counts() {
        assert_eq!(fairness(&[4, 0, 4], 2), 1.0, "one never got in");
        assert_eq!(fairness(&[4, 0, 0, 4], 4), 0.5, "two had nothing");
    }

    #[test]
    fn the_keys_that_others_read_are_numbers_even_when_nothing_was_answered() {
        let value = serde_json::to_value(Numbers::new(&Window::default(), Span::default())).expect("serialises");
        for key in ["sent", "answered", "dropped", "errors", "p50_ms", "p95_ms", "p99_ms", "unanswered", "max_ms"] {
            assert!(value[key].is_number(), "{key}: {value}");
        }
        assert!(value["server_cpu_ms_per_frame"].is_null() && value["right"][0].is_null());
    }

    #[test]
    fn costs_and_shares_are_by_frame() {
        let mut window = Window { sent: 2000, unsent: 5, answered: 1000, ..Window::default() };
        window.judged[1] = Judged { right: 3, wrong: 1 };
        let usage = |cpu_s, rss_mib| Usage { cpu_s, rss_mib };
        let span = Span {
            elapsed: Duration::from_secs(10),
            server: Some((usage(1.0, 100.0), usage(6.0, 120.0))),
            own: Some((usage(0.0, 0.0), usage(1.0, 0.0))),
            ..Span::default()
        };
        let numbers = Numbers::new(&window, span);
        assert_eq!((numbers.server_cpu_ms_per_frame, numbers.own_cpu_ms_per_frame), (Some(5.0), Some(0.5)));
        assert_eq!((numbers.server_cores, numbers.server_rss_growth_mib), (Some(0.5), Some(20.0)));
        assert_eq!((numbers.answered_per_s, numbers.right, numbers.lost()), (100.0, [None, Some(0.75), None], 1005));
    }
}
