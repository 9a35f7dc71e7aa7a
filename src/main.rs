//! The command line.

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};
use loa::analyze::Options;
use loa::config::{Config, LogFormat};
use loa::server::Server;
use loa::store::Store;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

/// Learn On Air: webcam frames in, drowsiness and absence verdicts out, over one WebSocket.
#[derive(Debug, Parser)]
#[command(version, about, after_help = "Start with `loa serve` and open the address that it prints.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server: the page at /, the WebSocket at /ws, /health/live, /health/ready and /metrics.
    Serve(ServeArgs),
    /// Say of pictures what the server would say of them as frames.
    Analyze(AnalyzeArgs),
    /// Make questions of a subtitle file (WebVTT or SRT).
    Quiz(QuizArgs),
    /// Bring the database's tables up to date. SQLite's are at every start; PostgreSQL's by this.
    Migrate(MigrateArgs),
    /// Print what only the server's owner can give: a link into a learner's pages, a teacher's token.
    #[command(subcommand)]
    Token(TokenCommand),
    /// Fill the database with a made-up year of a learner's history, to see what reports look like.
    Demo(DemoArgs),
    /// Ask a running server whether it is ready; exits with 0 if so (for containers and scripts).
    Healthcheck {
        /// The server's address, if not the one in the settings (server.bind).
        address: Option<String>,
        #[command(flatten)]
        settings: Settings,
    },
}

#[derive(Debug, Args)]
struct ServeArgs {
    #[command(flatten)]
    settings: Settings,
    /// Address and port; short for --set server.bind=...
    #[arg(long, value_name = "ADDRESS:PORT")]
    bind: Option<String>,
}

#[derive(Debug, Args)]
struct MigrateArgs {
    /// Only say which migrations were applied.
    #[arg(long, conflicts_with = "down")]
    status: bool,
    /// Take the last N migrations back instead, WITH ALL THAT THEIR TABLES HOLD: all learners, if it is the first one's turn.
    #[arg(long, value_name = "N", requires = "yes", value_parser = clap::value_parser!(u32).range(1..))]
    down: Option<u32>,
    /// With --down: yes, delete what these tables hold.
    #[arg(long, requires = "down")]
    yes: bool,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, Subcommand)]
