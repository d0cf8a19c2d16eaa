//! A file that is being received: under a name of its own with `.part` until it is whole.
//!
//! Invariant: it was created by us, it replaces nothing, and it is removed when it is dropped unfinished.

use super::place;
use deskside_protocol::transfer::numbered;
use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Names that are tried: `report.pdf`, `report (2).pdf` and so on.
const NAMES: u32 = 1000;

/// A partly received file.
#[derive(Debug)]
pub struct Part {
    file: Option<File>,
    path: PathBuf,
    folder: PathBuf,
    name: String,
}

impl Part {
    /// Creates an empty part for `name`, which is one safe component, in `folder`, which is made if need be.
    pub fn create(folder: &Path, name: &str) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let (path, file) = first_free(name, |candidate| {
            let path = folder.join(format!("{candidate}.part"));
            place::create(&path).map(|file| (path, file))
        })?;
        Ok(Self {
            file: Some(file),
            path,
            folder: folder.into(),
            name: name.into(),
        })
    }

    /// Appends.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.file {
            Some(file) => file.write_all(bytes),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Gives the whole file the first free name, which is returned.
    pub fn finish(mut self) -> io::Result<PathBuf> {
        if let Some(file) = self.file.take() {
            file.sync_all()?;
        }
        if let Err(error) = place::mark_as_foreign(&self.path) {
            tracing::warn!("a received file has no mark of where it came from: {error}");
        }
        let named = first_free(&self.name, |candidate| {
            let path = self.folder.join(candidate);
            place::rename_new(&self.path, &path).map(|()| path)
        })?;
        // Nothing is left to remove.
        self.path.clear();
        Ok(named)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // Windows removes no open file.
        self.file = None;
        if !self.path.as_os_str().is_empty()
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!("the rest of a transfer cannot be removed: {error}");
        }
    }
}

fn first_free<T>(name: &str, mut attempt: impl FnMut(&str) -> io::Result<T>) -> io::Result<T> {
    for number in 1..=NAMES {
        let candidate = if number == 1 {
            name.to_owned()
        } else {
            numbered(name, number)
        };
        match attempt(&candidate) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            done => return done,
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

#[cfg(test)]
mod tests {
    use super::{super::scratch::Scratch, *};

    fn received(folder: &Path, name: &str, content: &str) -> PathBuf {
        let mut part = Part::create(folder, name).unwrap();
        part.write(content.as_bytes()).unwrap();
        part.finish().unwrap()
    }

    #[test]
    fn a_whole_file_has_its_name_and_content_and_nothing_else_is_left() {
        let folder = Scratch::new();
        let path = received(folder.path(), "report.pdf", "new");
        assert_eq!(path, folder.path().join("report.pdf"));
        assert_eq!(fs::read_to_string(path).unwrap(), "new");
        assert_eq!(folder.names(), ["report.pdf"]);
    }

    #[test]
    fn a_file_that_is_there_is_never_replaced() {
        let folder = Scratch::new();
        fs::write(folder.path().join("report.pdf"), "old").unwrap();
        assert_eq!(
            received(folder.path(), "report.pdf", "new"),
            folder.path().join("report (2).pdf")
        );
        assert_eq!(
            received(folder.path(), "report.pdf", "newer"),
            folder.path().join("report (3).pdf")
        );
        assert_eq!(fs::read_to_string(folder.path().join("report.pdf")).unwrap(), "old");
    }

    #[test]
    fn a_name_that_is_taken_while_the_file_comes_is_not_replaced_either() {
        let folder = Scratch::new();
        let part = Part::create(folder.path(), "report.pdf").unwrap();
        fs::write(folder.path().join("report.pdf"), "old").unwrap();
        assert_eq!(part.finish().unwrap(), folder.path().join("report (2).pdf"));
    }

    #[test]
    fn what_is_not_finished_is_removed() {
        let folder = Scratch::new();
        let mut part = Part::create(folder.path(), "report.pdf").unwrap();
        part.write(b"half").unwrap();
        assert_eq!(folder.names(), ["report.pdf.part"]);
        drop(part);
        assert!(folder.names().is_empty());
    }

    #[test]
    fn a_folder_that_is_missing_is_made() {
        let folder = Scratch::new();
        let inner = folder.path().join("a/b");
        assert_eq!(received(&inner, "x", ""), inner.join("x"));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_waits_under_the_name_leads_nowhere() {
        let folder = Scratch::new();
        let elsewhere = Scratch::new();
        let victim = elsewhere.path().join("victim");
        fs::write(&victim, "mine").unwrap();
        for name in ["report.pdf.part", "report.pdf"] {
            std::os::unix::fs::symlink(&victim, folder.path().join(name)).unwrap();
        }
        std::os::unix::fs::symlink(
            elsewhere.path().join("absent"),
            folder.path().join("report (2).pdf.part"),
        )
        .unwrap();
        let path = received(folder.path(), "report.pdf", "theirs");
        assert_eq!(path, folder.path().join("report (2).pdf"));
        assert!(!path.is_symlink());
        assert_eq!(fs::read_to_string(&victim).unwrap(), "mine");
        assert_eq!(elsewhere.names(), ["victim"]);
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_reads_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = Scratch::new();
        let path = received(folder.path(), "x", "");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o077, 0);
    }
}
