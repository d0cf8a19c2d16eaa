//! The audit log: a hash chain that shows any later change.
//!
//! Invariant: an entry is appended in the transaction of what it records, so neither exists without the other.

mod chain;
mod store;
mod verify;

pub use store::{StoredEntry, append};
pub use verify::{Verdict, verify};

use crate::server::access::Actor;

/// Who did it.
#[derive(Clone, Copy, Debug)]
pub enum By<'a> {
    Actor(&'a Actor),
    /// A device, the clock or the command line, by name.
    Machine(&'a str),
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    pub by: By<'a>,
    /// A stable name, such as `request.claimed`.
    pub action: &'a str,
    /// What it was done to, such as `request:UUID`.
    pub subject: &'a str,
    /// What changed, as JSON; no secrets.
    pub detail: serde_json::Value,
}
