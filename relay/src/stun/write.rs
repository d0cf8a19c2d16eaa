//! Writes the two messages of a connectivity check. The relay itself sends none; its tests, its bench and diagnoses do.

use super::{
    BINDING_REQUEST, BINDING_RESPONSE, FINGERPRINT, FINGERPRINT_MASK, HEADER_BYTES, ICE_CONTROLLING, MAGIC_COOKIE,
    MESSAGE_INTEGRITY, PRIORITY, Password, USE_CANDIDATE, USERNAME, XOR_MAPPED_ADDRESS,
};
use hmac::Mac;
use std::net::{IpAddr, SocketAddr};

/// A connectivity check from the controlling side.
#[derive(Clone, Copy, Debug)]
pub struct BindingRequest<'a> {
    pub transaction: [u8; 12],
    /// `receiver's ufrag:sender's ufrag`.
    pub username: &'a str,
    pub priority: u32,
    /// Nominates the pair.
    pub nominate: bool,
}

impl BindingRequest<'_> {
    /// The message, with integrity and fingerprint.
    pub fn write(&self, password: &Password) -> Vec<u8> {
        let mut message = begin(BINDING_REQUEST, self.transaction);
        attribute(&mut message, USERNAME, self.username.as_bytes());
        attribute(&mut message, PRIORITY, &self.priority.to_be_bytes());
        attribute(&mut message, ICE_CONTROLLING, &self.transaction[..8]);
        if self.nominate {
            attribute(&mut message, USE_CANDIDATE, &[]);
        }
        finish(message, password)
    }
}

/// The answer to a check: the address that it came from, with integrity and fingerprint.
pub fn write_response(transaction: [u8; 12], from: SocketAddr, password: &Password) -> Vec<u8> {
    let mut message = begin(BINDING_RESPONSE, transaction);
    let mut value = vec![0, if from.is_ipv4() { 1 } else { 2 }];
    value.extend(
        from.port()
            .to_be_bytes()
            .iter()
            .zip(MAGIC_COOKIE)
            .map(|(byte, mask)| byte ^ mask),
    );
    let mask = MAGIC_COOKIE.into_iter().chain(transaction);
    match from.ip() {
        IpAddr::V4(ip) => value.extend(ip.octets().into_iter().zip(mask).map(|(byte, mask)| byte ^ mask)),
        IpAddr::V6(ip) => value.extend(ip.octets().into_iter().zip(mask).map(|(byte, mask)| byte ^ mask)),
    }
    attribute(&mut message, XOR_MAPPED_ADDRESS, &value);
    finish(message, password)
}

fn begin(kind: u16, transaction: [u8; 12]) -> Vec<u8> {
    let mut message = Vec::with_capacity(128);
    message.extend_from_slice(&kind.to_be_bytes());
    message.extend_from_slice(&[0, 0]);
    message.extend_from_slice(&MAGIC_COOKIE);
    message.extend_from_slice(&transaction);
    message
}

fn attribute(message: &mut Vec<u8>, kind: u16, value: &[u8]) {
    message.extend_from_slice(&kind.to_be_bytes());
    message.extend_from_slice(&(value.len() as u16).to_be_bytes());
    message.extend_from_slice(value);
    message.resize(message.len().next_multiple_of(4), 0);
}

fn finish(mut message: Vec<u8>, password: &Password) -> Vec<u8> {
    set_length(&mut message, 24);
    let mut mac = password.0.clone();
    mac.update(&message);
    attribute(&mut message, MESSAGE_INTEGRITY, &mac.finalize().into_bytes());
    set_length(&mut message, 8);
    let checksum = crc32fast::hash(&message) ^ FINGERPRINT_MASK;
    attribute(&mut message, FINGERPRINT, &checksum.to_be_bytes());
    message
}

/// Makes the header count what is there and `to_come` bytes.
fn set_length(message: &mut [u8], to_come: usize) {
    let length = (message.len() + to_come - HEADER_BYTES) as u16;
    message[2..4].copy_from_slice(&length.to_be_bytes());
}
