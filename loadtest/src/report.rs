//! The numbers at the end.

use std::time::Duration;

use std::collections::BTreeMap;
use std::fmt::{Display, Formatter, Result};

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::totals::Totals;

/// What a run was, beside the totals.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Course {
    /// How long frames were sent.
    pub elapsed: Duration,
    /// Frames that were due on connected sockets, until the schedule's end or Ctrl-C, and yet not sent.
    pub unsent: u64,
    /// Whether Ctrl-C ended it.
    pub interrupted: bool,
}

/// What was asked for.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// Sockets.
    pub sockets: usize,
    /// Frames a second and socket.
    pub rate: f64,
    /// How long.
    pub seconds: f64,
}

/// The JSON object of `--json`. Times are milliseconds unless they end in `_s`; latencies count from the moment a frame
/// was due, lags from there to its sending.
#[derive(Debug, Serialize)]
pub struct Report {
    sent: u64,
    answered: u64,
    dropped: u64,
    errors: u64,
    p50_ms: f64,
    p95_ms: f64,
    p99_ms: f64,
    max_ms: f64,
    mean_ms: f64,
    unanswered: u64,
    unsent: u64,
    answered_per_s: f64,
    lag_p50_ms: f64,
    lag_p99_ms: f64,
    lag_max_ms: f64,
    sockets: usize,
    connected: u64,
    refused: u64,
    closed: u64,
    rate: f64,
    seconds: f64,
    elapsed_s: f64,
    interrupted: bool,
    differing: u64,
    dropped_by_reason: BTreeMap<String, u64>,
    errors_by_kind: BTreeMap<String, u64>,
    verdicts_by_presence: BTreeMap<String, u64>,
    #[serde(skip)]
    first_errors: Vec<(String, String)>,
}

impl Report {
    /// Sums up.
    pub fn new(totals: &Totals, asked: Asked, course: Course) -> Self {
        let (latency, lag) = (&totals.latency_us, &totals.lag_us);
        let (answered, dropped) = (totals.verdicts(), totals.all_dropped());
        let elapsed_s = course.elapsed.as_secs_f64();
        Self {
            sent: totals.sent,
            answered,
            dropped,
            errors: totals.all_errors(),
            p50_ms: millis(latency, 0.5),
            p95_ms: millis(latency, 0.95),
            p99_ms: millis(latency, 0.99),
            max_ms: millis(latency, 1.0),
            mean_ms: rounded(latency.mean() / 1000.0),
            unanswered: totals.sent.saturating_sub(answered + dropped + totals.frame_errors),
            unsent: course.unsent,
            answered_per_s: if elapsed_s > 0.0 { rounded(answered as f64 / elapsed_s) } else { 0.0 },
            lag_p50_ms: millis(lag, 0.5),
            lag_p99_ms: millis(lag, 0.99),
            lag_max_ms: millis(lag, 1.0),
            sockets: asked.sockets,
            connected: totals.connected,
            refused: totals.refused,
            closed: totals.closed,
            rate: asked.rate,
            seconds: asked.seconds,
            elapsed_s: rounded(elapsed_s),
            interrupted: course.interrupted,
            differing: totals.differing,
            dropped_by_reason: totals.dropped.clone(),
            errors_by_kind: totals.errors.iter().map(|(word, counted)| (word.clone(), counted.count)).collect(),
            verdicts_by_presence: totals.presence.clone(),
            first_errors: totals.errors.iter().map(|(word, counted)| (word.clone(), counted.first.clone())).collect(),
        }
    }

    /// One line.
    ///
    /// # Errors
    /// Never: every field serialises.
    pub fn to_json(&self) -> serde_json::Result<String> {
        serde_json::to_string(self)
    }

    /// The first sentence of every kind of error.
    pub fn first_errors(&self) -> impl Iterator<Item = String> {
        self.first_errors.iter().map(|(word, sentence)| format!("{word}: {sentence}"))
    }
}

