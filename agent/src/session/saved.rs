//! The file that lets a session go on when the agent was killed and started again.
//!
//! Invariant: whatever the file holds, reading it gives a bounded list, an empty one at worst.

use crate::{identity::write_atomically, session::core::SESSIONS, ui::words::About};
use deskside_protocol::{UnixMillis, ids::SessionId, transfer::FilePolicy};
use serde::{Deserialize, Serialize};
use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// A consent that is good for a little longer.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Saved {
    pub session: SessionId,
    pub about: About,
    pub files: FilePolicy,
    /// The highest attempt seen, so that an older one is refused after a restart too.
    pub attempt: u32,
    /// By the server's clock.
    pub resume_until: UnixMillis,
}

/// Longest file that is read, bytes.
pub const FILE_BYTES: u64 = 64 * 1024;

/// The consents' place in the state folder.
pub fn path(state: &Path) -> PathBuf {
    state.join("sessions.json")
}

/// Reads what an earlier run left behind.
pub fn load(state: &Path) -> Vec<Saved> {
    let read = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(path(state))?.take(FILE_BYTES + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    match read() {
        Ok(bytes) => parse(&bytes).unwrap_or_else(|| {
            tracing::warn!("the file of consents is damaged; sessions from before the restart are over");
            Vec::new()
        }),
        Err(error) => {
            if error.kind() != io::ErrorKind::NotFound {
                tracing::warn!("the file of consents cannot be read: {error}");
            }
            Vec::new()
        }
    }
}

/// Reads the file's bytes; `None` when they are not what [`store`] writes.
pub fn parse(bytes: &[u8]) -> Option<Vec<Saved>> {
    if bytes.len() as u64 > FILE_BYTES {
        return None;
    }
    let saved: Vec<Saved> = serde_json::from_slice(bytes).ok()?;
    (saved.len() <= SESSIONS).then_some(saved)
}

/// Replaces the file.
pub fn store(state: &Path, saved: &[Saved]) -> io::Result<()> {
    write_atomically(&path(state), &serde_json::to_vec(saved)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskside_protocol::session::Scope;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn saved(number: u128) -> Saved {
        let about = About::new("Oscar Operator", "Printer", "R-1001", vec![Scope::View]);
        Saved {
            session: SessionId(Uuid::from_u128(number)),
            about,
            files: FilePolicy::default(),
            attempt: 3,
            resume_until: 5,
        }
    }

    #[test]
    fn what_was_stored_is_loaded() {
        let state = std::env::temp_dir().join(format!("deskside-saved-{}", Uuid::now_v7()));
        crate::identity::make_dir(&state).unwrap();
        assert_eq!(load(&state), []);
        store(&state, &[saved(1), saved(2)]).unwrap();
        assert_eq!(load(&state), [saved(1), saved(2)]);
        std::fs::write(path(&state), "[{").unwrap();
        assert_eq!(load(&state), []);
        std::fs::remove_dir_all(state).unwrap();
    }

    #[test]
    fn more_sessions_than_may_run_are_not_believed() {
        let many: Vec<_> = (0..=SESSIONS as u128).map(saved).collect();
        assert!(parse(&serde_json::to_vec(&many[..SESSIONS]).unwrap()).is_some());
        assert!(parse(&serde_json::to_vec(&many).unwrap()).is_none());
    }

    #[test]
    fn a_file_over_the_limit_is_not_believed() {
        let mut bytes = serde_json::to_vec(&[saved(1)]).unwrap();
        bytes.resize(FILE_BYTES as usize, b' ');
        assert!(parse(&bytes).is_some());
        bytes.push(b' ');
        assert!(parse(&bytes).is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..500)) {
            let _ = parse(&bytes);
        }
    }
}
