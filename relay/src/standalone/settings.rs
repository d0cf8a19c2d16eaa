//! `relay.toml`, with `DESKSIDE_RELAY__…` from the environment over it.
//!
//! Invariant: an unknown, missing or unusable key stops the start with one sentence that names it.

use crate::config::{Limits, RelayConfig, TurnServer};
use config::{Config, Environment, File, FileFormat};
use deskside_protocol::{browser::IceServer, bytes::PublicKey};
use serde::Deserialize;
use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

/// Everything that a stand-alone relay is told.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where agents, browsers and the portal connect.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// Without it `listen` speaks plain HTTP, for a proxy in front.
    pub tls: Option<TlsSettings>,
    #[serde(default = "default_media")]
    pub udp: SocketAddr,
    #[serde(default = "default_media")]
    pub tcp: SocketAddr,
    #[serde(default)]
    pub public_ips: Vec<IpAddr>,
    /// The portal's public key, as `deskside` prints it.
    pub portal_key: PublicKey,
    #[serde(default)]
    pub ice_servers: Vec<IceServer>,
    pub turn: Option<TurnServer>,
    #[serde(default)]
    pub limits: Limits,
}

/// PEM files.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsSettings {
    /// The certificate and what leads from it to the root.
    pub certificate: PathBuf,
    pub key: PathBuf,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {sentence}")]
pub struct BadSettings {
    file: String,
    sentence: String,
}

fn default_listen() -> SocketAddr {
    ([0, 0, 0, 0], 8443).into()
}

fn default_media() -> SocketAddr {
    ([0, 0, 0, 0], 3478).into()
}

impl Settings {
    /// Reads the file and the environment.
    pub fn read(path: &Path) -> Result<Self, BadSettings> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(|error| BadSettings {
            file: file.clone(),
            sentence: format!("the file cannot be read: {error}"),
        })?;
        let environment = Environment::with_prefix("DESKSIDE_RELAY")
            .prefix_separator("__")
            .separator("__");
        Self::parse(&text, environment).map_err(|error| BadSettings {
            file,
            sentence: one_line(&error.to_string()),
        })
    }

    fn parse(text: &str, environment: Environment) -> Result<Self, config::ConfigError> {
        let sources = Config::builder()
            .add_source(File::from_str(text, FileFormat::Toml))
            .add_source(environment);
        sources.build()?.try_deserialize()
    }

    /// What the relay itself needs of it.
    pub fn relay_config(&self) -> RelayConfig {
        RelayConfig {
            udp: self.udp,
            tcp: self.tcp,
            public_ips: self.public_ips.clone(),
            portal_key: self.portal_key,
            ice_servers: self.ice_servers.clone(),
            turn: self.turn.clone(),
            limits: self.limits.clone(),
        }
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    const KEY: &str = "portal_key = \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"\n";

    fn parse(text: &str) -> Result<Settings, String> {
        with_environment(text, &[])
    }

    fn with_environment(text: &str, variables: &[(&str, &str)]) -> Result<Settings, String> {
        let variables: HashMap<String, String> = variables.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        let environment = Environment::with_prefix("DESKSIDE_RELAY")
            .prefix_separator("__")
            .separator("__");
        Settings::parse(text, environment.source(Some(variables))).map_err(|error| one_line(&error.to_string()))
    }

    #[test]
    fn the_portals_key_is_enough() {
        let settings = parse(KEY).unwrap();
        assert_eq!(
            (settings.listen.port(), settings.udp.port(), settings.limits),
            (8443, 3478, Limits::default())
        );
    }

    #[test]
    fn every_key_is_read() {
        let settings = parse(&format!(
            "{KEY}listen = \"[::]:443\"\nudp = \"192.0.2.1:1\"\ntcp = \"192.0.2.1:2\"\npublic_ips = [\"203.0.113.5\"]\n\
             [tls]\ncertificate = \"c.pem\"\nkey = \"k.pem\"\n[limits]\nagents = 5\n\
             [turn]\nurls = [\"turn:t\"]\nsecret = \"s\"\n[[ice_servers]]\nurls = [\"stun:s\"]\n"
        ))
        .unwrap();
        let config = settings.relay_config();
        assert_eq!(
            config.limits,
            Limits {
                agents: 5,
                ..Limits::default()
            }
        );
        assert_eq!(config.advertised(config.udp), ["203.0.113.5:1".parse().unwrap()]);
        assert_eq!((config.ice_servers.len(), config.turn.unwrap().lifetime_s), (1, 3600));
    }

    #[test]
    fn an_unknown_key_is_named_in_one_line() {
        for (text, named) in [
            ("prot = 1\n", "prot"),
            ("[limits]\nagent = 1\n", "agent"),
            ("[tls]\ncert = \"x\"\n", "cert"),
        ] {
            let sentence = parse(&format!("{KEY}{text}")).unwrap_err();
            assert!(
                sentence.contains(&format!("`{named}`")) && !sentence.contains('\n'),
                "{sentence}"
            );
        }
    }

    #[test]
    fn a_missing_or_unusable_key_is_named() {
        assert!(parse("").unwrap_err().contains("portal_key"));
        assert!(parse("portal_key = \"short\"").unwrap_err().contains("portal_key"));
        assert!(parse(&format!("{KEY}udp = \"nowhere\"")).unwrap_err().contains("udp"));
    }

    #[test]
    fn the_environment_is_over_the_file() {
        let variables = [
            ("DESKSIDE_RELAY__UDP", "127.0.0.1:9"),
            ("DESKSIDE_RELAY__LISTEN", "127.0.0.1:8"),
        ];
        let settings = with_environment(&format!("{KEY}udp = \"0.0.0.0:1\""), &variables).unwrap();
        assert_eq!((settings.udp.port(), settings.listen.port()), (9, 8));
    }

    #[test]
    fn an_unspecified_address_is_advertised_as_this_machine() {
        let config = parse(KEY).unwrap().relay_config();
        assert_eq!(config.advertised(config.udp), ["127.0.0.1:3478".parse().unwrap()]);
    }
}
