//! `loa demo`: a plausible year of one learner's history, to see what reports look like.
//!
//! The same seed makes the same history, so that pictures and tests can be compared; only the days move with today.

mod content;
mod random;
mod session;
mod year;

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use indicatif::ProgressBar;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use self::content::Material;
use self::random::Random;
use self::session::Plan;
use crate::auth::Tokens;
use crate::config::Config;
use crate::consent;
use crate::outln;
use crate::report::format;
use crate::store::writer::{Sink as _, What, Write};
use crate::store::{Caller, LearnerId, NewAnswer, NewGuest, NewNote, NewSet, NoteSource, QuizId, Source, Store, UtcMs};

/// Demo learners that there can be.
const MOST_LEARNERS: u32 = 100;
/// Who made the demo's quizzes; they are found again by it.
const MAKER: &str = "loa demo";
const ZONE: &str = "Asia/Seoul";
const LINK_LIFE: Duration = Duration::from_hours(24);
/// Rows a transaction: as many as the widest table's columns leave room for among SQLite's parameters.
const ROWS: usize = 2000;

/// What to do.
#[derive(Debug, Clone)]
pub struct Options {
    /// What the learner is called.
    pub name: String,
    /// How far back the history goes.
    pub days: u32,
    /// Do not ask.
    pub yes: bool,
    /// Erase the demo's learners instead.
    pub remove: bool,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Made {
    /// Whose history it is.
    pub learner: LearnerId,
    /// How many sessions.
    pub sessions: usize,
    /// Rows of sessions, events and minutes.
    pub rows: usize,
    /// Answers to quizzes.
    pub answers: usize,
}

/// Says what it will do, asks unless told not to, does it, and prints the link.
///
/// # Errors
/// With a sentence that says what is wrong.
pub async fn run(config: &Config, options: &Options) -> anyhow::Result<()> {
    let store = Store::open(&config.database).await?;
    let result =
        if options.remove { remove_asked(&store, options).await } else { fill_asked(config, &store, options).await };
    store.close().await;
    result
}

async fn fill_asked(config: &Config, store: &Store, options: &Options) -> anyhow::Result<()> {
    eprintln!(
        "This writes {} days of made-up history of a learner named {} into {}.\n`loa demo --remove` takes it out again.",
        options.days,
        options.name,
        store.place()
    );
    match known(store).await?.len() {
        0 => {}
        1 => eprintln!("There is a demo learner already; this adds another."),
        some => eprintln!("There are {some} demo learners already; this adds another."),
    }
    confirm(options.yes)?;
    // Before anything is written: without a key there is no link.
    let tokens = Tokens::open(&config.auth, UtcMs::now())?;
    let bar = ProgressBar::new(0);
    let made = fill(store, &options.name, options.days, UtcMs::now(), &bar).await?;
    bar.finish_and_clear();
    eprintln!(
        "{} sessions, {} rows, {} answers. Open this within 24 hours, while `loa serve` runs:",
        made.sessions, made.rows, made.answers
    );
    let token = tokens.entry(made.learner, LINK_LIFE, UtcMs::now());
    outln!("{}", config.server.link(&format!("/enter?token={token}")));
    Ok(())
}

async fn remove_asked(store: &Store, options: &Options) -> anyhow::Result<()> {
    eprintln!("This erases the learners that `loa demo` made in {}, and their quizzes.", store.place());
    confirm(options.yes)?;
    outln!("{} erased", remove(store).await?);
    Ok(())
}

fn confirm(yes: bool) -> anyhow::Result<()> {
    if yes {
        return Ok(());
    }
    ensure!(std::io::stdin().is_terminal(), "nobody is here to be asked: say --yes");
    eprint!("Go on? [y/N] ");
    std::io::stderr().flush()?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    ensure!(matches!(line.trim().to_lowercase().as_str(), "y" | "yes"), "nothing was done");
    Ok(())
}

/// Makes one more learner with a history.
///
/// # Errors
/// When the database refuses, or there are too many demo learners already.
pub async fn fill(store: &Store, name: &str, days: u32, now: UtcMs, bar: &ProgressBar) -> anyhow::Result<Made> {
    let (number, caller) = free_learner(store).await?;
    let materials = content::all()?;
    let mut random = Random::new(u64::from(number));
    let lengths: Vec<u64> = materials.iter().map(|material| material.minutes).collect();
    let plans = year::plans(days, &lengths, &format::zone(Some(ZONE)), now, &mut random);
    let since = plans.first().map_or(now, |plan| plan.started).before(Duration::from_mins(5));
    let guest = NewGuest { name: Some(name), timezone: Some(ZONE), consent: None };
    store.add_guest(caller, guest, since).await?;
    // The text is younger than the history.
    store.give_consent(caller, consent::VERSION, now).await?;
    bar.set_length(plans.len() as u64 * 2);
    let rows = write_sessions(store, caller, &plans, &materials, &mut random, bar).await?;
    let answers = write_quizzes(store, caller, &plans, &materials, &mut random, bar).await?;
    Ok(Made { learner: caller.learner(), sessions: plans.len(), rows, answers })
}

/// Erases all learners that [`fill`] made, and their quizzes; says how many.
///
/// # Errors
/// When the database refuses.
pub async fn remove(store: &Store) -> anyhow::Result<usize> {
    // First: lectures that have quizzes are not deleted with their last learner.
    store.delete_quiz_sets(MAKER).await?;
    let known = known(store).await?;
    for caller in &known {
        store.erase(*caller).await?;
    }
    Ok(known.len())
}

/// The demo's learners that there are.
async fn known(store: &Store) -> anyhow::Result<Vec<Caller>> {
    let mut known = Vec::new();
    for caller in (0..MOST_LEARNERS).map(learner) {
        if store.is_known(caller).await? {
            known.push(caller);
        }
    }
    Ok(known)
}

async fn free_learner(store: &Store) -> anyhow::Result<(u32, Caller)> {
    for number in 0..MOST_LEARNERS {
        if !store.is_known(learner(number)).await? {
            return Ok((number, learner(number)));
        }
    }
    anyhow::bail!("there are {MOST_LEARNERS} demo learners already: `loa demo --remove` erases them")
}

/// The demo's learners are told from real ones by their ids, which follow from their numbers.
fn learner(number: u32) -> Caller {
    let digest = Sha256::digest(format!("loa demo learner {number}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Caller::authenticated(LearnerId(Uuid::new_v8(bytes)))
}

async fn write_sessions(
    store: &Store,
    caller: Caller,
    plans: &[Plan],
    materials: &[Material],
    random: &mut Random,
    bar: &ProgressBar,
) -> anyhow::Result<usize> {
    let (mut batch, mut rows): (Vec<Write>, usize) = (Vec::new(), 0);
    for plan in plans {
        let material = materials.get(plan.lecture).context("a lecture is missing")?;
        let writes = plan.writes(caller, &material.lecture, random);
        if batch.len() + writes.len() > ROWS {
            rows += store.write(&std::mem::take(&mut batch)).await?.rows;
        }
        batch.extend(writes);
        bar.inc(1);
    }
    Ok(rows + store.write(&batch).await?.rows)
}

async fn write_quizzes(
    store: &Store,
    caller: Caller,
    plans: &[Plan],
    materials: &[Material],
    random: &mut Random,
    bar: &ProgressBar,
) -> anyhow::Result<usize> {
    let mut answered = 0;
    for (lecture, material) in materials.iter().enumerate() {
        let mut watched = plans.iter().filter(|plan| plan.lecture == lecture).peekable();
        let Some(first) = watched.peek() else { continue };
        let quizzes = add_set(store, caller, material, first.started).await?;
        for plan in watched {
            answered += answer(store, caller, plan, material, &quizzes, random).await?;
            bar.inc(1);
        }
    }
    Ok(answered)
}

/// As if a model had made it when the lecture was first watched.
async fn add_set(store: &Store, caller: Caller, material: &Material, now: UtcMs) -> anyhow::Result<Vec<QuizId>> {
    let set = NewSet {
        made_by: Some(caller),
        source: Source::Llm,
        maker: MAKER.to_owned(),
        recipe: None,
        hash: None,
        language: Some(material.language.to_owned()),
        title: material.lecture.title().map(str::to_owned),
    };
    let set = store.begin_set(&material.lecture, &set, now).await?;
    let quizzes = store.add_quizzes(set, &material.quizzes).await?;
    store.finish_set(set, now).await?;
    Ok(quizzes)
}

/// The quizzes that the session came by, wrong more often by who is tired; what was wrong becomes a note.
async fn answer(
    store: &Store,
    caller: Caller,
    plan: &Plan,
    material: &Material,
    quizzes: &[QuizId],
    random: &mut Random,
) -> anyhow::Result<usize> {
    let seen = (plan.minutes * 60) as f64;
    let (mut answers, mut notes) = (Vec::new(), Vec::new());
    for ((id, quiz), right) in quizzes.iter().zip(&material.quizzes).zip(&material.right) {
        if quiz.at_s > seen {
            continue;
        }
        let choice = match random.chance(0.88 - plan.tired * 0.5) {
            true => Some(*right),
            false if random.chance(0.15) => None,
            false => Some(right % u32::try_from(quiz.choices.len()).unwrap_or(1) + 1),
        };
        let asked = plan.started.plus_ms((quiz.at_s * 1000.0) as u64);
        let took_ms = random.between(4000, 26_000);
        let (correct, answered) = (choice == Some(*right), asked.plus_ms(took_ms));
        let answer = NewAnswer { quiz: *id, choice, correct, asked, answered, took_ms };
        answers.push(Write { caller, session: plan.session, what: What::Answer(answer) });
        if !correct {
            notes.push(NewNote {
                quiz: *id,
                lecture_seconds: quiz.cue_start_s.or(Some(quiz.at_s)),
                keyword: quiz.choices.iter().find(|it| it.correct).map(|it| it.words.clone()),
                words: quiz.explanation.clone().unwrap_or_default(),
                source: NoteSource::Llm,
                created: answered,
            });
        }
    }
    store.write(&answers).await?;
    store.add_notes(caller, plan.session, &notes).await?;
    Ok(answers.len())
}
