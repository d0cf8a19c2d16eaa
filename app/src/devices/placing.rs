//! Putting devices into groups.
//!
//! Invariant: a device is in a group that takes devices of its owner's directory, and its requests carry the group.
//! Locks are taken in one order: the group, then per device its requests and the device itself.

use super::{
    model::PAGE_ROWS,
    store::{self, Enrolment, Owned},
};
use crate::{
    accounts,
    audit::{self, Entry},
    device_groups::{
        self,
        model::{DeviceGroup, GroupId},
    },
    error::AppError,
    requests,
    server::{
        access::{Action, Actor, Subject, authorize},
        db::{DbError, On, Tx},
        live::Topic,
        portal::Portal,
    },
    tn,
    words::t,
};
use deskside_protocol::{
    UnixMillis,
    ids::{DeviceId, DirectoryId, UserId},
};
use serde_json::json;

/// Devices that are put into a group at once: a page of the list has no more.
pub const MOST_PLACED: usize = PAGE_ROWS;

/// Puts devices into a group, or into none: all of them or, when one cannot be, none. Says how many changed.
pub async fn place(
    portal: &Portal,
    actor: &Actor,
    mut devices: Vec<DeviceId>,
    group: Option<GroupId>,
) -> Result<usize, AppError> {
    devices.sort_unstable();
    devices.dedup();
    if devices.is_empty() {
        return Err(AppError::invalid(
            "device",
            t("Tick the devices that you want to move."),
        ));
    }
    if devices.len() > MOST_PLACED {
        let message = tn!(
            MOST_PLACED,
            "Move at most {n} device at once.",
            "Move at most {n} devices at once."
        );
        return Err(AppError::invalid("device", message));
    }
    let by = audit::By::Actor(actor);
    let now = portal.clock.now();
    // Decided before the locks, so that nobody without rights can hold up others; and again under them.
    for id in &devices {
        find_movable(portal.db.on(), actor, *id).await?;
    }
    let mut tx = portal.db.begin().await?;
    let group = match group {
        Some(id) => Some(device_groups::service::lock(&mut tx, id).await?.ok_or_else(no_group)?),
        None => None,
    };
    let mut moved = 0;
    for id in devices {
        let device = find_movable(tx.on(), actor, id).await?;
        if group.as_ref().is_some_and(|group| !group.takes(device.directory_id.0)) {
            return Err(no_group());
        }
        if set(&mut tx, by, id, &device, group.as_ref(), now).await? {
            moved += 1;
        }
    }
    tx.commit().await?;
    if moved > 0 {
        portal.live.publish(Topic::Devices, now);
        portal.live.publish(Topic::Requests, now);
    }
    Ok(moved)
}

/// A group that takes devices of `directory`, if the actor may put some into it.
pub(super) async fn find_place(
    on: On<'_>,
    actor: &Actor,
    group: GroupId,
    directory: DirectoryId,
) -> Result<Option<GroupId>, AppError> {
    if !actor.may(Action::PlaceDevice, Subject::within(directory)) {
        return Ok(None);
    }
    let group = device_groups::service::find(on, group).await?;
    Ok(group.filter(|group| group.takes(directory)).map(|group| group.id))
}

/// The group in which a device begins: the token's, unless that is gone, or its owner went to another directory.
pub(super) async fn find_beginning(tx: &mut Tx, enrolment: &Enrolment) -> Result<Option<GroupId>, AppError> {
    let Some(id) = enrolment.group else { return Ok(None) };
    let group = device_groups::service::lock(tx, id).await?;
    let owner = accounts::service::find(tx.on(), enrolment.owner).await?;
    let fitting = group.zip(owner).filter(|(group, owner)| group.takes(owner.directory));
    Ok(fitting.map(|(group, _)| group.id))
}

/// Whoever moves to another directory takes their devices out of groups that are for the old one.
pub async fn follow_owner(
    tx: &mut Tx,
    by: audit::By<'_>,
    owner: UserId,
    directory: DirectoryId,
    now: UnixMillis,
) -> Result<(), DbError> {
    for id in store::list_misplaced(tx.on(), owner, directory).await? {
        if let Some(device) = store::find_owner(tx.on(), id).await? {
            set(tx, by, id, &device, None, now).await?;
        }
    }
    Ok(())
}

/// The devices of a group, and those that would begin in it, are in none from now on.
pub async fn leave_group(tx: &mut Tx, group: GroupId) -> Result<(), DbError> {
    store::leave_group(tx, group).await
}

/// The same words whether there is no such group, or none for this device, or none for this person.
pub(super) fn no_group() -> AppError {
    AppError::invalid("group", t("Choose a group that is for all of these devices."))
}

async fn find_movable(on: On<'_>, actor: &Actor, id: DeviceId) -> Result<Owned, AppError> {
    let device = store::find_owner(on, id).await?.ok_or(AppError::NotFound)?;
    let subject = Subject::owned(device.owner_id.0, device.directory_id.0);
    let _permit = authorize(actor, Action::PlaceDevice, subject)?;
    Ok(device)
}

/// Puts one device into a group; false when it is there already.
async fn set(
    tx: &mut Tx,
    by: audit::By<'_>,
    id: DeviceId,
    device: &Owned,
    group: Option<&DeviceGroup>,
    now: UnixMillis,
) -> Result<bool, DbError> {
    let to = group.map(|group| group.id);
    let from = device.group_id.as_ref().map(|group| group.0);
    if from == to {
        return Ok(false);
    }
    requests::service::follow_device(tx, id, to).await?;
    store::set_group(tx, id, to).await?;
    // Once more, for a request that was filed between the two: whoever files one holds the device still.
    requests::service::follow_device(tx, id, to).await?;
    let detail = json!({
        "name": device.name,
        "from": from,
        "to": to,
        "to_name": group.map(|group| &group.settings.name),
    });
    let entry = Entry {
        by,
        action: "device.placed",
        subject: &format!("device:{id}"),
        detail,
    };
    audit::append(tx, entry, now).await?;
    Ok(true)
}
