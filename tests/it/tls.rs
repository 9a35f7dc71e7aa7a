//! HTTPS and secure WebSockets with a certificate from PEM files, which may change.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::{SinkExt as _, StreamExt as _};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::tungstenite::Message;

use crate::command_line;
use crate::support::{PATIENCE, TestServer, config, token};

/// Writes a new pair; the certificate.
fn make(folder: &Path) -> CertificateDer<'static> {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).expect("made");
    std::fs::write(folder.join("key.pem"), signing_key.serialize_pem()).expect("written");
    std::fs::write(folder.join("chain.pem"), cert.pem()).expect("written");
    cert.der().clone()
}

fn settings(folder: &Path) -> [String; 2] {
    ["certificate=chain.pem", "key=key.pem"].map(|it| {
        let (name, file) = it.split_once('=').expect("a pair");
        format!("server.tls_{name}={}", folder.join(file).display())
    })
}

async fn connect(server: &TestServer, trusted: &CertificateDer<'static>) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).expect("a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(server.address).await?;
    let name = ServerName::try_from("localhost").expect("a name");
    TlsConnector::from(Arc::new(client)).connect(name, stream).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_and_sockets_come_by_tls_and_new_certificates_are_taken_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = make(folder.path());
    let sets = settings(folder.path());
    let server = TestServer::with(config(&[&sets[0], &sets[1]])).await;

    let mut stream = connect(&server, &first).await.expect("trusted");
    stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.expect("sent");
    let mut page = Vec::new();
    // The end may come without a word of TLS.
    let _ = stream.read_to_end(&mut page).await;
    let page = String::from_utf8_lossy(&page).to_lowercase();
    assert!(page.starts_with("http/1.1 200") && page.contains("strict-transport-security: "), "{page:.400}");

    let stream = connect(&server, &first).await.expect("trusted");
    let (mut socket, _) = tokio_tungstenite::client_async("wss://localhost/ws", stream).await.expect("upgraded");
    let hello = format!(r#"{{"type":"hello","token":"{}"}}"#, token());
    socket.send(Message::text(hello)).await.expect("sent");
    let answer = tokio::time::timeout(PATIENCE, socket.next()).await.expect("in time").expect("open").expect("read");
    assert!(answer.to_text().expect("text").contains("\"welcome\""), "{answer}");

    // Somebody who speaks no TLS is not waited for, and hurts nobody.
    let mut plain = TcpStream::connect(server.address).await.expect("it listens");
    plain.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await.expect("sent");
    let mut rest = Vec::new();
    let _ = tokio::time::timeout(PATIENCE, plain.read_to_end(&mut rest)).await.expect("it ends");

    // A new pair is taken up, and open sockets stay.
    let second = make(folder.path());
    let begin = Instant::now();
    while connect(&server, &second).await.is_err() {
        assert!(begin.elapsed() < PATIENCE, "the new certificate is never used");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    socket.send(Message::text("nonsense")).await.expect("sent");
    loop {
        let answer =
            tokio::time::timeout(PATIENCE, socket.next()).await.expect("in time").expect("open").expect("read");
        if answer.to_text().expect("text").contains("\"bad_message\"") {
            break;
        }
    }
    // The server's own question, by the settings; somebody else's certificate does not do.
    let address = format!("https://{}", server.address);
    let ask = |set: &str| command_line::run(&["healthcheck", &address, "--set", set, "--set", &sets[1]]);
    let answer = ask(&sets[0]);
    assert!(answer.status.success(), "{}", String::from_utf8_lossy(&answer.stderr));
    let other = tempfile::tempdir().expect("a folder");
    make(other.path());
    let answer = ask(&settings(other.path())[0]);
    assert!(!answer.status.success() && String::from_utf8_lossy(&answer.stderr).contains("certificate"));
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_is_said_at_the_start() {
    let folder = tempfile::tempdir().expect("a folder");
    make(folder.path());
    let sets = settings(folder.path());
    let start = async |sets: [&str; 2]| match loa::server::Server::open(config(&sets)).await {
        Ok(_) => panic!("it starts with {sets:?}"),
        Err(error) => format!("{error:#}"),
    };
    let missing = format!("server.tls_key={}", folder.path().join("missing.pem").display());
    let error = start([&sets[0], &missing]).await;
    assert!(error.contains("server.tls_key") && error.contains("missing.pem"), "{error}");
    let other = tempfile::tempdir().expect("a folder");
    make(other.path());
    let error = start([&sets[0], &settings(other.path())[1]]).await;
    assert!(error.contains("does not fit"), "{error}");
    std::fs::write(folder.path().join("chain.pem"), "").expect("written");
    let error = start([&sets[0], &sets[1]]).await;
    assert!(error.contains("no certificate in"), "{error}");
}
