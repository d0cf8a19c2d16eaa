//! Wire types shared by portal, relay, agent and browser.
//!
//! Invariant: serde only. No I/O, no async, no clock; every decoder is total: hostile bytes give an error, never a
//! panic and never more memory than the input's own size times a constant.

pub mod agent;
pub mod browser;
pub mod bytes;
pub mod channel;
pub mod command;
pub mod enrolment;
pub mod fingerprint;
pub mod ids;
pub mod limits;
pub mod link;
pub mod preconsent;
pub mod report;
pub mod session;
pub mod signed;
pub mod ticket;
pub mod transfer;
pub mod tunnel;

/// Version of everything in this crate. Both sides send theirs first; a peer with another one is refused by name.
pub const PROTOCOL_VERSION: u16 = 1;

/// Milliseconds since 1970-01-01T00:00:00Z, as every message carries time.
pub type UnixMillis = i64;
