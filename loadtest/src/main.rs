//! Simulates many learners on one Loa server. See `loadtest --help`.

mod answer;
mod connect;
mod frames;
mod learner;
mod ledger;
mod pacer;
mod progress;
mod report;
mod run;
#[cfg(test)]
mod run_test;
mod schedule;
mod sign_in;
mod totals;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Parser;
use tokio::sync::Notify;

use crate::connect::Target;
use crate::learner::Class;
use crate::report::{Asked, Report};
use crate::schedule::Schedule;
use crate::totals::Shared;

const EXAMPLE: &str = "\
Example, against a server on this machine:
  loadtest --sockets 100 --rate 1 --seconds 60 --frames tests/fixtures/faces

How it measures:
  Every frame's time is fixed beforehand and does not wait for answers. A latency counts from the moment the
  frame was due to its verdict, so a server that stalls cannot hide it by slowing the senders down. `own lag`
  is how late this program itself was; when its p99 is near the latencies, the generator is the bottleneck:
  give it more --threads or another machine.
  The measured time starts when all sockets are connected. After it, outstanding answers are waited for (--wait).

What the numbers mean:
  dropped     frames the server answered with `dropped`, by reason; under overload that is what it should do
  unanswered  frames with neither verdict nor `dropped` nor `error`; a correct server leaves none
  unsent      frames that were due but not sent, since the socket was blocked or closed
  errors      `error` messages, failed connects, sockets closed early, and violations of docs/protocol.md
              (an answer to an unknown frame, a second answer, bad JSON, no goodbye)
  differing   verdicts whose presence or eyes differ from the first one of the same picture

With --json, the last line of stdout is one JSON object. Thousands of sockets need `ulimit -n` above their number.";

/// Simulates learners that send webcam frames to one Loa server, and prints what they saw.
#[derive(Debug, Parser)]
#[command(version, about, after_help = EXAMPLE)]
struct Cli {
    /// The server's WebSocket.
    #[arg(long, default_value = "ws://127.0.0.1:8080/ws")]
    url: String,
    /// How many learners, each on a socket of its own.
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    sockets: u32,
    /// Frames a second on each socket.
    #[arg(long, value_name = "PER_SECOND", default_value_t = 1.0, value_parser = positive)]
    rate: f64,
    /// How long frames are sent.
    #[arg(long, default_value_t = 60.0, value_parser = positive)]
    seconds: f64,
    /// A folder of JPEG files (.jpg, .jpeg), searched with its subfolders. Each learner starts at another one.
    #[arg(long, value_name = "FOLDER")]
    frames: PathBuf,
    /// Sockets to connect a second.
    #[arg(long, value_name = "PER_SECOND", default_value_t = 200.0, value_parser = positive)]
    ramp: f64,
    /// Seconds that a socket may take to connect and to be welcomed.
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0, value_parser = positive)]
    connect_timeout: f64,
    /// Seconds to wait for outstanding answers at the end.
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0, value_parser = positive)]
    wait: f64,
    /// Threads for the sockets.
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: u16,
    /// Print one JSON object instead of a table.
    #[arg(long)]
    json: bool,
}

/// A number that is a sensible rate or time.
fn positive(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| format!("{text} is not a number"))?;
    if (1e-3..=1e6).contains(&number) { Ok(number) } else { Err("expected 0.001 to 1000000".into()) }
}

fn main() -> ExitCode {
    match test(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("loadtest: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn test(cli: &Cli) -> anyhow::Result<()> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(cli.threads.into()).enable_all().build().context("cannot start")?;
    let report = runtime.block_on(measure(cli))?;
    report.first_errors().for_each(|sentence| eprintln!("loadtest: first {sentence}"));
    if cli.json {
        // The table for who looks on, the line for who reads the output.
        eprintln!("{report}");
        println!("{}", report.to_json().context("cannot write the report")?);
    } else {
        println!("{report}");
    }
    Ok(())
}

async fn measure(cli: &Cli) -> anyhow::Result<Report> {
    let pictures = frames::read(&cli.frames)?;
    let target = Target::resolve(&cli.url, Duration::from_secs_f64(cli.connect_timeout)).await?;
    let sockets = cli.sockets as usize;
    let token = sign_in::guest(&target).await.with_context(|| format!("cannot become a guest of {}", cli.url))?;
    let class = Arc::new(Class {
        target,
        token,
        schedule: Schedule::new(sockets, cli.rate, Duration::from_secs_f64(cli.seconds)),
        totals: Shared::new(pictures.len())?,
        pictures,
        wait: Duration::from_secs_f64(cli.wait),
        bells: (0..sockets).map(|_| Notify::new()).collect(),
    });
    let course = run::run(class.clone(), cli.ramp).await.with_context(|| format!("cannot test {}", cli.url))?;
    if let Err(error) = sign_in::erase(&class.target, &class.token).await {
        eprintln!("loadtest: the test's learner stays in the database: {error:#}");
    }
    let asked = Asked { sockets, rate: cli.rate, seconds: cli.seconds };
    let report = Report::new(&class.totals.lock(), asked, course);
    Ok(report)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_are_consistent_and_rates_are_checked() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
        assert_eq!(positive("0.5"), Ok(0.5));
        assert!(["0", "-1", "NaN", "inf", "much"].iter().all(|text| positive(text).is_err()));
    }
}
