//! The command line.

mod number;
mod suite;
mod torture;

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use self::number::{below_one, not_negative, positive, share};
pub use self::suite::{Part, SuiteArgs};
pub use self::torture::{TortureArgs, Trial};
use crate::behaviour::{Episode, Habits};
use crate::class::{Manners, SlowReaders};
use crate::pictures::{Album, Folders, jpegs};
use crate::profile::Profile;
use crate::rhythm::Pace;
use crate::threshold::Threshold;

const EXAMPLE: &str = "\
Examples, against a server on this machine:
  loadtest --sockets 100 --seconds 60                       100 learners who send what the server asks for
  loadtest --sockets 450 --rate 4 --seconds 30              450 who send 4 frames/s whatever it asks for
  loadtest --spawn --find-max                               the most that a server of its own holds at 1 frame/s
  loadtest --profile storm --sockets 500 --html storm.html  all connections break at half time
  loadtest --sockets 100 --fail-if 'p99_ms>100' --fail-if 'dropped>0'
  loadtest suite                                            everything, on servers of its own
  loadtest torture --only drain                             stopped while learners send
  loadtest compare before.json after.json

Every frame's time is fixed beforehand and does not wait for answers. A latency counts from the moment the frame was due
to its verdict, so a server that stalls cannot hide it by slowing the senders down. `own lag` is how late this program
itself was; when its p99 is near the latencies, the generator is the bottleneck. docs/loadtest.md says what the numbers mean.

Exit status: 0; 1 when something could not be done; 2 when a --fail-if holds.";

/// Simulates learners that send webcam frames to one Loa server, and prints what they saw.
#[derive(Debug, Parser)]
#[command(version, about, after_help = EXAMPLE, args_conflicts_with_subcommands = true)]
pub struct Cli {
    /// Something else than one run.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// One run.
    #[command(flatten)]
    pub run: RunArgs,
}

/// Something else than one run.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print two JSON results side by side, with what has changed.
    Compare {
        /// The older result.
        before: PathBuf,
        /// The newer one.
        after: PathBuf,
    },
    /// Measure everything on servers of its own; the last line of stdout is JSON.
    Suite(Box<SuiteArgs>),
    /// Conformance, fuzzing, stops, a deployment and half an hour of work, in the repository; the last line of stdout is JSON.
    Torture(Box<TortureArgs>),
}

/// One run.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The server's WebSocket.
    #[arg(long, default_value = "ws://127.0.0.1:8080/ws")]
    pub url: String,
    /// Start a server of its own, with a temporary database, instead of looking for one at --url.
    #[arg(long, conflicts_with_all = ["url", "server_pid"])]
    pub spawn: bool,
    /// That server's program; left out: loa beside this program.
    #[arg(long, value_name = "FILE", requires = "spawn")]
    pub server: Option<PathBuf>,
    /// A setting of that server, as inference.workers=1; may come several times.
    #[arg(long, value_name = "NAME=VALUE", requires = "spawn")]
    pub set: Vec<String>,
    /// How many learners, each on a socket of its own.
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub sockets: u32,
    /// Frames a second of each learner, whatever the server asks for. Left out: what it asks for, 1 to begin with.
    #[arg(long, value_name = "PER_SECOND", value_parser = positive)]
    pub rate: Option<f64>,
    /// How long frames are sent.
    #[arg(long, default_value_t = 60.0, value_parser = positive)]
    pub seconds: f64,
    /// How long frames are sent before that which are not counted.
    #[arg(long, value_name = "SECONDS", default_value_t = 0.0, value_parser = not_negative)]
    pub warm_up: f64,
    /// How the number of learners changes.
    #[arg(long, value_enum, default_value_t = Profile::Constant)]
    pub profile: Profile,
    /// Learners at the beginning of ramp, step and spike; of the first step of --find-max.
    #[arg(long, value_name = "COUNT", default_value_t = 50)]
    pub from: u32,
    /// Frames come late by up to this share of a period.
    #[arg(long, value_name = "SHARE", default_value_t = 0.2, value_parser = below_one)]
    pub jitter: f64,
    /// Sockets to connect a second.
    #[arg(long, value_name = "PER_SECOND", default_value_t = 200.0, value_parser = positive)]
    pub ramp: f64,
    /// Seconds that a socket may take to connect and to be welcomed.
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0, value_parser = positive)]
    pub connect_timeout: f64,
    /// Seconds to wait for outstanding answers at the end.
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0, value_parser = positive)]
    pub wait: f64,
    /// Guests that the learners are, in turn.
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub guests: u32,
    /// Threads for the sockets.
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub threads: u16,
    /// The server's process, to watch its processor time and memory.
    #[arg(long, value_name = "PID")]
    pub server_pid: Option<u32>,
    /// What learners do.
    #[command(flatten)]
    pub behaviour: BehaviourArgs,
    /// What cameras see.
    #[command(flatten)]
    pub pictures: PictureArgs,
    /// How the largest number of learners is looked for.
    #[command(flatten)]
    pub search: SearchArgs,
    /// Where results go.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// What learners do.
