//! Message authentication under keys that are derived from the portal's, one for each purpose.

use ed25519_dalek::SigningKey;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// HMAC-SHA-256 over `bytes`, keyed with something that only this portal's key gives, and that is good for `purpose` only.
pub fn mac(key: &SigningKey, purpose: &[u8], bytes: &[u8]) -> Hmac<Sha256> {
    let mut derive = Hmac::<Sha256>::new_from_slice(&key.to_bytes()).expect("HMAC takes a key of any length");
    derive.update(purpose);
    let derived = derive.finalize().into_bytes();
    let mut mac = Hmac::<Sha256>::new_from_slice(&derived).expect("HMAC takes a key of any length");
    mac.update(bytes);
    mac
}
