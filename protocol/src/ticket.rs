//! The portal's permission for one browser to signal with one device once.

use crate::{
    UnixMillis,
    fingerprint::Fingerprint,
    ids::{DeviceId, Nonce, SessionId, UserId},
    session::PathPolicy,
    signed::SignedBody,
};
use serde::{Deserialize, Serialize};

/// Signed by the portal; checked by the relay (may this browser join?) and again by the agent (is the browser that
/// offers the one that the portal let in?). Single use.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ticket {
    pub nonce: Nonce,
    pub session: SessionId,
    pub device: DeviceId,
    pub operator: UserId,
    /// Counts the peer connections of a session from 1; a higher one replaces a lower one.
    pub attempt: u32,
    /// Of the certificate that the operator's browser will use.
    pub fingerprint: Fingerprint,
    pub paths: PathPolicy,
    pub issued_at: UnixMillis,
    pub expires_at: UnixMillis,
}

impl SignedBody for Ticket {
    const CONTEXT: &'static str = "deskside ticket v1";
}
