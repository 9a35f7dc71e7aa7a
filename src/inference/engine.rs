//! The bounded queue and its workers.
//!
//! A frame enters with a [`Slot`]: a place that travels inside the queued job and is given back when the job is done, so
//! queue and work together never hold more than the capacity. Batches form by themselves while the workers are busy: a
//! worker that becomes free takes its fair share of what waits. Nothing ever waits for a batch to fill.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use bytes::Bytes;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use tokio::sync::{oneshot, watch};

use super::places::{NoPlace, Place, Places, Waiting};
use super::{Analysis, Answer, Frame, Look, Memory};
use crate::vision::FrameError;

/// How long a worker waits before it tries again to open its models after a panic.
const REOPEN_PAUSE: Duration = Duration::from_secs(1);

/// What a worker does with a batch. The server's is [`super::Pipeline`]; tests have slow and panicking ones.
pub trait Analyzer {
    /// Gives each frame's result, with its place, as soon as it is there. A frame without one has failed.
    fn analyze(&mut self, frames: &[Frame<'_>], answer: Answer<'_>);
}

impl Analyzer for super::Pipeline {
    fn analyze(&mut self, frames: &[Frame<'_>], answer: Answer<'_>) {
        self.analyze_each(frames, answer);
    }
}

/// The queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("all {capacity} places of the inference queue are taken")]
pub struct Overloaded {
    /// How many frames the engine holds at most.
    pub capacity: usize,
}

/// The frame's deadline passed before a worker came to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no worker came to the frame within its limit")]
pub struct Expired;

/// A frame's result with what only the engine knows.
#[derive(Debug, Clone, PartialEq)]
pub struct Done {
    /// What the frame shows, or why it cannot be said.
    pub analysis: Result<Analysis, FrameError>,
    /// From submission to the start of its batch.
    pub waited: Duration,
    /// How many frames were worked on together.
    pub batch: usize,
}

/// The answer to one submitted frame.
pub type Reply = Result<Done, Expired>;

struct Job {
    jpeg: Bytes,
    memory: Option<Arc<Memory>>,
    deadline: Instant,
    caller: Caller,
}

/// Who waits for an answer, and its place in the queue.
struct Caller {
    reply: oneshot::Sender<Reply>,
    submitted: Instant,
    _place: Place,
}

impl Caller {
    /// Of work that began then, in a batch of so many.
    fn tell(self, analysis: Result<Analysis, FrameError>, began: Instant, batch: usize) {
        let waited = began.duration_since(self.submitted);
        // A caller that went away is no error.
        let _ = self.reply.send(Ok(Done { analysis, waited, batch }));
    }
}

/// Numbers that the health check, the metrics and the pace read.
#[derive(Debug, Default)]
pub struct EngineStats {
    /// Batches that panicked.
    pub panics: AtomicUsize,
    /// Frames whose caller had left when a worker came to them.
    pub abandoned: AtomicUsize,
    /// Frames that workers were done with, and those of them that were looked at in full.
    frames: AtomicU64,
    full: AtomicU64,
    /// Nanoseconds that workers were busy with them, of all workers together.
    busy: AtomicU64,
}

/// What workers were done with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Work {
    /// Frames.
    pub frames: u64,
    /// Those of them that were looked at in full.
    pub full: u64,
    /// The time that they took all workers together.
    pub busy: Duration,
}

impl EngineStats {
    /// A worker was done with so much.
    pub fn worked(&self, work: Work) {
        self.frames.fetch_add(work.frames, Ordering::Relaxed);
        self.full.fetch_add(work.full, Ordering::Relaxed);
        self.busy.fetch_add(u64::try_from(work.busy.as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// All since the start.
    pub fn work(&self) -> Work {
        Work {
            frames: self.frames.load(Ordering::Relaxed),
            full: self.full.load(Ordering::Relaxed),
            busy: Duration::from_nanos(self.busy.load(Ordering::Relaxed)),
        }
    }
}

/// A handle on the workers; clones share them.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

struct Shared {
    jobs: Sender<Job>,
    places: Places,
    stats: Arc<EngineStats>,
    ready: watch::Sender<usize>,
    stopping: Arc<AtomicBool>,
}

/// A place in the queue for one frame.
pub struct Slot {
    place: Place,
    jobs: Sender<Job>,
}

impl Slot {
    /// Queues a frame, with what the learner's last full look left, if a glance may do. After `deadline` it is not worked on
    /// any more. Dropping the receiver abandons the frame.
    pub fn submit(self, jpeg: Bytes, memory: Option<Arc<Memory>>, deadline: Instant) -> oneshot::Receiver<Reply> {
        let (reply, receiver) = oneshot::channel();
        let caller = Caller { reply, submitted: Instant::now(), _place: self.place };
        let job = Job { jpeg, memory, deadline, caller };
        // The channel has room for every place, so this neither blocks nor fails while workers live; when
        // they are gone the receiver sees its sender dropped.
        let _ = self.jobs.try_send(job);
        receiver
    }
}

/// How the engine is laid out.
#[derive(Debug, Clone, Copy)]
pub struct EngineConfig {
    /// Worker threads.
    pub workers: usize,
    /// Frames a batch at most.
    pub max_batch: usize,
    /// Frames waiting and in work together, at most.
    pub capacity: usize,
}

impl Engine {
    /// Starts the worker threads. Each has one of the analyzers that are `ready`, or makes its own with `open`, as it does after a
    /// panic.
    ///
    /// The threads end when `stop` is called or every handle is dropped; join the handles to wait for that.
    ///
    /// # Errors
    /// When a thread cannot be started.
    pub fn start<A: Analyzer + Send + 'static, E: std::fmt::Display>(
        config: EngineConfig,
        ready: Vec<A>,
        open: impl Fn() -> Result<A, E> + Send + Sync + 'static,
    ) -> std::io::Result<(Self, Vec<JoinHandle<()>>)> {
        let (sender, receiver) = bounded(config.capacity);
        let shared = Arc::new(Shared {
            jobs: sender,
            places: Places::new(config.capacity),
            stats: Arc::default(),
            ready: watch::Sender::new(0),
            stopping: Arc::default(),
        });
        let open = Arc::new(open);
        let mut ready = ready.into_iter();
        let threads = (0..config.workers)
            .map(|number| {
                let first = ready.next();
                let worker = Worker {
                    jobs: receiver.clone(),
                    stats: shared.stats.clone(),
                    ready: shared.ready.clone(),
                    stopping: shared.stopping.clone(),
                    config,
                };
                let open = open.clone();
                thread::Builder::new().name(format!("loa-inference-{number}")).spawn(move || worker.run(first, &*open))
            })
            .collect::<Result<_, _>>()?;
        Ok((Self { shared }, threads))
    }

    /// A place in the queue, as soon as it is this caller's turn: first comes who has gone unserved the longest. `since` is when
    /// the caller's last frame was given a place, or when the caller came.
    pub fn reserve(&self, since: Instant) -> Reservation {
        Reservation { place: self.shared.places.wait(since), engine: self.clone() }
    }

    /// A place in the queue, if there is one now.
    ///
    /// # Errors
    /// [`Overloaded`] when there is none.
    pub fn try_reserve(&self) -> Result<Slot, Overloaded> {
        self.slot(self.shared.places.take())
    }

    /// Frames waiting or in work.
    pub fn held(&self) -> usize {
        self.shared.places.taken()
    }

    /// Frames waiting for a worker.
    pub fn queued(&self) -> usize {
        self.shared.jobs.len()
    }

    /// Workers with open models.
    pub fn ready_workers(&self) -> usize {
        *self.shared.ready.borrow()
    }

    /// Callers who wait for a place.
    pub fn waiting(&self) -> usize {
        self.shared.places.waiting()
    }

    /// Waits until so many workers have their models open.
    pub async fn wait_ready(&self, workers: usize) {
        // The sender lives in this handle, so waiting cannot fail.
        let _ = self.shared.ready.subscribe().wait_for(|ready| *ready >= workers).await;
    }

    /// Numbers for the health check and the metrics.
    pub fn stats(&self) -> &Arc<EngineStats> {
        &self.shared.stats
    }

    /// Lets no further frame in; the workers end once the queue is empty.
    pub fn stop(&self) {
        self.shared.places.close();
        self.shared.stopping.store(true, Ordering::Release);
    }

    fn slot(&self, place: Result<Place, NoPlace>) -> Result<Slot, Overloaded> {
        match place {
            Ok(place) => Ok(Slot { place, jobs: self.shared.jobs.clone() }),
            Err(NoPlace) => Err(Overloaded { capacity: self.shared.places.capacity() }),
        }
    }
}

/// A caller who waits for a place. Dropped, it leaves the line.
pub struct Reservation {
    place: Waiting,
    engine: Engine,
}

impl Future for Reservation {
    /// [`Overloaded`] when the engine has stopped.
    type Output = Result<Slot, Overloaded>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.place).poll(context).map(|place| self.engine.slot(place))
    }
}

struct Worker {
    jobs: Receiver<Job>,
    stats: Arc<EngineStats>,
    ready: watch::Sender<usize>,
    stopping: Arc<AtomicBool>,
    config: EngineConfig,
}

impl Worker {
    fn run<A: Analyzer, E: std::fmt::Display>(self, mut ready: Option<A>, open: &dyn Fn() -> Result<A, E>) {
        while !self.finished() {
            match ready.take().map_or_else(open, Ok) {
                Ok(analyzer) => {
                    self.ready.send_modify(|ready| *ready += 1);
                    self.serve(analyzer);
                    self.ready.send_modify(|ready| *ready -= 1);
                }
                Err(error) => {
                    tracing::error!(%error, "a worker cannot open its models, trying again");
                    self.pause();
                }
            }
        }
    }

