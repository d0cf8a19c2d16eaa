//! Reads a STUN message where it lies.

use super::{
    BINDING_REQUEST, FINGERPRINT, FINGERPRINT_MASK, HEADER_BYTES, MAGIC_COOKIE, MESSAGE_INTEGRITY, Password, USERNAME,
    USERNAME_BYTES,
};
use hmac::Mac;

/// A STUN message whose shape, and fingerprint where it has one, is right. Its integrity is not checked yet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Message<'a> {
    bytes: &'a [u8],
    kind: u16,
    username: Option<&'a [u8]>,
    /// Where the attribute MESSAGE-INTEGRITY begins.
    integrity_at: Option<usize>,
}

/// Why bytes are no STUN message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotStun {
    #[error("the message is shorter than its header or its attributes say")]
    Short,
    #[error("the message's length is not that of the datagram, or no multiple of four")]
    Length,
    #[error("the message has no magic cookie, or its first two bits are set")]
    Header,
    #[error("an attribute has a length that its kind cannot have, or comes twice")]
    Attribute,
    #[error("the fingerprint is wrong or not the last attribute")]
    Fingerprint,
}

impl<'a> Message<'a> {
    /// Reads a datagram that is one whole message.
    pub fn read(bytes: &'a [u8]) -> Result<Self, NotStun> {
        let (header, body) = bytes.split_first_chunk::<HEADER_BYTES>().ok_or(NotStun::Short)?;
        let kind = u16::from_be_bytes([header[0], header[1]]);
        let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
        if kind & 0xC000 != 0 || header[4..8] != MAGIC_COOKIE {
            return Err(NotStun::Header);
        }
        if length != body.len() || !length.is_multiple_of(4) {
            return Err(NotStun::Length);
        }
        let mut message = Self {
            bytes,
            kind,
            username: None,
            integrity_at: None,
        };
        let mut at = HEADER_BYTES;
        while at < bytes.len() {
            at = message.read_attribute(at)?;
        }
        Ok(message)
    }

    /// Takes note of the attribute at `at`; answers where the next one begins.
    fn read_attribute(&mut self, at: usize) -> Result<usize, NotStun> {
        let (header, rest) = self.bytes[at..].split_first_chunk::<4>().ok_or(NotStun::Short)?;
        let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
        let value = rest.get(..length).ok_or(NotStun::Short)?;
        let next = at + 4 + length.next_multiple_of(4);
        match u16::from_be_bytes([header[0], header[1]]) {
            FINGERPRINT => {
                let told = u32::from_be_bytes(value.try_into().map_err(|_| NotStun::Attribute)?);
                if next != self.bytes.len() || told != crc32fast::hash(&self.bytes[..at]) ^ FINGERPRINT_MASK {
                    return Err(NotStun::Fingerprint);
                }
            }
            // Whatever follows MESSAGE-INTEGRITY is not protected by it and must be ignored (section 14.5).
            _ if self.integrity_at.is_some() => {}
            MESSAGE_INTEGRITY if length == 20 => self.integrity_at = Some(at),
            USERNAME if length <= USERNAME_BYTES && self.username.is_none() => self.username = Some(value),
            MESSAGE_INTEGRITY | USERNAME => return Err(NotStun::Attribute),
            _ => {}
        }
        if next > self.bytes.len() {
            Err(NotStun::Short)
        } else {
            Ok(next)
        }
    }

    /// True for a connectivity check, false for answers, indications and other methods.
    pub fn is_binding_request(&self) -> bool {
        self.kind == BINDING_REQUEST
    }

    /// In a check: `receiver's ufrag:sender's ufrag`.
    pub fn username(&self) -> Option<&'a [u8]> {
        self.username
    }

    /// True when the sender knows `password`.
    pub fn is_made_with(&self, password: &Password) -> bool {
        let Some(at) = self.integrity_at else { return false };
        // What is protected ends before the attribute, but the length it was made with counts the attribute.
        let Ok(length) = u16::try_from(at + 24 - HEADER_BYTES) else {
            return false;
        };
        let mut mac = password.0.clone();
        mac.update(&self.bytes[..2]);
        mac.update(&length.to_be_bytes());
        mac.update(&self.bytes[4..at]);
        mac.verify_slice(&self.bytes[at + 4..at + 24]).is_ok()
    }
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
