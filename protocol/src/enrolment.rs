//! The enrolment token as people copy it from the portal to a new device.
//!
//! Invariant: whoever is given this text knows the portal's key from the portal itself, so that a relay that answers
//! the enrolment cannot put its own key in that place.

use crate::bytes::PublicKey;
use std::{fmt, str::FromStr};

/// Longest token accepted, bytes.
pub const TOKEN_BYTES: usize = 200;

/// `secret.portal-key`. Only the secret is sent when the device enrols.
#[derive(Clone, PartialEq, Eq)]
pub struct EnrolmentToken {
    /// What the portal knows by its hash: letters, digits, `-` and `_`.
    pub secret: String,
    /// The key with which the portal that made the token signs.
    pub portal_key: PublicKey,
}

/// The text is no whole enrolment token.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a whole enrolment token")]
pub struct BadToken;

impl FromStr for EnrolmentToken {
    type Err = BadToken;

    fn from_str(text: &str) -> Result<Self, BadToken> {
        if text.len() > TOKEN_BYTES {
            return Err(BadToken);
        }
        let (secret, key) = text.trim().split_once('.').ok_or(BadToken)?;
        let readable = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if secret.is_empty() || !secret.chars().all(readable) {
            return Err(BadToken);
        }
        Ok(Self {
            secret: secret.to_owned(),
            portal_key: PublicKey::from_text(key).ok_or(BadToken)?,
        })
    }
}

impl fmt::Display for EnrolmentToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.secret, self.portal_key)
    }
}

impl fmt::Debug for EnrolmentToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EnrolmentToken(•••.{})", self.portal_key)
    }
}
