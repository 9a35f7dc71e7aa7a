//! TLS by rustls: the certificate is read from PEM files, and read again when they change.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// How often the files' times are looked at.
const LOOK: Duration = Duration::from_secs(10);

/// The files, and what was read from them last.
#[derive(Debug)]
pub struct Certificate {
    chain: PathBuf,
    key: PathBuf,
    current: RwLock<Arc<CertifiedKey>>,
}

impl Certificate {
    /// Reads both files.
    ///
    /// # Errors
    /// With a sentence that names the file and what is wrong with it.
    pub fn open(chain: &Path, key: &Path) -> anyhow::Result<Arc<Self>> {
        let current = RwLock::new(Arc::new(read(chain, key)?));
        Ok(Arc::new(Self { chain: chain.to_owned(), key: key.to_owned(), current }))
    }

    /// What speaks TLS with it.
    ///
    /// # Errors
    /// When rustls has no version of TLS built in that the cryptography can.
    pub fn acceptor(self: &Arc<Self>) -> anyhow::Result<TlsAcceptor> {
        let versions = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let mut config =
            versions.with_safe_default_protocol_versions()?.with_no_client_auth().with_cert_resolver(self.clone());
        // WebSockets begin with HTTP/1.1.
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }

    /// Reads the files again whenever they have changed; what cannot be read is told, and the former certificate stays.
    pub async fn follow(self: Arc<Self>, shutdown: CancellationToken) {
        let mut ticks = tokio::time::interval(LOOK);
        let mut known = self.changed();
        while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
            let now = self.changed();
            if now == known {
                continue;
            }
            match self.reload() {
                Ok(()) => tracing::info!(certificate = %self.chain.display(), "the certificate was read again"),
                // Perhaps only one of the two is new by now; a later look has both.
                Err(error) => {
                    tracing::error!(error = %format!("{error:#}"), "the former certificate stays in use");
                }
            }
            known = now;
        }
    }

    fn reload(&self) -> anyhow::Result<()> {
        let new = Arc::new(read(&self.chain, &self.key)?);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = new;
        Ok(())
    }

    fn changed(&self) -> [Option<SystemTime>; 2] {
        [&self.chain, &self.key].map(|file| std::fs::metadata(file).and_then(|it| it.modified()).ok())
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

fn read(chain: &Path, key: &Path) -> anyhow::Result<CertifiedKey> {
    let certificates: Vec<CertificateDer<'static>> =
        CertificateDer::pem_file_iter(chain)
            .and_then(Iterator::collect)
            .with_context(|| format!("server.tls_certificate: {} is no PEM file with certificates", chain.display()))?;
    anyhow::ensure!(!certificates.is_empty(), "server.tls_certificate: there is no certificate in {}", chain.display());
    let private = PrivateKeyDer::from_pem_file(key)
        .with_context(|| format!("server.tls_key: {} is no PEM file with a private key", key.display()))?;
    let pair = CertifiedKey::from_der(certificates, private, &ring::default_provider());
    pair.with_context(|| format!("server.tls_key: {} does not fit {}", key.display(), chain.display()))
}

#[cfg(test)]
mod tests {
    use rcgen::{CertifiedKey, generate_simple_self_signed};

    use super::*;

    fn make(folder: &Path) -> CertificateDer<'static> {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).expect("made");
        std::fs::write(folder.join("key.pem"), signing_key.serialize_pem()).expect("written");
        std::fs::write(folder.join("chain.pem"), cert.pem()).expect("written");
        cert.der().clone()
    }

    fn in_use(certificate: &Certificate) -> CertificateDer<'static> {
        certificate.current.read().expect("no panic").cert[0].clone()
    }

    #[test]
    fn what_cannot_be_read_leaves_the_former_in_use_and_a_whole_pair_takes_its_place() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = make(folder.path());
        let (chain, key) = (folder.path().join("chain.pem"), folder.path().join("key.pem"));
        let certificate = Certificate::open(&chain, &key).expect("good");
        let key_before = std::fs::read(&key).expect("there");
        for (broken, file) in [(&b"nonsense"[..], &chain), (b"", &chain), (&key_before, &key), (b"", &key)] {
            make(folder.path());
            std::fs::write(file, broken).expect("written");
            let error = certificate.reload().expect_err("half a pair");
            assert!(format!("{error:#}").contains("server.tls_"), "{error:#}");
            assert_eq!(in_use(&certificate), first);
        }
        std::fs::remove_file(&chain).expect("removed");
        assert!(certificate.reload().is_err());
        assert_eq!(in_use(&certificate), first);
        let last = make(folder.path());
        certificate.reload().expect("a pair");
        assert_eq!(in_use(&certificate), last);
    }
}
