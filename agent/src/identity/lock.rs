//! One agent per state folder: two would fight over one identity.

use super::make_dir;
use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
};

/// Held for as long as the agent runs; the system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "held, not used")] File);

/// Why the lock was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error("An agent already runs with the state folder {0}.")]
    Taken(PathBuf),
    #[error("The state folder {path} cannot be used: {source}.")]
    Folder { path: PathBuf, source: io::Error },
}

impl Lock {
    /// Takes the lock of `state`, or says who has it.
    pub fn take(state: &Path) -> Result<Self, LockError> {
        let folder = |source| LockError::Folder {
            path: state.into(),
            source,
        };
        make_dir(state).map_err(folder)?;
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(state.join("agent.lock"))
            .map_err(folder)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(LockError::Taken(state.into())),
            Err(TryLockError::Error(source)) => Err(folder(source)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_taker_waits_for_the_first_to_let_go() {
        let state = std::env::temp_dir().join(format!("deskside-lock-{}", uuid::Uuid::now_v7()));
        let first = Lock::take(&state).unwrap();
        assert!(matches!(Lock::take(&state), Err(LockError::Taken(_))));
        drop(first);
        assert!(Lock::take(&state).is_ok());
        std::fs::remove_dir_all(state).unwrap();
    }
}
