//! STUN binding requests as ICE sends them (RFC 8489, RFC 8445): enough to tell whose they are and whether their
//! sender knows the password.
//!
//! Invariant: reading never panics, never allocates, and never looks past the bytes it was given.

mod message;
mod write;

pub use message::{Message, NotStun};
pub use write::{BindingRequest, write_response};

use hmac::{Hmac, KeyInit};

/// The cookie in bytes 4 to 8 of every message.
const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xA4, 0x42];
const HEADER_BYTES: usize = 20;
const BINDING_REQUEST: u16 = 0x0001;
const BINDING_RESPONSE: u16 = 0x0101;
const USERNAME: u16 = 0x0006;
const MESSAGE_INTEGRITY: u16 = 0x0008;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;
const PRIORITY: u16 = 0x0024;
const USE_CANDIDATE: u16 = 0x0025;
const FINGERPRINT: u16 = 0x8028;
const ICE_CONTROLLING: u16 = 0x802A;
const FINGERPRINT_MASK: u32 = 0x5354_554E;
/// Longest USERNAME value (RFC 8489, section 14.3): shorter than 509 bytes.
const USERNAME_BYTES: usize = 508;

/// True when a datagram's first byte says STUN (RFC 7983).
pub fn is_stun(datagram: &[u8]) -> bool {
    matches!(datagram.first(), Some(0..=3))
}

/// A short-term credential's password, made ready for checking message integrity.
#[derive(Clone)]
pub struct Password(Hmac<sha1::Sha1>);

impl Password {
    /// From the `ice-pwd` of an SDP.
    pub fn new(text: &str) -> Self {
        // HMAC takes a key of any length, so the error cannot happen.
        Self(Hmac::new_from_slice(text.as_bytes()).expect("HMAC takes any key"))
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password")
    }
}
