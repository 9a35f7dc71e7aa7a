//! One run of a profile: learners come, send for a while, and go.

use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use serde::{Deserialize, Serialize};

use crate::class::Class;
use crate::live::Live;
use crate::numbers::{Numbers, Span};
use crate::profile::Profile;
use crate::series::Second;
use crate::signal::stopped;
use crate::stage::Stage;

/// How often the number of learners is brought up to a profile's.
const ADJUST: Duration = Duration::from_millis(500);

/// What is to be run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// For the report.
    pub name: String,
    /// The number of learners over time.
    pub profile: Profile,
    /// Learners at the most.
    pub sockets: usize,
    /// Learners at the beginning, where the profile changes their number.
    pub from: usize,
    /// How long frames are sent before they are counted.
    pub warm_up: Duration,
    /// How long, after that.
    pub length: Duration,
    /// Sockets to open a second.
    pub ramp: f64,
    /// The server's process, if it is known.
    pub server: Option<u32>,
}

/// What came of a run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Record {
    /// What it was.
    pub name: String,
    /// All of it, but for the warming up.
    pub numbers: Numbers,
    /// Of a search: each step in a line.
    #[serde(default)]
    pub steps: Vec<String>,
    /// Second by second.
    pub series: Vec<Second>,
}

/// Runs it.
///
/// # Errors
/// When no learner at all gets in.
pub async fn run(class: Arc<Class>, plan: &Plan) -> anyhow::Result<Record> {
    let mut stage =
        Stage::new(class.clone(), plan.ramp, plan.server, Live::new(&plan.name, Some(plan.length.as_secs_f64())));
    let interrupt = stopped();
    tokio::pin!(interrupt);
    let mut cut_short = false;
    if plan.profile.gathers() {
        stage.crowd.resize(plan.sockets);
        tokio::select! {
            () = stage.gather() => {}
            () = &mut interrupt => cut_short = true,
        }
        let mut totals = class.totals.lock();
        let why = totals.now().errors.values().next().map(|counted| counted.first.clone());
        ensure!(
            totals.here > 0 || cut_short,
            "no learner got in: {}",
            why.unwrap_or_else(|| "the server is full".into())
        );
    }
    let lesson = stage.open(Some(plan.warm_up + plan.length));
    let mut usage = stage.series.usage();
    let mut counted = 0;
    if !cut_short {
        tokio::select! {
            () = async {
                if !plan.warm_up.is_zero() {
                    stage.pass_until(lesson.start + plan.warm_up, |_| false).await;
                    counted = class.totals.lock().next_window();
                    usage = stage.series.usage();
                }
                course(&mut stage, plan, lesson.start + plan.warm_up).await;
            } => {}
            () = &mut interrupt => cut_short = true,
        }
    }
    let elapsed = class.now().min(lesson.end).saturating_sub(lesson.start + plan.warm_up);
    let after = stage.series.usage();
    let here = class.totals.lock().here;
    let series = stage.close().await;
    let span = Span {
        elapsed,
        sockets: plan.sockets,
        here,
        rate: class.manners.pace.first(),
        server: usage.0.zip(after.0),
        own: usage.1.zip(after.1),
        interrupted: cut_short,
    };
    let numbers = Numbers::new(&class.totals.lock().since(counted), span);
    Ok(Record { name: plan.name.clone(), numbers, steps: Vec::new(), series: series.seconds })
}

async fn course(stage: &mut Stage, plan: &Plan, start: Duration) {
    let mut breaks = plan.profile.breaks_at();
    loop {
        let share = stage.class.now().saturating_sub(start).as_secs_f64() / plan.length.as_secs_f64();
        if share >= 1.0 {
            return;
        }
        let wanted = plan.profile.learners(share, plan.from, plan.sockets);
        if wanted != stage.crowd.size() {
            stage.crowd.resize(wanted);
        }
        if breaks.is_some_and(|at| share >= at) {
            breaks = None;
            stage.crowd.break_all();
        }
        let next = (stage.class.now() + ADJUST).min(start + plan.length);
        stage.pass_until(next, |_| false).await;
    }
}
