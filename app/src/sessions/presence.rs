//! What a device's coming and going, the passing of time and a restart of the portal mean for sessions.

use super::{
    core::{EndedBy, Input},
    service::apply,
    store::{self, SessionKey},
};
use crate::{
    devices,
    error::AppError,
    preconsents,
    requests::change::{By, Changing, repeat_order},
    server::{clock::millis, portal::Portal},
};
use deskside_protocol::{
    agent::DeviceFacts,
    command::Order,
    ids::{DeviceId, SessionId},
    link::PortalToRelay,
    session::EndReason,
};
use std::time::Duration;

/// Due sessions handled in one round of the ticker.
const ROUND: i64 = 200;
/// A device that was away hears of the ends of this long.
const ENDED_WITHIN: Duration = Duration::from_secs(24 * 3600);
/// … and of this many at most.
const ENDED_AT_MOST: i64 = 3;

/// A device connected: open questions are asked (again), consented sessions may go on, and sessions that ended while
/// it was away end there too.
pub async fn device_online(portal: &Portal, device: DeviceId, facts: &DeviceFacts) -> Result<(), AppError> {
    if !devices::service::came_online(portal, device, facts).await? {
        // Removed while it was connecting.
        portal.tell_relay(PortalToRelay::DropDevice { device }).await;
        return Ok(());
    }
    let since = portal.clock.now() - millis(ENDED_WITHIN);
    for session in store::list_ended_of_device(portal.db.on(), device, since, ENDED_AT_MOST).await? {
        let reason = session.life.end_reason.unwrap_or(EndReason::Lost);
        repeat_order(
            portal,
            device,
            Order::EndSession {
                session: session.id,
                reason,
            },
        )
        .await?;
    }
    // Before any question: what is allowed in advance decides whether the device asks.
    preconsents::service::tell(portal, device).await?;
    step_open(portal, device, Input::DeviceOnline).await
}

/// A device's connection ended: its sessions may go on for a while.
pub async fn device_offline(portal: &Portal, device: DeviceId) -> Result<(), AppError> {
    if devices::service::went_offline(portal, device).await? {
        step_open(portal, device, Input::DeviceOffline).await?;
    }
    Ok(())
}

/// Does what is due by now; says how many sessions changed.
pub async fn expire(portal: &Portal) -> Result<usize, AppError> {
    let due = store::list_due(portal.db.on(), portal.clock.now(), ROUND).await?;
    let mut changed = 0;
    for key in due {
        changed += usize::from(step(portal, key, Input::Tick).await?);
    }
    preconsents::service::end_without_owner(portal).await?;
    Ok(changed + end_unentitled(portal).await?)
}

/// Ends the sessions of operators who were signed out everywhere, disabled or given another role; says how many.
/// Part of every round, because the command line cannot reach the relay and the portal may be stopped in between.
pub async fn end_unentitled(portal: &Portal) -> Result<usize, AppError> {
    let end = Input::End {
        reason: EndReason::Operator,
        by: EndedBy::Portal,
    };
    let mut ended = 0;
    for key in store::list_unentitled(portal.db.on()).await? {
        ended += usize::from(step(portal, key, end).await?);
    }
    Ok(ended)
}

/// After a start: nobody is known to be connected and no media is known to flow, until somebody says so.
pub async fn recover(portal: &Portal) -> Result<(), AppError> {
    devices::service::forget_presence(portal).await?;
    for key in store::list_active(portal.db.on()).await? {
        step(portal, key, Input::PortalRestarted).await?;
    }
    Ok(())
}

/// Forgets the reports that are too old to be taken anyway.
pub async fn clean_up(portal: &Portal) -> Result<(), AppError> {
    let mut tx = portal.db.begin().await?;
    store::forget_reports(&mut tx, portal.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// The operator closed the viewer of a session or has it open.
pub async fn viewer(portal: &Portal, session: SessionId, input: Input) -> Result<(), AppError> {
    let Some(record) = store::find_session(portal.db.on(), session).await? else {
        return Ok(());
    };
    let key = SessionKey {
        session,
        request: record.request,
    };
    step(portal, key, input).await.map(drop)
}

async fn step_open(portal: &Portal, device: DeviceId, input: Input) -> Result<(), AppError> {
    for session in store::list_open_of_device(portal.db.on(), device).await? {
        let key = SessionKey {
            session: session.id,
            request: session.request,
        };
        step(portal, key, input).await?;
    }
    Ok(())
}

/// Takes one step of one session; false when it changed nothing.
async fn step(portal: &Portal, key: SessionKey, input: Input) -> Result<bool, AppError> {
    let mut changing = Changing::begin(portal, key.request).await?;
    let Some(mut session) = store::find_session(changing.tx.on(), key.session).await? else {
        return Ok(false);
    };
    let Ok(step) = session.life.step(input, changing.now) else {
        return Ok(false);
    };
    if step.life == session.life && step.effects.is_empty() {
        return Ok(false);
    }
    apply(&mut changing, &mut session, step, By::Clock).await?;
    changing.commit().await?;
    Ok(true)
}
