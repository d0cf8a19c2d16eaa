//! Received files on Linux: the user directory of the XDG specification.

use rustix::{
    fs::{CWD, RenameFlags, renameat_with},
    io::Errno,
};
use std::{
    env,
    fs::{self, File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

const NAME: &str = "XDG_DOWNLOAD_DIR";
/// Most bytes of `user-dirs.dirs` that are read.
const DIRS_BYTES: usize = 64 * 1024;

/// The user's folder for downloads; `None` without a home.
pub fn downloads() -> Option<PathBuf> {
    let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = absolute("HOME")?;
    let config = absolute("XDG_CONFIG_HOME").unwrap_or_else(|| home.join(".config"));
    let dirs = || {
        fs::read(config.join("user-dirs.dirs"))
            .ok()
            .filter(|text| text.len() <= DIRS_BYTES)
    };
    let folder = absolute(NAME)
        .or_else(|| dirs().and_then(|text| parse(&String::from_utf8_lossy(&text), &home)))
        .unwrap_or_else(|| home.join("Downloads"));
    Some(folder)
}

/// Creates a file that must not exist, readable by its owner only. A link of that name, wherever it leads, is something
/// that exists.
pub fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

/// Renames a file; fails with [`io::ErrorKind::AlreadyExists`] when there is something of the new name.
pub fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        // Not every file system knows the flag; a hard link replaces nothing either.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => {
            fs::hard_link(from, to)?;
            fs::remove_file(from)
        }
        Err(error) => Err(error.into()),
    }
}

/// Linux keeps no mark of where a file came from.
pub fn mark_as_foreign(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// The downloads folder in a `user-dirs.dirs` file: `XDG_DOWNLOAD_DIR="$HOME/…"`, or an absolute path.
fn parse(text: &str, home: &Path) -> Option<PathBuf> {
    let values = text.lines().filter_map(|line| {
        let value = line.trim().strip_prefix(NAME)?.trim_start().strip_prefix('=')?.trim();
        value.strip_prefix('"')?.strip_suffix('"')
    });
    let value = values.last()?.replace("\\\"", "\"").replace("\\\\", "\\");
    match value.strip_prefix("$HOME") {
        // The home itself means that there is no such folder.
        Some("" | "/") => None,
        Some(rest) => Some(home.join(rest.strip_prefix('/')?)),
        None => Some(PathBuf::from(value)).filter(|path| path.is_absolute()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parsed(text: &str) -> Option<PathBuf> {
        parse(text, Path::new("/home/emma"))
    }

    #[test]
    fn the_folder_of_the_users_language_is_found() {
        let text =
            "# made by xdg-user-dirs-update\nXDG_DESKTOP_DIR=\"$HOME/Desktop\"\nXDG_DOWNLOAD_DIR=\"$HOME/Descargas\"\n";
        assert_eq!(parsed(text), Some("/home/emma/Descargas".into()));
        assert_eq!(parsed("XDG_DOWNLOAD_DIR=\"/data/in\""), Some("/data/in".into()));
    }

    #[test]
    fn what_names_no_folder_gives_none() {
        for text in [
            "",
            "XDG_DOWNLOAD_DIR=\"$HOME/\"",
            "XDG_DOWNLOAD_DIR=\"relative\"",
            "XDG_DOWNLOAD_DIR=$HOME/x",
            "XDG_DOWNLOAD_DIR=\"$HOMEWARD/x\"",
        ] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_gives_an_absolute_path_or_none(text in "(XDG_DOWNLOAD_DIR ?= ?)?.{0,60}") {
            prop_assert!(parsed(&text).is_none_or(|path| path.is_absolute()));
        }
    }
}
