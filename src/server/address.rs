//! Who is at the other end by network address, and how much one address may do.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use ipnet::IpNet;

use super::device::X_FORWARDED_PROTO;
use super::{App, page};
use crate::config::Config;
use crate::metrics::Refusal;
use crate::session::seats::{Seat, Seats};

/// Bits of an IPv6 address that one customer has at the least (RFC 6177): the rest is theirs to choose.
const IPV6_PREFIX: u32 = 64;

/// An address or network of `server.trusted_proxies`.
pub fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse().ok().map(|address: IpAddr| IpNet::from(address)))
}

/// Whose words about others count.
#[derive(Debug, Clone, Default)]
pub struct Proxies(Arc<[IpNet]>);

impl Proxies {
    /// The networks among `texts`; settings were checked before.
    pub fn new(texts: &[String]) -> Self {
        Self(texts.iter().filter_map(|text| network(text)).collect())
    }

    /// Whether this peer is one of them.
    pub fn trusts(&self, peer: IpAddr) -> bool {
        self.0.iter().any(|net| net.contains(&peer.to_canonical()))
    }

    /// Who sent the request: the peer, or whom the nearest of the trusted proxies had it from.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.trusts(peer) {
            return peer;
        }
        let lines = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok());
        let hops: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
        let mut client = peer;
        for hop in hops.into_iter().rev() {
            // Some proxies add the port.
            let Some(address) = hop.parse().ok().or_else(|| hop.parse().ok().map(|it: SocketAddr| it.ip())) else {
                break;
            };
            client = address;
            if !self.trusts(address) {
                break;
            }
        }
        client
    }
}

/// What counts as one: an IPv4 address, or the network of an IPv6 one.
fn one(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            let kept = u128::from(address) & (u128::MAX << (128 - IPV6_PREFIX));
            IpAddr::V6(Ipv6Addr::from(kept))
        }
    }
}

/// How often each address may ask for something that is work.
pub struct Requests(DefaultKeyedRateLimiter<IpAddr>);

impl Requests {
    /// So many at once, and as many a minute.
    pub fn new(per_minute: u32) -> Self {
        Self(RateLimiter::keyed(Quota::per_minute(NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN))))
    }

    /// Seconds to wait, if it was too often.
    fn check(&self, address: IpAddr) -> Result<(), u64> {
        self.0.check_key(&one(address)).map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now());
            wait.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX)
        })
    }
}

/// A place of an address.
pub type Place = Seat<IpAddr>;

/// What one address may do, for all connections of a server.
#[derive(Clone)]
pub struct Addresses {
    /// Whose words about others count. They are not limited themselves.
    pub proxies: Proxies,
    /// Connections, whatever is spoken on them.
    connections: Seats<IpAddr>,
    /// WebSockets.
    sockets: Seats<IpAddr>,
    requests: Arc<Requests>,
    /// Whether clients speak TLS with this very server.
    pub tls: bool,
}

impl Addresses {
    /// From the settings.
    pub fn new(config: &Config) -> Self {
        let limits = &config.limits;
        Self {
            proxies: Proxies::new(&config.server.trusted_proxies),
            connections: Seats::new(limits.connections_per_address),
            sockets: Seats::new(limits.connections_per_address),
            requests: Arc::new(Requests::new(limits.requests_per_address)),
            tls: config.server.has_tls(),
        }
    }

    /// A connection from this peer: none when it has too many.
    pub fn connect(&self, peer: IpAddr) -> Option<Option<Place>> {
        self.enter(&self.connections, peer)
    }

    /// A WebSocket of this client: none when it has too many.
    pub fn open(&self, client: IpAddr) -> Option<Option<Place>> {
        self.enter(&self.sockets, client)
    }

    fn enter(&self, seats: &Seats<IpAddr>, address: IpAddr) -> Option<Option<Place>> {
        if self.proxies.trusts(address) { Some(None) } else { seats.take(one(address)).map(Some) }
    }

    /// Forgets who has asked for nothing lately.
    pub fn tidy(&self) {
        self.requests.0.retain_recent();
        self.requests.0.shrink_to_fit();
    }
}

/// What is answered from memory, whoever asks: the page's files, and whether the server lives.
fn is_free(path: &str) -> bool {
    path.starts_with("/health/") || page::serves(path)
}

