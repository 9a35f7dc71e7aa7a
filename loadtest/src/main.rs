//! Simulates many learners on one Loa server. See `loadtest --help` and docs/loadtest.md.

mod answer;
mod behaviour;
mod class;
mod cli;
mod compare;
mod connect;
mod crowd;
mod document;
mod fairness;
#[cfg(test)]
mod fake;
mod find_max;
mod greeting;
mod latency;
mod learner;
mod lecture;
mod ledger;
mod limits;
mod line;
mod live;
mod machine;
mod monitor;
mod numbers;
mod pacer;
mod pictures;
mod plot;
mod profile;
mod rhythm;
mod run;
#[cfg(test)]
mod run_test;
mod series;
mod server;
mod sign_in;
mod signal;
mod stage;
mod suite;
mod table;
mod threshold;
mod torture;
mod totals;
mod vigil;
mod visitor;
mod window;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use clap::Parser;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

use crate::class::Class;
use crate::cli::{Cli, Command, RunArgs, seconds};
use crate::connect::Target;
use crate::numbers::Numbers;
use crate::pacer::Pacer;
use crate::run::{Plan, Record};
use crate::server::Server;
use crate::threshold::Threshold;

/// What `--fail-if` ends with.
const FAILED: u8 = 2;

fn main() -> ExitCode {
    match test(&Cli::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => FAILED.into(),
        Err(error) => {
            eprintln!("loadtest: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// False when a threshold was crossed.
fn test(cli: &Cli) -> anyhow::Result<bool> {
    match &cli.command {
        Some(Command::Compare { before, after }) => {
            println!("{}", compare::files(before, after)?);
            Ok(true)
        }
        Some(Command::Suite(args)) => runtime(args.threads)?.block_on(async {
            tokio::select! {
                done = suite::run(args) => done,
                () = signal::stopped() => anyhow::bail!("stopped"),
            }
        }),
        Some(Command::Torture(args)) => runtime(1)?.block_on(async {
            tokio::select! {
                done = torture::run(args) => done,
                () = signal::stopped() => anyhow::bail!("stopped"),
            }
        }),
        None => one_run(&cli.run),
    }
}

/// One thread does without the others' locks and wake-ups.
fn runtime(threads: u16) -> anyhow::Result<Runtime> {
    let mut builder = if threads == 1 { Builder::new_current_thread() } else { Builder::new_multi_thread() };
    if threads > 1 {
        builder.worker_threads(threads.into());
    }
    builder.enable_all().build().context("cannot start")
}

fn one_run(args: &RunArgs) -> anyhow::Result<bool> {
    threshold::check(&args.output.fail_if, &Numbers::default())?;
    let (record, frames) = runtime(args.threads)?.block_on(measure(args))?;
    record.numbers.first_errors.iter().for_each(|(word, sentence)| eprintln!("loadtest: first {word}: {sentence}"));
    if args.output.json {
        // The table for who looks on, the line for who reads the output.
        eprintln!("{}", record.numbers);
        println!("{}", serde_json::to_string(&record.numbers).context("cannot write the numbers")?);
    } else {
        println!("{}", record.numbers);
    }
    let numbers = serde_json::to_value(&record.numbers).context("cannot write the numbers")?;
    let records = [record];
    if let Some(path) = &args.output.html {
        document::save(path, &document::page(&[], &records, &frames)?)?;
    }
    if let Some(path) = &args.output.save {
        document::save(path, &document::json(&[], &numbers, &records, &frames)?)?;
    }
    within(&args.output.fail_if, &numbers)
}

/// Whether no threshold is crossed; says which are.
fn within(thresholds: &[Threshold], numbers: &Value) -> anyhow::Result<bool> {
    let failures: Vec<Option<String>> =
        thresholds.iter().map(|threshold| threshold.failure(numbers)).collect::<anyhow::Result<_>>()?;
    failures.iter().flatten().for_each(|failure| eprintln!("loadtest: {failure}"));
    Ok(failures.iter().all(Option::is_none))
}

async fn measure(args: &RunArgs) -> anyhow::Result<(Record, String)> {
    let sockets = args.sockets as usize;
    limits::raise_open_files(if args.search.find_max { args.search.most as usize } else { sockets })?;
    let (album, words) = args.pictures.album(false)?;
    eprintln!("frames: {words}");
    let server = if args.spawn {
        let binary = args.server.clone().unwrap_or_else(server::default_binary);
        Some(Server::start(&binary, &args.set).await?)
    } else {
        None
    };
    let pid = server.as_ref().map(Server::pid).or(args.server_pid);
    let url = server.as_ref().map_or(&args.url, |server| &server.url);
    let target = Target::resolve(url, seconds(args.connect_timeout)).await?;
    let tokens = sign_in::guests(&target, args.guests as usize).await;
    let tokens = tokens.with_context(|| format!("cannot become a guest of {url}"))?;
    let pacer = Arc::new(Pacer::start().context("cannot start the pacing thread")?);
    let mut class = Class::new(target, tokens, album.into(), args.manners(), pacer);
    class.wait = seconds(args.wait);
    let class = Arc::new(class);
    let record =
        if args.search.find_max { search(&class, args, pid).await? } else { profile(&class, args, pid).await? };
    for token in &class.tokens {
        if let Err(error) = sign_in::erase(&class.target, token).await {
            eprintln!("loadtest: a learner of the test stays in the database: {error:#}");
        }
    }
    Ok((record, words))
}

async fn profile(class: &Arc<Class>, args: &RunArgs, server: Option<u32>) -> anyhow::Result<Record> {
    let plan = Plan {
        name: format!("{:?}", args.profile).to_lowercase(),
        profile: args.profile,
        sockets: args.sockets as usize,
        from: args.from as usize,
        warm_up: seconds(args.warm_up),
        length: seconds(args.seconds),
        ramp: args.ramp,
        server,
    };
    run::run(class.clone(), &plan).await.context("cannot test the server")
}

async fn search(class: &Arc<Class>, args: &RunArgs, server: Option<u32>) -> anyhow::Result<Record> {
    anyhow::ensure!(args.rate.is_none_or(|rate| rate == 1.0), "--find-max is about 1 frame/s: leave --rate out");
    let wish = find_max::Wish {
        limit_ms: args.search.limit_ms,
        from: args.from as usize,
        most: args.search.most as usize,
        settle: find_max::SETTLE,
        step: seconds(args.search.step_seconds),
        confirm: seconds(args.search.confirm_seconds),
        budget: std::time::Duration::MAX,
        ramp: args.ramp,
        server,
    };
    let found = find_max::find(class.clone(), wish, "find-max").await;
    println!("learners held: {}", found.held);
    Ok(found.record)
}
