//! The link between portal and relay: channels in one process, a WebSocket between machines.
//!
//! Invariant: both sides see the same two channels, whichever of the two it is.

mod client;
mod held;
mod presence;
pub(crate) mod server;

pub use client::{LinkError, connect};

use deskside_protocol::{
    bytes::Challenge,
    link::{PortalToRelay, RelayToPortal},
};
use std::time::Duration;
use tokio::sync::mpsc;

/// The portal's end of the link to one relay.
#[derive(Debug)]
pub struct PortalEnd {
    pub to_relay: mpsc::Sender<PortalToRelay>,
    pub from_relay: mpsc::Receiver<RelayToPortal>,
}

/// The relay's end.
#[derive(Debug)]
pub(crate) struct LinkPipe {
    pub to_portal: mpsc::Sender<RelayToPortal>,
    pub from_portal: mpsc::Receiver<PortalToRelay>,
}

/// Messages that wait in each direction.
const QUEUE: usize = 1024;
/// Longest frame on the link: a signed text of the greatest length, quoted once more.
const FRAME_BYTES: usize = 256 * 1024;
/// Each side pings so often, and gives the line up when nothing came for three times as long.
const PING_EVERY: Duration = Duration::from_secs(10);
const SILENT_FOR: Duration = Duration::from_secs(30);

/// The two ends of a link without a network between.
pub(crate) fn in_process() -> (PortalEnd, LinkPipe) {
    let (to_relay, from_portal) = mpsc::channel(QUEUE);
    let (to_portal, from_relay) = mpsc::channel(QUEUE);
    (PortalEnd { to_relay, from_relay }, LinkPipe { to_portal, from_portal })
}

/// What the portal signs in [`deskside_protocol::link::LINK_CONTEXT`].
fn link_text(challenge: &Challenge) -> String {
    challenge.to_string()
}
