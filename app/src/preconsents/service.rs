//! What can be done with it: one function per use case.
//!
//! Invariant: whatever changes what is allowed gives the device a higher version of it in the same transaction, so that
//! a device that hears old things believes the newest. Taking back needs no version and is always possible.

use super::{
    model::Allowance,
    store::{self, Told},
};
use crate::{
    accounts, devices,
    error::AppError,
    requests::{
        self,
        change::{By, Changing, repeat_order},
        model::{Happened, Window},
        record::RequestRecord,
        service::begin,
    },
    server::{
        access::{Action, Actor},
        clock::millis,
        db::{DbError, On, Tx},
        portal::Portal,
    },
    sessions,
};
use deskside_protocol::{
    UnixMillis,
    command::Order,
    ids::{DeviceId, RequestId},
    limits::CLOCK_SKEW,
    preconsent::{AllowedWindow, PreConsent},
    session::Scope,
};

/// Requests that a device which comes online is told about at most.
pub const MOST_TOLD: i64 = 64;
/// Requests whose owner may no longer sign in, in one round.
const ROUND: i64 = 200;

/// The window that is now and in which nobody is asked.
pub fn allowed_now(request: &RequestRecord, now: UnixMillis) -> Option<Window> {
    let is_now = |window: &&Window| (window.starts_at..window.ends_at).contains(&now);
    request.allowed.iter().find(is_now).copied()
}

/// Whether a device may say at `now` that the owner allowed it: one who may still sign in, for the request's device, and
/// by a clock that may differ.
pub async fn may_be_claimed(
    on: On<'_>,
    request: &RequestRecord,
    device: DeviceId,
    now: UnixMillis,
) -> Result<bool, DbError> {
    let skew = millis(CLOCK_SKEW);
    let of_device = request.device.as_ref().is_some_and(|named| named.id == device);
    let near = |window: &Window| (window.starts_at - skew..=window.ends_at + skew).contains(&now);
    if !of_device || !request.allowed.iter().any(near) {
        return Ok(false);
    }
    let owner = accounts::people::find_active(on, request.owner.id).await?;
    Ok(owner.is_some())
}

/// What a request's page shows of it.
pub async fn allowance(on: On<'_>, request: &RequestRecord, now: UnixMillis) -> Result<Allowance, DbError> {
    let Some(device) = request.device.as_ref().filter(|_| !request.allowed.is_empty()) else {
        return Ok(Allowance::default());
    };
    let told = store::find(on, request.id, device.id).await?;
    Ok(Allowance {
        windows: request.allowed.clone(),
        now: allowed_now(request, now),
        shown: told.is_some_and(|told| told.shown_version == told.version),
    })
}

/// Gives every device that a change concerns its next version; the orders go out after the commit. `scopes` are what is
/// allowed in the windows.
pub async fn settle(
    tx: &mut Tx,
    before: &RequestRecord,
    after: &RequestRecord,
    scopes: &[Scope],
    now: UnixMillis,
) -> Result<Vec<(DeviceId, Order)>, DbError> {
    let id = |request: &RequestRecord| request.device.as_ref().map(|device| device.id);
    let (old, new) = (id(before), id(after));
    let mut orders = Vec::new();
    if before.allowed.is_empty() && after.allowed.is_empty() || before.allowed == after.allowed && old == new {
        return Ok(orders);
    }
    if let Some(device) = old.filter(|_| old != new && !before.allowed.is_empty()) {
        orders.push((device, next(tx, after, device, &[], scopes, now).await?));
    }
    if let Some(device) = new.filter(|_| old == new || !after.allowed.is_empty()) {
        orders.push((device, next(tx, after, device, &after.allowed, scopes, now).await?));
    }
    Ok(orders)
}

async fn next(
    tx: &mut Tx,
    request: &RequestRecord,
    device: DeviceId,
    allowed: &[Window],
    scopes: &[Scope],
    now: UnixMillis,
) -> Result<Order, DbError> {
    let told_until = allowed.iter().map(|window| window.ends_at).max().unwrap_or(now);
    let version = store::next_version(tx, request.id, device, told_until).await?;
    Ok(order(request, version, allowed, scopes, now))
}

