//! The media half of a session: one WebRTC peer that answers the operator's browser, shows it the desktop and takes
//! its input.
//!
//! Invariant: dropping a [`MediaSession`] releases every held key and button and stops capturing, whatever happened
//! to the connection.

mod channels;
mod estimate;
mod feedback;
mod link;
#[cfg(test)]
mod loopback_tests;
mod network;
mod offer;
mod orders;
mod pacer;
mod packets;
mod path;
mod peer;
mod plain;
pub mod schedule;
mod screen;
mod session;
mod tunnel;

use deskside_protocol::{
    fingerprint::Fingerprint,
    ids::SessionId,
    session::{MediaPath, PathPolicy, Scope},
};
use tokio::sync::watch;

use crate::files::FileChannel;

pub use crate::capture::DisplayTarget;
pub use session::MediaSession;

/// What a session may do and what it shows.
pub struct MediaConfig {
    pub session: SessionId,
    pub attempt: u32,
    /// Without `direct` no network interface of the device is bound or named.
    pub paths: PathPolicy,
    /// The scopes granted now; a change takes effect at once.
    pub scopes: watch::Receiver<Vec<Scope>>,
    pub display: DisplayTarget,
    /// Where files come from and go to; `None`: none may be sent.
    pub files: Option<FileChannel>,
    /// While it is true the person at the device is asked something, and nothing of the operator is injected.
    pub asking: watch::Receiver<bool>,
    /// The browser's certificate, from the checked ticket; the offer's own word for it is not looked at.
    pub peer_fingerprint: Fingerprint,
}

/// The device's answer to the browser's offer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub sdp: String,
    /// Of the certificate that the answer names; the caller signs it.
    pub fingerprint: Fingerprint,
}

/// What happened in a running session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MediaEvent {
    /// A local ICE candidate line for the browser.
    Candidate(String),
    /// Media flows, over this path; also sent when the path changes.
    Connected(MediaPath),
    /// The peer was lost. It may come back by itself ([`MediaEvent::Connected`]) or with a new attempt.
    Disconnected,
    /// The operator pressed End in the viewer.
    EndedByOperator,
    /// The session cannot go on: a sentence for the log and the portal.
    Failed(String),
}

/// Why a session could not be answered.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    #[error("the offer cannot be used: {0}")]
    Offer(String),
    #[error("the candidate cannot be used: {0}")]
    Candidate(String),
    #[error("the screen cannot be captured: {0}")]
    Capture(#[from] crate::capture::CaptureError),
    #[error("input cannot be injected: {0}")]
    Input(#[from] crate::input::InputError),
    #[error("the screen cannot be encoded: {0}")]
    Encode(#[from] crate::encode::EncodeError),
    #[error("WebRTC failed: {0}")]
    Peer(#[from] webrtc::error::Error),
    #[error("the session is over")]
    Closed,
}
