//! Files that are sent during a session, on a data channel of their own, in postcard's encoding.
//!
//! `Offer → Accept | Refuse`, then chunks against acknowledgements, `Done` with the hash of the whole, `Finished`.
//! Either side may `Cancel` at any time. After an interruption the sender offers the same file again under the same
//! number, and the receiver accepts from where it stopped.
//!
//! Invariant: [`Sending`] and [`Receiving`] know neither disk nor network; whatever a peer says, a receiver is never told
//! to write beyond the size that was offered, nor anything before somebody accepted.

mod name;
mod policy;
mod receive;
mod send;
#[cfg(test)]
mod tests;

pub use name::{NAME_BYTES, numbered, safe_name};
pub use policy::{BEGINNING_BYTES, BLOCKED, BLOCKED_TYPES, FilePolicy, MAX_BYTES, TYPE_CHARS};
pub use receive::{Receiving, Step};
pub use send::{Due, Sending};

use crate::{UnixMillis, bytes::Fixed, ids::TransferId};
use serde::{Deserialize, Serialize};

/// Bytes of a file in one message. Every chunk but the last has exactly so many.
pub const CHUNK_BYTES: usize = 16 * 1024;
/// Bytes on their way that the receiver has not acknowledged: what typing may have to wait for at most.
pub const WINDOW_BYTES: u64 = 16 * CHUNK_BYTES as u64;
/// Files that may be asked about or under way at once, for each direction.
pub const OPEN_TRANSFERS: usize = 8;
/// Files in one session, each way, without those that are refused at once.
pub const TRANSFERS: usize = 200;
/// Files that a device reports of those that it refused at once in a session; of the others nothing is told.
pub const REFUSALS_TOLD: usize = 10;
/// Most files of which one session tells.
pub const FILE_REPORTS: u32 = (2 * TRANSFERS + REFUSALS_TOLD) as u32;
/// Seconds that a receiver waits on a new connection until a file that it has in part is offered again.
pub const AGAIN_SECONDS: u32 = 60;
/// Seconds until nobody's answer to an offered file counts as no.
pub const OFFER_SECONDS: u32 = 60;
/// Longest name that is read from the wire, bytes; what is used of it has at most [`NAME_BYTES`].
const WIRE_NAME_BYTES: usize = 1024;

/// SHA-256 of a whole file (FIPS 180-4).
pub type FileHash = Fixed<32>;

/// The hash as people compare it: 64 hexadecimal digits.
pub fn hash_words(hash: &FileHash) -> String {
    hash.0.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Which way a file goes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileDirection {
    /// From the assistant to the employee's device.
    ToDevice,
    /// From the employee's device to the assistant.
    ToAssistant,
}

/// A file that somebody wants to send. The same four facts after an interruption mean the same file.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FileOffer {
    pub id: TransferId,
    /// As the sender calls it; see [`safe_name`].
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// When it was changed last, by the sender's file system; 0 when that is not known.
    pub modified: UnixMillis,
}

/// Why a file is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefuseFile {
    /// The person said no.
    Declined,
    /// Nobody answered in time.
    NoAnswer,
    /// It is larger than the policy allows.
    TooLarge,
    /// Its type is blocked, by its name or by its first bytes.
    Blocked,
    /// Files may not go this way in this session.
    NotAllowed,
    /// Too many files at once.
    Busy,
    /// It cannot be written where it should go.
    Unwritable,
    /// The session had as many files as one may have: see [`TRANSFERS`].
    SessionFull,
}

/// Why a transfer was broken off.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelFile {
    /// A person cancelled it.
    Person,
    /// The file is not the one that was offered: another size, or changed meanwhile.
    Changed,
    /// The sender cannot read it any longer.
    Unreadable,
    /// The receiver cannot write it any longer, for example because the disk is full.
    Unwritable,
    /// The other side did not keep to the protocol.
    Broken,
    /// The session is over.
    SessionOver,
    /// After an interruption it was not offered again: see [`AGAIN_SECONDS`].
    NotContinued,
}

/// What became of a transfer.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileResult {
    /// It arrived, and its hash is the sender's.
    Sent,
    Refused(RefuseFile),
    Cancelled(CancelFile),
    /// It arrived with another hash, and was thrown away.
    Corrupt,
}

/// One message of either side.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum FileMessage {
    Offer(FileOffer),
    /// Send from this byte on.
    Accept {
        id: TransferId,
        offset: u64,
    },
    Refuse {
        id: TransferId,
        why: RefuseFile,
    },
    Chunk {
        id: TransferId,
        offset: u64,
        bytes: Vec<u8>,
    },
    /// Everything before this byte is written.
    Ack {
        id: TransferId,
        offset: u64,
    },
    /// That was all of it.
    Done {
        id: TransferId,
        sha256: FileHash,
    },
    /// It is complete at the receiver; `verified` when its hash is the sender's.
    Finished {
        id: TransferId,
        verified: bool,
    },
    Cancel {
        id: TransferId,
        why: CancelFile,
    },
}

impl FileMessage {
    /// The transfer that it is about.
    pub fn id(&self) -> TransferId {
        match self {
            Self::Offer(FileOffer { id, .. })
            | Self::Accept { id, .. }
            | Self::Refuse { id, .. }
            | Self::Chunk { id, .. }
            | Self::Ack { id, .. }
            | Self::Done { id, .. }
            | Self::Finished { id, .. }
            | Self::Cancel { id, .. } => *id,
        }
    }
}

/// A size in words: `812 B`, `34 kB`, `1.5 MB`.
pub fn size_words(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        1_000_000..1_000_000_000 => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
        _ => format!("{}.{} GB", bytes / 1_000_000_000, bytes % 1_000_000_000 / 100_000_000),
    }
}

/// The length of the chunk at `offset` of a file with `size` bytes.
fn chunk_length(offset: u64, size: u64) -> usize {
    let left = size.saturating_sub(offset);
    usize::try_from(left).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES)
}
