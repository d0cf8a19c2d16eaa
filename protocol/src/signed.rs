//! Signed envelopes: exactly the text that was signed, beside its signature.
//!
//! Invariant: a signature for one kind of body never verifies for another, because the body's context name is signed
//! with it.

#[cfg(feature = "signing")]
use crate::bytes::PublicKey;
use crate::bytes::Signature;
#[cfg(feature = "signing")]
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A body that can be signed.
pub trait SignedBody: Serialize {
    /// Names the kind of body and its version; part of what is signed.
    const CONTEXT: &'static str;
}

/// A body as JSON text with an Ed25519 signature over `context 0x00 text`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// The signed text, byte for byte.
    pub body: String,
    pub signature: Signature,
}

/// Why a signed envelope was not opened.
#[derive(Debug, thiserror::Error)]
pub enum SignedError {
    #[error("the signature does not fit the text and the key")]
    BadSignature,
    #[error("the signed text is not what was expected: {0}")]
    BadBody(#[from] serde_json::Error),
}

/// The bytes that are signed for `text` in `context`.
pub fn signed_bytes(context: &str, text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(context.len() + 1 + text.len());
    bytes.extend_from_slice(context.as_bytes());
    bytes.push(0);
    bytes.extend_from_slice(text);
    bytes
}

impl Signed {
    /// Reads the body **without** checking the signature: for routing only, never for deciding.
    pub fn peek<T: for<'de> Deserialize<'de>>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.body)
    }
}

#[cfg(feature = "signing")]
impl Signed {
    /// Signs `body` with `key`.
    pub fn seal<T: SignedBody>(body: &T, key: &ed25519_dalek::SigningKey) -> Result<Self, serde_json::Error> {
        let text = serde_json::to_string(body)?;
        let signature = sign(T::CONTEXT, text.as_bytes(), key);
        Ok(Self { body: text, signature })
    }

    /// Checks the signature, then reads the body.
    pub fn open<T: SignedBody + DeserializeOwned>(&self, key: &PublicKey) -> Result<T, SignedError> {
        if !verify(T::CONTEXT, self.body.as_bytes(), &self.signature, key) {
            return Err(SignedError::BadSignature);
        }
        Ok(serde_json::from_str(&self.body)?)
    }
}

/// Signs `text` in `context`.
#[cfg(feature = "signing")]
pub fn sign(context: &str, text: &[u8], key: &ed25519_dalek::SigningKey) -> Signature {
    use ed25519_dalek::Signer;
    crate::bytes::Fixed(key.sign(&signed_bytes(context, text)).to_bytes())
}

/// True when `signature` over `text` in `context` was made by the owner of `key`. Weak keys are refused.
#[cfg(feature = "signing")]
pub fn verify(context: &str, text: &[u8], signature: &Signature, key: &PublicKey) -> bool {
    ed25519_dalek::VerifyingKey::from_bytes(&key.0).is_ok_and(|key| {
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        key.verify_strict(&signed_bytes(context, text), &signature).is_ok()
    })
}
