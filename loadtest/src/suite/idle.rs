//! Thousands of sockets whose cameras are paused: what they cost, and whether one of them is served at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinSet;

use super::venue::Venue;
use super::{Row, Suite};
use crate::behaviour::Shown;
use crate::latency::{Latency, round};
use crate::monitor::Monitor;
use crate::visitor::Visitor;

/// Memory of each.
const BAR_KIB: f64 = 20.0;
/// Milliseconds that a frame of one of them may take.
const BAR_MS: f64 = 50.0;
/// Sockets that come at one time: as many as the server works on without dropping anything.
const DOORS: usize = 16;
/// Frames before, so that what models and allocator need once is not counted as the sockets'.
const WARM_UP: usize = 400;
/// Longer than a heartbeat's period (10 s).
const SETTLE: Duration = Duration::from_secs(13);
/// Sockets that are asked for one more frame, and between them.
const PROBES: usize = 60;
const BETWEEN: Duration = Duration::from_millis(150);

/// What an idle socket is asked for: one frame's latency.
type Probe = oneshot::Sender<anyhow::Result<Duration>>;

#[derive(Default)]
struct Counts {
    here: AtomicU64,
    lost: AtomicU64,
    pongs: AtomicU64,
}

impl Suite {
    /// Opens `sockets` and looks at the server's memory.
    pub(super) async fn idle(&mut self, sockets: usize) -> anyhow::Result<()> {
        let venue = self.venue(&[format!("server.max_connections={}", sockets + 500)]).await?;
        let frame = self.steady.next(&mut self.steady.stream(0), Shown::Attentive).0;
        warm_up(&venue, &frame).await?;
        let monitor = Monitor::of(venue.server.pid()).context("the server's memory is not known on this system")?;
        let rss = || monitor.usage().map(|usage| usage.rss_mib).context("the server has ended");
        let before = rss()?;
        let counts = Arc::new(Counts::default());
        let (probes, mut tasks) = open(&venue, &frame, sockets, &counts).await;
        let here = counts.here.load(Ordering::Relaxed);
        ensure!(here as usize == sockets, "only {here} of {sockets} sockets were let in: are there open files enough?");
        tokio::time::sleep(SETTLE).await;
        let each = round((rss()? - before) * 1024.0 / sockets as f64);
        let latency = probe(&probes).await?;
        let (lost, pongs) = (counts.lost.load(Ordering::Relaxed), counts.pongs.load(Ordering::Relaxed));
        tasks.shutdown().await;
        self.line.idle_kib_per_socket = Some(each);
        let value =
            format!("{each:.1} KiB each, {sockets} sockets ({before:.0} MiB before); {lost} lost, {pongs} heartbeats");
        self.rows.push(Row::barred("paused camera", value, "<= 20 KiB", each <= BAR_KIB));
        let value = format!("p50 {:.1}, max {:.1} ms ({PROBES} sockets)", latency.millis(0.5), latency.millis(1.0));
        let met = lost == 0 && pongs as usize >= sockets && latency.millis(1.0) < BAR_MS;
        self.rows.push(Row::barred("  a frame of one of them", value, "< 50 ms", met));
        Ok(())
    }
}

/// A few learners who send one frame after the other and go.
async fn warm_up(venue: &Venue, frame: &Bytes) -> anyhow::Result<()> {
    let mut tasks = JoinSet::new();
    for number in 0..DOORS {
        let (target, token, frame) = (venue.target.clone(), venue.tokens[number].clone(), frame.clone());
        tasks.spawn(async move {
            let mut visitor = Visitor::join(&target, &token, number).await.map_err(|why| anyhow::anyhow!("{why}"))?;
            for _ in 0..WARM_UP / DOORS {
                visitor.look(&frame).await?;
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            visitor.leave();
            anyhow::Ok(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    Ok(())
}

/// Opens all sockets; each says hello, sends a frame and pauses its camera.
async fn open(
    venue: &Venue,
    frame: &Bytes,
    sockets: usize,
    counts: &Arc<Counts>,
) -> (Vec<mpsc::Sender<Probe>>, JoinSet<()>) {
    let doors = Arc::new(Semaphore::new(DOORS));
    let (mut probes, mut tasks) = (Vec::with_capacity(sockets), JoinSet::new());
    for number in 0..sockets {
        let (sender, receiver) = mpsc::channel(1);
        probes.push(sender);
        let (target, token) = (venue.target.clone(), venue.tokens[number % venue.tokens.len()].clone());
        let (frame, counts) = (frame.clone(), counts.clone());
        let Ok(permit) = doors.clone().acquire_owned().await else { break };
        tasks.spawn(async move {
            let joined = async {
                let mut visitor =
                    Visitor::join(&target, &token, number).await.map_err(|why| anyhow::anyhow!("{why}"))?;
                visitor.look(&frame).await?;
                visitor.say(r#"{"type":"pause"}"#)?;
                anyhow::Ok(visitor)
            };
            let joined = joined.await;
            drop(permit);
            match joined {
                Ok(visitor) => stay(visitor, &frame, receiver, &counts).await,
                Err(error) => eprintln!("loadtest: socket {number}: {error:#}"),
            }
        });
        if number % 1000 == 999 {
            eprintln!("idle: {} of {sockets} sockets", number + 1);
        }
    }
    // All doors are free once everybody is in.
    let _ = doors.acquire_many(DOORS as u32).await;
    (probes, tasks)
}

async fn stay(mut visitor: Visitor, frame: &Bytes, mut probes: mpsc::Receiver<Probe>, counts: &Counts) {
    counts.here.fetch_add(1, Ordering::Relaxed);
    loop {
        let probe = tokio::select! {
            error = visitor.idle(&counts.pongs) => Err(error),
            probe = probes.recv() => Ok(probe),
        };
        match probe {
            Err(error) => {
                if counts.lost.fetch_add(1, Ordering::Relaxed) == 0 {
                    eprintln!("loadtest: the first socket lost: {error:#}");
                }
                return;
            }
            // Whoever asked may not want to know any more.
            Ok(Some(probe)) => drop(probe.send(one_more(&mut visitor, frame).await)),
            Ok(None) => return,
        }
    }
}

/// The camera on, a frame, and off again.
async fn one_more(visitor: &mut Visitor, frame: &Bytes) -> anyhow::Result<Duration> {
    visitor.say(r#"{"type":"resume"}"#)?;
    let seen = visitor.look(frame).await?;
    visitor.say(r#"{"type":"pause"}"#)?;
    Ok(seen.latency)
}

async fn probe(probes: &[mpsc::Sender<Probe>]) -> anyhow::Result<Latency> {
    let mut latency = Latency::default();
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..PROBES {
        let (sender, receiver) = oneshot::channel();
        let socket = &probes[random.usize(..probes.len())];
        socket.send(sender).await.context("a socket is gone")?;
        latency.record(receiver.await.context("a socket is gone")??);
        tokio::time::sleep(BETWEEN).await;
    }
    Ok(latency)
}
