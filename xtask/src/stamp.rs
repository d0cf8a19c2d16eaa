//! Skipping a step whose inputs did not change since it last succeeded.
//!
//! Invariant: the stamp is written after the step succeeded, and holds a hash of the contents, never of times.

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Files and folders that decide what a step makes. Folders count with all that is in them, but for `node_modules`.
#[derive(Default)]
pub struct Inputs {
    paths: Vec<PathBuf>,
    words: Vec<String>,
}

impl Inputs {
    /// Starts with these files and folders; one that does not exist counts as absent.
    pub fn of(paths: impl IntoIterator<Item = PathBuf>) -> Self {
        Self {
            paths: paths.into_iter().collect(),
            words: Vec::new(),
        }
    }

    /// Adds something that is no file, such as a compiler's version.
    pub fn and(mut self, word: impl Into<String>) -> Self {
        self.words.push(word.into());
        self
    }

    fn hash(&self) -> Result<String> {
        let mut hash = Sha256::new();
        for word in &self.words {
            hash.update((word.len() as u64).to_be_bytes());
            hash.update(word);
        }
        for path in &self.paths {
            add(&mut hash, path)?;
        }
        Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

/// Runs `work` unless `stamp` says that it succeeded with the same inputs and everything in `made` still exists.
/// Says whether it ran.
pub fn unless_done(stamp: &Path, inputs: &Inputs, made: &[PathBuf], work: impl FnOnce() -> Result<()>) -> Result<bool> {
    let hash = inputs.hash()?;
    if fs::read_to_string(stamp).is_ok_and(|before| before == hash) && made.iter().all(|path| path.exists()) {
        return Ok(false);
    }
    work()?;
    let folder = stamp.parent().context("a stamp lies in a folder")?;
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(stamp, hash))
        .with_context(|| format!("cannot write {}", stamp.display()))?;
    Ok(true)
}

fn add(hash: &mut Sha256, path: &Path) -> Result<()> {
    hash.update(path.as_os_str().as_encoded_bytes());
    if path.is_dir() {
        let mut entries = fs::read_dir(path)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<Vec<_>, _>>()?;
        entries.retain(|entry| entry.file_name().is_none_or(|name| name != "node_modules"));
        entries.sort();
        entries.iter().try_for_each(|entry| add(hash, entry))
    } else if path.is_file() {
        let content = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        hash.update((content.len() as u64).to_be_bytes());
        hash.update(content);
        Ok(())
    } else {
        hash.update([0]);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(folder: &Path, word: &str) -> bool {
        let inputs = Inputs::of([folder.join("source")]).and(word);
        unless_done(&folder.join("stamp"), &inputs, &[folder.join("made")], || {
            Ok(fs::write(folder.join("made"), "x")?)
        })
        .expect("the step works")
    }

    #[test]
    fn a_step_runs_once_until_an_input_changes_or_its_result_is_gone() {
        let folder = std::env::temp_dir().join(format!("deskside-stamp-{}", std::process::id()));
        fs::create_dir_all(folder.join("source/node_modules")).expect("a temporary folder");
        fs::write(folder.join("source/a"), "1").expect("a file");
        assert!(ran(&folder, "one"), "the first time");
        assert!(!ran(&folder, "one"), "nothing changed");
        fs::write(folder.join("source/node_modules/b"), "1").expect("a file");
        assert!(!ran(&folder, "one"), "installed packages do not count");
        fs::write(folder.join("source/a"), "2").expect("a file");
        assert!(ran(&folder, "one"), "a file changed");
        assert!(ran(&folder, "two"), "a word changed");
        fs::remove_file(folder.join("made")).expect("a file");
        assert!(ran(&folder, "two"), "the result is gone");
        fs::remove_dir_all(&folder).expect("a temporary folder");
    }
}
