//! A run second by second, for plots.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::class::Class;
use crate::latency::round;
use crate::monitor::{Monitor, Usage};

/// One second of a run; rates are a second's, latencies ms.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Second {
    /// Seconds since the run began, at its end.
    pub t_s: f64,
    /// Learners connected.
    pub learners: usize,
    /// Frames sent a second.
    pub sent: f64,
    /// Verdicts a second.
    pub answered: f64,
    /// Frames a second that the server did not look at.
    pub dropped: f64,
    /// Errors.
    pub errors: u64,
    /// Of the verdicts of this second.
    pub p50_ms: f64,
    /// The same.
    pub p95_ms: f64,
    /// The same.
    pub p99_ms: f64,
    /// The generator's lateness.
    pub lag_p99_ms: f64,
    /// Cores that the server used.
    pub server_cores: Option<f64>,
    /// The server's memory.
    pub server_rss_mib: Option<f64>,
    /// Cores that the generator used.
    pub own_cores: Option<f64>,
}

/// Writes down a run's seconds.
#[derive(Debug)]
pub struct Series {
    began: Instant,
    last: Instant,
    server: Option<Monitor>,
    own: Option<Monitor>,
    usage: (Option<Usage>, Option<Usage>),
    /// What was written so far.
    pub seconds: Vec<Second>,
}

impl Series {
    /// Begins; `server` is the process to look at.
    pub fn new(class: &Class, server: Option<u32>) -> Self {
        let (server, own) = (server.and_then(Monitor::of), Monitor::own());
        let usage = (server.as_ref().and_then(Monitor::usage), own.as_ref().and_then(Monitor::usage));
        Self { began: class.epoch, last: Instant::now(), server, own, usage, seconds: Vec::new() }
    }

    /// What server and generator have used so far.
    pub fn usage(&self) -> (Option<Usage>, Option<Usage>) {
        (self.server.as_ref().and_then(Monitor::usage), self.own.as_ref().and_then(Monitor::usage))
    }

    /// Writes down what came since the last time.
    pub fn note(&mut self, class: &Class) -> &Second {
        let now = Instant::now();
        let usage = self.usage();
        let seconds = (now - self.last).max(Duration::from_millis(1)).as_secs_f64();
        let cores = |after: Option<Usage>, before: Option<Usage>| {
            after.zip(before).map(|(after, before)| round((after.cpu_s - before.cpu_s) / seconds))
        };
        let (here, counts) = {
            let mut totals = class.totals.lock();
            (totals.here, totals.take_second())
        };
        let rate = |count: u64| round(count as f64 / seconds);
        let second = Second {
            t_s: round((now - self.began).as_secs_f64()),
            learners: here,
            sent: rate(counts.sent),
            answered: rate(counts.answered),
            dropped: rate(counts.dropped),
            errors: counts.errors,
            p50_ms: counts.latency.millis(0.5),
            p95_ms: counts.latency.millis(0.95),
            p99_ms: counts.latency.millis(0.99),
            lag_p99_ms: counts.lag.millis(0.99),
            server_cores: cores(usage.0, self.usage.0),
            server_rss_mib: usage.0.map(|usage| round(usage.rss_mib)),
            own_cores: cores(usage.1, self.usage.1),
        };
        (self.last, self.usage) = (now, usage);
        let place = self.seconds.len();
        self.seconds.push(second);
        &self.seconds[place]
    }
}
