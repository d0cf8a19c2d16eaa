//! Where things lie.
//!
//! Invariant: everything that is built lies outside the checkout, so that a clean checkout builds warm.

use anyhow::{Context, Result};
use std::{
    env,
    path::{Path, PathBuf},
};

/// The folders that the steps read and write.
pub struct Places {
    /// The checkout.
    pub root: PathBuf,
    /// `$DESKSIDE_CACHE`, else the user's cache folder.
    pub cache: PathBuf,
    /// Cargo's target folder.
    pub target: PathBuf,
}

impl Places {
    /// Reads them from the environment.
    pub fn find() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .context("xtask lies in the checkout")?
            .to_owned();
        let cache = match (absolute("DESKSIDE_CACHE"), absolute("XDG_CACHE_HOME"), absolute("HOME")) {
            (Some(cache), _, _) => cache,
            (None, Some(user_cache), _) => user_cache.join("deskside"),
            (None, None, Some(home)) => home.join(".cache/deskside"),
            (None, None, None) => anyhow::bail!("set HOME or DESKSIDE_CACHE, so that there is a place to build in"),
        };
        let target = absolute("CARGO_TARGET_DIR").unwrap_or_else(|| cache.join("target"));
        Ok(Self { root, cache, target })
    }

    /// Tools that are installed for this project only.
    pub fn tools(&self) -> PathBuf {
        self.cache.join("tools")
    }

    /// The browser part; the portal serves `pkg` in it.
    pub fn site(&self) -> PathBuf {
        self.target.join("site")
    }
}

fn absolute(variable: &str) -> Option<PathBuf> {
    env::var_os(variable)
        .map(PathBuf::from)
        .filter(|path| path.is_absolute())
}
