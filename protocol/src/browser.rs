//! Browser ⇄ relay: signalling of the operator's viewer, text frames of one WebSocket per attempt.
//!
//! `Join → Joined | Refused`, then `Offer → Answer | Declined`, candidates both ways.

use crate::{
    agent::{DeclineOffer, Refusal},
    fingerprint::FingerprintProof,
    ids::SessionId,
    session::MediaPath,
    signed::Signed,
};
use serde::{Deserialize, Serialize};

/// Path of the signalling WebSocket, on the portal's origin or on the stand-alone relay's.
pub const PATH: &str = "/relay/signal";

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum BrowserToRelay {
    /// First frame.
    Join {
        version: u16,
        ticket: Signed,
    },
    Offer {
        sdp: String,
    },
    /// Candidate-attribute (RFC 8839, section 5.1). Empty: no more.
    Candidate {
        candidate: String,
    },
    Pong,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum RelayToBrowser {
    /// The ticket is good. `device_online` false: wait, `DeviceOnline` follows.
    Joined {
        session: SessionId,
        attempt: u32,
        device_online: bool,
        ice_servers: Vec<IceServer>,
    },
    DeviceOnline,
    DeviceOffline,
    /// `relay` are the relay's own candidates. The browser adds them only when no direct path came up within
    /// `relay_after_ms`, because the agent keeps the first pair that works.
    Answer {
        sdp: String,
        proof: FingerprintProof,
        relay: Vec<RelayCandidate>,
        relay_after_ms: u32,
    },
    Candidate {
        candidate: String,
    },
    Declined {
        why: DeclineOffer,
    },
    Refused {
        why: Refusal,
        message: String,
    },
    Ping,
}

/// A candidate of the relay and the path that media takes through it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelayCandidate {
    pub candidate: String,
    pub path: MediaPath,
}

/// An external TURN or STUN server, as `RTCIceServer` takes it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IceServer {
    pub urls: Vec<String>,
    pub username: Option<String>,
    pub credential: Option<String>,
}
