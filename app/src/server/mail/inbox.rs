//! The mailbox to which people answer, over IMAP (RFC 9051).
//!
//! Invariant: a mail is marked as seen only by [`Inbox::mark`]; whoever dies before finds it again.

use crate::server::config::{InboxConfig, MailSecurity};
use async_imap::{Client, Session, types::Fetch};
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
/// Of the headers of a longer one, bytes.
const HEADER_BYTES: u32 = 256 * 1024;
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
    #[error("the mail server refused: {0}")]
    Refused(String),
    /// Without what it said, which may be of a mail.
    #[error("the mail server says what cannot be understood")]
    Garbled,
}

impl From<async_imap::error::Error> for InboxError {
    fn from(error: async_imap::error::Error) -> Self {
        use async_imap::error::Error;
        match error {
            Error::Io(error) => Self::Unreachable(error),
            Error::No(said) | Error::Bad(said) => Self::Refused(said),
            Error::ConnectionLost => Self::Unreachable(std::io::ErrorKind::UnexpectedEof.into()),
            _ => Self::Garbled,
        }
    }
}

trait Line: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + fmt::Debug> Line for T {}

/// What there is under a number.
pub enum Fetched {
    Whole(Vec<u8>),
    /// It is longer than [`MAIL_BYTES`]; these are its headers.
    TooLong(Vec<u8>),
    /// Somebody else took it away, or the server does not give it now.
    Nothing,
}

/// How a mail is marked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mark {
    Seen,
    /// For a person who looks into the mailbox.
    SeenAndFlagged,
}

/// An open mailbox.
pub struct Inbox {
    session: Session<Box<dyn Line>>,
    validity: u32,
}

impl Inbox {
    /// Connects, signs in and opens the mailbox.
    pub async fn open(config: &InboxConfig) -> Result<Self, InboxError> {
        let client = tokio::time::timeout(CONNECT_WITHIN, connect(config))
            .await
            .map_err(|_| InboxError::TooSlow)??;
        let login = client.login(&config.username, config.password.reveal()).await;
        let mut session = login.map_err(|(error, _)| error)?;
        let mailbox = session.select(&config.mailbox).await?;
        Ok(Self {
            session,
            validity: mailbox.uid_validity.unwrap_or_default(),
        })
    }

    /// Numbers mean the same mails as long as this is the same (RFC 9051, section 2.3.1.1).
    pub fn validity(&self) -> u32 {
        self.validity
    }

    /// The numbers of the mails that nobody has seen, the oldest first.
    pub async fn unseen(&mut self) -> Result<Vec<u32>, InboxError> {
        let found = self.session.uid_search("UNSEEN UNDELETED").await?;
        let mut numbers: Vec<u32> = found.into_iter().collect();
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// Reads a mail and leaves it unseen.
    pub async fn read(&mut self, number: u32) -> Result<Fetched, InboxError> {
        let found = self.fetch(number, "RFC822.SIZE").await?;
        match found.iter().find_map(|fetch| fetch.size) {
            None => Ok(Fetched::Nothing),
            Some(size) if size > MAIL_BYTES => {
                let part = format!("BODY.PEEK[HEADER]<0.{HEADER_BYTES}>");
                let found = self.fetch(number, &part).await?;
                let headers = found.iter().find_map(|fetch| fetch.header());
                Ok(headers.map_or(Fetched::Nothing, |headers| Fetched::TooLong(headers.to_vec())))
            }
            Some(_) => {
                let found = self.fetch(number, "BODY.PEEK[]").await?;
                let body = found.iter().find_map(|fetch| fetch.body());
                Ok(body.map_or(Fetched::Nothing, |body| Fetched::Whole(body.to_vec())))
            }
        }
    }

    /// What the server says of this mail; it may tell of others at any time (RFC 9051, section 7).
    async fn fetch(&mut self, number: u32, what: &str) -> Result<Vec<Fetch>, InboxError> {
        let mut found: Vec<Fetch> = self
            .session
            .uid_fetch(number.to_string(), what)
            .await?
            .try_collect()
            .await?;
        found.retain(|fetch| fetch.uid == Some(number));
        Ok(found)
    }

    /// Not to be found by [`Self::unseen`] again. A server that does not allow it says so.
    pub async fn mark(&mut self, number: u32, mark: Mark) -> Result<(), InboxError> {
        let flags = match mark {
            Mark::Seen => "\\Seen",
            Mark::SeenAndFlagged => "\\Seen \\Flagged",
        };
        // Unlike `uid_store` this tells when the server says no.
        let command = format!("UID STORE {number} +FLAGS.SILENT ({flags})");
        Ok(self.session.run_command_and_check_ok(command).await?)
    }

    /// Says goodbye, to which no answer is needed.
    pub async fn close(mut self) {
        if let Err(error) = self.session.logout().await {
            tracing::debug!(%error, "the mail server said no goodbye");
        }
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
