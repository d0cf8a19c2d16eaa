//! What the portal tells an agent. Always inside a [`crate::signed::Signed`] made with the portal's key, which the
//! agent pinned when it enrolled: a relay carries commands and cannot make any.

use crate::{
    UnixMillis,
    ids::{DeviceId, MessageId, Nonce, RequestId, SessionId},
    preconsent::PreConsent,
    session::{EndReason, Scope},
    signed::SignedBody,
    transfer::FilePolicy,
};
use serde::{Deserialize, Serialize};

/// One signed command.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// Remembered by the agent until `expires_at`, so that a replay does nothing.
    pub nonce: Nonce,
    /// An agent obeys only commands for itself.
    pub device: DeviceId,
    pub issued_at: UnixMillis,
    pub expires_at: UnixMillis,
    pub order: Order,
}

impl SignedBody for Command {
    const CONTEXT: &'static str = "deskside command v1";
}

/// What to do.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub enum Order {
    /// Ask the person at the device whether the operator may connect. Sent again unchanged (with a new nonce) when the
    /// device comes online while the question is open; the agent shows one prompt per session.
    AskConsent {
        session: SessionId,
        /// For which request; the device looks whether its owner allowed this in advance.
        request: RequestId,
        /// Name of the operator, as people know them.
        operator: String,
        /// Subject of the request.
        subject: String,
        /// Human number of the request, such as `R-1042`.
        reference: String,
        scopes: Vec<Scope>,
        /// Which files may be sent, where the scopes allow any.
        files: FilePolicy,
        /// When the question stops being open, by the portal's clock.
        answer_by: UnixMillis,
    },
    /// The owner answered in the portal. Yes: the session may begin; no: close the prompt.
    ConsentAnswered { session: SessionId, accepted: bool },
    /// A session that the owner consented to earlier may go on after the agent or the connection was away.
    Resume {
        session: SessionId,
        operator: String,
        subject: String,
        reference: String,
        scopes: Vec<Scope>,
        /// Which files may be sent, where the scopes allow any.
        files: FilePolicy,
        /// After this the agent refuses to resume.
        resume_by: UnixMillis,
    },
    /// What the owner of a request allows in advance, or, without windows, no longer does. Sent again unchanged (with
    /// a new nonce) whenever the device comes online.
    PreConsent(PreConsent),
    /// Stop the session now.
    EndSession { session: SessionId, reason: EndReason },
    /// Show a chat message on the device.
    ShowChat {
        session: SessionId,
        message: MessageId,
        from: String,
        text: String,
        sent_at: UnixMillis,
    },
}