enum TokenCommand {
    /// A link that makes the browser that opens it a device of this learner: for who lost the way to their data.
    Learner {
        /// The learner's id, as the page /me shows it.
        #[arg(value_parser = learner_id)]
        id: uuid::Uuid,
        /// How long the link holds.
        #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(u32).range(1..=720))]
        hours: u32,
        #[command(flatten)]
        settings: Settings,
    },
    /// A token for GET /api/v1/lectures/aggregate: sums over groups of five learners and more, never one learner.
    Teacher {
        /// The lectures' addresses, at most 100.
        #[arg(required = true, num_args = 1..=100, value_name = "URL")]
        lectures: Vec<String>,
        /// How long the token holds.
        #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=3650))]
        days: u32,
        #[command(flatten)]
        settings: Settings,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  loa demo                       a year of a learner named Demo; asks before it writes, then prints a link
  loa demo --learner 지우 --yes    one more learner, without asking
  loa demo --remove              erases all learners that it made

The link opens the reports in a browser while `loa serve` runs with the same settings; it holds for 24 hours. The server may run
meanwhile. Like any server's, this one's next start deletes single events that are older than database.retention_days; the totals
stay.")]
struct DemoArgs {
    /// What the learner is called.
    #[arg(long, value_name = "NAME", default_value = "Demo")]
    learner: String,
    /// How many days back the history goes.
    #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=3650))]
    days: u32,
    /// Do not ask.
    #[arg(long)]
    yes: bool,
    /// Erase the learners that this command made, with their quizzes, instead.
    #[arg(long, conflicts_with_all = ["learner", "days"])]
    remove: bool,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  loa analyze portrait.jpg                    one line about one picture
  loa analyze photos --annotate out           every picture below photos, drawn into out/*.png; nothing is overwritten
  loa analyze photos --json                   the same as one JSON object on the last line
  loa analyze --labels faces/manifest.csv     recall, AUC and confusion against labels, per source")]
struct AnalyzeArgs {
    /// Pictures (JPEG, PNG, WebP) and folders of them. May be left out with --labels: then its files are taken.
    #[arg(required_unless_present = "labels")]
    paths: Vec<PathBuf>,
    /// Print the findings as one JSON object on the last line.
    #[arg(long)]
    json: bool,
    /// With --json: the 478 points of each face as well, in ten-thousandths of the picture's width and height.
    #[arg(long, requires = "json")]
    landmarks: bool,
    /// Write each picture with face box and landmarks drawn in to this folder, as PNG.
    #[arg(long, value_name = "DIR")]
    annotate: Option<PathBuf>,
    /// Score against a CSV file with the columns file (relative to the CSV), label (open, closed, yawn, absent, bowed,
    /// ambiguous), eyes (open, closed, unknown or empty) and, if you like, source, by which the table is grouped.
    #[arg(long, value_name = "manifest.csv")]
    labels: Option<PathBuf>,
    /// Eyes are called closed at or above this; short for --set vision.closed_threshold=...
    #[arg(long, value_name = "0..1", value_parser = share)]
    threshold: Option<f32>,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  loa quiz lecture.vtt                       questions with a gap, made on this machine
  loa quiz lecture.vtt --json                the same as one JSON object on the last line
  OPENAI_API_KEY=... loa quiz lecture.vtt    by a language model
  OPENAI_BASE_URL=http://localhost:11434/v1 loa quiz lecture.vtt --set quiz.model=qwen3:8b

With --json: {\"source\",\"chunks\",\"items\":[{\"at_s\",\"question\",\"options\",\"key\",\"reason\",\"reasons\",\"quote\",\"cues\"}],\"dropped\":[{\"chunk\",\"why\"}]};
key is the right option's index from 0, cues are what the question was taken from. What was not good enough is in dropped, and no error: then
items may be empty. On an error (no subtitles, a model that does not answer) nothing is printed on standard output, and the exit code is 1.")]
struct QuizArgs {
    /// Subtitles with times: WebVTT or SRT, as players load them.
    file: PathBuf,
    /// Print all as one JSON object on the last line.
    #[arg(long)]
    json: bool,
    /// What makes the questions: llm, cloze, or auto (llm if one is set up); short for --set quiz.source=...
    #[arg(long, value_name = "auto|llm|cloze")]
    source: Option<String>,
    #[command(flatten)]
    settings: Settings,
}

/// Where settings come from.
#[derive(Debug, Args)]
struct Settings {
    /// A TOML file with settings; config.toml in the repository lists and explains all of them.
    /// Without this, ./config.toml is read if there is one.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One setting, as in --set inference.workers=2; may be repeated. LOA_INFERENCE_WORKERS=2 does the same.
    #[arg(long = "set", value_name = "SECTION.KEY=VALUE")]
    sets: Vec<String>,
}

impl Settings {
    fn load(&self) -> anyhow::Result<Config> {
        Ok(Config::load(self.config.as_deref(), &self.sets)?)
    }
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Serve(arguments) => serve(arguments),
        Command::Analyze(arguments) => analyze(arguments),
        Command::Quiz(arguments) => quiz(arguments),
        Command::Migrate(arguments) => migrate(&arguments),
        Command::Token(command) => token(command),
        Command::Demo(arguments) => demo(arguments),
        Command::Healthcheck { address, settings } => healthcheck(address, &settings),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("loa: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn learner_id(text: &str) -> Result<uuid::Uuid, &'static str> {
    text.parse()
        .map_err(|_| "no id of a learner, as in 0199f2c4-0a11-7d3e-8b52-6f0f3f1c2a77; the page /me shows one's own")
}

fn share(text: &str) -> Result<f32, String> {
    let value: f32 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (0.0..=1.0).contains(&value) { Ok(value) } else { Err("not from 0 to 1".to_owned()) }
}

fn serve(arguments: ServeArgs) -> anyhow::Result<()> {
    let mut settings = arguments.settings;
    settings.sets.extend(arguments.bind.map(|bind| format!("server.bind='{bind}'")));
    let config = settings.load()?;
    start_log(&config)?;
    let scheme = if config.server.has_tls() { "https" } else { "http" };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("cannot start")?;
    // One line in the log; the workers go on after a panic, so there is no use for a trace of each.
    std::panic::set_hook(Box::new(|panic| tracing::error!(%panic, "a thread panicked")));
    let result = runtime.block_on(async {
        let server = Server::open(config).await?;
        // On standard output, for people and for scripts that started it on port 0.
        loa::outln!("listening on {scheme}://{}", server.address()?);
        tracing::info!("open that address in a browser; Ctrl-C stops the server");
        let shutdown = CancellationToken::new();
        tokio::spawn(cancel_on_signal(shutdown.clone()));
        server.run(shutdown).await;
        Ok(())
    });
    // What did not end in time is not waited for.
    runtime.shutdown_background();
    result
}

fn analyze(arguments: AnalyzeArgs) -> anyhow::Result<()> {
    let AnalyzeArgs { paths, json, landmarks, annotate, labels, threshold, mut settings } = arguments;
    let options = Options { paths, json, landmarks, annotate, labels };
    settings.sets.extend(threshold.map(|value| format!("vision.closed_threshold={value}")));
    let config = settings.load()?;
    start_log(&config)?;
    loa::analyze::run(&config, &options)
}

fn quiz(arguments: QuizArgs) -> anyhow::Result<()> {
    let QuizArgs { file, json, source, mut settings } = arguments;
    settings.sets.extend(source.map(|it| format!("quiz.source={it}")));
    let config = settings.load()?;
    start_log(&config)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    runtime.block_on(loa::quizfile::run(&config, &file, json))
}

fn migrate(arguments: &MigrateArgs) -> anyhow::Result<()> {
    let config = arguments.settings.load()?;
    start_log(&config)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    runtime.block_on(async {
        let store = Store::connect(&config.database).await?;
        match arguments.down {
            Some(steps) => store.migrate_down(steps).await?,
            None if arguments.status => {}
            None => store.migrate_up().await?,
        }
        loa::outln!("{}", store.place());
        for (name, applied) in store.migrations().await? {
            loa::outln!("{name}\t{}", if applied { "applied" } else { "missing" });
        }
        store.close().await;
        Ok(())
    })
}

fn token(command: TokenCommand) -> anyhow::Result<()> {
    let told = match command {
        TokenCommand::Learner { id, hours, settings } => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
            runtime.block_on(loa::token::entry_link(&settings.load()?, id, hours))?
        }
        TokenCommand::Teacher { lectures, days, settings } => loa::token::teacher(&settings.load()?, &lectures, days)?,
    };
    loa::outln!("{told}");
    Ok(())
}

fn demo(arguments: DemoArgs) -> anyhow::Result<()> {
    let DemoArgs { learner: name, days, yes, remove, settings } = arguments;
    let config = settings.load()?;
    start_log(&config)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot start")?;
    runtime.block_on(loa::demo::run(&config, &loa::demo::Options { name, days, yes, remove }))
}

fn healthcheck(address: Option<String>, settings: &Settings) -> anyhow::Result<()> {
    let Some(address) = address else {
        let server = settings.load()?.server;
        let certificate = server.has_tls().then_some(server.tls_certificate.as_path());
        return loa::healthcheck::check(&server.own_address(), certificate);
    };
    if !address.starts_with("https://") {
        return loa::healthcheck::check(&address, None);
    }
    let server = settings.load()?.server;
    anyhow::ensure!(
        server.has_tls(),
        "over https:// it needs that server's settings: --set server.tls_certificate=..."
    );
    loa::healthcheck::check(&address, Some(&server.tls_certificate))
}

/// The first Ctrl-C or SIGTERM drains; the second ends at once.
async fn cancel_on_signal(shutdown: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return tracing::error!("cannot listen to signals");
    };
    for round in 0..2 {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        if round == 0 {
            tracing::info!("stopping: answering the frames in work; once more to stop at once");
            shutdown.cancel();
        }
    }
    std::process::exit(130);
}

fn start_log(config: &Config) -> anyhow::Result<()> {
    let level = &config.log.level;
    // ONNX Runtime tells hundreds of lines about every session at info; only who asks for them gets them.
    // So it is with migrations that are all there already.
    let loud = ["ort=", "sea_orm_migration="].into_iter().filter(|module| !level.contains(module));
    let quiet: String = loud.map(|module| format!("{module}warn,")).collect();
    let filter = EnvFilter::try_new(quiet + level).with_context(|| {
        format!("log.level = {level:?} is not allowed: a level or a filter, as in \"info,loa=debug\"")
    })?;
    let colours = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours);
    match config.log.format {
        LogFormat::Text => log.init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}
