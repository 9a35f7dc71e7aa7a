//! From an HTTP request to a WebSocket session.

use std::time::Instant;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::sync::OwnedSemaphorePermit;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tracing::Instrument;

use super::address::{Client, Place};
use super::{App, security};
use crate::metrics::Refusal;
use crate::protocol::SUBPROTOCOL;
use crate::protocol::frame::HEADER;
use crate::session::skip::{MessageLimits, SkipLog, SkipOversized};
use crate::session::{Admission, retry_after};

/// Read buffer of a connection. The library allocates it at once, so it is small; large messages grow it.
const READ_BUFFER: usize = 4096;

/// Bytes from which on messages are written before the flush.
const WRITE_BUFFER: usize = 4096;

/// `GET /ws`
pub(super) async fn websocket(
    State(app): State<App>,
    Extension(client): Extension<Client>,
    mut request: Request,
) -> Response {
    let (upgrade, answer) = match handshake(&mut request) {
        Ok(agreed) => agreed,
        Err(refusal) => return refusal.into_response(),
    };
    if !security::may_open(request.headers(), &app.session.config.server.origins) {
        app.session.metrics.refused(Refusal::Origin);
        let sentence = "pages of other servers may not open WebSockets here (server.origins lists those that may)\n";
        return (StatusCode::FORBIDDEN, sentence).into_response();
    }
    let Some(own) = app.addresses.open(client) else {
        app.session.metrics.refused(Refusal::Address);
        let retry = [(header::RETRY_AFTER, retry_after().to_string())];
        return (StatusCode::TOO_MANY_REQUESTS, retry, "too many WebSockets from your address\n").into_response();
    };
    let Ok(place) = app.places.clone().try_acquire_owned() else {
        return full(&app, Refusal::Connections);
    };
    let Some(admission) = Admission::ask(&app.session, Instant::now()) else {
        return full(&app, Refusal::Capacity);
    };
    app.tasks.spawn(session(app.clone(), upgrade, client, admission, (place, own)));
    answer
}

/// Why there will be no WebSocket.
pub type NoHandshake = (StatusCode, &'static str);

/// The upgrade that a request asks for, and the answer that agrees to it. Whom the WebSocket serves is no matter here: the conformance
/// tests' echo server (examples/echo.rs) is one more.
///
/// # Errors
/// What to answer instead.
#[doc(hidden)]
pub fn handshake(request: &mut Request) -> Result<(OnUpgrade, Response), NoHandshake> {
    if request.method() != Method::GET {
        return Err((StatusCode::METHOD_NOT_ALLOWED, "a WebSocket begins with GET\n"));
    }
    let key = handshake_key(request.headers())?;
    let upgrade = request.extensions_mut().remove::<OnUpgrade>();
    let upgrade = upgrade.ok_or((StatusCode::UPGRADE_REQUIRED, "this connection cannot be upgraded\n"))?;
    let offered = request.headers().contains_key(header::SEC_WEBSOCKET_PROTOCOL);
    let mut headers = HeaderMap::new();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, key);
    if offered {
        headers.insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
    }
    Ok((upgrade, (StatusCode::SWITCHING_PROTOCOLS, headers).into_response()))
}

fn full(app: &App, why: Refusal) -> Response {
    app.session.metrics.refused(why);
    let retry = [(header::RETRY_AFTER, retry_after().to_string())];
    (StatusCode::SERVICE_UNAVAILABLE, retry, "the server is full, please try again later\n").into_response()
}

/// Checks the request (RFC 6455, section 4.2.1) and derives the key of the answer.
fn handshake_key(headers: &HeaderMap) -> Result<HeaderValue, NoHandshake> {
    let upgrades =
        has_token(headers, &header::UPGRADE, "websocket") && has_token(headers, &header::CONNECTION, "upgrade");
    if !upgrades {
        return Err((StatusCode::UPGRADE_REQUIRED, "this is a WebSocket; /protocol.md tells how it is used\n"));
    }
    if headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        return Err((StatusCode::BAD_REQUEST, "Sec-WebSocket-Version must be 13\n"));
    }
    let offers = headers.contains_key(header::SEC_WEBSOCKET_PROTOCOL);
    if offers && !has_token(headers, &header::SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL) {
        return Err((StatusCode::BAD_REQUEST, "the only subprotocol here is loa.v1\n"));
    }
    headers
        .get(header::SEC_WEBSOCKET_KEY)
        .filter(|key| key.len() == 24)
        .and_then(|key| HeaderValue::from_str(&derive_accept_key(key.as_bytes())).ok())
        .ok_or((StatusCode::BAD_REQUEST, "Sec-WebSocket-Key must be 16 bytes in base64\n"))
}

fn has_token(headers: &HeaderMap, name: &HeaderName, token: &str) -> bool {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|part| part.trim().eq_ignore_ascii_case(token))
}

async fn session(
    app: App,
    upgrade: OnUpgrade,
    client: Client,
    admission: Admission,
    places: (OwnedSemaphorePermit, Option<Place>),
) {
    let upgraded = match upgrade.await {
        Ok(upgraded) => upgraded,
        Err(error) => return tracing::debug!(%error, "the upgrade failed"),
    };
    let name = uuid::Uuid::now_v7();
    let span = tracing::info_span!("socket", session = tracing::field::Empty);
    let config = &app.session.config;
    let log = SkipLog::default();
    let limits = MessageLimits { binary: config.limits.frame_bytes as u64, text: config.limits.text_bytes as u64 };
    let stream = open(upgraded, limits, websocket_config(limits), log.clone()).await;
    crate::session::serve(stream, log, name, client.counted(), admission, app.session).instrument(span).await;
    drop(places);
}

/// The server's end of an upgraded connection.
#[doc(hidden)]
pub async fn open(
    upgraded: Upgraded,
    limits: MessageLimits,
    config: WebSocketConfig,
    log: SkipLog,
) -> WebSocketStream<SkipOversized<TokioIo<Upgraded>>> {
    let reader = SkipOversized::new(TokioIo::new(upgraded), limits, log);
    WebSocketStream::from_raw_socket(reader, Role::Server, Some(config)).await
}

/// For messages up to the limits.
#[doc(hidden)]
pub fn websocket_config(limits: MessageLimits) -> WebSocketConfig {
    // Larger messages than the limits never come so far; the library's own limits catch the hopeless ones.
    let largest = usize::try_from(limits.binary.max(limits.text)).unwrap_or(usize::MAX).saturating_add(HEADER);
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        // What one event brings about leaves in one write; the actor flushes after each.
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(1 << 20)
        .max_message_size(Some(largest))
        .max_frame_size(Some(largest))
}
