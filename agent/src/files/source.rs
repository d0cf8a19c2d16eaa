//! A file that is being sent: open for as long as that lasts, so that it is one and the same file throughout.

use deskside_protocol::{
    UnixMillis,
    ids::TransferId,
    transfer::{BEGINNING_BYTES, FileOffer, FilePolicy, RefuseFile, safe_name},
};
use std::{
    fs::{File, Metadata},
    io::{self, Read, Seek, SeekFrom},
    path::Path,
    time::UNIX_EPOCH,
};

/// An open file.
#[derive(Debug)]
pub struct Source {
    file: File,
    modified: UnixMillis,
    size: u64,
}

/// Why a file cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    #[error("it is a folder or a device, not a file")]
    NoFile,
}

impl Source {
    /// Opens a file and says what to offer.
    pub fn open(path: &Path, id: TransferId) -> Result<(Self, FileOffer), NotSent> {
        // A pipe would wait for its other end, so it is not opened.
        if !path.metadata()?.is_file() {
            return Err(NotSent::NoFile);
        }
        let file = File::open(path)?;
        let facts = file.metadata()?;
        if !facts.is_file() {
            return Err(NotSent::NoFile);
        }
        let source = Self {
            modified: modified(&facts),
            size: facts.len(),
            file,
        };
        let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
        let offer = FileOffer {
            id,
            name: safe_name(&name),
            size: source.size,
            modified: source.modified,
        };
        Ok((source, offer))
    }

    /// Whether the policy lets a file with these first bytes out.
    pub fn check_beginning(&mut self, policy: &FilePolicy) -> io::Result<Result<(), RefuseFile>> {
        let mut first = Vec::new();
        self.file.seek(SeekFrom::Start(0))?;
        (&self.file).take(BEGINNING_BYTES as u64).read_to_end(&mut first)?;
        Ok(policy.check_beginning(&first))
    }

    /// The bytes there; fewer when the file has become shorter.
    pub fn read(&mut self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(length);
        self.file.seek(SeekFrom::Start(offset))?;
        (&self.file).take(length as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// True while nobody wrote into it since it was offered.
    pub fn is_unchanged(&self) -> bool {
        self.file
            .metadata()
            .is_ok_and(|facts| facts.len() == self.size && modified(&facts) == self.modified)
    }
}

fn modified(facts: &Metadata) -> UnixMillis {
    let since = facts.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    since.map_or(0, |since| UnixMillis::try_from(since.as_millis()).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::{super::scratch::Scratch, *};
    use std::fs;
    use uuid::Uuid;

    const ID: TransferId = TransferId(Uuid::nil());

    #[test]
    fn a_file_is_offered_with_its_name_and_size() {
        let folder = Scratch::new();
        let path = folder.path().join("notes.txt");
        fs::write(&path, "12345").unwrap();
        let (mut source, offer) = Source::open(&path, ID).unwrap();
        assert_eq!((offer.name.as_str(), offer.size), ("notes.txt", 5));
        assert_eq!(source.read(3, 10).unwrap(), b"45");
        assert!(source.is_unchanged());
        fs::write(&path, "123456").unwrap();
        assert!(!source.is_unchanged());
    }

    #[test]
    fn a_folder_is_no_file() {
        let folder = Scratch::new();
        assert!(matches!(Source::open(folder.path(), ID), Err(NotSent::NoFile)));
    }

    #[test]
    fn a_renamed_program_is_known_by_its_beginning() {
        let folder = Scratch::new();
        let path = folder.path().join("notes.txt");
        fs::write(&path, b"MZ\x90").unwrap();
        let (mut source, _) = Source::open(&path, ID).unwrap();
        let checked = source.check_beginning(&FilePolicy::default()).unwrap();
        assert_eq!(checked, Err(RefuseFile::Blocked));
    }
}
