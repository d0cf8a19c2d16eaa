//! Owner-only files by their place: the user's local application data is closed to other users, and what is created in
//! it inherits that.

use std::{
    fs::{File, OpenOptions},
    io,
    path::Path,
};

/// Makes a folder with its parents.
pub fn make_dir(path: &Path) -> io::Result<()> {
    std::fs::create_dir_all(path)
}

/// Creates a file that must not exist.
pub fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// The file inherits its folder's access list; there is nothing to read from the file itself.
#[cfg(test)]
pub fn is_private(path: &Path) -> io::Result<bool> {
    path.metadata().map(|_| true)
}
