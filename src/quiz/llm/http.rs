//! HTTP beneath async-openai: no redirections, no retries, bodies bounded and translated.

use std::error::Error;
use std::net::IpAddr;
use std::sync::Arc;

use async_openai::Client;
use async_openai::config::Config;
use async_openai::error::OpenAIError;
use async_openai::middleware::HttpRequestFactory;
use bytes::Bytes;
use futures::stream::unfold;
use jiff::Timestamp;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use reqwest::{Response, redirect};
use rustls::{ClientConfig, RootCertStore};
use secrecy::{ExposeSecret, SecretString};
use url::{Host, Url};

use super::Settings;
use super::error::{Failure, LlmError, short};
use super::piece::Piece;
use super::retry;
use super::stream::Body;

/// Bytes of an error's body that are read.
const ERROR_BYTES: usize = 8 * 1024;

/// Where to, and with which key. async-openai's own configuration sends an empty key, and takes what is missing from the environment.
#[derive(Debug)]
pub(super) struct Endpoint {
    base: String,
    key: SecretString,
    headers: HeaderMap,
}

impl Endpoint {
    fn new(settings: &Settings, base: &Url) -> Result<Self, LlmError> {
        let key = settings.api_key.clone().unwrap_or_default();
        let mut headers = HeaderMap::new();
        if !key.expose_secret().is_empty() {
            let value = HeaderValue::from_str(&format!("Bearer {}", key.expose_secret()));
            let mut value = value.map_err(|_| LlmError::Key)?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        Ok(Self { base: base.as_str().trim_end_matches('/').to_owned(), key, headers })
    }
}

impl Config for Endpoint {
    fn headers(&self) -> HeaderMap {
        self.headers.clone()
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    fn query(&self) -> Vec<(&str, &str)> {
        Vec::new()
    }

    fn api_base(&self) -> &str {
        &self.base
    }

    fn api_key(&self) -> &SecretString {
        &self.key
    }
}

/// # Errors
/// A base URL or key that cannot be used, or no TLS.
pub(super) fn client(settings: &Settings) -> Result<Client<Endpoint>, LlmError> {
    let base = base(&settings.base_url)?;
    let endpoint = Endpoint::new(settings, &base)?;
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("loa/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(settings.connect)
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .tls_backend_preconfigured(tls(base.scheme() == "https")?);
    if is_local(&base) {
        builder = builder.no_proxy();
    }
    let http = builder.build().map_err(|error| LlmError::Setup(cause(&error)))?;
    let reply_bytes = settings.reply_bytes;
    let sender = http.clone();
    let service = tower::service_fn(move |request| send(sender.clone(), request, reply_bytes));
    Ok(Client::build(http, endpoint).with_http_service(service))
}

fn base(written: &str) -> Result<Url, LlmError> {
    let base = Url::parse(written.trim()).map_err(|_| LlmError::BaseUrl)?;
    let plain =
        base.username().is_empty() && base.password().is_none() && base.query().is_none() && base.fragment().is_none();
    let http = matches!(base.scheme(), "http" | "https") && base.has_host();
    if plain && http { Ok(base) } else { Err(LlmError::BaseUrl) }
}

/// No proxy stands between a machine and itself.
fn is_local(base: &Url) -> bool {
    match base.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    }
}

/// Mozilla's authorities, since a slim container has none, and the system's, since companies have their own.
fn tls(needed: bool) -> Result<ClientConfig, LlmError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if needed {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    let ring = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(ring).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| LlmError::Setup(error.to_string()))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

async fn send(http: reqwest::Client, request: HttpRequestFactory, reply_bytes: usize) -> Result<Response, OpenAIError> {
    let request = request.build().await?;
    let sent = http.execute(request).await;
    let response = sent.map_err(|error| OpenAIError::Boxed(Box::new(unsent(&error))))?;
    if response.status().is_success() {
        Ok(translated(response, reply_bytes))
    } else {
        Err(OpenAIError::Boxed(Box::new(refused(response).await)))
    }
}

fn unsent(error: &reqwest::Error) -> Failure {
    if error.is_connect() { Failure::Connect(cause(error)) } else { Failure::Broken }
}

/// The innermost error says what happened; the outer ones repeat the URL.
fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    short(&cause.to_string())
}

async fn refused(mut response: Response) -> Failure {
    let status = response.status().as_u16();
    let wait = retry::wish(response.headers(), Timestamp::now());
    let mut body = Vec::new();
    while let Ok(Some(bytes)) = response.chunk().await {
        let room = ERROR_BYTES - body.len();
        body.extend(bytes.iter().take(room));
        if bytes.len() >= room {
            break;
        }
    }
    Failure::Status { status, wait, text: String::from_utf8_lossy(&body).into_owned() }
}

/// Pieces as server-sent events, whatever the server sent. A failure is the last of them.
fn translated(response: Response, reply_bytes: usize) -> Response {
    let events = unfold(Some((response, Body::new(reply_bytes))), |state| async {
        let (mut response, mut body) = state?;
        let mut pieces = Vec::new();
        while pieces.is_empty() {
            let done = match response.chunk().await {
                Ok(Some(bytes)) => match body.feed(&bytes, &mut pieces) {
                    Ok(()) => continue,
                    Err(failure) => Err(failure),
                },
                Ok(None) => body.end(&mut pieces),
                Err(_) => Err(Failure::Broken),
            };
            pieces.extend(done.err().map(Piece::from));
            return Some((events(&pieces), None));
        }
        Some((events(&pieces), Some((response, body))))
    });
    http::Response::new(reqwest::Body::wrap_stream(events)).into()
}

fn events(pieces: &[Piece]) -> Result<Bytes, serde_json::Error> {
    let mut events = String::new();
    for piece in pieces {
        events.push_str("data: ");
        events.push_str(&serde_json::to_string(piece)?);
        events.push_str("\n\n");
    }
    Ok(events.into())
}

impl From<OpenAIError> for Failure {
    fn from(error: OpenAIError) -> Self {
        match error {
            OpenAIError::Boxed(error) => error.downcast().map_or(Self::Broken, |failure| *failure),
            _ => Self::Broken,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(base_url: &str, key: Option<&str>) -> Result<Endpoint, LlmError> {
        let settings =
            Settings { base_url: base_url.to_owned(), api_key: key.map(SecretString::from), ..Settings::default() };
        Endpoint::new(&settings, &base(base_url)?)
    }

    #[test]
    fn the_base_url_is_taken_as_it_is_written() {
        for (written, url) in [
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/chat/completions"),
            ("http://127.0.0.1:11434/v1/", "http://127.0.0.1:11434/v1/chat/completions"),
            (" https://api.openai.com/v1", "https://api.openai.com/v1/chat/completions"),
            ("http://[::1]:80/a/b", "http://[::1]/a/b/chat/completions"),
        ] {
            assert_eq!(made(written, None).expect("good").url("/chat/completions"), url);
        }
        for written in
            ["", "localhost:8080", "ftp://a/v1", "http://", "/v1", "http://u:p@a/v1", "http://a/v1?x=1", "http://a/#x"]
        {
            assert_eq!(made(written, None).expect_err(written), LlmError::BaseUrl);
        }
    }

    #[test]
    fn a_key_is_sent_only_where_there_is_one_and_shown_nowhere() {
        assert!(made("http://a", None).expect("good").headers().is_empty());
        assert!(made("http://a", Some("")).expect("good").headers().is_empty());
        let endpoint = made("http://a", Some("sk-secret")).expect("good");
        assert_eq!(endpoint.headers()[AUTHORIZATION], "Bearer sk-secret");
        assert!(!format!("{endpoint:?}").contains("secret"));
        assert_eq!(made("http://a", Some("sk\n")).expect_err("a line break"), LlmError::Key);
    }

    #[test]
    fn no_proxy_before_the_machine_itself() {
        for (url, local) in [
            ("http://localhost:1", true),
            ("http://127.1.2.3", true),
            ("http://[::1]", true),
            ("http://10.0.0.1", false),
            ("http://localhost.example.com", false),
        ] {
            assert_eq!(is_local(&base(url).expect("good")), local, "{url}");
        }
    }

    #[test]
    fn tls_can_be_set_up() {
        assert!(tls(true).is_ok());
    }
}
