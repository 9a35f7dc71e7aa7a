//! What the server counts, in Prometheus' format.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use crate::inference::Engine;
use crate::inference::{Analysis, Look};
use crate::protocol::server::{DropReason, ServerMessage};
use crate::quiz::llm::Spent;
use crate::session::pace::Load;
use crate::store::Source;
use crate::store::writer::WriterStats;

/// A label whose values are fixed words of the protocol.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Word(&'static str);

impl EncodeLabelValue for Word {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> std::fmt::Result {
        self.0.encode(encoder)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: Word,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Code {
    code: Word,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Stage {
    stage: Word,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AlertLabels {
    kind: Word,
    level: Word,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    outcome: Word,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Kind {
    kind: Word,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct QuizLabels {
    source: Word,
    outcome: Word,
}

type Family64<L> = Family<L, Counter<u64, AtomicU64>>;

/// Why a connection was not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There are as many as `server.max_connections` allows.
    Connections,
    /// Their frames could not be looked at.
    Capacity,
    /// Their address has too many connections, or asks too often.
    Address,
    /// A page of somebody else's wanted a WebSocket.
    Origin,
    /// The learner has too many WebSockets.
    Learner,
}

impl Refusal {
    const ALL: [Self; 5] = [Self::Connections, Self::Capacity, Self::Address, Self::Origin, Self::Learner];

    fn word(self) -> &'static str {
        match self {
            Self::Connections => "connections",
            Self::Capacity => "capacity",
            Self::Address => "address",
            Self::Origin => "origin",
            Self::Learner => "learner",
        }
    }
}

/// All metrics of one server.
pub struct Metrics {
    registry: Registry,
    sockets: Gauge<i64, AtomicI64>,
    queued: Gauge<i64, AtomicI64>,
    held: Gauge<i64, AtomicI64>,
    workers: Gauge<i64, AtomicI64>,
    panics: Counter,
    abandoned: Counter,
    refused: Family64<Reason>,
    received: Counter,
    verdicts: Counter,
    dropped: Family64<Reason>,
    errors: Family64<Code>,
    alerts: Family64<AlertLabels>,
    resumed: Family64<Outcome>,
    rejected: Family64<Reason>,
    waiting: Gauge<i64, AtomicI64>,
    share: Gauge<f64, AtomicU64>,
    capacity: Gauge<f64, AtomicU64>,
    demand: Gauge<f64, AtomicU64>,
    line: Gauge<i64, AtomicI64>,
    rows_waiting: Gauge<i64, AtomicI64>,
    rows_lag: Gauge<f64, AtomicU64>,
    rows: Family64<Outcome>,
    batches_failed: Counter,
    quiz_sets: Family64<QuizLabels>,
    quiz_items: Family64<QuizLabels>,
    llm_calls: Family64<Outcome>,
    llm_requests: Counter,
    llm_tokens: Family64<Kind>,
    stages: Family<Stage, Histogram>,
    glances: Counter,
    batches: Histogram,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All zero.
    pub fn new() -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("loa"),
            sockets: Gauge::default(),
            queued: Gauge::default(),
            held: Gauge::default(),
            workers: Gauge::default(),
            panics: Counter::default(),
            abandoned: Counter::default(),
            refused: Family::default(),
            received: Counter::default(),
            verdicts: Counter::default(),
            dropped: Family::default(),
            errors: Family::default(),
            alerts: Family::default(),
            resumed: Family::default(),
            rejected: Family::default(),
            waiting: Gauge::default(),
            share: Gauge::default(),
            capacity: Gauge::default(),
            demand: Gauge::default(),
            line: Gauge::default(),
            rows_waiting: Gauge::default(),
            rows_lag: Gauge::default(),
            rows: Family::default(),
            batches_failed: Counter::default(),
            quiz_sets: Family::default(),
            quiz_items: Family::default(),
            llm_calls: Family::default(),
            llm_requests: Counter::default(),
            llm_tokens: Family::default(),
            // 0.1 ms to 3.3 s.
            stages: Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.0001, 2.0, 16))),
            glances: Counter::default(),
            batches: Histogram::new([1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0]),
        };
        metrics.register();
        // Counters exist from the start, so that their rates can be asked for before the first event.
        for reason in DropReason::ALL {
            drop(metrics.dropped.get_or_create(&Reason { reason: Word(reason.word()) }));
        }
        for why in Refusal::ALL {
            drop(metrics.refused.get_or_create(&Reason { reason: Word(why.word()) }));
        }
        metrics
    }

    /// A set came to an end: done, failed or deserted.
    pub fn quiz_set(&self, source: Source, outcome: &'static str) {
        self.quiz_sets.get_or_create(&QuizLabels { source: Word(source_word(source)), outcome: Word(outcome) }).inc();
    }

    /// Part of a set was made.
    pub fn quiz_items(&self, source: Source, made: usize, dropped: usize) {
        for (outcome, count) in [("made", made), ("dropped", dropped)] {
            let labels = QuizLabels { source: Word(source_word(source)), outcome: Word(outcome) };
            self.quiz_items.get_or_create(&labels).inc_by(count as u64);
        }
    }

    fn register(&mut self) {
        let registry = &mut self.registry;
        registry.register("sockets", "Open WebSockets", self.sockets.clone());
        registry.register("sockets_refused", "Connections and requests refused, by why", self.refused.clone());
        registry.register("frames_received", "Frames that arrived", self.received.clone());
        registry.register("verdicts", "Frames that were answered with a verdict", self.verdicts.clone());
        registry.register("frames_dropped", "Frames that were not looked at", self.dropped.clone());
        registry.register("errors", "Messages that were answered with an error", self.errors.clone());
        registry.register("alerts", "Alerts raised", self.alerts.clone());
        registry.register("resumes", "Clients that asked for a former watch session", self.resumed.clone());
        let rejected = "Frames whose capture time or numbers attention cannot go by";
        registry.register("observations_rejected", rejected, self.rejected.clone());
        registry.register("watches_waiting", "Watch sessions whose client is away", self.waiting.clone());
        registry.register("rate_share", "Share of all wished frames that can be looked at", self.share.clone());
        let capacity = "Frames a second that this machine can serve, as measured";
        registry.register("capacity_frames_per_second", capacity, self.capacity.clone());
        let demand = "Frames a second that the learners with the camera on wish together";
        registry.register("demand_frames_per_second", demand, self.demand.clone());
        registry.register("database_rows_waiting", "Rows that wait to be written", self.rows_waiting.clone());
        registry.register("database_lag_seconds", "Age of the oldest row that waits", self.rows_lag.clone());
        let rows = "Rows written, not kept of who was erased, or lost: dropped for lack of room, refused by the database, \
            given up at the end";
        registry.register("database_rows", rows, self.rows.clone());
        let failed = "Batches that the database did not take, and that are tried again";
        registry.register("database_batches_failed", failed, self.batches_failed.clone());
        registry.register(
            "quiz_sets",
            "Sets of questions, by what makes them and how it ended",
            self.quiz_sets.clone(),
        );
        registry.register("quiz_items", "Questions made, and those that were not good enough", self.quiz_items.clone());
        registry.register("llm_calls", "Calls of the language model, by how they ended", self.llm_calls.clone());
        let requests = "Requests to the language model, those that were tried again included";
        registry.register("llm_requests", requests, self.llm_requests.clone());
        let tokens = "Tokens of the language model, as its server counts: what it costs";
        registry.register("llm_tokens", tokens, self.llm_tokens.clone());
        registry.register("stage_seconds", "Time per frame and stage", self.stages.clone());
        let glances = "Verdicts that took a glance: the frame showed what the last full look saw";
        registry.register("glances", glances, self.glances.clone());
        registry.register("batch_frames", "Frames worked on together", self.batches.clone());
        registry.register("inference_queued", "Frames waiting for a worker", self.queued.clone());
        registry.register("inference_held", "Frames waiting or in work", self.held.clone());
        registry.register("inference_line", "Connections whose frame waits for a place", self.line.clone());
        registry.register("inference_workers", "Workers with open models", self.workers.clone());
        registry.register("inference_abandoned", "Frames whose connection was gone first", self.abandoned.clone());
        registry.register("inference_panics", "Batches that panicked since the start", self.panics.clone());
    }

    /// A WebSocket opened; the guard counts it down again.
    pub fn socket(&self) -> SocketGuard {
        self.sockets.inc();
        SocketGuard(self.sockets.clone())
    }

    /// A connection was refused.
    pub fn refused(&self, why: Refusal) {
        self.refused.get_or_create(&Reason { reason: Word(why.word()) }).inc();
    }

    /// A frame arrived.
    pub fn received(&self) {
        self.received.inc();
    }

    /// A frame was answered.
    pub fn verdict(&self, wait: Duration, analysis: &Analysis, total: Duration, batch: usize) {
        self.verdicts.inc();
        if analysis.look == Look::Glance {
            self.glances.inc();
        }
        let stages = &analysis.times;
        self.batches.observe(batch as f64);
        for (stage, time) in [
            ("wait", wait),
            ("decode", stages.decode),
            ("detect", stages.detect),
            ("landmarks", stages.landmarks),
            ("total", total),
        ] {
            self.stages.get_or_create(&Stage { stage: Word(stage) }).observe(time.as_secs_f64());
        }
    }

    /// A frame was dropped.
    pub fn dropped(&self, reason: &'static str) {
        self.dropped.get_or_create(&Reason { reason: Word(reason) }).inc();
    }

    /// A message was bad.
    pub fn error(&self, code: &'static str) {
        self.errors.get_or_create(&Code { code: Word(code) }).inc();
    }

    /// Alerts were raised, told or kept for the client's return.
    pub fn alerts(&self, messages: &[ServerMessage]) {
        for message in messages {
            if let ServerMessage::Alert(alert) = message {
                let labels = AlertLabels { kind: Word(alert.kind.word()), level: Word(alert.level.word()) };
                self.alerts.get_or_create(&labels).inc();
            }
        }
    }

    /// Observations were not obeyed, so many for each reason.
    pub fn rejected(&self, counts: [(&'static str, u32); 3]) {
        for (reason, count) in counts.into_iter().filter(|(_, count)| *count > 0) {
            self.rejected.get_or_create(&Reason { reason: Word(reason) }).inc_by(u64::from(count));
        }
    }

    /// A client asked for a former watch session.
    pub fn resumed(&self, recovered: bool) {
        let outcome = Word(if recovered { "recovered" } else { "new" });
        self.resumed.get_or_create(&Outcome { outcome }).inc();
    }

    /// The exposition text. `waiting` watch sessions have no connection; `load` is how the frames are shared out; `writer` is
    /// how it goes with the database; `spent` is what the language model was used for.
    pub fn render(&self, engine: &Engine, waiting: usize, load: Load, writer: &WriterStats, spent: Spent) -> String {
        for (outcome, count) in [("replied", spent.replied), ("failed", spent.failed)] {
            let calls = self.llm_calls.get_or_create(&Outcome { outcome: Word(outcome) });
            calls.inner().store(count, Ordering::Relaxed);
        }
        self.llm_requests.inner().store(spent.requests, Ordering::Relaxed);
        for (kind, count) in [("prompt", spent.tokens.prompt), ("completion", spent.tokens.completion)] {
            let tokens = self.llm_tokens.get_or_create(&Kind { kind: Word(kind) });
            tokens.inner().store(count, Ordering::Relaxed);
        }
        self.rows_waiting.set(writer.queued as i64);
        self.rows_lag.set(writer.lag_ms as f64 / 1000.0);
        for (outcome, count) in [
            ("written", writer.written),
            ("dropped", writer.dropped),
            ("refused", writer.refused),
            ("erased", writer.erased),
            ("given_up", writer.given_up),
        ] {
            let rows = self.rows.get_or_create(&Outcome { outcome: Word(outcome) });
            rows.inner().store(count, Ordering::Relaxed);
        }
        self.batches_failed.inner().store(writer.failures, Ordering::Relaxed);
        self.waiting.set(waiting as i64);
        self.share.set(load.share);
        self.capacity.set(load.capacity);
        self.demand.set(load.demand);
        self.line.set(engine.waiting() as i64);
        let stats = engine.stats();
        self.queued.set(engine.queued() as i64);
        self.held.set(engine.held() as i64);
        self.workers.set(engine.ready_workers() as i64);
        self.abandoned.inner().store(stats.abandoned.load(Ordering::Relaxed) as u64, Ordering::Relaxed);
        self.panics.inner().store(stats.panics.load(Ordering::Relaxed) as u64, Ordering::Relaxed);
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

/// Counts a socket down when it is gone.
pub struct SocketGuard(Gauge<i64, AtomicI64>);

impl Drop for SocketGuard {
    fn drop(&mut self) {
        self.0.dec();
    }
}

fn source_word(source: Source) -> &'static str {
    match source {
        Source::Llm => "llm",
        Source::Cloze => "cloze",
        Source::Hand => "hand",
    }
}
