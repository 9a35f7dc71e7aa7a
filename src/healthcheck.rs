//! `loa healthcheck`: one question to a running server.

use crate::outln;
use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme, StreamOwned};

const PATIENCE: Duration = Duration::from_secs(3);
/// Bytes of an answer.
const LONGEST: u64 = 64 * 1024;

/// Asks `GET /health/ready`; over TLS, whoever answers must have the first certificate of that PEM file.
///
/// # Errors
/// When the server cannot be reached or is not ready.
pub fn check(address: &str, certificate: Option<&Path>) -> anyhow::Result<()> {
    // As `loa serve` prints it.
    let address = address.split_once("://").map_or(address, |(_, rest)| rest).trim_end_matches('/');
    let target = address
        .to_socket_addrs()
        .ok()
        .and_then(|mut addresses| addresses.next())
        .with_context(|| format!("{address} is not an address like 127.0.0.1:8080"))?;
    let stream =
        TcpStream::connect_timeout(&target, PATIENCE).with_context(|| format!("no server answers on {address}"))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let answer = match certificate {
        Some(file) => {
            let tls = ClientConnection::new(Arc::new(trusting(file)?), ServerName::from(target.ip()))?;
            ask(StreamOwned::new(tls, stream), address)?
        }
        None => ask(stream, address)?,
    };
    let status = answer.lines().next().unwrap_or_default();
    outln!("{}", answer.rsplit("\r\n\r\n").next().unwrap_or_default());
    if !status.contains(" 200 ") {
        bail!("not ready: {status}");
    }
    Ok(())
}

fn ask(mut stream: impl Read + Write, address: &str) -> anyhow::Result<String> {
    let late = || format!("{address} does not answer in time, or not in this way (HTTP, HTTPS)");
    write!(stream, "GET /health/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").with_context(late)?;
    let mut answer = Vec::new();
    match stream.take(LONGEST).read_to_end(&mut answer) {
        Ok(_) => {}
        // A connection that ends without TLS's own goodbye has said all before.
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof && !answer.is_empty() => {}
        Err(error) => return Err(error).with_context(late),
    }
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

fn trusting(file: &Path) -> anyhow::Result<ClientConfig> {
    let own = CertificateDer::from_pem_file(file)
        .with_context(|| format!("server.tls_certificate: {} is no PEM file with certificates", file.display()))?;
    let provider = Arc::new(ring::default_provider());
    let verifier = Arc::new(Own { certificate: own, provider: provider.clone() });
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth())
}

/// This server asks itself, by an address that its certificate does not name: it must be this very certificate.
#[derive(Debug)]
struct Own {
    certificate: CertificateDer<'static>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Own {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if *certificate == self.certificate {
            Ok(ServerCertVerified::assertion())
        } else {
            Err(rustls::Error::General("its certificate is not the one in server.tls_certificate".to_owned()))
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
