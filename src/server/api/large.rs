//! Requests whose bodies are large: few at one time, so that who sends them slowly fills no memory.

use std::time::Duration;

use axum::Extension;
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use crate::server::address::{Addresses, Client};

/// From the head to the answer. What is read waits 20 s for its turn at the most.
const PATIENCE: Duration = Duration::from_secs(60);
/// Seconds.
const RETRY: u64 = 5;

/// Lets a request pass that may bring a large body, when there is room for it.
pub async fn limit(
    Extension(addresses): Extension<Addresses>,
    Extension(client): Extension<Client>,
    request: Request,
    next: Next,
) -> Response {
    if request.method() == Method::GET {
        return next.run(request).await;
    }
    let Some(_place) = addresses.bring(client) else {
        let detail = "too many large requests at once; try again in a moment";
        return Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail).retry_after(RETRY).into_response();
    };
    tokio::time::timeout(PATIENCE, next.run(request)).await.unwrap_or_else(|_| {
        Problem::new(StatusCode::REQUEST_TIMEOUT, "too_slow", "the request took too long to come").into_response()
    })
}
