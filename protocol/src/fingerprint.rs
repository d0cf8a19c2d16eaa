//! DTLS certificate fingerprints: what ties the encrypted media to the device and to the operator's browser.

use crate::{bytes::Signature, ids::SessionId};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Context of the device's signature over its own fingerprint.
pub const PROOF_CONTEXT: &str = "deskside dtls fingerprint v1";

/// SHA-256 of a DTLS certificate; in text the upper-case, colon-separated form of SDP (RFC 8122, section 5).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Fingerprint(pub [u8; 32]);

/// The text is no SHA-256 fingerprint.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a sha-256 fingerprint: 32 hexadecimal pairs with colons between")]
pub struct BadFingerprint;

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(":")?;
            }
            write!(f, "{byte:02X}")?;
        }
        Ok(())
    }
}

impl FromStr for Fingerprint {
    type Err = BadFingerprint;

    fn from_str(text: &str) -> Result<Self, BadFingerprint> {
        let mut bytes = [0; 32];
        let mut pairs = text.split(':');
        for byte in &mut bytes {
            let pair = pairs
                .next()
                .filter(|pair| pair.len() == 2 && pair.bytes().all(|c| c.is_ascii_hexdigit()));
            *byte = pair
                .and_then(|pair| u8::from_str_radix(pair, 16).ok())
                .ok_or(BadFingerprint)?;
        }
        if pairs.next().is_some() {
            Err(BadFingerprint)
        } else {
            Ok(Self(bytes))
        }
    }
}

impl Serialize for Fingerprint {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Fingerprint {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl Fingerprint {
    /// The one SHA-256 fingerprint of an SDP. `None` when there is none, when two differ, and when anything else in
    /// the text looks like one: a more lenient parser behind this one must not find another certificate.
    pub fn from_sdp(sdp: &str) -> Option<Self> {
        let mut found = None;
        for line in sdp.split(['\r', '\n']) {
            if !line.to_ascii_lowercase().contains("fingerprint") {
                continue;
            }
            let fingerprint: Self = line.strip_prefix("a=fingerprint:sha-256 ")?.parse().ok()?;
            if found.is_some_and(|earlier| earlier != fingerprint) {
                return None;
            }
            found = Some(fingerprint);
        }
        found
    }
}

/// The device's word that a DTLS certificate is its own, for one attempt of one session.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FingerprintProof {
    pub fingerprint: Fingerprint,
    /// Over [`proof_text`] in [`PROOF_CONTEXT`], by the device key.
    pub signature: Signature,
}

/// What the device signs: `session-id attempt fingerprint`, separated by single spaces.
pub fn proof_text(session: SessionId, attempt: u32, fingerprint: &Fingerprint) -> String {
    format!("{session} {attempt} {fingerprint}")
}