#[derive(Debug, Args)]
#[command(next_help_heading = "Behaviour")]
pub struct BehaviourArgs {
    /// Learners doze off every so many seconds on average; 0: never.
    #[arg(long, value_name = "SECONDS", default_value_t = 0.0, value_parser = not_negative)]
    pub doze_every: f64,
    /// Seconds that they sleep, up to a third more. The server's first alert comes after 5.
    #[arg(long, value_name = "SECONDS", default_value_t = 8.0, value_parser = positive)]
    pub doze_for: f64,
    /// Learners leave every so many seconds on average; 0: never.
    #[arg(long, value_name = "SECONDS", default_value_t = 0.0, value_parser = not_negative)]
    pub leave_every: f64,
    /// Seconds until they return, up to a third more. The server's first alert comes after 10.
    #[arg(long, value_name = "SECONDS", default_value_t = 14.0, value_parser = positive)]
    pub leave_for: f64,
    /// Share of an attentive learner's frames that catch a blink.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = below_one)]
    pub blink: f64,
    /// Share of learners that stop reading for --slow-for seconds every 20.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    pub slow_share: f64,
    /// Seconds for which slow readers read nothing.
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0, value_parser = positive)]
    pub slow_for: f64,
    /// Share of learners that send subtitles and answer questions.
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    pub quiz_share: f64,
    /// Seconds over which learners come back after --profile storm.
    #[arg(long, value_name = "SECONDS", default_value_t = 2.0, value_parser = positive)]
    pub return_within: f64,
}

/// What cameras see.
#[derive(Debug, Args)]
#[command(next_help_heading = "Pictures (left out: the repository's fixtures)")]
pub struct PictureArgs {
    /// A folder with the subfolders attentive, dozing and away; or any folder of JPEG files, which are sent as they are, in turn.
    #[arg(long, value_name = "FOLDER", conflicts_with = "attentive")]
    pub frames: Option<PathBuf>,
    /// Faces with open eyes; the nth file of each folder is the same person's.
    #[arg(long, value_name = "FOLDER")]
    pub attentive: Option<PathBuf>,
    /// Faces with closed eyes.
    #[arg(long, value_name = "FOLDER", requires = "attentive")]
    pub dozing: Option<PathBuf>,
    /// Nobody.
    #[arg(long, value_name = "FOLDER", requires = "attentive")]
    pub away: Option<PathBuf>,
    /// Every frame of a learner shows another person: the worst case for a server that remembers.
    #[arg(long)]
    pub shuffle: bool,
}

