//! A folder that is gone after the test.

use std::{
    fs,
    path::{Path, PathBuf},
};

#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    pub fn make(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("deskside-{name}-{}", uuid::Uuid::now_v7()));
        fs::create_dir(&path).expect("a temporary folder");
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
