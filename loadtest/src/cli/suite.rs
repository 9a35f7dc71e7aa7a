//! The flags of the suite.

use std::path::PathBuf;

use clap::Args;

use super::PictureArgs;
use super::number::positive;
use crate::threshold::Threshold;

/// Everything.
#[derive(Debug, Args)]
pub struct SuiteArgs {
    /// The server's program.
    #[arg(long, value_name = "FILE")]
    pub server: Option<PathBuf>,
    /// Further settings of every server, as inference.workers=1; may come several times.
    #[arg(long, value_name = "NAME=VALUE")]
    pub set: Vec<String>,
    /// A folder of labelled pictures with manifest.csv; left out: ../shared/faces, if it is there.
    #[arg(long, value_name = "FOLDER")]
    pub faces: Option<PathBuf>,
    /// Where the page and the JSON file are written.
    #[arg(long, value_name = "FOLDER", default_value = "target/loadtest")]
    pub out: PathBuf,
    /// Only these measurements, with commas between them; may come several times.
    #[arg(long, value_enum, value_delimiter = ',')]
    pub only: Vec<Part>,
    /// Share of the usual time that runs take, for trying things out; figures from less than 1 are not to be quoted.
    #[arg(long, value_name = "SHARE", default_value_t = 1.0, value_parser = positive)]
    pub time: f64,
    /// Learners for alerts and overload, when they are measured without the search.
    #[arg(long, value_name = "COUNT", default_value_t = 400)]
    pub assume_held: usize,
    /// Threads for the sockets.
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub threads: u16,
    /// Exit with status 2 if this holds of the last line, as p99_ms>100; may come several times.
    #[arg(long, value_name = "CONDITION")]
    pub fail_if: Vec<Threshold>,
    /// What cameras see.
    #[command(flatten)]
    pub pictures: PictureArgs,
}

/// A part of the suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// From the start to the first verdict.
    Cold,
    /// The most learners.
    FindMax,
    /// The same with other persons in every frame.
    Shuffled,
    /// Memory with 500 learners.
    Memory,
    /// From the tipping frame to the alert.
    Alerts,
    /// More than the server can take.
    Overload,
    /// 10,000 paused cameras.
    Idle,
    /// Labelled pictures.
    Accuracy,
}