    /// Before the next try. When no other worker can, the frames that wait are answered with the failure.
    fn pause(&self) {
        let end = Instant::now() + REOPEN_PAUSE;
        while let Some(rest) = end.checked_duration_since(Instant::now()).filter(|_| !self.finished()) {
            if *self.ready.borrow() > 0 {
                return thread::sleep(rest);
            }
            if let Some(job) = self.next_job(rest) {
                let analysis = Err(FrameError::Internal);
                job.caller.tell(analysis, Instant::now(), 1);
            }
        }
    }

    /// The next job, if one comes in time. When nobody is left who could send one, the worker is told to stop.
    fn next_job(&self, patience: Duration) -> Option<Job> {
        match self.jobs.recv_timeout(patience) {
            Ok(job) => Some(job),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => {
                self.stopping.store(true, Ordering::Release);
                None
            }
        }
    }

    fn finished(&self) -> bool {
        self.stopping.load(Ordering::Acquire) && self.jobs.is_empty()
    }

    /// Works until told to stop, or until the analyzer panicked and must be opened anew.
    fn serve<A: Analyzer>(&self, mut analyzer: A) {
        while !self.finished() {
            // The timeout is only there to look at `stopping` now and then.
            let Some(first) = self.next_job(Duration::from_millis(100)) else { continue };
            let batch = self.gather(first);
            if !batch.is_empty() && self.work(&mut analyzer, batch).is_err() {
                return;
            }
        }
    }

