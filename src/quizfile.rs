//! `loa quiz`: questions of a subtitle file, on the command line.

use std::path::Path;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use tokio::sync::{Semaphore, mpsc};

use crate::config::Config;
use crate::outln;
use crate::quiz::cloze;
use crate::quiz::generate::{self, Limits};
use crate::quiz::llm::Llm;
use crate::quiz::question::{ChunkDone, Question};
use crate::quiz::transcript::{Cue, MAX_BYTES, Transcript, subtitles};

/// Parts that may wait for the printer.
const PARTS_AHEAD: usize = 4;

/// What is printed as the last line.
#[derive(Debug, Serialize)]
struct Output<'a> {
    source: &'static str,
    chunks: usize,
    items: Vec<Item<'a>>,
    dropped: Vec<Dropped<'a>>,
}

#[derive(Debug, Serialize)]
struct Item<'a> {
    at_s: f64,
    question: &'a str,
    options: Vec<&'a str>,
    /// Index of the right option, from 0.
    key: usize,
    /// Why the right one is.
    reason: &'a str,
    /// One for each option.
    reasons: Vec<&'a str>,
    quote: &'a str,
    cues: &'a [Cue],
}

#[derive(Debug, Serialize)]
struct Dropped<'a> {
    chunk: usize,
    why: &'a str,
}

/// Makes questions of `file` and prints them; as one JSON object on the last line if `json`.
///
/// # Errors
/// With a sentence that says what is wrong with the file, or why the language model did not answer.
pub async fn run(config: &Config, file: &Path, json: bool) -> anyhow::Result<()> {
    let bytes = read(file)?;
    let cues = subtitles::parse(&bytes).with_context(|| file.display().to_string())?;
    let transcript = Transcript::new(cues).with_context(|| file.display().to_string())?;
    let settings = &config.quiz;
    let llm = settings.uses_llm().then(|| Llm::new(&settings.llm())).transpose()?;
    let chunks = transcript.chunks().len();
    eprintln!("{}; questions by {}", counted(chunks, "part"), settings.maker());
    let bar = progress(chunks);
    let made = match &llm {
        Some(llm) => ask(config, llm, &transcript, &bar).await,
        None => Ok(cloze::lecture(&transcript)),
    };
    bar.finish_and_clear();
    let mut parts = made?;
    parts.sort_by_key(|part| part.chunk);
    let source = if llm.is_some() { "llm" } else { "cloze" };
    if !json {
        tell(&parts);
        return Ok(());
    }
    let items = parts.iter().flat_map(|part| &part.questions).map(|it| item(it, &transcript)).collect();
    let dropped = parts.iter().flat_map(|part| &part.dropped).map(|it| Dropped { chunk: it.chunk, why: &it.why });
    let output = Output { source, chunks, items, dropped: dropped.collect() };
    outln!("{}", serde_json::to_string(&output)?);
    Ok(())
}

/// Whatever is no subtitle file, as a film, is not read whole.
fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    use std::io::Read as _;
    let opened = std::fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    let mut bytes = Vec::new();
    let most = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX);
    let read = opened.take(most + 1).read_to_end(&mut bytes);
    read.with_context(|| format!("cannot read {}", file.display()))?;
    Ok(bytes)
}

async fn ask(config: &Config, llm: &Llm, transcript: &Transcript, bar: &ProgressBar) -> anyhow::Result<Vec<ChunkDone>> {
    let settings = &config.quiz;
    let limits = Limits { at_once: settings.requests_at_once, ..Limits::default() };
    let requests = Semaphore::new(settings.requests_at_once);
    let (sender, mut made) = mpsc::channel(PARTS_AHEAD);
    let generation = generate::lecture(llm, transcript, &limits, &requests, sender);
    let mut parts: Vec<ChunkDone> = Vec::new();
    let keeping = async {
        while let Some(part) = made.recv().await {
            parts.push(part);
            let items: usize = parts.iter().map(|it| it.questions.len()).sum();
            bar.set_message(counted(items, "question"));
            bar.inc(1);
        }
    };
    let both = async { tokio::join!(generation, keeping).0 };
    tokio::time::timeout(settings.lecture_time(), both).await.context("it took longer than quiz.lecture_ms")??;
    Ok(parts)
}

fn progress(chunks: usize) -> ProgressBar {
    let bar = ProgressBar::new(chunks as u64);
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} parts, {msg} {elapsed}");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar.enable_steady_tick(std::time::Duration::from_millis(200));
    bar
}

fn item<'a>(question: &'a Question, transcript: &'a Transcript) -> Item<'a> {
    let reasons: Vec<&str> = question.options.iter().map(|it| it.reason.as_str()).collect();
    Item {
        at_s: question.at_s,
        question: &question.question,
        options: question.options.iter().map(|it| it.text.as_str()).collect(),
        key: question.key,
        reason: reasons.get(question.key).copied().unwrap_or_default(),
        reasons,
        quote: &question.quote,
        cues: transcript.cues().get(question.cues.clone()).unwrap_or_default(),
    }
}

/// For people: the right option is marked.
fn tell(parts: &[ChunkDone]) {
    for question in parts.iter().flat_map(|part| &part.questions) {
        outln!("\n[{}] {}", clock(question.at_s), question.question);
        for (index, option) in question.options.iter().enumerate() {
            let mark = if index == question.key { '*' } else { ' ' };
            outln!("  {mark} {}", option.text);
        }
        let reason = question.options.get(question.key).map_or("", |it| it.reason.as_str());
        outln!("    {reason}");
    }
    let dropped: Vec<_> = parts.iter().flat_map(|part| &part.dropped).collect();
    let items: usize = parts.iter().map(|part| part.questions.len()).sum();
    outln!("\n{}", sum(items, dropped.len()));
    for it in dropped {
        outln!("  part {}: {}", it.chunk + 1, it.why);
    }
}

/// What came of it: how many questions, and how many tries came to nothing.
fn sum(items: usize, dropped: usize) -> String {
    let made = if items == 0 { "no question could be made".to_owned() } else { counted(items, "question") };
    match dropped {
        0 => made,
        1 => format!("{made}; 1 was not good enough, or could not be made:"),
        some => format!("{made}; {some} were not good enough, or could not be made:"),
    }
}

fn counted(number: usize, one: &str) -> String {
    format!("{number} {one}{}", if number == 1 { "" } else { "s" })
}

fn clock(seconds: f64) -> String {
    let whole = seconds.max(0.0) as u64;
    format!("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60)
}
