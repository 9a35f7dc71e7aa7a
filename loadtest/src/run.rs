//! One run: learners come one after the other, all send for a while, and go.

use std::future::pending;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::learner::{Class, Learner, Phase};
use crate::pacer;
use crate::progress::Progress;
use crate::report::Course;

/// From the signal to the first frame: enough for thousands of tasks to wake up.
const HEAD_START: Duration = Duration::from_millis(200);

/// A learner's number and how many frames it sent; `None` if it never connected.
type Past = Option<(usize, u32)>;

/// Lets all learners of the class connect, `ramp` a second, send and go.
///
/// # Errors
/// When the first learner cannot connect, or when the system gives no thread.
pub async fn run(class: Arc<Class>, ramp: f64) -> anyhow::Result<Course> {
    let first = Learner::join(class.clone(), 0).await;
    let first = first.map_err(|why| anyhow::anyhow!("{why}")).context("cannot connect")?;
    let (phase, watcher) = watch::channel(Phase::Gathering);
    let progress = Progress::start(class.clone(), watcher.clone());
    let (mut tasks, mut gathering) = gather(&class, first, ramp, &watcher);
    let mut past = Vec::new();

    let interrupt = interrupted();
    tokio::pin!(interrupt);
    let mut elapsed = Duration::ZERO;
    let mut interrupted = tokio::select! {
        _ = gathering.recv() => false,
        () = &mut interrupt => true,
    };
    if !interrupted {
        let start = Instant::now() + HEAD_START;
        pacer::start(class.schedule, start, class.bells.clone()).context("cannot start the pacing thread")?;
        phase.send_replace(Phase::Running(start));
        interrupted = tokio::select! {
            () = collect(&mut tasks, &mut past) => false,
            () = &mut interrupt => true,
        };
        elapsed = start.elapsed().min(class.schedule.length());
    }
    phase.send_replace(Phase::Over);
    collect(&mut tasks, &mut past).await;
    progress.finish();
    let until = if interrupted { elapsed } else { class.schedule.length() };
    Ok(Course { elapsed, unsent: unsent(&class, &past, until), interrupted })
}

/// Starts every learner; nothing is received from the channel, it ends when each has connected or failed.
fn gather(
    class: &Arc<Class>,
    first: Learner,
    ramp: f64,
    phase: &watch::Receiver<Phase>,
) -> (JoinSet<Past>, mpsc::Receiver<()>) {
    let (here, gathering) = mpsc::channel(1);
    let mut tasks = JoinSet::new();
    let watcher = phase.clone();
    tasks.spawn(async move { Some((0, first.live(watcher).await)) });
    for number in 1..class.bells.len() {
        let delay = Duration::from_secs_f64(number as f64 / ramp);
        tasks.spawn(attend(class.clone(), number, delay, here.clone(), phase.clone()));
    }
    (tasks, gathering)
}

async fn attend(
    class: Arc<Class>,
    number: usize,
    delay: Duration,
    here: mpsc::Sender<()>,
    mut phase: watch::Receiver<Phase>,
) -> Past {
    let joined = tokio::select! {
        joined = async { tokio::time::sleep(delay).await; Learner::join(class.clone(), number).await } => joined,
        _ = phase.wait_for(|phase| *phase == Phase::Over) => return None,
    };
    drop(here);
    match joined {
        Ok(learner) => Some((number, learner.live(phase).await)),
        Err(why) => {
            class.totals.lock().unreached(&why);
            None
        }
    }
}

async fn collect(tasks: &mut JoinSet<Past>, past: &mut Vec<(usize, u32)>) {
    while let Some(ended) = tasks.join_next().await {
        past.extend(ended.ok().flatten());
    }
}

fn unsent(class: &Class, past: &[(usize, u32)], until: Duration) -> u64 {
    let missing = |&(number, sent): &(usize, u32)| class.schedule.frames(number, until).saturating_sub(sent);
    past.iter().map(missing).map(u64::from).sum()
}

async fn interrupted() {
    if tokio::signal::ctrl_c().await.is_err() {
        pending::<()>().await;
    }
}
