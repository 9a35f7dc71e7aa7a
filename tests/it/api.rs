//! The JSON API, over real sockets. Every answer is held against the OpenAPI document.

mod ask;
mod document;
mod erase;
mod export;
mod identity;
mod me;
mod quiz_sets;
mod refusals;
mod sessions;
mod subtitles;
mod teachers;

use loa::auth::Tokens;
use loa::store::{Caller, LearnerId, Store, UtcMs};
use serde_json::{Value, json};
use tempfile::TempDir;
use uuid::Uuid;

use self::ask::Ask;
use self::document::Document;
use crate::support::{TestServer, config};

/// What a tester of SQL types.
const HOSTILE: &str = "'); DROP TABLE learners;--";

/// A server with a database and a key of its own, and both at hand.
struct Site {
    server: TestServer,
    document: Document,
    store: Store,
    tokens: Tokens,
    folder: TempDir,
}

impl Site {
    async fn start() -> Self {
        Self::with(&[]).await
    }

    async fn with(sets: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = format!("database.path={}", folder.path().join("loa.sqlite3").display());
        let key = format!("auth.key_file={}", folder.path().join("loa.key").display());
        let own = [path.as_str(), key.as_str(), "inference.workers=1"];
        let config = config(&[&own, sets].concat());
        let server = TestServer::with(config.clone()).await;
        let store = Store::open(&config.database).await.expect("it opens");
        let tokens = Tokens::open(&config.auth, UtcMs::now()).expect("the server's key");
        let document = Document::fetch(server.address).await;
        Self { server, document, store, tokens, folder }
    }

    /// A request below /api/v1.
    fn ask(&self, method: &'static str, path: &str) -> Ask<'_> {
        Ask::new(self, method, &format!("/api/v1{path}"))
    }

    /// A new learner.
    async fn guest(&self, body: Value) -> Guest {
        let answer = self.ask("POST", "/guests").json(&body).send().await.ok(201);
        let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        let learner = LearnerId(Uuid::parse_str(&text("learner")).expect("an id"));
        Guest { caller: Caller::authenticated(learner), access: text("access_token"), refresh: text("refresh_token") }
    }

    async fn nameless(&self) -> Guest {
        self.guest(json!({})).await
    }
}

/// A learner and their tokens.
struct Guest {
    caller: Caller,
    access: String,
    refresh: String,
}

/// So many days ago.
fn days_ago(days: u64) -> UtcMs {
    UtcMs::now().before(std::time::Duration::from_hours(days * 24))
}
