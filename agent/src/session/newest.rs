//! The file that keeps the newest time that the portal signed, so that a relay cannot turn the clock back over a
//! restart and replay what was said before it.
//!
//! Invariant: whatever the file holds, reading it gives a time that this device's own portal signed, or none.

use crate::identity::write_atomically;
use deskside_protocol::{UnixMillis, ids::DeviceId};
use serde::{Deserialize, Serialize};
use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    time::Duration,
};

/// The file is written no more often than this.
pub const EVERY: Duration = Duration::from_secs(1);
/// Longest file that is read, bytes.
pub const FILE_BYTES: u64 = 1024;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    /// A device that was enrolled again begins anew, perhaps with another portal.
    device: DeviceId,
    issued_at: UnixMillis,
}

/// The file's place in the state folder.
pub fn path(state: &Path) -> PathBuf {
    state.join("newest.json")
}

/// Reads what an earlier run of this device kept.
pub fn load(state: &Path, device: DeviceId) -> Option<UnixMillis> {
    let read = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(path(state))?.take(FILE_BYTES + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    match read() {
        Ok(bytes) => {
            let kept = parse(&bytes);
            if kept.is_none() {
                tracing::warn!("the file of the portal's newest time is damaged; it is begun anew");
            }
            kept.filter(|kept| kept.device == device).map(|kept| kept.issued_at)
        }
        Err(error) => {
            if error.kind() != io::ErrorKind::NotFound {
                tracing::warn!("the file of the portal's newest time cannot be read: {error}");
            }
            None
        }
    }
}

fn parse(bytes: &[u8]) -> Option<Kept> {
    (bytes.len() as u64 <= FILE_BYTES)
        .then(|| serde_json::from_slice(bytes).ok())
        .flatten()
}

/// Replaces the file.
pub fn store(state: &Path, device: DeviceId, issued_at: UnixMillis) -> io::Result<()> {
    write_atomically(&path(state), &serde_json::to_vec(&Kept { device, issued_at })?)
}

/// When to write.
#[derive(Debug)]
pub struct Throttle {
    kept: UnixMillis,
    next: UnixMillis,
}

impl Throttle {
    /// `kept` is in the file.
    pub fn new(kept: UnixMillis) -> Self {
        Self {
            kept,
            next: UnixMillis::MIN,
        }
    }

    /// When `newest` is to be written; `None` when it need not be.
    pub fn due(&self, newest: UnixMillis) -> Option<UnixMillis> {
        (newest > self.kept).then_some(self.next)
    }

    /// It is being written now.
    pub fn written(&mut self, newest: UnixMillis, now: UnixMillis) {
        self.kept = newest;
        self.next = now.saturating_add(super::gate::millis(EVERY));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    const DEVICE: DeviceId = DeviceId(Uuid::from_u128(1));

    #[test]
    fn what_was_stored_is_loaded_by_the_same_device_only() {
        let state = std::env::temp_dir().join(format!("deskside-newest-{}", Uuid::now_v7()));
        crate::identity::make_dir(&state).unwrap();
        assert_eq!(load(&state, DEVICE), None);
        store(&state, DEVICE, 5).unwrap();
        store(&state, DEVICE, 6).unwrap();
        assert_eq!(load(&state, DEVICE), Some(6));
        assert_eq!(load(&state, DeviceId(Uuid::from_u128(2))), None);
        std::fs::write(path(&state), "{").unwrap();
        assert_eq!(load(&state, DEVICE), None);
        std::fs::remove_dir_all(state).unwrap();
    }

    #[test]
    fn a_file_over_the_limit_is_not_believed() {
        let kept = Kept {
            device: DEVICE,
            issued_at: 5,
        };
        let mut bytes = serde_json::to_vec(&kept).unwrap();
        bytes.resize(FILE_BYTES as usize, b' ');
        assert!(parse(&bytes).is_some());
        bytes.push(b' ');
        assert!(parse(&bytes).is_none());
    }

    #[test]
    fn only_a_newer_time_is_written_and_no_more_than_once_a_second() {
        let mut throttle = Throttle::new(100);
        assert_eq!(throttle.due(100), None);
        assert!(throttle.due(101).is_some_and(|due| due <= 0));
        throttle.written(101, 5_000);
        assert_eq!(throttle.due(101), None);
        assert_eq!(throttle.due(102), Some(6_000));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse(&bytes);
        }
    }
}