    /// The first job and this worker's fair share of those that wait, without the expired and the abandoned.
    fn gather(&self, first: Job) -> Vec<Job> {
        let share = (self.jobs.len() + 1).div_ceil(self.config.workers).min(self.config.max_batch);
        let mut batch = Vec::with_capacity(share);
        let now = Instant::now();
        let mut next = Some(first);
        while let Some(job) = next {
            if job.caller.reply.is_closed() {
                self.stats.abandoned.fetch_add(1, Ordering::Relaxed);
            } else if now >= job.deadline {
                let _ = job.caller.reply.send(Err(Expired));
            } else {
                batch.push(job);
            }
            next = if batch.len() < share { self.jobs.try_recv().ok() } else { None };
        }
        batch
    }

    fn work<A: Analyzer>(&self, analyzer: &mut A, batch: Vec<Job>) -> Result<(), ()> {
        let (started, size) = (Instant::now(), batch.len());
        let (shown, mut callers): (Vec<_>, Vec<_>) =
            batch.into_iter().map(|job| ((job.jpeg, job.memory), Some(job.caller))).unzip();
        let frames: Vec<_> = shown.iter().map(|(jpeg, memory)| Frame { jpeg, memory: memory.as_deref() }).collect();
        let mut full = 0;
        let mut answer = |place: usize, analysis: Result<Analysis, FrameError>| {
            full += u64::from(matches!(analysis, Ok(Analysis { look: Look::Full(_), .. })));
            if let Some(caller) = callers.get_mut(place).and_then(Option::take) {
                caller.tell(analysis, started, size);
            }
        };
        let ended = catch_unwind(AssertUnwindSafe(|| analyzer.analyze(&frames, &mut answer)));
        if ended.is_err() {
            self.stats.panics.fetch_add(1, Ordering::Relaxed);
            tracing::error!(frames = size, "a worker panicked; it opens its models anew");
        }
        (0..size).for_each(|place| answer(place, Err(FrameError::Internal)));
        self.stats.worked(Work { frames: size as u64, full, busy: started.elapsed() });
        ended.map_err(|_| ())
    }
}

#[cfg(test)]
#[path = "engine/tests.rs"]
mod tests;
