//! A running session.

use super::{Answer, MediaConfig, MediaError, MediaEvent};
use crate::connection::tunnel::TunnelLink;
use deskside_protocol::session::EndReason;
use tokio::sync::mpsc;

/// One answered peer.
pub struct MediaSession {}

impl MediaSession {
    /// Answers the browser's offer and starts to capture once it is connected.
    pub async fn answer(
        _config: MediaConfig,
        _offer_sdp: &str,
        _tunnel: TunnelLink,
        _events: mpsc::Sender<MediaEvent>,
    ) -> Result<(Self, Answer), MediaError> {
        Err(MediaError::Closed)
    }

    /// Adds a candidate of the browser.
    pub async fn add_candidate(&self, _candidate: &str) -> Result<(), MediaError> {
        Ok(())
    }

    /// Tells the browser why, releases everything that is held, and closes the connection.
    pub async fn close(self, _reason: EndReason) {}
}
