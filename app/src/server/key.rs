//! The portal's signing key: made at the first start, kept in the data folder, readable by the portal only.

use super::random;
use anyhow::Context;
use ed25519_dalek::{
    SigningKey,
    pkcs8::{DecodePrivateKey, EncodePrivateKey, spki::der::pem::LineEnding},
};
use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    path::Path,
};

const FILE: &str = "portal.key";

/// Reads the key from `data_dir`, or makes it there.
pub fn load_or_make(data_dir: &Path) -> anyhow::Result<SigningKey> {
    let file = data_dir.join(FILE);
    match fs::read_to_string(&file) {
        Ok(pem) => {
            keep_private(&file, 0o600)?;
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
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut opened = options.open(file)?;
    opened.write_all(pem.as_bytes())?;
    opened.sync_all()?;
    Ok(key)
}

/// Makes the data folder, for the portal only; one that others can look into is closed to them, since key, database and
/// mails are in it. One that everybody can write to is refused: it is somebody else's, such as `/tmp`.
pub fn make_data_dir(data_dir: &Path) -> anyhow::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(data_dir)
        .with_context(|| format!("data_dir {} cannot be made", data_dir.display()))?;
    keep_private(data_dir, 0o700)
}

#[cfg(unix)]
fn keep_private(path: &Path, mode: u32) -> anyhow::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let found = fs::metadata(path)
        .with_context(|| format!("{} cannot be looked at", path.display()))?
        .permissions()
        .mode();
    anyhow::ensure!(
        found & 0o002 == 0,
        "everybody can write to {}: choose a data_dir of the portal's own, or take that right away",
        path.display()
    );
    if found & 0o077 != 0 {
        fs::set_permissions(path, fs::Permissions::from_mode(mode))
            .with_context(|| format!("{} is open to others and cannot be closed to them", path.display()))?;
        tracing::warn!(path = %path.display(), "was open to other users of this machine, and is closed to them now");
    }
    Ok(())
}

/// Elsewhere the folder's inherited access list decides.
#[cfg(not(unix))]
fn keep_private(_path: &Path, _mode: u32) -> anyhow::Result<()> {
    Ok(())
}

#[cfg(test)]
#[path = "key_tests.rs"]
mod tests;
