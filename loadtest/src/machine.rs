//! How fast and how even the machine itself is: without that, figures of two days or two machines cannot be compared.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::latency::round;

/// Of the fixed loop: a few milliseconds, so that a processor taken away for a moment shows.
const ROUNDS: u64 = 4_000_000;
/// A look at the machine takes so long.
const LENGTH: Duration = Duration::from_secs(5);

/// What the same work took again and again, on all processors at once; milliseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Evenness {
    threads: usize,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
}

/// Keeps all processors busy for [`LENGTH`]; not to be called from an asynchronous task.
///
/// # Errors
/// When no thread can be started.
pub fn look() -> anyhow::Result<Evenness> {
    look_for(LENGTH, ROUNDS)
}

fn look_for(length: Duration, rounds: u64) -> anyhow::Result<Evenness> {
    let threads = std::thread::available_parallelism().map_or(1, Into::into);
    let end = Instant::now() + length;
    let busy = move || {
        let mut took = Vec::new();
        while took.is_empty() || Instant::now() < end {
            let began = Instant::now();
            work(rounds);
            took.push(began.elapsed());
        }
        took
    };
    let mut began = Vec::new();
    for _ in 0..threads {
        began.push(std::thread::Builder::new().spawn(busy).context("cannot start a thread that measures the machine")?);
    }
    let took = began.into_iter().flat_map(|thread| thread.join().unwrap_or_default()).collect();
    Ok(Evenness::of(threads, took))
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

impl Evenness {
    fn of(threads: usize, mut took: Vec<Duration>) -> Self {
        took.sort_unstable();
        let at = |part: f64| {
            let place = ((took.len() as f64 * part).ceil() as usize).clamp(1, took.len().max(1)) - 1;
            took.get(place).map_or(0.0, |took| round(took.as_secs_f64() * 1000.0))
        };
        Self { threads, p50_ms: at(0.5), p99_ms: at(0.99), max_ms: at(1.0) }
    }
}

impl std::fmt::Display for Evenness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { threads, p50_ms, p99_ms, max_ms } = self;
        write!(f, "a fixed loop on {threads} processors at once: p50 {p50_ms} ms, p99 {p99_ms}, max {max_ms}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_taken_away_shows() {
        let mut took = vec![Duration::from_millis(4); 98];
        took.extend([Duration::from_millis(30), Duration::from_millis(70)]);
        let it = Evenness::of(2, took);
        assert_eq!(it, Evenness { threads: 2, p50_ms: 4.0, p99_ms: 30.0, max_ms: 70.0 });
        assert_eq!(it.to_string(), "a fixed loop on 2 processors at once: p50 4 ms, p99 30, max 70");
    }

    #[test]
    fn this_machine_is_measured() {
        let it = look_for(Duration::ZERO, 1_000).expect("threads start");
        assert!(it.threads > 0 && it.p50_ms <= it.p99_ms && it.p99_ms <= it.max_ms, "{it}");
    }
}
