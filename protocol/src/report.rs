//! What an agent tells the portal. Always inside a [`crate::signed::Signed`] made with the device's key: a relay
//! cannot claim that somebody consented.

use crate::{
    UnixMillis,
    ids::{MessageId, Nonce, RequestId, SessionId, TransferId},
    session::{ConsentAnswer, EndReason, MediaPath},
    signed::SignedBody,
    transfer::{FileDirection, FileHash, FileResult},
};
use serde::{Deserialize, Serialize};

/// One signed report.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Remembered by the portal, so that a replay does nothing.
    pub nonce: Nonce,
    /// By the agent's clock corrected to the server's.
    pub at: UnixMillis,
    pub event: Event,
}

impl SignedBody for Report {
    const CONTEXT: &'static str = "deskside report v1";
}

/// What happened on the device.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case", deny_unknown_fields)]
pub enum Event {
    /// The prompt is on the screen.
    ConsentShown { session: SessionId },
    /// The person at the device answered, or did not in time.
    Consent { session: SessionId, answer: ConsentAnswer },
    /// Media flows.
    Connected {
        session: SessionId,
        attempt: u32,
        path: MediaPath,
    },
    /// Media stopped; the session can be resumed until [`crate::limits::RESUME_WITHIN`] has passed.
    Interrupted { session: SessionId },
    /// The session is over on the device.
    Ended { session: SessionId, reason: EndReason },
    /// The person at the device wrote a chat message.
    Chat {
        session: SessionId,
        message: MessageId,
        text: String,
    },
    /// What the owner allows in advance at this version was on the device's screen.
    PreConsentShown { request: RequestId, version: i64 },
    /// The person at the device took back what this version allows.
    PreConsentTakenBack { request: RequestId, version: i64 },
    /// A file was sent, or was not; told once, when it is decided.
    File {
        session: SessionId,
        transfer: TransferId,
        direction: FileDirection,
        name: String,
        size: u64,
        /// Of all of it, as far as it came.
        sha256: Option<FileHash>,
        result: FileResult,
        /// Bytes of its content that its sender gave away: those that this device received, or let out.
        handed: u64,
    },
}

impl Event {
    /// The session that this event is about; `None`: it is about a request.
    pub fn session(&self) -> Option<SessionId> {
        match self {
            Self::ConsentShown { session }
            | Self::Consent { session, .. }
            | Self::Connected { session, .. }
            | Self::Interrupted { session }
            | Self::Ended { session, .. }
            | Self::Chat { session, .. }
            | Self::File { session, .. } => Some(*session),
            Self::PreConsentShown { .. } | Self::PreConsentTakenBack { .. } => None,
        }
    }
}
