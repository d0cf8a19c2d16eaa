//! Putting devices into groups.
//!
//! Invariant: a device is in a group that takes devices of its owner's directory, and its requests carry the group.
//! Locks are taken in one order, by everybody who takes several: people, groups, requests, devices, enrolment tokens, and
//! the head of the audit log last, for which all other changes wait. A person is locked for their directory, which
//! decides which groups take their devices.

use super::{
    model::PAGE_ROWS,
    store::{self, Enrolment, Owned},
};
use crate::{
    accounts::{self, people},
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
    let mut owners = Vec::with_capacity(devices.len());
    for id in &devices {
        owners.push(find_movable(portal.db.on(), actor, *id).await?.owner_id.0);
    }
    owners.sort_unstable();
    owners.dedup();
    let mut tx = portal.db.begin().await?;
    for owner in owners {
        people::lock(&mut tx, owner).await?;
    }
    let group = match group {
        Some(id) => Some(device_groups::service::lock(&mut tx, id).await?.ok_or_else(no_group)?),
        None => None,
    };
    let mut placed = Vec::with_capacity(devices.len());
    for id in devices {
        let device = find_movable(tx.on(), actor, id).await?;
        if group.as_ref().is_some_and(|group| !group.takes(device.directory_id.0)) {
            return Err(no_group());
        }
        placed.push((id, device));
    }
    let moved = set(&mut tx, placed, group.as_ref()).await?;
    note(&mut tx, by, &moved, now).await?;
    tx.commit().await?;
    if !moved.is_empty() {
        portal.live.publish(Topic::Devices, now);
        portal.live.publish(Topic::Requests, now);
    }
    Ok(moved.len())
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

/// The group in which a device begins: the token's, unless that is gone, or its owner went to another directory. Both
/// stay as they are until the transaction ends; the token itself is locked afterwards.
pub(super) async fn find_beginning(tx: &mut Tx, token: &Enrolment) -> Result<Option<GroupId>, AppError> {
    people::lock(tx, token.owner).await?;
    let Some(id) = token.group else { return Ok(None) };
    let group = device_groups::service::lock(tx, id).await?;
    let owner = accounts::service::find(tx.on(), token.owner).await?;
    let fitting = group.zip(owner).filter(|(group, owner)| group.takes(owner.directory));
    Ok(fitting.map(|(group, _)| group.id))
}

/// Keeps the groups as they are that devices of `owner` are in; for whoever locked this person and locks their requests
/// next.
pub async fn lock_groups_of(tx: &mut Tx, owner: UserId) -> Result<(), DbError> {
    for group in store::list_groups_of(tx.on(), owner).await? {
        device_groups::service::lock(tx, group).await?;
    }
    Ok(())
}

/// Whoever moves to another directory takes their devices out of groups that are for the old one. [`note`] the answer.
pub async fn follow_owner(tx: &mut Tx, owner: UserId, directory: DirectoryId) -> Result<Vec<Moved>, DbError> {
    let mut misplaced = Vec::new();
    for id in store::list_misplaced(tx.on(), owner, directory).await? {
        if let Some(device) = store::find_owner(tx.on(), id).await? {
            misplaced.push((id, device));
        }
    }
    set(tx, misplaced, None).await
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

/// A device that went from one group to another, for the audit log.
#[must_use]
#[derive(Debug)]
pub struct Moved {
    subject: String,
    detail: serde_json::Value,
}

/// Writes moves into the audit log, once nothing else is to be locked.
pub async fn note(tx: &mut Tx, by: audit::By<'_>, moved: &[Moved], now: UnixMillis) -> Result<(), DbError> {
    for one in moved {
        let entry = Entry {
            by,
            action: "device.placed",
            subject: &one.subject,
            detail: one.detail.clone(),
        };
        audit::append(tx, entry, now).await?;
    }
    Ok(())
}

/// Puts devices into a group; says which were not there already.
async fn set(
    tx: &mut Tx,
    mut devices: Vec<(DeviceId, Owned)>,
    group: Option<&DeviceGroup>,
) -> Result<Vec<Moved>, DbError> {
    let to = group.map(|group| group.id);
    let from = |device: &Owned| device.group_id.as_ref().map(|group| group.0);
    devices.retain(|(_, device)| from(device) != to);
    for (id, _) in &devices {
        requests::service::follow_device(tx, *id, to).await?;
    }
    for (id, _) in &devices {
        store::set_group(tx, *id, to).await?;
    }
    // Once more, for a request that was filed between the two: whoever files one holds the device still.
    for (id, _) in &devices {
        requests::service::follow_device(tx, *id, to).await?;
    }
    let moved = devices.iter().map(|(id, device)| Moved {
        subject: format!("device:{id}"),
        detail: json!({
            "name": device.name,
            "from": from(device),
            "to": to,
            "to_name": group.map(|group| &group.settings.name),
        }),
    });
    Ok(moved.collect())
}