/// Finds out who sent a request: the client's address as [`Client`], and how the client came in the header X-Forwarded-Proto.
pub async fn introduce(
    State(app): State<App>,
    Extension(Peer(peer)): Extension<Peer>,
    mut request: Request,
    next: Next,
) -> Response {
    let Addresses { proxies, tls, .. } = &app.addresses;
    let client = proxies.client(peer, request.headers());
    // What strangers say of how they came is not listened to.
    if *tls {
        request.headers_mut().insert(X_FORWARDED_PROTO, HeaderValue::from_static("https"));
    } else if !proxies.trusts(peer) {
        request.headers_mut().remove(X_FORWARDED_PROTO);
    }
    request.extensions_mut().insert(Client(client));
    next.run(request).await
}

/// Lets a request pass, unless its address has asked too often.
pub async fn limit(
    State(app): State<App>,
    Extension(Client(client)): Extension<Client>,
    request: Request,
    next: Next,
) -> Response {
    let Addresses { proxies, requests, .. } = &app.addresses;
    if !is_free(request.uri().path())
        && !proxies.trusts(client)
        && let Err(seconds) = requests.check(client)
    {
        app.session.metrics.refused(Refusal::Address);
        let retry = [(header::RETRY_AFTER, seconds.to_string())];
        return (StatusCode::TOO_MANY_REQUESTS, retry, "too many requests from your address; try again later\n")
            .into_response();
    }
    next.run(request).await
}

/// Who is at the other end of the connection.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// Who sent the request.
#[derive(Debug, Clone, Copy)]
pub struct Client(pub IpAddr);

#[cfg(test)]
mod tests {
    use super::*;

    fn forwarded(lines: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append("x-forwarded-for", axum::http::HeaderValue::from_static(line));
        }
        headers
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn only_trusted_proxies_are_believed_and_only_as_far() {
        let proxies = Proxies::new(&["10.0.0.0/8".into(), "127.0.0.1".into(), "fd00::/8".into()]);
        for (peer, lines, client) in [
            ("192.0.2.1", &["198.51.100.7"][..], "192.0.2.1"),
            ("127.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            ("127.0.0.1", &["203.0.113.9, 198.51.100.7"], "198.51.100.7"),
            ("127.0.0.1", &["203.0.113.9", "198.51.100.7, 10.1.1.1"], "198.51.100.7"),
            ("::ffff:127.0.0.1", &["198.51.100.7:4711"], "198.51.100.7"),
            ("127.0.0.1", &["[2001:db8::1]:4711"], "2001:db8::1"),
            ("127.0.0.1", &["nonsense"], "127.0.0.1"),
            ("127.0.0.1", &["198.51.100.7, nonsense, 10.1.1.1"], "10.1.1.1"),
            ("127.0.0.1", &[], "127.0.0.1"),
            ("fd00::1", &["2001:db8::1"], "2001:db8::1"),
        ] {
            assert_eq!(proxies.client(ip(peer), &forwarded(lines)), ip(client), "{peer} {lines:?}");
        }
        assert_eq!(Proxies::default().client(ip("127.0.0.1"), &forwarded(&["1.2.3.4"])), ip("127.0.0.1"));
    }

    #[test]
    fn a_network_of_ipv6_counts_as_one() {
        assert_eq!(one(ip("2001:db8::1")), one(ip("2001:db8:0:0:ffff::3")));
        assert_ne!(one(ip("2001:db8::1")), one(ip("2001:db8:0:1::1")));
        assert_eq!(one(ip("::ffff:192.0.2.1")), ip("192.0.2.1"));
        assert_ne!(one(ip("192.0.2.1")), one(ip("192.0.2.2")));
    }

    #[test]
    fn what_is_work_is_counted() {
        for path in ["/", "/app.js", "/health/ready"] {
            assert!(is_free(path), "{path}");
        }
        for path in ["/ws", "/api/v1/guests", "/sessions", "/sessions/1", "/me", "/enter", "/metrics", "/none"] {
            assert!(!is_free(path), "{path}");
        }
    }

    #[test]
    fn who_asks_too_often_waits() {
        let requests = Requests::new(2);
        assert_eq!([requests.check(ip("192.0.2.1")), requests.check(ip("192.0.2.1"))], [Ok(()), Ok(())]);
        assert!(matches!(requests.check(ip("192.0.2.1")), Err(1..=30)));
        assert_eq!(requests.check(ip("192.0.2.2")), Ok(()));
    }
}
