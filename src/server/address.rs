//! Who is at the other end by network address, and how much one address may do.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, NotUntil, Quota, RateLimiter};
use ipnet::IpNet;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::device::X_FORWARDED_PROTO;
use super::{App, page};
use crate::config::Config;
use crate::metrics::Refusal;
use crate::session::seats::{Seat, Seats};
use crate::store::LearnerId;

/// Bits of an IPv6 address that one customer has at the least (RFC 6177): the rest is theirs to choose.
const IPV6_PREFIX: u32 = 64;

/// The part of a minute's guests that one address may be: a school's learners come from one.
const GUESTS_SHARE: u32 = 4;
/// Large bodies of one address at one time.
const BODIES: usize = 4;
/// And of one learner: a school's come from one address.
const BODIES_OF_A_LEARNER: usize = 2;
/// Of all together: with 4 MiB each, 128 MiB.
const ALL_BODIES: usize = 32;

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

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
        let lines = headers.get_all(X_FORWARDED_FOR).iter().map(HeaderValue::as_bytes);
        // What a client made up stands before what the proxies added, on the same line with some: one bad hop spoils no other.
        let hops: Vec<&[u8]> = lines.flat_map(|line| line.split(|byte| *byte == b',')).collect();
        let mut client = peer;
        for hop in hops.into_iter().rev() {
            let Some(address) = hop_address(hop) else { break };
            client = address;
            if !self.trusts(address) {
                break;
            }
        }
        client
    }
}

/// Some proxies add the port, some put IPv6 into brackets.
fn hop_address(hop: &[u8]) -> Option<IpAddr> {
    let hop = std::str::from_utf8(hop).ok()?.trim();
    let bare = hop.strip_prefix('[').and_then(|it| it.strip_suffix(']')).unwrap_or(hop);
    bare.parse().ok().or_else(|| hop.parse().ok().map(|it: SocketAddr| it.ip()))
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
        self.0.check_key(&one(address)).map_err(|until| whole_seconds(&until))
    }
}

/// Until it may be tried again, rounded up.
pub fn whole_seconds(until: &NotUntil<<DefaultClock as Clock>::Instant>) -> u64 {
    let wait = until.wait_time_from(DefaultClock::default().now());
    wait.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX)
}

/// A place of an address.
pub type Place = Seat<IpAddr>;

/// Room for a large body: of its address, of its learner, and of all. Dropped, it is free.
pub struct Room {
    _address: Option<Place>,
    _learner: Option<Seat<LearnerId>>,
    _all: OwnedSemaphorePermit,
}

