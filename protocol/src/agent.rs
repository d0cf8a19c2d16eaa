//! Agent ⇄ relay, text frames of the agent's one WebSocket. Binary frames are [`crate::tunnel`].
//!
//! `Enrol → Enrolled | Refused`, or `Hello → Challenge → Proof → Welcome | Refused`; the rest only after `Welcome`.

use crate::{
    UnixMillis,
    bytes::{Challenge, PublicKey, Signature},
    fingerprint::FingerprintProof,
    ids::{DeviceId, SessionId},
    session::Platform,
    signed::Signed,
};
use serde::{Deserialize, Serialize};

/// Path of the agent WebSocket, on the portal's origin or on the stand-alone relay's.
pub const PATH: &str = "/relay/agent";
/// Context of the device's signature over the challenge; the text is [`connect_text`].
pub const CONNECT_CONTEXT: &str = "deskside connect v1";
/// Context of the device's signature at enrolment; the text is [`enrol_text`].
pub const ENROL_CONTEXT: &str = "deskside enrol v1";

/// What the device signs to connect: `device-id challenge`.
pub fn connect_text(device: DeviceId, challenge: &Challenge) -> String {
    format!("{device} {challenge}")
}

/// What the device signs to enrol: `token public-key`. Proves that it holds the key it enrols.
pub fn enrol_text(token: &str, key: &PublicKey) -> String {
    format!("{token} {key}")
}

/// What a device says of itself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceFacts {
    /// The machine's name, at most 255 characters.
    pub name: String,
    pub platform: Platform,
    pub agent_version: String,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum AgentToRelay {
    /// First frame of a new device: a single-use token from the portal and the key made on this device.
    Enrol {
        version: u16,
        token: String,
        key: PublicKey,
        facts: DeviceFacts,
        signature: Signature,
    },
    /// First frame of an enrolled device.
    Hello {
        version: u16,
        device: DeviceId,
        facts: DeviceFacts,
    },
    /// Answer to `Challenge`.
    Proof {
        signature: Signature,
    },
    /// For the portal.
    Report {
        report: Signed,
    },
    /// Answer to `Offer`. The relay notes ufrag and password from the SDP.
    Answer {
        session: SessionId,
        attempt: u32,
        sdp: String,
        proof: FingerprintProof,
    },
    /// A trickled ICE candidate in the form of a candidate-attribute (RFC 8839, section 5.1). Empty: no more.
    Candidate {
        session: SessionId,
        attempt: u32,
        candidate: String,
    },
    /// The agent will not answer this offer.
    Decline {
        session: SessionId,
        attempt: u32,
        why: DeclineOffer,
    },
    Pong,
}

/// Why an agent does not answer an offer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeclineOffer {
    /// Nobody at the device consented to this session.
    NoConsent,
    /// The ticket is not valid for this device, session, attempt or fingerprint.
    BadTicket,
    /// The SDP could not be used.
    BadOffer,
    /// The desktop cannot be captured.
    NoScreen,
}

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum RelayToAgent {
    Challenge {
        challenge: Challenge,
        server_time: UnixMillis,
    },
    /// The device is known from now on; keep all three.
    Enrolled {
        device: DeviceId,
        portal_key: PublicKey,
    },
    /// The agent is connected. A `Ping` comes at least every `heartbeat_ms`; after twice that the line is dead.
    Welcome {
        heartbeat_ms: u32,
    },
    /// The connection will be closed.
    Refused {
        why: Refusal,
        message: String,
    },
    /// From the portal.
    Command {
        command: Signed,
    },
    /// A browser wants to connect. The relay has checked `ticket`; the agent checks it again.
    Offer {
        session: SessionId,
        attempt: u32,
        sdp: String,
        ticket: Signed,
        tunnel: u32,
    },
    Candidate {
        session: SessionId,
        attempt: u32,
        candidate: String,
    },
    /// The browser of this attempt left.
    BrowserLeft {
        session: SessionId,
        attempt: u32,
    },
    Ping,
}

/// Why a peer is refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The other side speaks another protocol version.
    Version,
    /// Unknown device, wrong signature or revoked: one answer for all three.
    NotEnrolled,
    /// The enrolment token is unknown, used or expired.
    BadToken,
    /// A frame could not be read or came at the wrong time.
    BadMessage,
    /// Too long unauthenticated.
    TooSlow,
    /// A limit is reached; try again later.
    Busy,
    /// The ticket is unknown, used, expired or for something else.
    BadTicket,
    /// The same device connected again; this connection is the older one.
    Replaced,
    /// The relay is going away; reconnect.
    Restarting,
}
