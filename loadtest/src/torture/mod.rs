//! What is promised of faults and abuse, measured: conformance, fuzzing, a stop under load, a deployment, half an hour of work.

mod drain;
mod outside;
mod soak;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde::Serialize;
use serde_json::Value;

use crate::cli::{TortureArgs, Trial};
use crate::suite::{self, Row, Suite};
use crate::{document, limits, threshold, within};

/// Sockets at one time.
const SOCKETS: usize = 5_000;
/// Where `make loadtest` leaves its figures.
const HELD: &str = "target/loadtest/report.json";
/// Without them.
const ASSUMED: usize = 700;
/// Of the learners that were held.
const LOAD: f64 = 0.7;

/// The JSON object at the very end; null where nothing was measured.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
struct LastLine {
    autobahn_cases: Option<u64>,
    autobahn_failed: Option<u64>,
    fuzz_targets: Option<u64>,
    fuzz_executions: Option<u64>,
    fuzz_crashes: Option<u64>,
    /// Frames that a stopping server had taken and did not answer.
    drain_lost_verdicts: Option<u64>,
    deploy_lost_sessions: Option<u64>,
    deploy_lost_alerts: Option<u64>,
    soak_minutes: Option<f64>,
    /// From the first minutes after the warm-up to the last ones, percent.
    soak_rss_growth_pct: Option<f64>,
    soak_lost_verdicts: Option<u64>,
}

struct Torture {
    suite: Suite,
    /// Learners at 70 % load.
    learners: usize,
    line: LastLine,
}

/// Measures, prints the table and the last line, writes the page and the JSON file. False when a threshold was crossed.
///
/// # Errors
/// When something could not be measured.
pub async fn run(args: &TortureArgs) -> anyhow::Result<bool> {
    threshold::check(&args.fail_if, &LastLine::default())?;
    limits::raise_open_files(SOCKETS)?;
    let began = Instant::now();
    let held = args.held.or_else(held_before).unwrap_or(ASSUMED);
    let (mut suite, words) = Suite::bare(&args.pictures, args.server.clone(), &args.set, args.time)?;
    eprintln!("frames: {words}");
    suite.look_at_machine("the machine before").await?;
    let learners = ((held as f64 * LOAD).round() as usize).min(SOCKETS);
    let mut torture = Torture { suite, learners, line: LastLine::default() };
    torture.measure(args).await?;
    let Torture { mut suite, line, .. } = torture;
    suite.look_at_machine("the machine after").await?;
    suite.rows.push(Row::plain("all of it took", format!("{:.1} min", began.elapsed().as_secs_f64() / 60.0)));
    println!("{}", suite::table(&suite.rows));
    let paths = document::write(&args.out, &suite.rows, &line, &suite.records, &words)?;
    eprintln!("written: {} and {}", paths.0.display(), paths.1.display());
    println!("{}", serde_json::to_string(&line).context("cannot write the last line")?);
    within(&args.fail_if, &serde_json::to_value(&line).context("cannot write the last line")?)
}

/// As the load test found, if it has run here.
fn held_before() -> Option<usize> {
    let report: Value = serde_json::from_str(&std::fs::read_to_string(HELD).ok()?).ok()?;
    usize::try_from(report["summary"]["learners_held"].as_u64()?).ok().filter(|held| *held > 0)
}

impl Torture {
    async fn measure(&mut self, args: &TortureArgs) -> anyhow::Result<()> {
        let asked = |trial: Trial| args.only.is_empty() || args.only.contains(&trial);
        if asked(Trial::Autobahn) {
            self.autobahn().await.context("conformance")?;
        }
        if asked(Trial::Fuzz) {
            self.fuzz(args.fuzz_seconds).await.context("fuzzing")?;
        }
        if asked(Trial::Drain) {
            self.drain().await.context("a stop under load")?;
        }
        if asked(Trial::Deploy) {
            self.deploy().await.context("a deployment")?;
        }
        if asked(Trial::Soak) {
            self.soak().await.context("the soak run")?;
        }
        Ok(())
    }

    fn row(&mut self, name: &str, value: String, bar: &str, met: bool) {
        self.suite.rows.push(Row::barred(name, value, bar, met));
    }

    fn seconds(&self, seconds: f64) -> Duration {
        self.suite.seconds(seconds)
    }
}

/// The repository, where the scripts lie: here, or where this program was built.
fn repository() -> PathBuf {
    let here = PathBuf::from(".");
    if here.join("tests/autobahn").is_dir() {
        return here;
    }
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_has_exactly_its_keys() {
        let expected = [
            "autobahn_cases",
            "autobahn_failed",
            "fuzz_targets",
            "fuzz_executions",
            "fuzz_crashes",
            "drain_lost_verdicts",
            "deploy_lost_sessions",
            "deploy_lost_alerts",
            "soak_minutes",
            "soak_rss_growth_pct",
            "soak_lost_verdicts",
        ];
        suite::assert_keys(&LastLine::default(), &expected);
    }
}
