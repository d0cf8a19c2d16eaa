//! Who this device is: its key, its number, and the one portal that it obeys.
//!
//! Invariant: the private key is made here and never leaves its file, which only its owner may read.

pub mod lock;
mod machine;
mod private;

pub use private::{make_dir, write_atomically};

use crate::connection::server::Server;
use deskside_protocol::{
    agent::DeviceFacts,
    bytes::{Fixed, PublicKey},
    ids::DeviceId,
    session::Platform,
};
use ed25519_dalek::{
    SigningKey,
    pkcs8::{DecodePrivateKey, EncodePrivateKey, spki::der::pem::LineEnding},
};
use serde::{Deserialize, Serialize};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

const KEY_FILE: &str = "device.key";
const DEVICE_FILE: &str = "device.json";
const AUTHORITY_FILE: &str = "authority.pem";

/// An enrolled device.
#[derive(Debug)]
pub struct Identity {
    pub device: DeviceId,
    pub server: Server,
    /// Commands and tickets must be signed with it.
    pub portal_key: PublicKey,
    pub key: SigningKey,
    /// PEM of the private certificate authority of the server, if it has one.
    pub authority: Option<Vec<u8>>,
    /// How the device is called in the portal, if not as the machine.
    pub name: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeviceFile {
    device: DeviceId,
    server: String,
    portal_key: PublicKey,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

/// Why the identity cannot be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    #[error("This device is not enrolled: {0} does not exist. Run `deskside-agent enrol` first.")]
    NotEnrolled(PathBuf),
    #[error("{path} cannot be used: {source}.")]
    File { path: PathBuf, source: io::Error },
    #[error("{0} is damaged. Remove it and enrol again.")]
    Damaged(PathBuf),
    #[error("The system has no random numbers: {0}.")]
    Random(getrandom::Error),
}

impl Identity {
    /// Reads the identity from the state folder.
    pub fn load(state: &Path) -> Result<Self, IdentityError> {
        let path = state.join(DEVICE_FILE);
        let text = read(&path)?.ok_or_else(|| IdentityError::NotEnrolled(path.clone()))?;
        let file: DeviceFile = serde_json::from_slice(&text).map_err(|_| IdentityError::Damaged(path.clone()))?;
        let server = file.server.parse().map_err(|_| IdentityError::Damaged(path))?;
        let key = read_key(state)?.ok_or_else(|| IdentityError::NotEnrolled(state.join(KEY_FILE)))?;
        let authority = read(&state.join(AUTHORITY_FILE))?;
        Ok(Self {
            device: file.device,
            server,
            portal_key: file.portal_key,
            key,
            authority,
            name: file.name,
        })
    }

    /// Keeps the identity in the state folder.
    pub fn save(&self, state: &Path) -> Result<(), IdentityError> {
        make_dir(state).map_err(|source| IdentityError::File {
            path: state.into(),
            source,
        })?;
        let key_file = state.join(KEY_FILE);
        let pem = self
            .key
            .to_pkcs8_pem(LineEnding::LF)
            .map_err(|_| IdentityError::Damaged(key_file.clone()))?;
        write(&key_file, pem.as_bytes())?;
        let authority = state.join(AUTHORITY_FILE);
        match &self.authority {
            Some(pem) => write(&authority, pem)?,
            None => match fs::remove_file(&authority) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    return Err(IdentityError::File {
                        path: authority,
                        source,
                    });
                }
                _ => {}
            },
        }
        let path = state.join(DEVICE_FILE);
        let file = DeviceFile {
            device: self.device,
            server: self.server.to_string(),
            portal_key: self.portal_key,
            name: self.name.clone(),
        };
        let text = serde_json::to_vec_pretty(&file).map_err(|_| IdentityError::Damaged(path.clone()))?;
        write(&path, &text)
    }

    /// The public half of the device key.
    pub fn public_key(&self) -> PublicKey {
        public(&self.key)
    }
}

/// The public half of a key, as it travels.
pub fn public(key: &SigningKey) -> PublicKey {
    Fixed(key.verifying_key().to_bytes())
}

/// The server this state folder is enrolled with, if any.
pub fn enrolled_with(state: &Path) -> Option<String> {
    let text = fs::read(state.join(DEVICE_FILE)).ok()?;
    Some(serde_json::from_slice::<DeviceFile>(&text).map_or_else(|_| "a portal".into(), |file| file.server))
}

/// Makes a device key.
pub fn new_key() -> Result<SigningKey, IdentityError> {
    let mut seed = zeroize::Zeroizing::new([0; 32]);
    getrandom::fill(&mut *seed).map_err(IdentityError::Random)?;
    Ok(SigningKey::from_bytes(&seed))
}

fn read_key(state: &Path) -> Result<Option<SigningKey>, IdentityError> {
    let path = state.join(KEY_FILE);
    let Some(pem) = read(&path)?.map(zeroize::Zeroizing::new) else {
        return Ok(None);
    };
    let text = std::str::from_utf8(&pem).map_err(|_| IdentityError::Damaged(path.clone()))?;
    SigningKey::from_pkcs8_pem(text)
        .map(Some)
        .map_err(|_| IdentityError::Damaged(path))
}

fn read(path: &Path) -> Result<Option<Vec<u8>>, IdentityError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(IdentityError::File {
            path: path.into(),
            source,
        }),
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), IdentityError> {
    write_atomically(path, bytes).map_err(|source| IdentityError::File {
        path: path.into(),
        source,
    })
}

/// What this device says of itself; `name` overrides the machine's own.
pub fn facts(name: Option<&str>) -> DeviceFacts {
    let name = name.map(str::to_owned).unwrap_or_else(machine::name);
    let name: String = name.trim().chars().filter(|c| !c.is_control()).take(255).collect();
    DeviceFacts {
        name: if name.is_empty() { "unnamed device".into() } else { name },
        platform: if cfg!(windows) {
            Platform::Windows
        } else {
            Platform::Linux
        },
        agent_version: env!("CARGO_PKG_VERSION").into(),
    }
}

#[cfg(test)]
mod tests;
