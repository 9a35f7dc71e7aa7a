//! What is known of the sites with lectures, for the browser extension: data, so that a site's redesign needs no new extension.

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

use super::App;

/// As it is in the repository.
const BUILT_IN: &str = include_str!("../../extension/adapters.json");
/// Of the file that stands in its place.
const BYTES: u64 = 64 * 1024;

/// The file's route.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/adapters.json", get(adapters))
}

/// Read anew each time: a changed file needs no restart.
async fn adapters(State(app): State<App>) -> impl IntoResponse {
    let path = &app.session.config.server.adapters;
    let own = if path.as_os_str().is_empty() { None } else { read(path).await };
    let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "max-age=300")];
    (headers, own.unwrap_or_else(|| BUILT_IN.to_owned()))
}

/// None, with a line in the log, for what is no small JSON file.
async fn read(path: &std::path::Path) -> Option<String> {
    let read = async {
        let length = tokio::fs::metadata(path).await?.len();
        if length > BYTES {
            return Err(std::io::Error::other(format!("{length} bytes are too many: at most {BYTES}")));
        }
        let text = tokio::fs::read_to_string(path).await?;
        serde_json::from_str::<serde::de::IgnoredAny>(&text)?;
        Ok(text)
    };
    match read.await {
        Ok(text) => Some(text),
        Err(error) => {
            tracing::warn!(%error, path = %path.display(), "server.adapters cannot be used; the built-in ones are served");
            None
        }
    }
}
