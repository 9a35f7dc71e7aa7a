//! `loa token`: what only the server's owner can give.

use std::time::Duration;

use anyhow::Context as _;
use uuid::Uuid;

use crate::auth::Tokens;
use crate::config::Config;
use crate::store::{Caller, LearnerId, Lecture, Store, UtcMs};

const HOUR: Duration = Duration::from_hours(1);

/// A link that makes the browser that opens it a device of the learner, within `hours`.
///
/// # Errors
/// When there is no such learner, or neither database nor key can be opened.
pub async fn entry_link(config: &Config, learner: Uuid, hours: u32) -> anyhow::Result<String> {
    let store = Store::open(&config.database).await?;
    let learner = LearnerId(learner);
    let known = store.is_known(Caller::authenticated(learner)).await?;
    store.close().await;
    anyhow::ensure!(known, "{} knows no learner {}; the page /me shows a learner's id", store.place(), learner.0);
    let token = Tokens::open(&config.auth, UtcMs::now())?.entry(learner, HOUR * hours, UtcMs::now());
    Ok(format!("http://{}/enter?token={token}", config.server.bind))
}

/// A token that sees what groups of learners did in these lectures, for `days`.
///
/// # Errors
/// When an address is none, or the key cannot be opened.
pub fn teacher(config: &Config, lectures: &[String], days: u32) -> anyhow::Result<String> {
    let id = |url: &String| {
        let lecture = Lecture::new(url, None, None);
        lecture.map(|it| it.id()).with_context(|| format!("{url:?} is no http or https address"))
    };
    let lectures = lectures.iter().map(id).collect::<anyhow::Result<Vec<_>>>()?;
    Ok(Tokens::open(&config.auth, UtcMs::now())?.teacher(lectures, HOUR * 24 * days, UtcMs::now()))
}