/// What one address may do, for all connections of a server.
#[derive(Clone)]
pub struct Addresses {
    /// Whose words about others count. Their own connections are not limited, those whom they speak for are.
    pub proxies: Proxies,
    /// Connections, whatever is spoken on them.
    connections: Seats<IpAddr>,
    /// WebSockets.
    sockets: Seats<IpAddr>,
    requests: Arc<Requests>,
    /// Guests that are made.
    guests: Arc<Requests>,
    /// Large bodies that are being read or worked on, and how many more may be.
    bodies: Seats<IpAddr>,
    bodies_of_learners: Seats<LearnerId>,
    room: Arc<Semaphore>,
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
            guests: Arc::new(Requests::new(config.auth.guests_per_minute.div_ceil(GUESTS_SHARE))),
            bodies: Seats::new(BODIES),
            bodies_of_learners: Seats::new(BODIES_OF_A_LEARNER),
            room: Arc::new(Semaphore::new(ALL_BODIES)),
            tls: config.server.has_tls(),
        }
    }

    /// A connection from this peer: none when it has too many.
    pub fn connect(&self, peer: IpAddr) -> Option<Option<Place>> {
        if self.proxies.trusts(peer) { Some(None) } else { self.connections.take(one(peer)).map(Some) }
    }

    /// A WebSocket of this client: none when it has too many.
    pub fn open(&self, client: Client) -> Option<Option<Place>> {
        if client.unlimited { Some(None) } else { self.sockets.take(one(client.address)).map(Some) }
    }

    /// One more guest of this client; else the seconds to wait.
    pub fn join(&self, client: Client) -> Result<(), u64> {
        if client.unlimited { Ok(()) } else { self.guests.check(client.address) }
    }

    /// A large body of this client, and of this learner, if their token was good: none when too many are under way.
    pub fn bring(&self, client: Client, learner: Option<LearnerId>) -> Option<Room> {
        let address = if client.unlimited { None } else { Some(self.bodies.take(one(client.address))?) };
        let learner = match learner.filter(|_| !client.unlimited) {
            Some(learner) => Some(self.bodies_of_learners.take(learner)?),
            None => None,
        };
        let all = self.room.clone().try_acquire_owned().ok()?;
        Some(Room { _address: address, _learner: learner, _all: all })
    }

    /// Forgets who has asked for nothing lately.
    pub fn tidy(&self) {
        for limiter in [&self.requests.0, &self.guests.0] {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

/// What is answered from memory, whoever asks: the page's files, and whether the server lives.
fn is_free(path: &str) -> bool {
    path.starts_with("/health/") || page::serves(path)
}

/// Finds out who sent a request: the client's address as [`Client`], and how the client came in the header X-Forwarded-Proto. What limits
/// a client's requests further in, and whose token it is, is given along.
pub async fn introduce(
    State(app): State<App>,
    Extension(Peer(peer)): Extension<Peer>,
    mut request: Request,
    next: Next,
) -> Response {
    let Addresses { proxies, tls, .. } = &app.addresses;
    let headers = request.headers();
    let address = proxies.client(peer, headers);
    let unlimited = peer.to_canonical().is_loopback() && proxies.trusts(peer) && !headers.contains_key(X_FORWARDED_FOR);
    // What strangers say of how they came is not listened to.
    if *tls {
        request.headers_mut().insert(X_FORWARDED_PROTO, HeaderValue::from_static("https"));
    } else if !proxies.trusts(peer) {
        request.headers_mut().remove(X_FORWARDED_PROTO);
    }
    request.extensions_mut().insert(app.addresses.clone());
    request.extensions_mut().insert(app.session.tokens.clone());
    request.extensions_mut().insert(Client { address, unlimited });
    next.run(request).await
}

/// Lets a request pass, unless its address has asked too often.
pub async fn limit(
    State(app): State<App>,
    Extension(client): Extension<Client>,
    request: Request,
    next: Next,
) -> Response {
    if !is_free(request.uri().path())
        && !client.unlimited
        && let Err(seconds) = app.addresses.requests.check(client.address)
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
pub struct Client {
    /// Where from.
    pub address: IpAddr,
    /// A program on this very machine that speaks for nobody else.
    pub unlimited: bool,
}

impl Client {
    /// What stands for the client where shares are counted by address; None for one that is not limited.
    pub fn counted(self) -> Option<IpAddr> {
        (!self.unlimited).then(|| one(self.address))
    }
}

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
            ("127.0.0.1", &["[2001:db8::1]"], "2001:db8::1"),
            ("127.0.0.1", &["nonsense"], "127.0.0.1"),
            ("127.0.0.1", &["198.51.100.7, nonsense, 10.1.1.1"], "10.1.1.1"),
            ("127.0.0.1", &[], "127.0.0.1"),
            ("fd00::1", &["2001:db8::1"], "2001:db8::1"),
        ] {
            assert_eq!(proxies.client(ip(peer), &forwarded(lines)), ip(client), "{peer} {lines:?}");
        }
        let mut headers = HeaderMap::new();
        headers.append(X_FORWARDED_FOR, HeaderValue::from_bytes(b"\x80, 198.51.100.7").expect("a value"));
        assert_eq!(proxies.client(ip("127.0.0.1"), &headers), ip("198.51.100.7"), "what cannot be read hides nobody");
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