fn order(request: &RequestRecord, version: i64, allowed: &[Window], scopes: &[Scope], now: UnixMillis) -> Order {
    let windows = allowed.iter().filter(|window| window.ends_at > now);
    Order::PreConsent(PreConsent {
        request: request.id,
        version,
        owner: request.owner.name.clone(),
        subject: request.subject.clone(),
        reference: request.reference(),
        scopes: scopes.to_vec(),
        windows: windows
            .map(|window| AllowedWindow {
                starts_at: window.starts_at,
                ends_at: window.ends_at,
            })
            .collect(),
    })
}

/// Tells a device that came online what is allowed now, and what no longer is.
pub async fn tell(portal: &Portal, device: DeviceId) -> Result<(), AppError> {
    let now = portal.clock.now();
    for told in store::list_of_device(portal.db.on(), device, now, MOST_TOLD).await? {
        let request = requests::service::get(portal.db.on(), told.request).await?;
        let named = request.device.as_ref().is_some_and(|named| named.id == device);
        let allowed: &[Window] = if named { &request.allowed } else { &[] };
        repeat_order(
            portal,
            device,
            order(&request, told.version, allowed, &sessions::service::scopes(portal), now),
        )
        .await?;
    }
    Ok(())
}

/// Owner or staff take back everything that is allowed. Where nothing is, that is no error: it is as they want it.
pub async fn take_back(portal: &Portal, actor: &Actor, id: RequestId) -> Result<(), AppError> {
    let mut changing = begin(portal, actor, Action::ViewRequest, id).await?;
    if take_back_in(&mut changing, By::Person(actor)).await? {
        changing.commit().await?;
    }
    Ok(())
}

/// Takes back everything that is allowed for the request under change; false when nothing is.
pub async fn take_back_in(changing: &mut Changing<'_>, by: By<'_>) -> Result<bool, AppError> {
    if changing.request.allowed.is_empty() {
        return Ok(false);
    }
    changing.request.allowed.clear();
    changing.record(by, Happened::AllowanceTakenBack).await?;
    Ok(true)
}

/// Takes back what is allowed in the name of people who may no longer sign in; says for how many requests. Part of every
/// round, because the command line disables accounts, too, and a request may change in the same moment.
pub async fn end_without_owner(portal: &Portal) -> Result<usize, AppError> {
    let mut ended = 0;
    for id in store::list_without_owner(portal.db.on(), portal.clock.now(), ROUND).await? {
        let mut changing = Changing::begin(portal, id).await?;
        let owner = changing.request.owner.id;
        let active = accounts::people::find_active(changing.tx.on(), owner).await?.is_some();
        if active || changing.request.allowed.is_empty() {
            continue;
        }
        changing.request.allowed.clear();
        changing.leave_out(owner);
        changing.record(By::Clock, Happened::AllowanceLapsed).await?;
        changing.commit().await?;
        ended += 1;
    }
    Ok(ended)
}

/// What a device was told about a request.
pub async fn find_told(on: On<'_>, request: RequestId, device: DeviceId) -> Result<Option<Told>, DbError> {
    store::find(on, request, device).await
}

/// The device says that `version` was on its screen; false when that changes nothing.
pub async fn shown(changing: &mut Changing<'_>, device: DeviceId, version: i64) -> Result<bool, AppError> {
    let id = changing.request.id;
    if !store::set_shown(&mut changing.tx, id, device, version).await? {
        return Ok(false);
    }
    let name = devices::service::presence(changing.tx.on(), device).await?.name;
    let detail = serde_json::json!({ "version": version });
    let subject = changing.request_subject();
    changing.audit(By::Device(&name), "preconsent.shown", subject, detail);
    Ok(true)
}

/// The person at the device took `version` back, which may be older than what is allowed now: a device that was offline
/// has not heard of that, and less access is always possible. False when nothing is allowed on it any longer.
pub async fn taken_back_on(changing: &mut Changing<'_>, device: DeviceId, version: i64) -> Result<bool, AppError> {
    let told = store::find(changing.tx.on(), changing.request.id, device).await?;
    let Some(newest) = told.map(|told| told.version).filter(|newest| version <= *newest) else {
        return Ok(false);
    };
    let name = devices::service::presence(changing.tx.on(), device).await?.name;
    let named = changing.request.device.as_ref().is_some_and(|named| named.id == device);
    let ended = named && take_back_in(changing, By::Device(&name)).await?;
    // What ends the newest is in the record itself.
    if !ended || version < newest {
        let subject = changing.request_subject();
        let detail = serde_json::json!({ "version": version, "newest": newest, "ended": ended });
        changing.audit(By::Device(&name), "preconsent.taken_back_late", subject, detail);
    }
    Ok(ended)
}
