//! Elsewhere the inherited access list of the folder decides.

use std::{
    fs::{self, File},
    io,
    path::Path,
};

/// Makes a file that is not there yet, for writing.
pub fn create_file(path: &Path) -> io::Result<File> {
    File::create_new(path)
}

/// Makes a folder, and those above it, unless it is there.
pub fn create_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// Nothing to do.
pub fn keep_file(_path: &Path) -> anyhow::Result<()> {
    Ok(())
}

/// Nothing to do.
pub fn keep_folder(_path: &Path) -> anyhow::Result<()> {
    Ok(())
}
