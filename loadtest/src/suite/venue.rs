//! A server with guests, for one measurement.

use std::sync::Arc;
use std::time::Duration;

use crate::class::{Class, Manners};
use crate::connect::Target;
use crate::pictures::Album;
use crate::server::Server;
use crate::sign_in;

use super::Suite;

/// Guests of each server; the learners are them in turn.
const GUESTS: usize = 50;
/// How long a socket may take to be welcomed, also when thousands come.
const CONNECT: Duration = Duration::from_secs(20);

/// The server, and who may come.
pub struct Venue {
    /// Stopped when this is dropped.
    pub server: Server,
    /// Where it is.
    pub target: Target,
    /// Of the guests.
    pub tokens: Vec<String>,
}

impl Suite {
    /// Starts a server with these settings beside those of the command line.
    pub async fn venue(&self, settings: &[String]) -> anyhow::Result<Venue> {
        let all: Vec<String> = settings.iter().chain(&self.settings).cloned().collect();
        let server = Server::start(&self.binary, &all).await?;
        let target = Target::resolve(&server.url, CONNECT).await?;
        let tokens = sign_in::guests(&target, GUESTS).await?;
        Ok(Venue { server, target, tokens })
    }

    /// A class that learns there.
    pub fn class(&self, venue: &Venue, album: Arc<Album>, manners: Manners) -> Arc<Class> {
        let (target, tokens) = (venue.target.clone(), venue.tokens.clone());
        Arc::new(Class::new(target, tokens, album, manners, self.pacer.clone()))
    }
}
