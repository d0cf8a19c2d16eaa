//! The portal's side of the link to the relay: what comes from it becomes use cases, their answers go back.
//!
//! Invariant: a message that fails is logged and dropped; the link never stops for it.

use super::{
    presence,
    reports::{self, Taken},
};
use crate::{devices, error::AppError, server::portal::Portal};
use deskside_protocol::link::{PortalToRelay, RelayToPortal};
use std::time::Duration;
use tokio::{sync::mpsc, time::MissedTickBehavior};
use tokio_util::sync::CancellationToken;

/// How often deadlines are looked at.
const TICK: Duration = Duration::from_secs(1);
/// How often old tokens and reports are forgotten.
const CLEAN_UP: Duration = Duration::from_secs(15 * 60);

/// Carries messages from the relay until it is gone or `stop`.
pub async fn carry(portal: Portal, mut from_relay: mpsc::Receiver<RelayToPortal>, stop: CancellationToken) {
    loop {
        let message = tokio::select! {
            () = stop.cancelled() => return,
            message = from_relay.recv() => message,
        };
        let Some(message) = message else {
            tracing::warn!("the relay is gone");
            return;
        };
        if let Err(error) = take(&portal, message).await {
            tracing::error!(%error, "a message from the relay could not be handled");
        }
    }
}

/// Lets time pass for sessions until `stop`.
pub async fn tick(portal: Portal, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut clean_ups = tokio::time::interval(CLEAN_UP);
    clean_ups.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let done = tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => presence::expire(&portal).await.map(drop),
            _ = clean_ups.tick() => clean_up(&portal).await,
        };
        if let Err(error) = done {
            tracing::error!(%error, "sessions could not be looked after");
        }
    }
}

async fn clean_up(portal: &Portal) -> Result<(), AppError> {
    presence::clean_up(portal).await?;
    devices::service::clean_up(portal).await
}

/// Handles one message from the relay.
pub async fn take(portal: &Portal, message: RelayToPortal) -> Result<(), AppError> {
    match message {
        RelayToPortal::DeviceKeyWanted { query, device } => {
            // No answer would leave the device waiting, so an error of ours answers too: as unknown, to be tried again.
            let found = devices::service::find_key(portal.db.on(), device).await;
            let key = found.as_ref().ok().copied().flatten();
            portal.tell_relay(PortalToRelay::DeviceKey { query, key }).await;
            found?;
        }
        RelayToPortal::EnrolWanted {
            query,
            token,
            key,
            facts,
        } => {
            let enrolled = devices::service::enrol(portal, &token, key, &facts).await;
            let device = enrolled.as_ref().ok().copied().flatten();
            portal.tell_relay(PortalToRelay::EnrolAnswer { query, device }).await;
            enrolled?;
        }
        RelayToPortal::DeviceOnline { device, facts, at: _ } => {
            presence::device_online(portal, device, &facts).await?;
        }
        RelayToPortal::DeviceOffline { device, at: _ } => presence::device_offline(portal, device).await?,
        RelayToPortal::Report { device, report } => {
            let taken = reports::take(portal, device, &report).await?;
            match taken {
                Taken::Yes => {}
                // Usual: both sides end a session at once, or the device confirms what it was told.
                Taken::NotNow => tracing::debug!(%device, "a report came too late to change anything"),
                Taken::TooMany { first: false } => {}
                _ => tracing::warn!(%device, ?taken, "a report was refused"),
            }
        }
        RelayToPortal::BrowserJoined { session, attempt } => tracing::debug!(%session, attempt, "a browser joined"),
        RelayToPortal::BrowserLeft { session, attempt } => tracing::debug!(%session, attempt, "a browser left"),
    }
    Ok(())
}
