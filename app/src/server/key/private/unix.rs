//! On Unix: by the mode of files and folders.

use anyhow::Context;
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt},
    path::Path,
};

const FILE: u32 = 0o600;
const FOLDER: u32 = 0o700;

/// Makes a file that is not there yet, for writing.
pub fn create_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).mode(FILE).open(path)
}

/// Makes a folder, and those above it, unless it is there.
pub fn create_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(FOLDER).create(path)
}

/// Closes a file that others can open; refuses one that everybody can write to.
pub fn keep_file(path: &Path) -> anyhow::Result<()> {
    keep(path, FILE)
}

/// Closes a folder that others can look into; refuses one that everybody can write to.
pub fn keep_folder(path: &Path) -> anyhow::Result<()> {
    keep(path, FOLDER)
}

fn keep(path: &Path, mode: u32) -> anyhow::Result<()> {
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

#[cfg(test)]
#[path = "unix_tests.rs"]
mod tests;
