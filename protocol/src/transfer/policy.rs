//! Which files may be sent at all, as the administrator decided.

use super::{FileOffer, RefuseFile, name::ending, safe_name};
use serde::{Deserialize, Serialize};

/// Largest file where nothing else is configured.
pub const MAX_BYTES: u64 = 100 * 1024 * 1024;
/// Types that are blocked where nothing else is configured: what runs when it is opened.
#[rustfmt::skip]
pub const BLOCKED: [&str; 37] = [
    "exe", "msi", "bat", "cmd", "com", "scr", "ps1", "vbs", "js", "jse", "wsf", "lnk", "hta", "reg", "dll", "jar",
    "cpl", "msc", "pif", "vbe", "msp", "wsh", "sh", "desktop", "appimage", "url", "scf", "iso", "img", "chm", "xll",
    "msix", "appref-ms", "library-ms", "search-ms", "searchconnector-ms", "settingcontent-ms",
];
/// Most types that a policy may block.
pub const BLOCKED_TYPES: usize = 100;
/// Longest type, characters.
pub const TYPE_CHARS: usize = 32;
/// First bytes of a file that tell what it is.
pub const BEGINNING_BYTES: usize = 64;

/// How a file begins, and as which types it runs.
const BEGINNINGS: [(&[u8], &[&str]); 4] = [
    (b"MZ", &["exe", "dll", "com", "scr", "cpl", "xll"]),
    (b"\x7fELF", &["appimage", "sh", "bin", "run", "elf", "so"]),
    // A script that names what runs it.
    (b"#!", &["sh", "bash", "run", "py", "pl"]),
    // A shell link: the size of its header and the first bytes of its class ([MS-SHLLINK], section 2.1).
    (b"\x4c\x00\x00\x00\x01\x14\x02\x00", &["lnk"]),
];

/// What the portal allows. Directions are scopes: see [`crate::session::Scope`].
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilePolicy {
    /// Largest file, bytes.
    pub max_bytes: u64,
    /// Endings without their dot, in lower case.
    pub blocked: Vec<String>,
}

impl Default for FilePolicy {
    fn default() -> Self {
        Self {
            max_bytes: MAX_BYTES,
            blocked: BLOCKED.map(str::to_owned).to_vec(),
        }
    }
}

impl FilePolicy {
    /// The policy within its own bounds, whoever wrote it.
    pub fn bounded(mut self) -> Self {
        self.blocked.truncate(BLOCKED_TYPES);
        self.blocked.retain(|kind| kind.chars().count() <= TYPE_CHARS);
        self
    }

    /// Whether a file of this name and size may be sent.
    pub fn check(&self, offer: &FileOffer) -> Result<(), RefuseFile> {
        if offer.size > self.max_bytes {
            return Err(RefuseFile::TooLarge);
        }
        if self.blocks(&ending(&safe_name(&offer.name))) {
            return Err(RefuseFile::Blocked);
        }
        Ok(())
    }

    /// Whether a file that begins like this may be sent, whatever its name is.
    pub fn check_beginning(&self, first: &[u8]) -> Result<(), RefuseFile> {
        let blocked = BEGINNINGS
            .iter()
            .any(|(begin, kinds)| first.starts_with(begin) && kinds.iter().any(|kind| self.blocks(kind)));
        if blocked { Err(RefuseFile::Blocked) } else { Ok(()) }
    }

    fn blocks(&self, kind: &str) -> bool {
        !kind.is_empty() && self.blocked.iter().any(|blocked| blocked == kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::TransferId;
    use uuid::Uuid;

    fn offer(name: &str, size: u64) -> FileOffer {
        FileOffer {
            id: TransferId(Uuid::nil()),
            name: name.into(),
            size,
            modified: 0,
        }
    }

    #[test]
    fn a_file_of_the_largest_size_goes_and_one_byte_more_does_not() {
        let policy = FilePolicy::default();
        assert_eq!(policy.check(&offer("a.pdf", MAX_BYTES)), Ok(()));
        assert_eq!(policy.check(&offer("a.pdf", MAX_BYTES + 1)), Err(RefuseFile::TooLarge));
    }

    #[test]
    fn a_blocked_ending_is_found_however_it_is_written() {
        let policy = FilePolicy::default();
        for name in [
            "setup.exe",
            "SETUP.EXE",
            "a.pdf.exe",
            "setup.exe. ",
            "setup.e\u{200B}xe",
            "x/setup.ExE",
            "setup.appref-ms",
            "a.SettingContent-ms",
        ] {
            assert_eq!(policy.check(&offer(name, 1)), Err(RefuseFile::Blocked), "{name}");
        }
        for name in ["exe", "a.exe.pdf", "report.pdf", "exe.txt"] {
            assert_eq!(policy.check(&offer(name, 1)), Ok(()), "{name}");
        }
    }

    #[test]
    fn a_program_is_known_by_its_first_bytes_under_any_name() {
        let policy = FilePolicy::default();
        assert_eq!(policy.check_beginning(b"MZ\x90\x00"), Err(RefuseFile::Blocked));
        assert_eq!(
            policy.check_beginning(b"\x4c\x00\x00\x00\x01\x14\x02\x00rest"),
            Err(RefuseFile::Blocked)
        );
        assert_eq!(policy.check_beginning(b"\x7fELF\x02"), Err(RefuseFile::Blocked));
        assert_eq!(policy.check_beginning(b"#!/bin/sh"), Err(RefuseFile::Blocked));
        assert_eq!(policy.check_beginning(b"%PDF-1.7"), Ok(()));
        assert_eq!(policy.check_beginning(b"M"), Ok(()));
    }

    #[test]
    fn what_an_administrator_does_not_block_goes_whatever_it_begins_with() {
        let policy = FilePolicy {
            max_bytes: 10,
            blocked: vec!["bat".into()],
        };
        assert_eq!(policy.check(&offer("setup.exe", 10)), Ok(()));
        assert_eq!(policy.check_beginning(b"MZ"), Ok(()));
        assert_eq!(policy.check_beginning(b"#!/bin/sh"), Ok(()));
        assert_eq!(policy.check(&offer("run.bat", 10)), Err(RefuseFile::Blocked));
    }

    #[test]
    fn a_policy_has_at_most_100_types_of_32_characters() {
        let policy = FilePolicy {
            max_bytes: 1,
            blocked: vec!["a".repeat(TYPE_CHARS); BLOCKED_TYPES + 1],
        };
        assert_eq!(policy.bounded().blocked.len(), BLOCKED_TYPES);
        let long = FilePolicy {
            max_bytes: 1,
            blocked: vec!["a".repeat(TYPE_CHARS + 1)],
        };
        assert!(long.bounded().blocked.is_empty());
    }
}
