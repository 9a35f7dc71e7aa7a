//! A server that is told to stop while learners send: what it had taken is answered, and everybody is told to come back.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use super::Torture;
use crate::class::Manners;
use crate::live::Live;
use crate::rhythm::Pace;
use crate::run::Record;
use crate::stage::Stage;

/// Stops, one after the other, each of a server of its own.
const STOPS: usize = 3;
/// Seconds of load before each.
const LOAD: f64 = 12.0;
/// How long a stop may take: `server.shutdown_ms` and a little.
const PATIENCE: Duration = Duration::from_secs(13);
/// Sockets to open a second.
const RAMP: f64 = 300.0;

impl Torture {
    pub(super) async fn drain(&mut self) -> anyhow::Result<()> {
        let (mut lost, mut without_word, mut slowest, mut answered) = (0, 0, Duration::ZERO, 0);
        for number in 1..=STOPS {
            let mut venue = self.suite.venue(&["server.max_connections=10000".to_owned()]).await?;
            let manners = Manners { pace: Pace::Obeying(1.0), ..Manners::PLAIN };
            let class = self.suite.class(&venue, self.suite.steady.clone(), manners);
            let name = format!("stop {number} under {} learners", self.learners);
            let mut stage = Stage::new(class, RAMP, Some(venue.server.pid()), Live::new(&name, None));
            stage.open(None);
            stage.crowd.resize(self.learners);
            stage.gather().await;
            let mark = stage.begin();
            stage.pass(self.seconds(LOAD)).await;
            let here = stage.class.totals.lock().here;
            ensure!(here > 0, "nobody is there to be told");
            let stop = Instant::now();
            terminate(venue.server.pid())?;
            while !venue.server.has_ended()? {
                ensure!(stop.elapsed() < PATIENCE, "the server did not end within {} s", PATIENCE.as_secs());
                stage.pass(Duration::from_millis(20)).await;
            }
            slowest = slowest.max(stop.elapsed());
            stage.pass(Duration::from_millis(500)).await;
            let (window, span) = stage.end(mark, 1.0).await;
            lost += window.left_open;
            let told = window.errors.get("closed_1012").map_or(0, |counted| counted.count);
            without_word += (here as u64).saturating_sub(told);
            let numbers = crate::numbers::Numbers::new(&window, span);
            answered += numbers.answered;
            let series = stage.close().await;
            self.suite.records.push(Record { name, numbers, steps: Vec::new(), series: series.seconds });
        }
        self.line.drain_lost_verdicts = Some(lost);
        let value = format!(
            "{lost} of {answered} frames lost, {without_word} learners not told to come back; {STOPS} stops of {} learners, \
             the longest took {:.1} s",
            self.learners,
            slowest.as_secs_f64()
        );
        self.row("SIGTERM under load", value, "0", lost == 0 && without_word == 0);
        Ok(())
    }
}

fn terminate(pid: u32) -> anyhow::Result<()> {
    let status = Command::new("kill").args(["-TERM", &pid.to_string()]).status().context("cannot run kill")?;
    ensure!(status.success(), "the server is gone already");
    Ok(())
}
