//! What makes a portal this portal, kept in its data folder: the signing key and the name of the instance. And the
//! folder itself: private, and for one running portal.

mod private;

use super::random;
use anyhow::Context;
use ed25519_dalek::{
    SigningKey,
    pkcs8::{DecodePrivateKey, EncodePrivateKey, spki::der::pem::LineEnding},
};
use std::{
    fs::{self, File},
    io::{ErrorKind, Write},
    path::Path,
};

const FILE: &str = "portal.key";
const INSTANCE: &str = "instance";
const LOCK: &str = "lock";

/// Reads the key from `data_dir`, or makes it there.
pub fn load_or_make(data_dir: &Path) -> anyhow::Result<SigningKey> {
    let file = data_dir.join(FILE);
    match fs::read_to_string(&file) {
        Ok(pem) => {
            private::keep_file(&file)?;
            SigningKey::from_pkcs8_pem(&pem)
                .map_err(|_| anyhow::anyhow!("the portal's key {} is damaged", file.display()))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            make(&file).with_context(|| format!("the portal's key {} cannot be written", file.display()))
        }
        Err(error) => Err(error).with_context(|| format!("the portal's key {} cannot be read", file.display())),
    }
}

fn make(file: &Path) -> anyhow::Result<SigningKey> {
    let key = SigningKey::from_bytes(&random::bytes::<32>());
    let pem = key
        .to_pkcs8_pem(LineEnding::LF)
        .map_err(|error| anyhow::anyhow!("{error}"))?;
    let mut opened = private::create_file(file)?;
    opened.write_all(pem.as_bytes())?;
    opened.sync_all()?;
    Ok(key)
}

/// The name of this portal among those that share a database; made at the first start.
pub fn instance(data_dir: &Path) -> anyhow::Result<String> {
    let file = data_dir.join(INSTANCE);
    let read = || fs::read_to_string(&file).map(|name| name.trim().to_owned());
    match read() {
        Ok(name) if !name.is_empty() => return Ok(name),
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(|| format!("{} cannot be read", file.display())),
    }
    let name = random::bytes::<16>()
        .iter()
        .fold(String::new(), |name, byte| format!("{name}{byte:02x}"));
    // Of two commands at once the first one's name stays.
    let draft = data_dir.join(format!(".{INSTANCE}-{name}"));
    fs::write(&draft, &name).with_context(|| format!("{} cannot be written", draft.display()))?;
    let linked = fs::hard_link(&draft, &file);
    fs::remove_file(&draft).with_context(|| format!("{} cannot be removed", draft.display()))?;
    match linked {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(error).with_context(|| format!("{} cannot be written", file.display()))
        }
        _ => read().with_context(|| format!("{} cannot be read", file.display())),
    }
}

/// Takes the data folder for a running portal until the file is dropped; two would send each other's mails.
pub fn lock(data_dir: &Path) -> anyhow::Result<File> {
    let file = data_dir.join(LOCK);
    let lock = File::create(&file).with_context(|| format!("{} cannot be written", file.display()))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(_) => anyhow::bail!("data_dir {} is in use by another running portal", data_dir.display()),
    }
}

/// Makes the data folder, for the portal only; one that others can look into is closed to them, since key, database and
/// mails are in it. One that everybody can write to is refused: it is somebody else's, such as `/tmp`.
pub fn make_data_dir(data_dir: &Path) -> anyhow::Result<()> {
    private::create_folder(data_dir).with_context(|| format!("data_dir {} cannot be made", data_dir.display()))?;
    private::keep_folder(data_dir)
}

#[cfg(test)]
#[path = "key_tests.rs"]
mod tests;