/// How the largest number of learners is looked for.
#[derive(Debug, Args)]
#[command(next_help_heading = "Search")]
pub struct SearchArgs {
    /// Find the most learners at 1 frame/s with no frame lost and p99 below --limit-ms.
    #[arg(long)]
    pub find_max: bool,
    /// Milliseconds that p99 must be below.
    #[arg(long, value_name = "MS", default_value_t = 100.0, value_parser = positive)]
    pub limit_ms: f64,
    /// Never more learners than this.
    #[arg(long, value_name = "COUNT", default_value_t = 8000)]
    pub most: u32,
    /// Seconds of each step.
    #[arg(long, value_name = "SECONDS", default_value_t = 12.0, value_parser = positive)]
    pub step_seconds: f64,
    /// Seconds for which the answer is confirmed.
    #[arg(long, value_name = "SECONDS", default_value_t = 30.0, value_parser = positive)]
    pub confirm_seconds: f64,
}

/// Where results go.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Print one JSON object on stdout, and the table on stderr.
    #[arg(long)]
    pub json: bool,
    /// Write a page with plots.
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Write all numbers and every second as JSON.
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,
    /// Exit with status 2 if this holds, as p99_ms>100 or dropped!=0; may come several times.
    #[arg(long, value_name = "CONDITION")]
    pub fail_if: Vec<Threshold>,
}

impl RunArgs {
    /// What learners do.
    pub fn manners(&self) -> Manners {
        let it = &self.behaviour;
        let episode = |every_s, for_s| Episode { every_s, for_s: (for_s, for_s * 4.0 / 3.0) };
        Manners {
            pace: self.rate.map_or(Pace::Obeying(1.0), Pace::Fixed),
            jitter: self.jitter,
            habits: Habits {
                doze: episode(it.doze_every, it.doze_for),
                leave: episode(it.leave_every, it.leave_for),
                blink: it.blink,
            },
            slow: SlowReaders { share: it.slow_share, every_s: 20.0, for_s: it.slow_for },
            quiz_share: it.quiz_share,
            return_within_s: it.return_within,
        }
    }
}

impl PictureArgs {
    /// The frames, and what they are in a sentence.
    ///
    /// # Errors
    /// When a folder or a picture cannot be read.
    pub fn album(&self, shuffle: bool) -> anyhow::Result<(Album, String)> {
        let folders = match (&self.frames, &self.attentive) {
            (Some(folder), _) => match Folders::below(folder)? {
                Some(folders) => folders,
                None => {
                    let album = Album::plain(&jpegs(folder)?)?;
                    let words = format!("{}, from {}", album.describe(), folder.display());
                    return Ok((album, words));
                }
            },
            (None, Some(attentive)) => Folders::named(attentive, self.dozing.as_deref(), self.away.as_deref())?,
            (None, None) => Folders::fixtures()?,
        };
        let album = Album::new(&folders, shuffle || self.shuffle)?;
        let words = format!("{}, from {}", album.describe(), folders.source);
        Ok((album, words))
    }
}

/// Seconds as a duration; the flags are checked.
pub fn seconds(number: f64) -> Duration {
    Duration::from_secs_f64(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_are_consistent() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }

    #[test]
    fn a_rate_that_is_named_is_kept_whatever_the_server_asks_for() {
        let parse = |line: &str| Cli::try_parse_from(line.split(' ')).expect(line).run.manners();
        assert_eq!(parse("loadtest --sockets 5").pace, Pace::Obeying(1.0));
        assert_eq!(parse("loadtest --rate 4").pace, Pace::Fixed(4.0));
        let habits = parse("loadtest --doze-every 60 --doze-for 6").habits;
        assert_eq!((habits.doze.for_s, habits.leave.every_s), ((6.0, 8.0), 0.0));
    }

    #[test]
    fn the_line_that_scripts_use_is_understood() {
        let line =
            "loadtest --url ws://127.0.0.1:1/ws --sockets 5 --rate 1 --seconds 2 --frames tests/fixtures/faces --json";
        let cli = Cli::try_parse_from(line.split(' ')).expect(line);
        assert!(cli.command.is_none() && cli.run.output.json);
        assert!(Cli::try_parse_from(["loadtest", "compare", "a", "b"]).expect("understood").command.is_some());
    }
}
