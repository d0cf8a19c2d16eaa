//! What happens by itself: digests at their time.

use super::digest;
use crate::server::portal::Portal;
use std::time::Duration;

const LOOK_EVERY: Duration = Duration::from_secs(20);

/// Writes digests until the portal stops.
pub async fn run(portal: Portal) {
    let mut look = tokio::time::interval(LOOK_EVERY);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = portal.stopping.cancelled() => return,
            _ = look.tick() => {}
        }
        if let Err(error) = digest::write_due(&portal).await {
            tracing::error!(%error, "digests cannot be written");
        }
        if let Err(error) = super::push::clean_up(&portal).await {
            tracing::error!(%error, "old notices cannot be removed");
        }
    }
}
