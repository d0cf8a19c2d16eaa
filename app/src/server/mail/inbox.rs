//! The mailbox to which people answer, over IMAP (RFC 9051).
//!
//! Invariant: a mail is marked as seen only by [`Inbox::mark_seen`]; whoever dies before finds it again.

use crate::server::config::{InboxConfig, MailSecurity};
use async_imap::{Client, Session};
use futures_util::TryStreamExt;
use rustls::{
    ClientConfig, RootCertStore,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use std::{fmt, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;

/// Longest mail that is read, bytes; attachments are a third larger in a mail than as files.
pub const MAIL_BYTES: u32 = 30 * 1024 * 1024;
const CONNECT_WITHIN: Duration = Duration::from_secs(20);

/// Why the mailbox could not be used; a later try may do.
#[derive(Debug, thiserror::Error)]
pub enum InboxError {
    #[error("the mail server cannot be reached: {0}")]
    Unreachable(#[from] std::io::Error),
    #[error("the mail server took too long")]
    TooSlow,
    #[error("mail.inbox.ca_certificate cannot be used: {0}")]
    Certificate(String),
    #[error("the mail server said: {0}")]
    Imap(#[from] async_imap::error::Error),
}

trait Line: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug> Line for T {}

/// What there is under a number.
pub enum Fetched {
    Mail(Vec<u8>),
    /// Longer than [`MAIL_BYTES`].
    TooLong,
    /// Somebody else took it away.
    Gone,
}

/// An open mailbox.
pub struct Inbox(Session<Box<dyn Line>>);

impl Inbox {
    /// Connects, signs in and opens the mailbox.
    pub async fn open(config: &InboxConfig) -> Result<Self, InboxError> {
        let client = tokio::time::timeout(CONNECT_WITHIN, connect(config))
            .await
            .map_err(|_| InboxError::TooSlow)??;
        let login = client.login(&config.username, config.password.reveal()).await;
        let mut session = login.map_err(|(error, _)| error)?;
        session.select(&config.mailbox).await?;
        Ok(Self(session))
    }

    /// The numbers of the oldest mails that nobody has seen, `limit` at most.
    pub async fn unseen(&mut self, limit: usize) -> Result<Vec<u32>, InboxError> {
        let mut numbers: Vec<u32> = self.0.uid_search("UNSEEN").await?.into_iter().collect();
        numbers.sort_unstable();
        numbers.truncate(limit);
        Ok(numbers)
    }

    /// Reads a mail and leaves it unseen.
    pub async fn read(&mut self, number: u32) -> Result<Fetched, InboxError> {
        let found: Vec<_> = self
            .0
            .uid_fetch(number.to_string(), "RFC822.SIZE")
            .await?
            .try_collect()
            .await?;
        match found.first().map(|fetch| fetch.size.unwrap_or(u32::MAX)) {
            None => return Ok(Fetched::Gone),
            Some(size) if size > MAIL_BYTES => return Ok(Fetched::TooLong),
            Some(_) => {}
        }
        let found: Vec<_> = self
            .0
            .uid_fetch(number.to_string(), "BODY.PEEK[]")
            .await?
            .try_collect()
            .await?;
        let body = found.iter().find_map(|fetch| fetch.body());
        Ok(body.map_or(Fetched::Gone, |body| Fetched::Mail(body.to_vec())))
    }

    /// Not to be found by [`Self::unseen`] again.
    pub async fn mark_seen(&mut self, number: u32) -> Result<(), InboxError> {
        // Unlike `uid_store` this tells when the server says no.
        let command = format!("UID STORE {number} +FLAGS.SILENT (\\Seen)");
        Ok(self.0.run_command_and_check_ok(command).await?)
    }

    /// Says goodbye.
    pub async fn close(mut self) -> Result<(), InboxError> {
        Ok(self.0.logout().await?)
    }
}

async fn connect(config: &InboxConfig) -> Result<Client<Box<dyn Line>>, InboxError> {
    let line = TcpStream::connect((config.host.as_str(), config.port)).await?;
    match config.security {
        MailSecurity::None => greeted(Box::new(line)).await,
        MailSecurity::Tls => greeted(secured(config, Box::new(line)).await?).await,
        MailSecurity::Starttls => {
            let mut client = greeted(Box::new(line)).await?;
            client.run_command_and_check_ok("STARTTLS", None).await?;
            // What came in before the handshake is dropped with the client that read it.
            Ok(Client::new(secured(config, client.into_inner()).await?))
        }
    }
}

async fn greeted(line: Box<dyn Line>) -> Result<Client<Box<dyn Line>>, InboxError> {
    let mut client = Client::new(line);
    match client.read_response().await? {
        Some(_) => Ok(client),
        None => Err(InboxError::Unreachable(std::io::ErrorKind::UnexpectedEof.into())),
    }
}

async fn secured(config: &InboxConfig, line: Box<dyn Line>) -> Result<Box<dyn Line>, InboxError> {
    let mut roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    let unusable = |error: &dyn fmt::Display| InboxError::Certificate(error.to_string());
    if let Some(file) = &config.ca_certificate {
        for certificate in CertificateDer::pem_file_iter(file).map_err(|error| unusable(&error))? {
            let certificate = certificate.map_err(|error| unusable(&error))?;
            roots.add(certificate).map_err(|error| unusable(&error))?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(std::io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(config.host.clone()).map_err(std::io::Error::other)?;
    Ok(Box::new(TlsConnector::from(Arc::new(tls)).connect(name, line).await?))
}
