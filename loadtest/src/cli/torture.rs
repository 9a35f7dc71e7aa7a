//! The flags of the torture.

use std::path::PathBuf;

use clap::Args;

use super::PictureArgs;
use super::number::positive;
use crate::threshold::Threshold;

/// Everything.
#[derive(Debug, Args)]
pub struct TortureArgs {
    /// The server's program.
    #[arg(long, value_name = "FILE")]
    pub server: Option<PathBuf>,
    /// Further settings of every server, as inference.workers=1; may come several times.
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// Where the page and the JSON file are written.
    #[arg(long, value_name = "FOLDER", default_value = "target/torture")]
    pub out: PathBuf,
    /// Only these trials, with commas between them; may come several times.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub only: Vec<Trial>,
    /// Share of the usual time that stops and the soak run take, for trying things out; figures from less than 1 are not to be quoted.
    #[arg(long, value_name = "SHARE", default_value_t = 1.0, value_parser = positive)]
    pub time: f64,
    /// Learners that this machine holds, of whom 70 % come; left out: as `loadtest suite` found in target/loadtest, else 700.
    #[arg(long, value_name = "COUNT")]
    pub held: Option<usize>,
    /// Seconds that each fuzzing target runs.
    #[arg(long, value_name = "COUNT", default_value_t = 15)]
    pub fuzz_seconds: u32,
    /// Exit with status 2 if this holds of the last line, as soak_lost_verdicts>0; may come several times.
    #[arg(long, value_name = "CONDITION")]
    pub fail_if: Vec<Threshold>,
    /// What cameras see.
    #[command(flatten)]
    pub pictures: PictureArgs,
}

/// A part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Trial {
    /// The Autobahn test suite.
    Autobahn,
    /// Every fuzzing target for a while.
    Fuzz,
    /// SIGTERM under load.
    Drain,
    /// A new release under 200 learners, and a broken one.
    Deploy,
    /// Half an hour at 70 % load.
    Soak,
}
