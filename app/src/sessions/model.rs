//! What pages and islands know of sessions. Compiles for browser and server.

use crate::requests::model::Person;
use deskside_protocol::{
    UnixMillis,
    bytes::PublicKey,
    ids::{RequestId, SessionId},
    session::{EndReason, MediaPath},
    signed::Signed,
};
use serde::{Deserialize, Serialize};

/// Messages of a conversation that a page shows at most.
pub const MESSAGES_SHOWN: usize = 200;

/// Where a session stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionStatus {
    /// The device is waited for, or the owner is asked.
    Asking,
    /// The owner agreed; media flows or is being connected.
    Active,
    /// Media stopped; it may come back until `resume_by`.
    Interrupted,
    Ended,
}

impl SessionStatus {
    /// The word in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Asking => "asking",
            Self::Active => "active",
            Self::Interrupted => "interrupted",
            Self::Ended => "ended",
        }
    }

    /// Reads the word in the database.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Asking, Self::Active, Self::Interrupted, Self::Ended]
            .into_iter()
            .find(|status| status.code() == code)
    }
}

/// A session as a request's page shows it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SessionSummary {
    pub id: SessionId,
    pub operator: Person,
    pub status: SessionStatus,
    pub launched_at: UnixMillis,
    /// When the owner's question stops being open; `None` while the device is waited for and after the answer.
    pub answer_by: Option<UnixMillis>,
    /// How long the device is waited for; `None` once it is online.
    pub device_by: Option<UnixMillis>,
    /// When the owner agreed.
    pub started_at: Option<UnixMillis>,
    pub ended_at: Option<UnixMillis>,
    pub end_reason: Option<EndReason>,
    /// True when nobody answered, false when the owner said no; only of use with [`EndReason::NoConsent`].
    pub unanswered: bool,
    /// The way of the media as last reported.
    pub path: Option<MediaPath>,
    /// When an interrupted session is given up.
    pub resume_by: Option<UnixMillis>,
}

/// What the viewer needs to know; polled, and fetched again on every `session:ID` change.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct SessionState {
    pub session: SessionSummary,
    pub request: RequestId,
    pub reference: String,
    pub subject: String,
    pub owner: Person,
    pub device_name: String,
    pub device_online: bool,
    /// The server's clock when this was made, for countdowns.
    pub now: UnixMillis,
}

/// Permission for one browser to signal once.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct TicketGrant {
    pub ticket: Signed,
    pub attempt: u32,
    /// Absolute `ws:` or `wss:` address of the signalling WebSocket.
    pub signal_url: String,
    /// The key that the device enrolled with: the viewer checks the device's fingerprint proof against it.
    pub device_key: PublicKey,
}
