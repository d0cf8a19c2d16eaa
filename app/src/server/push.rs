//! Web Push: a message from the portal to a browser through the push service that the browser chose (RFC 8030).
//!
//! Invariant: what leaves is encrypted for one browser (RFC 8291) and signed by this portal (RFC 8292); the push service
//! learns when, to whom and how long, and nothing else. Addresses come from people, so none leads into our own network.

pub mod cipher;
mod client;
pub mod endpoint;
mod vapid;

pub use client::{Client, Delivery, SendError};
pub use vapid::Vapid;

/// The longest address of a push service that is taken, bytes.
pub const ENDPOINT_BYTES: usize = 1024;
