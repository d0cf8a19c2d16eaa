//! The configuration: one typed file plus environment.
//!
//! Invariant: a `Config` that exists is usable; everything that can be wrong is said when it is loaded.

mod addresses;
mod files;
mod load;
mod names;
mod secret;

pub use files::FilesConfig;
#[cfg(test)]
pub use load::defaults;
pub use load::{ConfigError, load};
pub use secret::Secret;

use deskside_protocol::{browser::IceServer, session::PathPolicy};
use deskside_relay::{Limits, TurnServer};
use serde::Deserialize;
use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

/// Everything that an administrator can set.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where browsers and agents reach the portal, such as `https://help.example.org`.
    pub public_url: String,
    pub data_dir: PathBuf,
    /// Run-time folder of scripts and styles; absent: the ones inside the binary.
    #[serde(default)]
    pub site_dir: Option<PathBuf>,
    pub listen: Listen,
    pub database: Database,
    pub mail: MailConfig,
    #[serde(default)]
    pub push: PushConfig,
    pub relay: RelaySettings,
    pub sign_in: SignIn,
    pub files: FilesConfig,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    pub address: SocketAddr,
    #[serde(default)]
    pub tls_certificate: Option<PathBuf>,
    #[serde(default)]
    pub tls_key: Option<PathBuf>,
    /// Proxies whose `X-Forwarded-For` is believed.
    #[serde(default, deserialize_with = "addresses::read")]
    pub trusted_proxies: Vec<IpAddr>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `sqlite:…` or `postgres://…`; empty: a SQLite file in `data_dir`.
    #[serde(default)]
    pub url: Secret,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailTransport {
    Smtp,
    /// `.eml` files in `data_dir/mail`, readable in the portal.
    File,
    /// Kept in memory, for tests.
    Memory,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailConfig {
    pub transport: MailTransport,
    /// Sender, such as `Deskside <help@example.org>`.
    pub from: String,
    #[serde(default)]
    pub smtp: Option<Smtp>,
    /// Where people answer to.
    #[serde(default)]
    pub inbox: Option<InboxConfig>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailSecurity {
    Starttls,
    Tls,
    None,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    pub host: String,
    pub port: u16,
    pub security: MailSecurity,
    #[serde(default)]
    pub username: Option<String>,
    #[serde(default)]
    pub password: Option<Secret>,
    /// PEM file of a private certificate authority.
    #[serde(default)]
    pub ca_certificate: Option<PathBuf>,
}

/// A mailbox over IMAP whose server delivers `name+anything@host` to `name@host`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InboxConfig {
    pub host: String,
    pub port: u16,
    pub security: MailSecurity,
    pub username: String,
    #[serde(default)]
    pub password: Secret,
    #[serde(default = "usual_mailbox")]
    pub mailbox: String,
    /// Its mail address, such as `help@example.org`.
    pub address: String,
    /// PEM file of a private certificate authority.
    #[serde(default)]
    pub ca_certificate: Option<PathBuf>,
    /// The name under which the receiving mail server writes what it found out about a sender (RFC 8601, section 2.5);
    /// absent: it is not asked.
    #[serde(default)]
    pub trusted_authserv: Option<String>,
}

fn usual_mailbox() -> String {
    "INBOX".to_owned()
}

/// Notices that browsers show (Web Push).
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PushConfig {
    pub enabled: bool,
    /// For those who run push services: `mailto:…` or `https:…`; absent: the sender of mails.
    pub contact: Option<String>,
    /// Hosts of push services that may be in our own network, and over http.
    #[serde(deserialize_with = "names::read")]
    pub allow_hosts: Vec<String>,
}

impl Default for PushConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            contact: None,
            allow_hosts: Vec::new(),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelayMode {
    Embedded,
    Remote,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelaySettings {
    pub mode: RelayMode,
    pub udp: SocketAddr,
    pub tcp: SocketAddr,
    #[serde(default, deserialize_with = "addresses::read")]
    pub public_ips: Vec<IpAddr>,
    /// Link of a stand-alone relay, `ws://…` or `wss://…`.
    #[serde(default)]
    pub url: Option<String>,
    /// Where browsers and agents reach a stand-alone relay.
    #[serde(default)]
    pub public_url: Option<String>,
    pub paths: PathPolicy,
    /// External STUN and TURN servers, given to browsers as they are.
    #[serde(default)]
    pub ice_servers: Vec<IceServer>,
    /// A TURN server that shares a secret with the relay.
    #[serde(default)]
    pub turn: Option<TurnServer>,
    #[serde(default)]
    pub limits: Limits,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    pub idle_minutes: u32,
    pub absolute_hours: u32,
}

impl SignIn {
    /// A login session unused for this long is over.
    pub fn idle(self) -> Duration {
        Duration::from_secs(u64::from(self.idle_minutes) * 60)
    }

    /// A login session older than this is over.
    pub fn absolute(self) -> Duration {
        Duration::from_secs(u64::from(self.absolute_hours) * 3600)
    }
}

impl Config {
    /// True when browsers reach the portal over TLS.
    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// Scheme, host and port of `public_url`, as browsers send it in `Origin`.
    pub fn origin(&self) -> &str {
        self.public_url.trim_end_matches('/')
    }

    /// Host name of `public_url`, for Message-IDs.
    pub fn host(&self) -> &str {
        let rest = self
            .public_url
            .split_once("://")
            .map_or(self.public_url.as_str(), |(_, rest)| rest);
        let authority = rest.split('/').next().unwrap_or(rest);
        match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => authority,
        }
    }

    /// The address in `mail.from`, without the name.
    pub fn mail_address(&self) -> &str {
        match self.mail.from.rsplit_once('<') {
            Some((_, address)) => address.trim_end().trim_end_matches('>'),
            None => self.mail.from.trim(),
        }
    }

    /// Whom push services can ask about this portal.
    pub fn push_contact(&self) -> String {
        let sender = || format!("mailto:{}", self.mail_address());
        self.push.contact.clone().unwrap_or_else(sender)
    }

    /// The database that is used.
    pub fn database_url(&self) -> String {
        if self.database.url.reveal().is_empty() {
            format!("sqlite://{}", self.data_dir.join("deskside.sqlite").display())
        } else {
            self.database.url.reveal().to_owned()
        }
    }

    /// Folder of file mails.
    pub fn mail_dir(&self) -> PathBuf {
        self.data_dir.join("mail")
    }

    /// Where browsers open the signalling WebSocket.
    pub fn signal_url(&self) -> String {
        self.relay_url(deskside_protocol::browser::PATH)
    }

    /// Where agents connect and enrol: the portal itself, or the stand-alone relay.
    pub fn agent_server(&self) -> &str {
        let base = match self.relay.mode {
            RelayMode::Embedded => self.origin(),
            RelayMode::Remote => self.relay.public_url.as_deref().unwrap_or_else(|| self.origin()),
        };
        base.trim_end_matches('/')
    }

    fn relay_url(&self, path: &str) -> String {
        let base = self.agent_server();
        match base.strip_prefix("http") {
            Some(rest) => format!("ws{rest}{path}"),
            None => format!("{base}{path}"),
        }
    }
}
