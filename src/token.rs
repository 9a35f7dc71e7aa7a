//! `loa token`: what only the server's owner can give.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use uuid::Uuid;

use crate::auth::Tokens;
use crate::config::Config;
use crate::store::{Caller, LearnerId, Lecture, Store, UtcMs};

const HOUR: Duration = Duration::from_hours(1);

const HINT: &str = "run this in the folder where `loa serve` runs";

/// A key made here and now would sign what no server takes.
fn is_there(config: &Config) -> anyhow::Result<()> {
    let path = &config.auth.key_file;
    let known = !config.auth.key.expose().is_empty() || path.exists();
    ensure!(known, "there is no {}, with which the server signs: {HINT}, or set auth.key_file", path.display());
    Ok(())
}

/// A link that makes the browser that opens it a device of the learner, within `hours`.
///
/// # Errors
/// When there is no such learner, or neither database nor key can be opened.
pub async fn entry_link(config: &Config, learner: Uuid, hours: u32) -> anyhow::Result<String> {
    is_there(config)?;
    if config.database.url.is_empty() {
        let path = &config.database.path;
        ensure!(path.is_file(), "there is no {}: {HINT}, or set database.path", path.display());
    }
    let store = Store::open(&config.database).await?;
    let learner = LearnerId(learner);
    let known = store.is_known(Caller::authenticated(learner)).await?;
    store.close().await;
    ensure!(known, "{} knows no learner {}; the page /me shows a learner's id", store.place(), learner.0);
    let token = Tokens::open(&config.auth, UtcMs::now())?.entry(learner, HOUR * hours, UtcMs::now());
    Ok(config.server.link(&format!("/enter?token={token}")))
}

/// A token that sees what groups of learners did in these lectures, for `days`.
///
/// # Errors
/// When an address is none, or the key cannot be opened.
pub fn teacher(config: &Config, lectures: &[String], days: u32) -> anyhow::Result<String> {
    is_there(config)?;
    let id = |url: &String| {
        let lecture = Lecture::new(url, None, None);
        lecture.map(|it| it.id()).with_context(|| format!("{url:?} is no http or https address"))
    };
    let lectures = lectures.iter().map(id).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(Tokens::open(&config.auth, UtcMs::now())?.teacher(lectures, HOUR * 24 * days, UtcMs::now()))
}
