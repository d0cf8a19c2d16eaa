//! How the agent trusts the server's certificate: the public roots, or one private authority named at enrolment.

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};
use std::sync::Arc;

/// Why a private authority cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadAuthority {
    #[error("it is no PEM file with certificates")]
    Unreadable,
    #[error("it contains no certificate")]
    Empty,
    #[error("a certificate in it cannot be used: {0}")]
    Certificate(rustls::Error),
    #[error("TLS cannot be set up: {0}")]
    Setup(rustls::Error),
}

/// The TLS settings of every connection. With `authority` (PEM) only that one is trusted.
pub fn client(authority: Option<&[u8]>) -> Result<Arc<ClientConfig>, BadAuthority> {
    let mut roots = RootCertStore::empty();
    match authority {
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Some(pem) => {
            for certificate in CertificateDer::pem_slice_iter(pem) {
                let certificate = certificate.map_err(|_| BadAuthority::Unreadable)?;
                roots.add(certificate).map_err(BadAuthority::Certificate)?;
            }
            if roots.is_empty() {
                return Err(BadAuthority::Empty);
            }
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(BadAuthority::Setup)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_roots_are_the_default() {
        assert!(client(None).is_ok());
    }

    #[test]
    fn a_file_without_a_certificate_is_no_authority() {
        assert!(matches!(client(Some(b"hello")), Err(BadAuthority::Empty)));
    }

    #[test]
    fn a_broken_certificate_is_refused() {
        let pem = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert!(matches!(client(Some(pem)), Err(BadAuthority::Certificate(_))));
    }
}
