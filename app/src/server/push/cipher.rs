//! Encryption for one browser: RFC 8291 over the content coding `aes128gcm` of RFC 8188.
//!
//! Invariant: pure. Each message has its own key pair and salt, which the caller draws.

use aes_gcm::{
    Aes128Gcm, Nonce,
    aead::{Aead, KeyInit},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hkdf::Hkdf;
use p256::{PublicKey, SecretKey, ecdh::diffie_hellman, elliptic_curve::sec1::ToSec1Point};
use sha2::Sha256;

/// Longest message that push services must take, bytes: RFC 8291 in section 4 leaves 3993 of 4096.
pub const PLAIN_BYTES: usize = 3993;
/// One record, as push services want it (RFC 8291, section 4).
const RECORD_BYTES: u32 = 4096;
const AUTH_BYTES: usize = 16;
const POINT_BYTES: usize = 65;
/// The last record of a message ends so (RFC 8188, section 2).
const LAST_RECORD: u8 = 2;

/// To whom a message is encrypted: what a browser's `PushSubscription` has as `p256dh` and `auth`.
#[derive(Clone)]
pub struct Recipient {
    key: PublicKey,
    auth: [u8; AUTH_BYTES],
}

/// What only the sender of one message knows.
pub struct Once {
    /// 32 bytes; not every value is a key.
    pub secret: [u8; 32],
    pub salt: [u8; 16],
}

/// Why a message was not encrypted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CipherError {
    #[error("the browser's key is none")]
    Key,
    #[error("the browser's secret is not {AUTH_BYTES} bytes long")]
    Auth,
    #[error("the message is longer than {PLAIN_BYTES} bytes")]
    TooLong,
    #[error("these random bytes are no key")]
    Secret,
}

impl Recipient {
    /// Reads both as base64url without padding.
    pub fn read(p256dh: &str, auth: &str) -> Result<Self, CipherError> {
        let key = URL_SAFE_NO_PAD.decode(p256dh).map_err(|_| CipherError::Key)?;
        if key.len() != POINT_BYTES {
            return Err(CipherError::Key);
        }
        let key = PublicKey::from_sec1_bytes(&key).map_err(|_| CipherError::Key)?;
        let auth = URL_SAFE_NO_PAD.decode(auth).map_err(|_| CipherError::Auth)?;
        let auth = auth.try_into().map_err(|_| CipherError::Auth)?;
        Ok(Self { key, auth })
    }
}

/// `plain` as the body of a push message.
pub fn encrypt(plain: &[u8], to: &Recipient, once: &Once) -> Result<Vec<u8>, CipherError> {
    if plain.len() > PLAIN_BYTES {
        return Err(CipherError::TooLong);
    }
    let secret = SecretKey::from_slice(&once.secret).map_err(|_| CipherError::Secret)?;
    let own = secret.public_key().to_sec1_point(false);
    let theirs = to.key.to_sec1_point(false);
    let shared = diffie_hellman(secret.to_nonzero_scalar(), to.key.as_affine());

    let info = [b"WebPush: info\0".as_slice(), theirs.as_bytes(), own.as_bytes()].concat();
    let keying: [u8; 32] = derive(&to.auth, shared.raw_secret_bytes(), &info);
    let key: [u8; 16] = derive(&once.salt, &keying, b"Content-Encoding: aes128gcm\0");
    let nonce: [u8; 12] = derive(&once.salt, &keying, b"Content-Encoding: nonce\0");

    let record = [plain, &[LAST_RECORD]].concat();
    let sealed = Aes128Gcm::new(&key.into())
        .encrypt(&Nonce::from(nonce), record.as_slice())
        .map_err(|_| CipherError::TooLong)?;
    let mut body = Vec::with_capacity(16 + 4 + 1 + POINT_BYTES + sealed.len());
    body.extend_from_slice(&once.salt);
    body.extend_from_slice(&RECORD_BYTES.to_be_bytes());
    body.push(POINT_BYTES as u8);
    body.extend_from_slice(own.as_bytes());
    body.extend_from_slice(&sealed);
    Ok(body)
}

/// HKDF with SHA-256 (RFC 5869).
fn derive<const N: usize>(salt: &[u8], from: &[u8], info: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    Hkdf::<Sha256>::new(Some(salt), from)
        .expand(info, &mut out)
        .expect("HKDF gives up to 8160 bytes");
    out
}

#[cfg(test)]
#[path = "cipher_tests.rs"]
mod tests;
