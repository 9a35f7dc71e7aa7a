//! Finding the server and opening a WebSocket.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode, Uri};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, handshake::client::Request};

/// A learner's WebSocket.
pub type Socket = WebSocketStream<TcpStream>;

/// Bytes read at once; a verdict has some 600.
const READ_BUFFER: usize = 4096;
/// No verdict with landmarks has a tenth of this.
const LONGEST_MESSAGE: usize = 1 << 20;

/// The server to test, its name resolved once.
#[derive(Debug, Clone)]
pub struct Target {
    uri: Uri,
    address: SocketAddr,
    /// How long a connection may take until its welcome.
    pub timeout: Duration,
}

/// Why there is no connection.
#[derive(Debug)]
pub enum Unreached {
    /// HTTP 503: the server is full.
    Full,
    /// Not within the time limit.
    TimedOut,
    /// Everything else, in a sentence.
    Failed(String),
}

impl Unreached {
    /// The word of the report.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Full => "refused",
            Self::TimedOut => "connect_timeout",
            Self::Failed(_) => "connect_failed",
        }
    }
}

impl std::fmt::Display for Unreached {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Full => formatter.write_str("the server is full (HTTP 503)"),
            Self::TimedOut => formatter.write_str("no welcome within the time limit (--connect-timeout)"),
            Self::Failed(why) => formatter.write_str(why),
        }
    }
}

impl From<Error> for Unreached {
    fn from(error: Error) -> Self {
        match error {
            Error::Http(response) if response.status() == StatusCode::SERVICE_UNAVAILABLE => Self::Full,
            Error::Io(error) => error.into(),
            error => Self::Failed(error.to_string()),
        }
    }
}

impl From<std::io::Error> for Unreached {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

impl Target {
    /// Reads the address and looks its host up.
    ///
    /// # Errors
    /// When the address is none, is not of `ws://`, or when its host is unknown.
    pub async fn resolve(url: &str, timeout: Duration) -> anyhow::Result<Self> {
        let uri = parse(url)?;
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let port = uri.port_u16().unwrap_or(80);
        let mut addresses = tokio::net::lookup_host((host.as_str(), port))
            .await
            .with_context(|| format!("cannot find the host of {url}"))?;
        let address = addresses.next().with_context(|| format!("the host of {url} has no address"))?;
        Ok(Self { uri, address, timeout })
    }

    /// Opens one WebSocket.
    ///
    /// # Errors
    /// When the server cannot be reached or does not upgrade.
    pub async fn connect(&self) -> Result<Socket, Unreached> {
        let stream = self.open().await?;
        let limits = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_message_size(Some(LONGEST_MESSAGE))
            .max_frame_size(Some(LONGEST_MESSAGE));
        let (socket, _) = tokio_tungstenite::client_async_with_config(self.request()?, stream, Some(limits)).await?;
        Ok(socket)
    }

    /// Host and port, as the address has them.
    pub fn host(&self) -> &str {
        self.uri.authority().map_or("", |authority| authority.as_str())
    }

    /// Opens a connection.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn open(&self) -> std::io::Result<TcpStream> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    fn request(&self) -> Result<Request, Error> {
        let mut request = self.uri.clone().into_client_request()?;
        request.headers_mut().insert("Sec-WebSocket-Protocol", HeaderValue::from_static("loa.v1"));
        Ok(request)
    }
}

fn parse(url: &str) -> anyhow::Result<Uri> {
    let expected = || format!("{url:?} is not an address like ws://127.0.0.1:8080/ws");
    let uri: Uri = url.parse().with_context(expected)?;
    anyhow::ensure!(uri.scheme_str() != Some("wss"), "wss:// is not supported: test the server behind the TLS proxy");
    anyhow::ensure!(uri.scheme_str() == Some("ws") && uri.host().is_some(), expected());
    Ok(uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_address_is_said_so() {
        for url in ["", "127.0.0.1:8080", "http://127.0.0.1:8080/ws", "ws://", "ws:// a/ws", "wss://a/ws"] {
            assert!(parse(url).expect_err(url).to_string().contains("ws://") || url.starts_with("wss"), "{url}");
        }
        assert!(parse("ws://[::1]:8080/ws").is_ok() && parse("ws://localhost/ws").is_ok());
    }
}