impl Display for Report {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        let rows = self.rows();
        let lines: Vec<_> = rows.iter().map(|(label, text)| format!("{label:<11} {text}")).collect();
        out.write_str(&lines.join("\n"))
    }
}

impl Report {
    fn rows(&self) -> [(&'static str, String); 9] {
        let Self { p50_ms, p95_ms, p99_ms, max_ms, lag_p50_ms, lag_p99_ms, lag_max_ms, .. } = self;
        let Self { sent, answered, dropped, errors, connected, sockets, rate, elapsed_s, .. } = self;
        [
            ("sockets", format!("{connected} of {sockets}, {rate} frames/s each, for {elapsed_s} s")),
            ("sent", format!("{sent}   (unsent {})", self.unsent)),
            ("answered", format!("{answered}   {} a second{}", self.answered_per_s, words(&self.verdicts_by_presence))),
            ("dropped", format!("{dropped}{}", words(&self.dropped_by_reason))),
            ("unanswered", self.unanswered.to_string()),
            ("errors", format!("{errors}{}", words(&self.errors_by_kind))),
            ("differing", self.differing.to_string()),
            ("latency ms", format!("p50 {p50_ms:.1}   p95 {p95_ms:.1}   p99 {p99_ms:.1}   max {max_ms:.1}")),
            ("own lag ms", format!("p50 {lag_p50_ms:.1}   p99 {lag_p99_ms:.1}   max {lag_max_ms:.1}")),
        ]
    }
}

fn words(counts: &BTreeMap<String, u64>) -> String {
    let list: Vec<_> = counts.iter().map(|(word, count)| format!("{word} {count}")).collect();
    if list.is_empty() { String::new() } else { format!("   ({})", list.join(", ")) }
}

/// A quantile (0..1) of a histogram of microseconds; 0 when it is empty.
pub fn millis(histogram: &Histogram<u64>, quantile: f64) -> f64 {
    rounded(histogram.value_at_quantile(quantile) as f64 / 1000.0)
}

fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {

    use super::*;
    use crate::totals::Shared;

    fn report(fill: impl FnOnce(&mut Totals)) -> Report {
        let shared = Shared::new(1).expect("bounds are fine");
        let mut totals = shared.lock();
        fill(&mut totals);
        let course = Course { elapsed: Duration::from_secs(10), unsent: 3, interrupted: false };
        Report::new(&totals, Asked { sockets: 2, rate: 1.0, seconds: 10.0 }, course)
    }

    #[test]
    fn the_json_line_has_its_numbers_even_when_nothing_was_answered() {
        let json = report(|_| ()).to_json().expect("serialises");
        assert!(!json.contains('\n'));
        let value: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        for key in ["sent", "answered", "dropped", "errors", "p50_ms", "p95_ms", "p99_ms", "unanswered", "max_ms"] {
            assert!(value[key].is_number(), "{key}: {json}");
        }
    }

    #[test]
    fn quantiles_are_milliseconds() {
        let report = report(|totals| (1..=1000).for_each(|ms| totals.answered(Duration::from_millis(ms))));
        for (measured, expected) in [(report.p50_ms, 500.0), (report.p95_ms, 950.0), (report.p99_ms, 990.0)] {
            assert!((measured - expected).abs() <= expected * 0.001, "{measured} is not {expected}");
        }
        assert_eq!((report.answered, report.answered_per_s), (1000, 100.0));
    }

    #[test]
    fn what_is_unanswered_has_neither_verdict_nor_drop_nor_error() {
        let report = report(|totals| {
            (0..10).for_each(|_| totals.sent(Duration::ZERO));
            (0..4).for_each(|_| totals.answered(Duration::ZERO));
            (0..3).for_each(|_| totals.dropped("superseded"));
            totals.frame_errors += 1;
            totals.error("jpeg_truncated", "ends early");
            totals.error("lost", "reset");
        });
        assert_eq!((report.unanswered, report.errors, report.dropped), (2, 2, 3));
        assert!(report.to_string().contains("superseded 3"));
    }
}
