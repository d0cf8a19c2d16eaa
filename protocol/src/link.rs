//! Portal ⇄ relay. In one process these are values in channels; between machines they are JSON text frames of a
//! WebSocket that the portal opens to the stand-alone relay.
//!
//! On the WebSocket: `LinkHello → LinkChallenge → LinkProof`, then [`PortalToRelay`] and [`RelayToPortal`].

use crate::{
    UnixMillis,
    agent::{DeviceFacts, Refusal},
    bytes::{Challenge, PublicKey, Signature},
    ids::{DeviceId, SessionId},
    signed::Signed,
};
use serde::{Deserialize, Serialize};

/// Path of the link WebSocket on a stand-alone relay.
pub const PATH: &str = "/relay/link";
/// Context of the portal's signature over the link challenge; the text is the challenge in base64url.
pub const LINK_CONTEXT: &str = "deskside link v1";

/// First three frames of a link: the relay must see the portal's key before anything else.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum LinkHandshake {
    LinkHello {
        version: u16,
    },
    LinkChallenge {
        challenge: Challenge,
    },
    LinkProof {
        signature: Signature,
    },
    /// The link is up.
    LinkReady,
    Refused {
        why: Refusal,
        message: String,
    },
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum PortalToRelay {
    /// Answer to `DeviceKeyWanted`; `None`: unknown or revoked.
    DeviceKey { query: u64, key: Option<PublicKey> },
    /// Answer to `EnrolWanted`; `None`: the token is not good.
    EnrolAnswer { query: u64, device: Option<DeviceId> },
    /// Deliver to the device if it is online, else drop: the portal sends what is still open when it comes online.
    Command { device: DeviceId, command: Signed },
    /// No browser may signal for this session any longer; close those that do and their bridges.
    CloseSession { session: SessionId },
    /// Close the device's connection (revoked).
    DropDevice { device: DeviceId },
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum RelayToPortal {
    DeviceKeyWanted {
        query: u64,
        device: DeviceId,
    },
    /// The relay has checked that the device holds `key`.
    EnrolWanted {
        query: u64,
        token: String,
        key: PublicKey,
        facts: DeviceFacts,
    },
    DeviceOnline {
        device: DeviceId,
        facts: DeviceFacts,
        at: UnixMillis,
    },
    DeviceOffline {
        device: DeviceId,
        at: UnixMillis,
    },
    /// From an authenticated device; the portal checks the signature again.
    Report {
        device: DeviceId,
        report: Signed,
    },
    BrowserJoined {
        session: SessionId,
        attempt: u32,
    },
    BrowserLeft {
        session: SessionId,
        attempt: u32,
    },
}
