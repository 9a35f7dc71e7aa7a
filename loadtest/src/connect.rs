//! Finding the server and opening a WebSocket.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::header::RETRY_AFTER;
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode, Uri};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, handshake::client::Request};

/// A learner's WebSocket.
pub type Socket = WebSocketStream<TcpStream>;

/// Bytes read at once; a verdict has some 600.
const READ_BUFFER: usize = 4096;
/// Bytes that the system buffers for a slow reader, so that the server feels it soon.
const SLOW_BUFFER: u32 = 4096;
/// Sockets from one address of this machine to one server: below the 28,232 ports that Linux gives (ip_local_port_range).
const PER_ADDRESS: usize = 25_000;
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
    /// HTTP 503: the server is full, and says after how many seconds to come again.
    Full(Option<u64>),
    /// Not within the time limit.
    TimedOut,
    /// Everything else, in a sentence.
    Failed(String),
}

impl Unreached {
    /// The word of the report.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Full(_) => "refused",
            Self::TimedOut => "connect_timeout",
            Self::Failed(_) => "connect_failed",
        }
    }
}

impl std::fmt::Display for Unreached {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Full(_) => formatter.write_str("the server is full (HTTP 503)"),
            Self::TimedOut => formatter.write_str("no welcome within the time limit (--connect-timeout)"),
            Self::Failed(why) => formatter.write_str(why),
        }
    }
}

impl From<Error> for Unreached {
    fn from(error: Error) -> Self {
        match error {
            Error::Http(response) if response.status() == StatusCode::SERVICE_UNAVAILABLE => {
                let seconds = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok());
                Self::Full(seconds.and_then(|text| text.parse().ok()))
            }
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

    /// Opens the WebSocket of learner `number`; `slow`: with hardly any buffer, for one that will not read.
    ///
    /// # Errors
    /// When the server cannot be reached or does not upgrade.
    pub async fn connect(&self, number: usize, slow: bool) -> Result<Socket, Unreached> {
        let stream = self.open_from(number, slow).await?;
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
        self.open_from(0, false).await
    }

    async fn open_from(&self, number: usize, slow: bool) -> std::io::Result<TcpStream> {
        let socket = if self.address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
        if slow {
            socket.set_recv_buffer_size(SLOW_BUFFER)?;
        }
        if let Some(source) = self.source(number) {
            socket.bind(source)?;
        }
        let stream = socket.connect(self.address).await?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// On this machine every 127.x.y.z is an address, with ports of its own: where one's are used up, the next is taken.
    fn source(&self, number: usize) -> Option<SocketAddr> {
        let further = u8::try_from(number / PER_ADDRESS).unwrap_or(u8::MAX);
        let local = matches!(self.address.ip(), IpAddr::V4(address) if address.is_loopback());
        (local && further > 0).then(|| (Ipv4Addr::new(127, 0, 0, 1 + further.min(253)), 0).into())
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
    fn further_addresses_are_used_on_this_machine_only() {
        let target = |address: &str| Target {
            uri: "ws://here/ws".parse().expect("an address"),
            address: address.parse().expect("an address"),
            timeout: Duration::ZERO,
        };
        let sources = [0, 24_999, 25_000, 60_000].map(|number| target("127.0.0.1:1").source(number));
        let expected = [None, None, Some("127.0.0.2:0"), Some("127.0.0.3:0")];
        assert_eq!(sources, expected.map(|it| it.map(|text| text.parse().expect("an address"))));
        assert_eq!(target("10.0.0.1:1").source(60_000), None);
    }

    #[test]
    fn what_is_no_address_is_said_so() {
        for url in ["", "127.0.0.1:8080", "http://127.0.0.1:8080/ws", "ws://", "ws:// a/ws", "wss://a/ws"] {
            assert!(parse(url).expect_err(url).to_string().contains("ws://") || url.starts_with("wss"), "{url}");
        }
        assert!(parse("ws://[::1]:8080/ws").is_ok() && parse("ws://localhost/ws").is_ok());
    }
}
