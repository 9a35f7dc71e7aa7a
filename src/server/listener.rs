//! Accepting connections and speaking HTTP on them.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::either::Either;
use tokio_util::sync::CancellationToken;
use tower::Layer as _;

use super::address::{Peer, Place};
use super::{App, routes};
use crate::metrics::Refusal;

/// HTTP connections beyond the WebSockets' number: for pages, health checks and those who are told that the server is full.
pub(super) const SPARE_CONNECTIONS: usize = 256;
/// How long an HTTP connection takes requests.
const LIFETIME: Duration = Duration::from_secs(30);
/// How long the request that runs then may go on: a client that asks and does not read shall not keep its place.
const LAST_REQUEST: Duration = Duration::from_secs(120);
/// How long one may take to end when the server stops.
const GOODBYE: Duration = Duration::from_secs(2);
/// How long to wait when the system has no more file descriptors; doubled up to the second value.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(5));

/// Accepts until `shutdown`; every connection is a task of the app's tracker.
pub(super) async fn accept(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    app: &App,
    shutdown: &CancellationToken,
) {
    let most = app.session.config.server.max_connections + SPARE_CONNECTIONS;
    let connections = Arc::new(Semaphore::new(most));
    let router = routes::router(app.clone());
    let mut backoff = BACKOFF.0;
    loop {
        // The permit comes before accepting: beyond the limit, clients wait in the system's backlog.
        let next = async {
            let permit = connections.clone().acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            () = shutdown.cancelled() => return,
            next = next => next,
        };
        let Ok(permit) = permit else { return };
        match accepted {
            Ok((stream, peer)) => {
                backoff = BACKOFF.0;
                let Some(place) = app.addresses.connect(peer.ip()) else {
                    // Whoever has so many is not worth a word, which might not be read anyway.
                    app.session.metrics.refused(Refusal::Address);
                    continue;
                };
                let connection = Incoming { stream, peer: peer.ip(), acceptor: acceptor.clone(), permit, place };
                app.tasks.spawn(serve(connection, router.clone(), app.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(backoff).await;
                backoff = (backoff * 2).min(BACKOFF.1);
            }
        }
    }
}

/// HTTP as it is spoken here; public for the conformance tests' echo server.
#[doc(hidden)]
pub fn http(header_timeout: Duration) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(header_timeout).max_buf_size(16 * 1024);
    http
}

/// A connection that was accepted.
struct Incoming {
    stream: TcpStream,
    peer: IpAddr,
    acceptor: Option<TlsAcceptor>,
    permit: OwnedSemaphorePermit,
    /// Of its address.
    place: Option<Place>,
}

async fn serve(connection: Incoming, router: Router, app: App) {
    let Incoming { stream, peer, acceptor, permit, place } = connection;
    // Verdicts are small and must not wait for more to send.
    let _ = stream.set_nodelay(true);
    let patience = Duration::from_millis(app.session.config.server.header_timeout_ms);
    let stream = match acceptor {
        None => Either::Left(stream),
        Some(acceptor) => match timeout(patience, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => Either::Right(stream),
            Ok(Err(error)) => return tracing::debug!(%error, "no TLS"),
            Err(_) => return tracing::debug!("the TLS handshake took too long"),
        },
    };
    let connection = http(patience)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(Extension(Peer(peer)).layer(router)))
        .with_upgrades();
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = timeout(LIFETIME, &mut connection) => match ended {
            Ok(ended) => Ok(ended),
            Err(_) => {
                connection.as_mut().graceful_shutdown();
                tokio::select! {
                    ended = timeout(LAST_REQUEST, &mut connection) => ended,
                    () = app.session.shutdown.cancelled() => timeout(GOODBYE, connection).await,
                }
            }
        },
        () = app.session.shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            timeout(GOODBYE, connection).await
        }
    };
    match ended {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "HTTP connection ended"),
        Err(_) => tracing::debug!("HTTP connection took too long"),
    }
    drop((permit, place));
}
