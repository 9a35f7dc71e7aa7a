//! The engine with slow and panicking analyzers.

use super::*;
use crate::inference::{Presence, StageTimes};
use crate::vision::Quality;
use std::convert::Infallible;
use std::sync::Mutex;
use std::sync::mpsc;

fn nobody() -> Analysis {
    Analysis {
        size: (1, 1),
        quality: Quality { brightness: 0.5, contrast: 0.5, sharpness: 0.5, noise: 0.0 },
        presence: Presence::Nobody(1.0),
        look: Look::Full(None),
        times: StageTimes::default(),
    }
}

/// Waits for a word before each batch, notes the batch sizes, panics on a frame `panic`.
struct Gated {
    gate: Arc<Mutex<mpsc::Receiver<()>>>,
    sizes: Arc<Mutex<Vec<usize>>>,
}

impl Analyzer for Gated {
    fn analyze(&mut self, frames: &[Frame<'_>], answer: Answer<'_>) {
        let _ = self.gate.lock().expect("no panic holds it").recv();
        self.sizes.lock().expect("no panic holds it").push(frames.len());
        assert!(frames.iter().all(|frame| frame.jpeg != b"panic"), "asked to");
        for (place, frame) in frames.iter().enumerate() {
            answer(place, Ok(nobody()));
            if frame.jpeg == b"wait" {
                let _ = self.gate.lock().expect("no panic holds it").recv();
            }
        }
    }
}

struct Setup {
    engine: Engine,
    gate: mpsc::Sender<()>,
    sizes: Arc<Mutex<Vec<usize>>>,
    threads: Vec<JoinHandle<()>>,
}

fn setup(max_batch: usize, capacity: usize) -> Setup {
    let (gate, receiver) = mpsc::channel();
    let (receiver, sizes) = (Arc::new(Mutex::new(receiver)), Arc::new(Mutex::new(Vec::new())));
    let noted = sizes.clone();
    let open = move || Ok::<_, Infallible>(Gated { gate: receiver.clone(), sizes: noted.clone() });
    let (engine, threads) =
        Engine::start(EngineConfig { workers: 1, max_batch, capacity }, Vec::new(), open).expect("threads");
    Setup { engine, gate, sizes, threads }
}

fn submit(engine: &Engine, frame: &'static [u8], patience: Duration) -> oneshot::Receiver<Reply> {
    engine.try_reserve().expect("a free place").submit(Bytes::from_static(frame), None, Instant::now() + patience)
}

fn wait_until(what: impl Fn() -> bool) {
    let start = Instant::now();
    while !what() {
        assert!(start.elapsed() < Duration::from_secs(10), "waited in vain");
        thread::sleep(Duration::from_millis(1));
    }
}

const PATIENT: Duration = Duration::from_secs(60);

#[tokio::test]
async fn batches_form_while_the_worker_is_busy() {
    let it = setup(4, 16);
    let first = submit(&it.engine, b"a", PATIENT);
    wait_until(|| it.engine.queued() == 0);
    let others: Vec<_> = (0..6).map(|_| submit(&it.engine, b"b", PATIENT)).collect();
    (0..3).for_each(|_| it.gate.send(()).expect("the worker listens"));
    assert_eq!(first.await.expect("an answer").expect("in time").batch, 1);
    for other in others {
        other.await.expect("an answer").expect("in time");
    }
    assert_eq!(*it.sizes.lock().expect("free"), [1, 4, 2]);
}

#[tokio::test]
async fn who_is_done_does_not_wait_for_the_rest_of_the_batch() {
    let it = setup(4, 16);
    let first = submit(&it.engine, b"a", PATIENT);
    wait_until(|| it.engine.queued() == 0);
    let (quick, slow) = (submit(&it.engine, b"wait", PATIENT), submit(&it.engine, b"b", PATIENT));
    (0..2).for_each(|_| it.gate.send(()).expect("the worker listens"));
    first.await.expect("an answer").expect("in time");
    assert_eq!(quick.await.expect("an answer").expect("in time").batch, 2);
    // Its place is free, too.
    wait_until(|| it.engine.held() == 1);
    it.gate.send(()).expect("the worker listens");
    slow.await.expect("an answer").expect("in time");
}

#[tokio::test]
async fn workers_end_when_every_handle_is_gone() {
    let it = setup(4, 16);
    drop(it.engine);
    for thread in it.threads {
        wait_until(|| thread.is_finished());
    }
}

#[tokio::test]
async fn a_full_queue_says_so_and_a_place_comes_back() {
    let it = setup(1, 2);
    let (first, second) = (submit(&it.engine, b"a", PATIENT), submit(&it.engine, b"b", PATIENT));
    assert_eq!(it.engine.try_reserve().err(), Some(Overloaded { capacity: 2 }));
    it.gate.send(()).expect("the worker listens");
    first.await.expect("an answer").expect("in time");
    let slot = it.engine.reserve(Instant::now()).await.expect("a place, in time");
    assert_eq!(it.engine.held(), 2);
    drop(slot);
    it.gate.send(()).expect("the worker listens");
    second.await.expect("an answer").expect("in time");
    wait_until(|| it.engine.held() == 0);
}

#[tokio::test]
async fn expired_and_abandoned_frames_are_not_worked_on() {
    let it = setup(8, 16);
    let first = submit(&it.engine, b"a", PATIENT);
    wait_until(|| it.engine.queued() == 0);
    let expired = submit(&it.engine, b"b", Duration::ZERO);
    drop(submit(&it.engine, b"c", PATIENT));
    let last = submit(&it.engine, b"d", PATIENT);
    (0..2).for_each(|_| it.gate.send(()).expect("the worker listens"));
    first.await.expect("an answer").expect("in time");
    assert_eq!(expired.await.expect("an answer"), Err(Expired));
    assert_eq!(last.await.expect("an answer").expect("in time").batch, 1);
    assert_eq!(it.engine.stats().abandoned.load(Ordering::Relaxed), 1);
    assert_eq!(*it.sizes.lock().expect("free"), [1, 1]);
}

#[tokio::test]
async fn a_panic_costs_its_batch_and_nothing_else() {
    let it = setup(8, 16);
    it.gate.send(()).expect("the worker listens");
    let broken = submit(&it.engine, b"panic", PATIENT).await.expect("an answer").expect("in time");
    assert_eq!(broken.analysis, Err(FrameError::Internal));
    it.gate.send(()).expect("the worker listens");
    let next = submit(&it.engine, b"a", PATIENT).await.expect("an answer").expect("in time");
    assert_eq!(next.analysis, Ok(nobody()));
    assert_eq!(it.engine.stats().panics.load(Ordering::Relaxed), 1);
    it.engine.wait_ready(1).await;
}

#[tokio::test]
async fn stopping_drains_the_queue_and_ends_the_threads() {
    let it = setup(1, 16);
    let frames: Vec<_> = (0..3).map(|_| submit(&it.engine, b"a", PATIENT)).collect();
    it.engine.stop();
    assert!(it.engine.try_reserve().is_err() && it.engine.reserve(Instant::now()).await.is_err());
    (0..3).for_each(|_| it.gate.send(()).expect("the worker listens"));
    for frame in frames {
        frame.await.expect("an answer").expect("in time");
    }
    it.threads.into_iter().for_each(|thread| thread.join().expect("a clean end"));
}
