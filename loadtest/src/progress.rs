//! The line on stderr while a run lasts; nothing when stderr is not a terminal.

use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::learner::{Class, Phase};
use crate::report::millis;

const REFRESH: Duration = Duration::from_millis(250);

/// The bar and the task that moves it.
pub struct Progress {
    bar: ProgressBar,
    task: JoinHandle<()>,
}

impl Progress {
    /// Shows the bar.
    pub fn start(class: Arc<Class>, phase: watch::Receiver<Phase>) -> Self {
        let bar = ProgressBar::new(class.schedule.length().as_secs());
        if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos:>3}/{len} s  {msg}") {
            bar.set_style(style);
        }
        let task = tokio::spawn(follow(bar.clone(), class, phase));
        Self { bar, task }
    }

    /// Takes the bar away.
    pub fn finish(self) {
        self.task.abort();
        self.bar.finish_and_clear();
    }
}

async fn follow(bar: ProgressBar, class: Arc<Class>, phase: watch::Receiver<Phase>) {
    let mut refresh = tokio::time::interval(REFRESH);
    while !bar.is_hidden() {
        refresh.tick().await;
        let phase = *phase.borrow();
        if let Phase::Running(start) = phase {
            bar.set_position(Instant::now().saturating_duration_since(start).min(class.schedule.length()).as_secs());
        }
        bar.set_message(message(&class));
    }
}

fn message(class: &Class) -> String {
    let totals = class.totals.lock();
    format!(
        "sockets {}/{}  sent {}  answered {}  dropped {}  errors {}  p99 {:.1} ms",
        totals.connected,
        class.bells.len(),
        totals.sent,
        totals.verdicts(),
        totals.all_dropped(),
        totals.all_errors(),
        millis(&totals.latency_us, 0.99),
    )
}
