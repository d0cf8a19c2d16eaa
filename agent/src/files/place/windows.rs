//! Received files on Windows: the known folder for downloads, and the mark of the web.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};
use windows::{
    Win32::{
        Storage::FileSystem::MoveFileW,
        System::Com::CoTaskMemFree,
        UI::Shell::{FOLDERID_Downloads, KF_FLAG_DEFAULT, SHGetKnownFolderPath},
    },
    core::HSTRING,
};

/// Says that a file came from the internet zone, so that Windows asks before it runs or trusts it ([MS-FSCC], 5.6.1).
const ZONE: &str = "[ZoneTransfer]\r\nZoneId=3\r\n";

/// The user's folder for downloads; `None` without a profile.
pub fn downloads() -> Option<PathBuf> {
    // SAFETY: the id is a constant of the system; the text is ours until it is freed, and not used after that.
    let text = unsafe {
        let text = SHGetKnownFolderPath(&FOLDERID_Downloads, KF_FLAG_DEFAULT, None).ok()?;
        let copy = text.to_string();
        CoTaskMemFree(Some(text.0.cast_const().cast()));
        copy.ok()?
    };
    Some(PathBuf::from(text))
}

/// Creates a file that must not exist. A link of that name, wherever it leads, is something that exists.
pub fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create_new(true).open(path)
}

/// Renames a file; fails with [`io::ErrorKind::AlreadyExists`] when there is something of the new name.
pub fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    let (from, to) = (HSTRING::from(from.as_os_str()), HSTRING::from(to.as_os_str()));
    // SAFETY: both are strings with their end, and live through the call.
    let moved = unsafe { MoveFileW(&from, &to) };
    // The code of a system error lies in the lower half of its HRESULT (FACILITY_WIN32).
    moved.map_err(|error| io::Error::from_raw_os_error(error.code().0 & 0xFFFF))
}

/// Writes the mark of the web into the file's stream for it; file systems other than NTFS have none.
pub fn mark_as_foreign(path: &Path) -> io::Result<()> {
    let mut stream = path.as_os_str().to_owned();
    stream.push(":Zone.Identifier");
    fs::write(stream, ZONE)
}
