//! Ways out: SMTP, files, memory.

use crate::server::config::{Config, MailSecurity, MailTransport, Smtp};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    transport::smtp::{
        PoolConfig,
        authentication::Credentials,
        client::{Certificate, Tls, TlsParameters},
    },
};
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// For each step of an SMTP conversation.
const SMTP_TIMEOUT: Duration = Duration::from_secs(30);

/// Where mails go.
#[derive(Clone, Debug)]
pub enum Transport {
    Smtp(AsyncSmtpTransport<Tokio1Executor>),
    /// One `.eml` file each.
    Files(PathBuf),
    /// For tests.
    Memory(Arc<Mutex<Vec<Vec<u8>>>>),
}

/// Why a mail was not sent.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// This mail will never be taken.
    #[error("refused: {0}")]
    Refused(String),
    /// This mail was not taken now.
    #[error("not now: {0}")]
    NotNow(String),
    /// No mail is taken now.
    #[error("unreachable: {0}")]
    Unreachable(String),
}

impl Transport {
    /// The configured transport.
    pub fn new(config: &Config) -> anyhow::Result<Self> {
        Ok(match (config.mail.transport, &config.mail.smtp) {
            (MailTransport::File, _) => {
                std::fs::create_dir_all(config.mail_dir())?;
                Self::Files(config.mail_dir())
            }
            (MailTransport::Memory, _) => Self::Memory(Arc::default()),
            (MailTransport::Smtp, Some(smtp)) => Self::Smtp(smtp_transport(smtp)?),
            (MailTransport::Smtp, None) => anyhow::bail!("mail.smtp is missing: mail.transport = \"smtp\" needs it"),
        })
    }

    /// Hands `message` over. `id` names the file, so that a repeated mail replaces itself.
    pub async fn send(&self, id: &str, message: Message) -> Result<(), SendError> {
        match self {
            Self::Smtp(smtp) => smtp.send(message).await.map(|_| ()).map_err(|error| classify(&error)),
            Self::Files(folder) => write_file(folder, id, &message.formatted())
                .await
                .map_err(|error| SendError::Unreachable(format!("cannot write into {}: {error}", folder.display()))),
            Self::Memory(mails) => {
                mails
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(message.formatted());
                Ok(())
            }
        }
    }

    /// What was sent, for tests with the memory transport.
    pub fn sent(&self) -> Vec<String> {
        match self {
            Self::Memory(mails) => {
                let mails = mails.lock().unwrap_or_else(PoisonError::into_inner);
                mails
                    .iter()
                    .map(|mail| String::from_utf8_lossy(mail).into_owned())
                    .collect()
            }
            _ => Vec::new(),
        }
    }
}

async fn write_file(folder: &std::path::Path, id: &str, bytes: &[u8]) -> std::io::Result<()> {
    let unfinished = folder.join(format!(".{id}.tmp"));
    tokio::fs::write(&unfinished, bytes).await?;
    tokio::fs::rename(&unfinished, folder.join(format!("{id}.eml"))).await
}

fn smtp_transport(smtp: &Smtp) -> anyhow::Result<AsyncSmtpTransport<Tokio1Executor>> {
    let tls = || -> anyhow::Result<TlsParameters> {
        let mut parameters = TlsParameters::builder(smtp.host.clone());
        if let Some(file) = &smtp.ca_certificate {
            let pem = std::fs::read(file).map_err(|error| {
                anyhow::anyhow!("mail.smtp.ca_certificate {} cannot be read: {error}", file.display())
            })?;
            parameters = parameters.add_root_certificate(Certificate::from_pem(&pem)?);
        }
        Ok(parameters.build_rustls()?)
    };
    let tls = match smtp.security {
        MailSecurity::Starttls => Tls::Required(tls()?),
        MailSecurity::Tls => Tls::Wrapper(tls()?),
        MailSecurity::None => Tls::None,
    };
    let mut transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&smtp.host)
        .port(smtp.port)
        .tls(tls)
        .timeout(Some(SMTP_TIMEOUT))
        .pool_config(PoolConfig::new().max_size(2).idle_timeout(Duration::from_secs(30)));
    if let (Some(username), Some(password)) = (&smtp.username, &smtp.password) {
        transport = transport.credentials(Credentials::new(username.clone(), password.reveal().to_owned()));
    }
    Ok(transport.build())
}

fn classify(error: &lettre::transport::smtp::Error) -> SendError {
    let text = error.to_string();
    let code = error.status().map(|code| code.to_string());
    match code.as_deref() {
        // The server refuses us, not the mail: wrong or missing login, or it is closing (RFC 4954, RFC 5321).
        Some("421" | "454" | "530" | "534" | "535" | "538") => SendError::Unreachable(text),
        Some(code) if code.starts_with('5') => SendError::Refused(text),
        Some(_) => SendError::NotNow(text),
        None if error.is_client() && !error.is_timeout() => SendError::NotNow(text),
        None => SendError::Unreachable(text),
    }
}
