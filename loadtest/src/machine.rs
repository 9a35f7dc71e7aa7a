//! How fast and how even the machine itself is: without that, figures of two days or two machines cannot be compared.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};

use crate::latency::Latency;

/// Of the fixed loop: a few milliseconds, so that a processor taken away for a moment shows.
const ROUNDS: u64 = 4_000_000;
/// A look at the machine takes so long.
const LENGTH: Duration = Duration::from_secs(5);

/// Keeps all processors busy for [`LENGTH`] with the same work, again and again, and says how long that took; not to be called from an
/// asynchronous task.
///
/// # Errors
/// When no thread can be started.
pub fn look() -> anyhow::Result<String> {
    look_for(LENGTH, ROUNDS)
}

fn look_for(length: Duration, rounds: u64) -> anyhow::Result<String> {
    let processors = std::thread::available_parallelism().map_or(1, Into::into);
    let end = Instant::now() + length;
    let mut threads = Vec::new();
    for _ in 0..processors {
        let busy = move || busy_until(end, rounds);
        threads
            .push(std::thread::Builder::new().spawn(busy).context("cannot start a thread that measures the machine")?);
    }
    let mut took = Latency::default();
    for thread in threads {
        took.absorb(&thread.join().map_err(|_| anyhow!("a thread that measures the machine panicked"))?);
    }
    Ok(words(processors, &took))
}

/// Once at least.
fn busy_until(end: Instant, rounds: u64) -> Latency {
    let mut took = Latency::default();
    loop {
        let began = Instant::now();
        work(rounds);
        took.record(began.elapsed());
        if Instant::now() >= end {
            return took;
        }
    }
}

/// Steps of a xorshift generator: nothing but arithmetic, each step on the one before.
fn work(rounds: u64) {
    let mut state = black_box(0x9e37_79b9_7f4a_7c15_u64);
    for _ in 0..rounds {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
    }
    black_box(state);
}

fn words(processors: usize, took: &Latency) -> String {
    let [p50, p99, max] = [0.5, 0.99, 1.0].map(|part| took.millis(part));
    format!("a fixed loop on {processors} processors at once: p50 {p50:.1} ms, p99 {p99:.1}, max {max:.1}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_taken_away_shows() {
        let mut took = Latency::default();
        (0..98).for_each(|_| took.record(Duration::from_millis(4)));
        took.record(Duration::from_millis(30));
        took.record(Duration::from_millis(70));
        assert_eq!(words(2, &took), "a fixed loop on 2 processors at once: p50 4.0 ms, p99 30.0, max 70.0");
    }

    #[test]
    fn every_processor_is_measured_however_short_the_time() {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let words = look_for(Duration::ZERO, 1_000_000).expect("threads start");
        assert!(words.starts_with(&format!("a fixed loop on {processors} processors")), "{words}");
        assert_eq!(busy_until(Instant::now(), 1).count(), 1);
    }
}
