//! Everything that is promised about load, measured on servers of the suite's own.

mod accuracy;
mod alerts;
mod cold;
mod held;
mod idle;
mod memory;
mod overload;
mod summary;
mod venue;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;

use crate::cli::{Part, PictureArgs, SuiteArgs};
use crate::limits;
use crate::machine;
use crate::pacer::Pacer;
use crate::pictures::Album;
use crate::run::Record;
use crate::server;
use crate::{document, threshold, within};

#[cfg(test)]
pub use summary::assert_keys;
pub use summary::{LastLine, Row, table};

/// Sockets of the idle measurement, the most that the suite opens at one time, beside overload.
const SOCKETS: usize = 10_000;

/// What the measurements share, and what they found.
pub struct Suite {
    binary: PathBuf,
    settings: Vec<String>,
    pub steady: Arc<Album>,
    pacer: Arc<Pacer>,
    /// Share of the usual times.
    time: f64,
    /// The bars and figures that are printed.
    pub rows: Vec<Row>,
    /// Runs for the plots.
    pub records: Vec<Record>,
    /// What is said last.
    line: LastLine,
}

/// Measures, prints the table and the last line, writes the page and the JSON file. False when a threshold was crossed.
///
/// # Errors
/// When something could not be measured.
pub async fn run(args: &SuiteArgs) -> anyhow::Result<bool> {
    threshold::check(&args.fail_if, &LastLine::default())?;
    limits::raise_open_files(SOCKETS)?;
    let began = Instant::now();
    let (mut suite, words) = Suite::bare(&args.pictures, args.server.clone(), &args.set, args.time)?;
    eprintln!("frames: {words}");
    suite.look_at_machine("the machine before").await?;
    suite.measure(args).await?;
    suite.look_at_machine("the machine after").await?;
    suite.rows.push(Row::plain("all of it took", format!("{:.1} min", began.elapsed().as_secs_f64() / 60.0)));
    println!("{}", summary::table(&suite.rows));
    let paths = document::write(&args.out, &suite.rows, &suite.line, &suite.records, &words)?;
    eprintln!("written: {} and {}", paths.0.display(), paths.1.display());
    println!("{}", serde_json::to_string(&suite.line).context("cannot write the last line")?);
    within(&args.fail_if, &serde_json::to_value(&suite.line).context("cannot write the last line")?)
}

impl Suite {
    /// Nothing is measured yet; and words about the pictures.
    ///
    /// # Errors
    /// When there are no pictures.
    pub fn bare(
        pictures: &PictureArgs,
        server: Option<PathBuf>,
        settings: &[String],
        time: f64,
    ) -> anyhow::Result<(Self, String)> {
        let (album, words) = pictures.album(false)?;
        let suite = Self {
            binary: server.unwrap_or_else(server::default_binary),
            settings: settings.to_vec(),
            steady: album.into(),
            pacer: Arc::new(Pacer::start().context("cannot start the pacing thread")?),
            time,
            rows: Vec::new(),
            records: Vec::new(),
            line: LastLine::default(),
        };
        Ok((suite, words))
    }

    /// A row about the machine as it is now.
    ///
    /// # Errors
    /// When it could not be measured.
    pub async fn look_at_machine(&mut self, when: &str) -> anyhow::Result<()> {
        let words = tokio::task::spawn_blocking(machine::look).await.context("the look at the machine failed")??;
        eprintln!("{when}: {words}");
        self.rows.push(Row::plain(when, words));
        Ok(())
    }

    async fn measure(&mut self, args: &SuiteArgs) -> anyhow::Result<()> {
        let asked = |part: Part| args.only.is_empty() || args.only.contains(&part);
        if asked(Part::Cold) {
            self.cold_start().await.context("cold start")?;
        }
        if asked(Part::FindMax) {
            let album = self.steady.clone();
            self.find_max(album, "steady").await.context("the most learners")?;
        }
        if asked(Part::Shuffled) {
            let shuffled = Arc::new(args.pictures.album(true)?.0);
            self.find_max(shuffled, "shuffled").await.context("the most shuffled learners")?;
        }
        let held = self.line.learners_held.filter(|held| *held > 0).unwrap_or(args.assume_held);
        if asked(Part::Memory) {
            self.memory().await.context("memory with 500 learners")?;
        }
        if asked(Part::Alerts) {
            self.alerts(held * 7 / 10).await.context("alerts")?;
        }
        if asked(Part::Overload) {
            self.overload(held).await.context("overload")?;
        }
        if asked(Part::Idle) {
            self.idle(SOCKETS).await.context("paused cameras")?;
        }
        if asked(Part::Accuracy) {
            self.accuracy(args.faces.as_deref()).await.context("labelled pictures")?;
        }
        Ok(())
    }

    /// So many seconds, or the share of them that --time gives.
    pub fn seconds(&self, seconds: f64) -> Duration {
        Duration::from_secs_f64((seconds * self.time).max(2.0))
    }
}
