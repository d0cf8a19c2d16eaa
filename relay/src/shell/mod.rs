//! The relay's sockets and tasks around its pure cores.

use crate::{PortalEnd, RelayConfig, link::QUEUE};
use axum::Router;
use std::{io, net::SocketAddr};
use tokio::sync::mpsc;

/// Why a relay did not start.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    #[error("cannot listen on {protocol} {address}: {error}")]
    Listen { protocol: &'static str, address: SocketAddr, error: io::Error },
}

/// A running relay.
#[derive(Debug)]
pub struct Relay {}

impl Relay {
    /// Binds the media sockets and starts the relay's tasks.
    pub async fn start(_config: RelayConfig) -> Result<(Self, PortalEnd), RelayError> {
        let (to_relay, _portal_messages) = mpsc::channel(QUEUE);
        let (_relay_messages, from_relay) = mpsc::channel(QUEUE);
        Ok((Self {}, PortalEnd { to_relay, from_relay }))
    }

    /// The WebSockets of agents and browsers.
    pub fn router(&self) -> Router {
        Router::new()
    }

    /// Tells all peers that the relay restarts, and ends.
    pub async fn stop(self) {}
}
