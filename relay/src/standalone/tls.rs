//! The relay's certificate and key.

use super::TlsSettings;
use axum_server::tls_rustls::RustlsConfig;
use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject},
};
use std::{path::PathBuf, sync::Arc};

/// Why TLS cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error("tls.certificate {path}: {error}", path = path.display())]
    Certificate { path: PathBuf, error: pem::Error },
    #[error("tls.certificate {path} has no certificate", path = path.display())]
    NoCertificate { path: PathBuf },
    #[error("tls.key {path}: {error}", path = path.display())]
    Key { path: PathBuf, error: pem::Error },
    #[error("tls.certificate and tls.key do not work together: {0}")]
    Pair(#[from] rustls::Error),
}

/// Reads both files; HTTP/1.1 only, because WebSockets need nothing else.
pub fn read(settings: &TlsSettings) -> Result<RustlsConfig, TlsError> {
    let path = &settings.certificate;
    let failed = |error| TlsError::Certificate {
        path: path.clone(),
        error,
    };
    let certificates: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(path)
        .map_err(failed)?
        .collect::<Result<_, _>>()
        .map_err(failed)?;
    if certificates.is_empty() {
        return Err(TlsError::NoCertificate { path: path.clone() });
    }
    let key = PrivateKeyDer::from_pem_file(&settings.key).map_err(|error| TlsError::Key {
        path: settings.key.clone(),
        error,
    })?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(certificates, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(RustlsConfig::from_config(Arc::new(config)))
}
