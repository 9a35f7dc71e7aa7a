//! The HTTP routes.

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;

use super::{App, page, pages, upgrade};

/// All routes.
pub(super) fn router(app: App) -> Router {
    page::routes()
        .merge(pages::routes())
        .route("/ws", get(upgrade::websocket))
        .route("/health/live", get(|| async { Json(json!({"status": "live"})) }))
        .route("/health/ready", get(ready))
        .route("/metrics", get(metrics))
        .fallback(|| async { (StatusCode::NOT_FOUND, "nothing here; the page is at / and the WebSocket at /ws\n") })
        .with_state(app)
}

/// Ready when at least one worker has its models open and the server is not shutting down.
async fn ready(State(app): State<App>) -> Response {
    let workers = app.session.engine.ready_workers();
    let wanted = app.session.config.engine().workers;
    let (code, status) = match workers {
        _ if app.session.shutdown.is_cancelled() => (StatusCode::SERVICE_UNAVAILABLE, "stopping"),
        0 => (StatusCode::SERVICE_UNAVAILABLE, "starting"),
        some if some < wanted => (StatusCode::OK, "degraded"),
        _ => (StatusCode::OK, "ready"),
    };
    (code, Json(json!({"status": status, "workers": workers, "workers_wanted": wanted}))).into_response()
}

/// Prometheus asks for its own type; a browser gets the same as text that it can show.
async fn metrics(State(app): State<App>, headers: HeaderMap) -> Response {
    let text = app.session.metrics.render(
        &app.session.engine,
        app.session.watches.waiting(),
        app.session.pace.share(std::time::Instant::now()),
    );
    let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = if accepts.contains("text/html") {
        "text/plain; charset=utf-8"
    } else {
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    };
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}
