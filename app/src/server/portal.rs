//! What every handler and service gets: the running portal.

use super::{
    budget::Budgets, clock::Clock, config::Config, db::Db, features::Features, live::Live, lookers::Lookers,
    mail::Transport, push,
};
use crate::accounts::password::Passwords;
use deskside_protocol::{bytes::PublicKey, link::PortalToRelay};
use ed25519_dalek::SigningKey;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Cheap to clone.
#[derive(Clone)]
pub struct Portal {
    pub db: Db,
    pub clock: Clock,
    pub config: Arc<Config>,
    pub live: Live,
    pub lookers: Lookers,
    /// Towards the relay, embedded or remote.
    pub relay: mpsc::Sender<PortalToRelay>,
    /// Tells this portal from others on the same database; stays with its data folder.
    pub instance: Arc<str>,
    /// Signs commands and tickets.
    pub key: Arc<SigningKey>,
    pub passwords: Passwords,
    pub mail: Transport,
    /// Towards the push services of browsers.
    pub push: push::Client,
    pub features: Features,
    pub budgets: Budgets,
    /// Cancelled when the process is asked to stop; background work ends then.
    pub stopping: CancellationToken,
}

impl Portal {
    /// The key that agents pin when they enrol.
    pub fn public_key(&self) -> PublicKey {
        deskside_protocol::bytes::Fixed(self.key.verifying_key().to_bytes())
    }

    /// Sends to the relay. A relay that is gone is no error: open questions are sent again when a device comes online.
    pub async fn tell_relay(&self, message: PortalToRelay) {
        if self.relay.send(message).await.is_err() {
            tracing::warn!("the relay is gone; a message to it was dropped");
        }
    }
}
