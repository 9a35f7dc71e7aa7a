//! Links by which a learner's browser becomes their device: from a program that holds the learner's tokens, as the extension does.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::extract::Body;
use super::problem::{self, Problem};
use crate::server::App;
use crate::server::caller::ApiCaller;
use crate::server::pages::OwnPage;
use crate::store::UtcMs;

/// For which a link holds: it is opened at once.
const LIFE: Duration = Duration::from_secs(300);

#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EntryBody {
    /// The page that is shown then: `/sessions`, `/sessions/ID` or `/me`.
    #[schema(example = "/sessions")]
    next: String,
}

/// A link for the learner's own browser.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Entry {
    /// On this server: `/enter?token=...`. Who opens it is this learner: it is for nobody else.
    url: String,
    /// Seconds for which it holds.
    #[schema(example = 300)]
    expires_in: u64,
}

/// A link that makes a browser the learner's device and shows one of their pages, after asking.
#[utoipa::path(post, path = "/me/entry", tag = "me", request_body = EntryBody, security(("access" = [])),
    responses(
        (status = 200, description = "The link", body = Entry),
        (status = 400, description = "bad_json, bad_page", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 401, description = "Who is it? The code says why not", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 408, description = "too_slow: it did not come in time", body = problem::Document,
            content_type = "application/problem+json"),
        (status = 422, description = "bad_fields", body = problem::Document, content_type = "application/problem+json"),
    ))]
pub(super) async fn make(
    State(app): State<App>,
    ApiCaller(caller): ApiCaller,
    Body(wish): Body<EntryBody>,
) -> Result<Json<Entry>, Problem> {
    let next = OwnPage::parse(&wish.next)
        .ok_or_else(|| Problem::bad_request("bad_page", "next must be /sessions, /sessions/ID or /me"))?;
    let token = app.session.tokens.entry(caller.learner(), LIFE, UtcMs::now());
    Ok(Json(Entry { url: format!("/enter?token={token}&next={}", next.path()), expires_in: LIFE.as_secs() }))
}
