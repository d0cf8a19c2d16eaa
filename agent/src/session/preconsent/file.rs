//! The file that keeps what is allowed in advance, and what was taken back, over a restart.
//!
//! Invariant: whatever the file holds, reading it gives what this very device kept, or nothing, and then it asks.

use super::{PreConsents, REQUESTS};
use crate::identity::write_atomically;
use deskside_protocol::{ids::DeviceId, limits::PRECONSENT_WINDOWS};
use serde::{Deserialize, Serialize};
use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// Longest file that is read, bytes: [`REQUESTS`] with all their windows and the longest texts.
pub const FILE_BYTES: u64 = 512 * 1024;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    /// A device that was enrolled again begins anew, perhaps with another portal.
    device: DeviceId,
    allowed: PreConsents,
}

/// The file's place in the state folder.
pub fn path(state: &Path) -> PathBuf {
    state.join("allowed.json")
}

/// Reads what an earlier run of this device kept.
pub fn load(state: &Path, device: DeviceId) -> PreConsents {
    let read = || -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        File::open(path(state))?.take(FILE_BYTES + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    match read() {
        Ok(bytes) => parse(&bytes, device).unwrap_or_else(|| {
            tracing::warn!("the file of what is allowed in advance is damaged or another device's; it is begun anew");
            PreConsents::default()
        }),
        Err(error) => {
            if error.kind() != io::ErrorKind::NotFound {
                tracing::warn!("the file of what is allowed in advance cannot be read: {error}");
            }
            PreConsents::default()
        }
    }
}

/// Reads the file's bytes; `None` when they are not what [`store`] writes for `device`.
pub fn parse(bytes: &[u8], device: DeviceId) -> Option<PreConsents> {
    if bytes.len() as u64 > FILE_BYTES {
        return None;
    }
    let kept: Kept = serde_json::from_slice(bytes).ok()?;
    let within = kept.allowed.len() <= REQUESTS
        && kept
            .allowed
            .held
            .values()
            .all(|held| held.windows.len() <= PRECONSENT_WINDOWS);
    (kept.device == device && within).then_some(kept.allowed)
}

/// Replaces the file.
pub fn store(state: &Path, device: DeviceId, allowed: &PreConsents) -> io::Result<()> {
    let kept = Kept {
        device,
        allowed: allowed.clone(),
    };
    write_atomically(&path(state), &serde_json::to_vec(&kept)?)
}
