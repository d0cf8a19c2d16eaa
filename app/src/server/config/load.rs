//! Reading the configuration: defaults, then the file, then `DESKSIDE__…` variables.

use super::{Config, MailTransport, RelayMode};
use crate::server::mail::reply_address::LOCAL_CHARS;
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

const DEFAULTS: &str = include_str!("defaults.toml");
const ENV_PREFIX: &str = "DESKSIDE";
/// Read when no file is named and it exists.
const USUAL_FILE: &str = "deskside.toml";

/// One sentence that names the key.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("the configuration file {0} cannot be read: {1}")]
    Unreadable(PathBuf, std::io::Error),
    #[error("the configuration is wrong: {0}")]
    Wrong(String),
    #[error("{key} {problem}")]
    Key { key: &'static str, problem: String },
}

/// Loads and checks the configuration.
pub fn load(file: Option<&Path>) -> Result<Config, ConfigError> {
    let usual = Path::new(USUAL_FILE);
    let file = file.or_else(|| usual.exists().then_some(usual));
    // A variable that is not Unicode is none of ours.
    let env =
        std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    load_with(file, env.collect())
}

fn load_with(file: Option<&Path>, env: HashMap<String, String>) -> Result<Config, ConfigError> {
    let mut builder = config::Config::builder().add_source(config::File::from_str(DEFAULTS, config::FileFormat::Toml));
    if let Some(file) = file {
        let text = std::fs::read_to_string(file).map_err(|error| ConfigError::Unreadable(file.to_owned(), error))?;
        builder = builder.add_source(config::File::from_str(&text, config::FileFormat::Toml));
    }
    let environment = config::Environment::with_prefix(ENV_PREFIX)
        .prefix_separator("__")
        .separator("__")
        .ignore_empty(true)
        .source(Some(env));
    let loaded: Config = builder
        .add_source(environment)
        .build()
        .and_then(config::Config::try_deserialize)
        .map_err(|error| ConfigError::Wrong(error.to_string()))?;
    check(&loaded)?;
    Ok(loaded)
}

/// The built-in defaults.
#[cfg(test)]
pub fn defaults() -> Config {
    config::Config::builder()
        .add_source(config::File::from_str(DEFAULTS, config::FileFormat::Toml))
        .build()
        .and_then(config::Config::try_deserialize)
        .expect("the defaults are good")
}

fn check(config: &Config) -> Result<(), ConfigError> {
    let wrong = |key, problem: &str| {
        Err(ConfigError::Key {
            key,
            problem: problem.to_owned(),
        })
    };
    if !config.public_url.starts_with("http://") && !config.public_url.starts_with("https://") {
        return wrong("public_url", "must begin with http:// or https://");
    }
    if config.origin().splitn(4, '/').count() > 3 {
        return wrong("public_url", "must not have a path");
    }
    match (&config.listen.tls_certificate, &config.listen.tls_key) {
        (Some(_), None) => return wrong("listen.tls_key", "is missing: listen.tls_certificate needs it"),
        (None, Some(_)) => return wrong("listen.tls_certificate", "is missing: listen.tls_key needs it"),
        _ => {}
    }
    if config.mail.from.parse::<lettre::message::Mailbox>().is_err() {
        return wrong(
            "mail.from",
            "is not a mail address, such as: Deskside <help@example.org>",
        );
    }
    if config.mail.transport == MailTransport::Smtp {
        let Some(smtp) = &config.mail.smtp else {
            return wrong("mail.smtp", "is missing: mail.transport = \"smtp\" needs it");
        };
        match (&smtp.username, &smtp.password) {
            (Some(_), None) => {
                return wrong(
                    "mail.smtp.password",
                    "is missing: set it in the file or as DESKSIDE__MAIL__SMTP__PASSWORD",
                );
            }
            (None, Some(_)) => return wrong("mail.smtp.username", "is missing: mail.smtp.password needs it"),
            _ => {}
        }
    }
    if let Some(inbox) = &config.mail.inbox {
        if inbox.password.reveal().is_empty() {
            return wrong(
                "mail.inbox.password",
                "is missing: set it in the file or as DESKSIDE__MAIL__INBOX__PASSWORD",
            );
        }
        let is_name =
            |name: &str| !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || ";()\"".contains(c));
        if !inbox.trusted_authserv.as_deref().is_none_or(is_name) {
            return wrong(
                "mail.inbox.trusted_authserv",
                "must be one name, as it stands first in the Authentication-Results of your mail server",
            );
        }
        let local = inbox.address.rsplit_once('@').map_or("", |(local, _)| local);
        let is_address = inbox.address.parse::<lettre::Address>().is_ok();
        if !is_address || local.contains('+') || local.len() > LOCAL_CHARS {
            return wrong(
                "mail.inbox.address",
                &format!("must be a mail address with at most {LOCAL_CHARS} characters and no + before the @"),
            );
        }
    }
    if let Some(contact) = &config.push.contact
        && !contact.starts_with("mailto:")
        && !contact.starts_with("https:")
    {
        return wrong("push.contact", "must begin with mailto: or https:");
    }
    if config.relay.mode == RelayMode::Remote {
        if config.relay.url.is_none() {
            return wrong("relay.url", "is missing: relay.mode = \"remote\" needs it");
        }
        if config.relay.public_url.is_none() {
            return wrong("relay.public_url", "is missing: relay.mode = \"remote\" needs it");
        }
    }
    let paths = config.relay.paths;
    if !(paths.direct || paths.relay_udp || paths.relay_tcp) {
        return wrong("relay.paths", "must allow at least one of direct, relay_udp, relay_tcp");
    }
    if let Err((key, problem)) = config.files.check() {
        return wrong(key, &problem);
    }
    if config.sign_in.idle_minutes == 0 {
        return wrong("sign_in.idle_minutes", "must be at least 1");
    }
    if config.sign_in.absolute_hours == 0 {
        return wrong("sign_in.absolute_hours", "must be at least 1");
    }
    Ok(())
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
