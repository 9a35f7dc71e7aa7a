//! Requests whose bodies are large: few at one time, and none for long, so that who sends them slowly fills no memory.

use std::future::pending;
use std::time::Duration;

use axum::Extension;
use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::Request;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::StreamExt as _;
use futures::stream::unfold;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_util::sync::CancellationToken;

use super::problem::Problem;
use crate::auth::Tokens;
use crate::server::address::{Addresses, Client};
use crate::server::caller::bearer;
use crate::store::UtcMs;

/// From the head to the answer. What is read waits 20 s for its turn at the most.
const PATIENCE: Duration = Duration::from_secs(60);
/// A body that is waited for brings [`LEAST`] within so long, or is given up.
const IDLE: Duration = Duration::from_secs(5);
/// Bytes: 26 kbit/s. The largest bodies, of 4 MiB, have to come twenty times as fast to be there in time.
const LEAST: usize = 16 * 1024;
/// Seconds.
const RETRY: u64 = 5;

/// Lets a request pass that brings a large body, when there is room for it. Others pass at once.
pub async fn limit(
    Extension(addresses): Extension<Addresses>,
    Extension(client): Extension<Client>,
    Extension(tokens): Extension<Tokens>,
    request: Request,
    next: Next,
) -> Response {
    if ![Method::POST, Method::PUT].contains(request.method()) {
        return next.run(request).await;
    }
    // Whose token is bad is refused before anything of the body is read.
    let access = bearer(request.headers()).and_then(|token| tokens.read_access(token, UtcMs::now()).ok());
    let Some(_room) = addresses.bring(client, access.map(|it| it.caller.learner())) else {
        let detail = "too many large requests at once; try again in a moment";
        return Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", detail).retry_after(RETRY).into_response();
    };
    let stalled = CancellationToken::new();
    let request = request.map(|body| steady(body, stalled.clone()));
    tokio::select! {
        biased;
        () = stalled.cancelled() => Problem::too_slow().into_response(),
        answer = timeout(PATIENCE, next.run(request)) => {
            answer.unwrap_or_else(|_| Problem::too_slow().into_response())
        }
    }
}

/// The body, which says so and ends no more when too little of it comes.
fn steady(body: Body, stalled: CancellationToken) -> Body {
    let coming = Coming { body: body.into_data_stream(), due: Instant::now(), brought: LEAST, stalled };
    Body::from_stream(unfold(coming, |mut coming| async move { Some((coming.next().await?, coming)) }))
}

struct Coming {
    body: BodyDataStream,
    /// When [`LEAST`] bytes shall have come, and how many have.
    due: Instant,
    brought: usize,
    stalled: CancellationToken,
}

impl Coming {
    async fn next(&mut self) -> Option<Result<Bytes, axum::Error>> {
        if self.brought >= LEAST {
            (self.due, self.brought) = (Instant::now() + IDLE, 0);
        }
        let Ok(piece) = timeout_at(self.due, self.body.next()).await else {
            self.stalled.cancel();
            return pending().await;
        };
        if let Some(Ok(bytes)) = &piece {
            self.brought = self.brought.saturating_add(bytes.len());
        }
        piece
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures::stream::iter;

    use super::*;

    /// So many pieces of so many bytes, one in so many milliseconds; how many bytes came before it stalled, or ended.
    async fn sent(pieces: usize, bytes: usize, every_ms: u64) -> (usize, bool) {
        let sending = iter(0..pieces).then(move |_| async move {
            tokio::time::sleep(Duration::from_millis(every_ms)).await;
            Ok::<_, Infallible>(Bytes::from(vec![0; bytes]))
        });
        let stalled = CancellationToken::new();
        let mut body = steady(Body::from_stream(sending), stalled.clone()).into_data_stream();
        let mut came = 0;
        let reading = async {
            while let Some(piece) = body.next().await {
                came += piece.expect("no error").len();
            }
        };
        tokio::select! {
            biased;
            () = stalled.cancelled() => {}
            () = reading => {}
        }
        (came, stalled.is_cancelled())
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_brings_too_little_is_given_up() {
        assert_eq!(sent(256, LEAST, 4_900).await, (256 * LEAST, false));
        assert_eq!(sent(1_000, 1024, 300).await, (1_000 * 1024, false));
        assert_eq!(sent(3, 1, 1_000).await, (3, false), "small ones end before");
        assert_eq!(sent(1, LEAST, 5_100).await, (0, true));
        assert_eq!(sent(100, 1, 1_900).await, (2, true), "a byte now and then does not help");
    }
}
