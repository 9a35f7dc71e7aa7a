//! The HTTP routes.

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;

use super::{App, adapters, address, api, page, pages, request, security, upgrade};

/// All routes.
pub(super) fn router(app: App) -> Router {
    page::routes()
        .merge(api::routes())
        .merge(pages::routes())
        .merge(adapters::routes())
        .route("/ws", get(upgrade::websocket))
        .route("/health/live", get(|| async { Json(json!({"status": "live"})) }))
        .route("/health/ready", get(ready))
        .route("/metrics", get(metrics))
        .fallback(|| async { (StatusCode::NOT_FOUND, "nothing here; the page is at / and the WebSocket at /ws\n") })
        // The last one comes first.
        .layer(from_fn_with_state(app.clone(), address::limit))
        .layer(from_fn(security::headers))
        .layer(from_fn_with_state(app.clone(), address::introduce))
        .layer(from_fn(request::name))
        .with_state(app)
}

/// Ready when at least one worker has its models open and the server is not shutting down. A database that is away degrades: frames
/// are answered all the same, and what is to be written waits.
async fn ready(State(app): State<App>) -> Response {
    let workers = app.session.engine.ready_workers();
    let wanted = app.session.config.engine().workers;
    let writer = app.session.writer.stats();
    let writes = writer.running && writer.failing_since.is_none();
    let (code, status) = match workers {
        _ if app.session.shutdown.is_cancelled() => (StatusCode::SERVICE_UNAVAILABLE, "stopping"),
        0 => (StatusCode::SERVICE_UNAVAILABLE, "starting"),
        some if some < wanted || !writes => (StatusCode::OK, "degraded"),
        _ => (StatusCode::OK, "ready"),
    };
    let database = json!({
        "status": if writes { "ok" } else { "away" },
        "failing_since_ms": writer.failing_since,
        "waiting": writer.queued,
        "room": writer.capacity,
        "lag_ms": writer.lag_ms,
        "written": writer.written,
        "lost": writer.dropped + writer.refused + writer.given_up,
    });
    let facts = json!({"status": status, "workers": workers, "workers_wanted": wanted, "database": database});
    (code, Json(facts)).into_response()
}

/// Prometheus asks for its own type; a browser gets the same as text that it can show.
async fn metrics(State(app): State<App>, headers: HeaderMap) -> Response {
    let text = app.session.metrics.render(
        &app.session.engine,
        app.session.watches.waiting(),
        app.session.pace.load(std::time::Instant::now()),
        &app.session.writer.stats(),
        app.session.studio.spent(),
    );
    let accepts = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = if accepts.contains("text/html") {
        "text/plain; charset=utf-8"
    } else {
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    };
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}
