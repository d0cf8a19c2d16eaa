//! What can be done with device groups: one function per use case.
//!
//! Invariant: whoever manages a group may manage the devices of its directory, before and after the change; one of all
//! directories is managed by those who may manage all devices. A group of one directory has devices of it only.

use super::{
    model::{DeviceGroup, GROUP_NAME_CHARS, GROUP_NOTE_CHARS, GroupId, MOST_GROUPS, Settings},
    store,
};
use crate::{
    audit::{self, Entry},
    devices, directories,
    error::{AppError, FieldError},
    requests,
    roles::model::{Right, Scope},
    server::{
        access::{Action, Actor, Permit, Subject, authorize},
        db::{DbError, On, Tx},
        live::Topic,
        portal::Portal,
        random,
    },
    tf, tn,
    words::t,
};
use deskside_protocol::{UnixMillis, ids::DirectoryId};
use serde_json::json;

/// A group as typed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct GroupForm {
    pub name: String,
    pub note: String,
    /// `all`, or the id of a directory.
    pub directory: String,
}

/// The groups that the actor manages, by name.
pub async fn list(portal: &Portal, actor: &Actor) -> Result<Vec<DeviceGroup>, AppError> {
    let permit = authorize(actor, Action::ListDeviceGroups, Subject::NONE)?;
    Ok(store::list_within(portal.db.on(), &permit.reach()).await?)
}

/// The groups that things for which the actor has one of the `rights` may be in, by name: for narrowing a list of them.
pub async fn list_for(portal: &Portal, actor: &Actor, rights: &[Right]) -> Result<Vec<DeviceGroup>, AppError> {
    if !rights.iter().any(|right| actor.rights.anywhere(*right)) {
        return Ok(Vec::new());
    }
    let mut groups = store::list(portal.db.on()).await?;
    groups.retain(|group| match group.settings.directory {
        None => true,
        Some(directory) => rights.iter().any(|right| actor.rights.within(*right, directory)),
    });
    Ok(groups)
}

/// One group, for other features' services; whoever calls this decides who may see it.
pub async fn find(on: On<'_>, id: GroupId) -> Result<Option<DeviceGroup>, DbError> {
    store::find(on, id).await
}

/// The group of this name that takes devices of `directory`, its own before one of all; for the command line.
pub async fn find_by_name(on: On<'_>, name: &str, directory: DirectoryId) -> Result<Option<DeviceGroup>, DbError> {
    let mut groups = store::list(on).await?;
    groups.retain(|group| group.settings.name == name && group.takes(directory));
    groups.sort_by_key(|group| group.settings.directory.is_none());
    Ok(groups.into_iter().next())
}

/// A group that nobody else changes or fills until the transaction ends.
pub async fn lock(tx: &mut Tx, id: GroupId) -> Result<Option<DeviceGroup>, DbError> {
    if !store::lock(tx, id).await? {
        return Ok(None);
    }
    store::find(tx.on(), id).await
}

/// One group, for changing it.
pub async fn open(portal: &Portal, actor: &Actor, id: GroupId) -> Result<DeviceGroup, AppError> {
    let group = store::find(portal.db.on(), id).await?.ok_or(AppError::NotFound)?;
    let _permit = manage(actor, group.settings.directory)?;
    Ok(group)
}

/// Makes a group.
pub async fn create(portal: &Portal, actor: &Actor, form: &GroupForm) -> Result<GroupId, AppError> {
    let _permit = authorize(actor, Action::ListDeviceGroups, Subject::NONE)?;
    let settings = check(actor, form)?;
    let now = portal.clock.now();
    let id = GroupId(random::uuid(now));
    let mut tx = portal.db.begin().await?;
    find_place(&mut tx, &settings).await?;
    store::lock_count(&mut tx).await?;
    if store::count(tx.on()).await? >= MOST_GROUPS {
        return Err(AppError::conflict(tn!(
            MOST_GROUPS,
            "There is {n} device group, which is as many as there can be. Remove one that nobody needs.",
            "There are {n} device groups, which is as many as there can be. Remove one that nobody needs."
        )));
    }
    named(store::add(&mut tx, id, &settings, now).await)?;
    note(
        &mut tx,
        actor,
        "device_group.created",
        id,
        json!({ "to": settings }),
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes a group.
pub async fn edit(portal: &Portal, actor: &Actor, id: GroupId, version: i64, form: &GroupForm) -> Result<(), AppError> {
    let now = portal.clock.now();
    let mut tx = portal.db.begin().await?;
    let before = managed(&mut tx, actor, id).await?.settings;
    let settings = check(actor, form)?;
    find_place(&mut tx, &settings).await?;
    if let Some(directory) = settings.directory {
        let outside = store::count_outside(tx.on(), id, directory).await?;
        if outside > 0 {
            let message = tn!(
                outside,
                "{n} device in this group belongs to another directory. Move it out of the group first.",
                "{n} devices in this group belong to other directories. Move them out of the group first."
            );
            return Err(AppError::invalid("directory", message));
        }
    }
    if !named(store::save(&mut tx, id, version, &settings).await)? {
        return Err(AppError::conflict(t(
            "Somebody changed this group after you opened the page. Look at it again before you save.",
        )));
    }
    let detail = json!({ "from": before, "to": settings });
    note(&mut tx, actor, "device_group.changed", id, detail, now).await?;
    tx.commit().await?;
    publish(portal, now);
    Ok(())
}

/// Removes a group. With devices in it, only when `leaving` says that these shall be in none.
pub async fn remove(portal: &Portal, actor: &Actor, id: GroupId, leaving: bool) -> Result<(), AppError> {
    let now = portal.clock.now();
    let mut tx = portal.db.begin().await?;
    let group = managed(&mut tx, actor, id).await?;
    if group.devices > 0 && !leaving {
        let message = tn!(
            group.devices,
            "{n} device is in this group. Move it to another group, or say that it shall be in none.",
            "{n} devices are in this group. Move them to another group, or say that they shall be in none."
        );
        return Err(AppError::invalid("leaving", message));
    }
    // In the order in which a move of a device locks them.
    requests::service::leave_group(&mut tx, id).await?;
    devices::placing::leave_group(&mut tx, id).await?;
    store::remove(&mut tx, id).await?;
    let detail = json!({ "from": group.settings, "devices": group.devices });
    note(&mut tx, actor, "device_group.removed", id, detail, now).await?;
    tx.commit().await?;
    publish(portal, now);
    Ok(())
}

/// May the actor have groups there?
pub fn may_place(actor: &Actor, directory: Option<DirectoryId>) -> bool {
    manage(actor, directory).is_ok()
}

fn manage(actor: &Actor, directory: Option<DirectoryId>) -> Result<Permit, AppError> {
    match directory {
        Some(directory) => authorize(actor, Action::ManageDeviceGroup, Subject::within(directory)),
        None => authorize(actor, Action::ManageSharedDeviceGroup, Subject::NONE),
    }
}

/// A group that the actor manages, kept as it is until the transaction ends.
async fn managed(tx: &mut Tx, actor: &Actor, id: GroupId) -> Result<DeviceGroup, AppError> {
    // Decided before the lock, so that nobody without rights can hold up others; and again under it.
    let seen = store::find(tx.on(), id).await?.ok_or(AppError::NotFound)?;
    let _early: Permit = manage(actor, seen.settings.directory)?;
    let group = lock(tx, id).await?.ok_or(AppError::NotFound)?;
    let _permit: Permit = manage(actor, group.settings.directory)?;
    Ok(group)
}

/// Refuses a directory that does not exist.
async fn find_place(tx: &mut Tx, settings: &Settings) -> Result<(), AppError> {
    if let Some(directory) = settings.directory {
        directories::service::get(tx.on(), directory).await?;
    }
    Ok(())
}

fn check(actor: &Actor, form: &GroupForm) -> Result<Settings, AppError> {
    let (name, note) = (form.name.trim(), form.note.trim());
    let mut errors = Vec::new();
    let chars = name.chars().count();
    if chars == 0 || chars > GROUP_NAME_CHARS || name.chars().any(char::is_control) {
        let message = tf!("Enter a name of at most {most} characters.", most = GROUP_NAME_CHARS);
        errors.push(FieldError::new("name", message));
    }
    let chars = note.chars().count();
    if chars > GROUP_NOTE_CHARS {
        let message = tf!(
            "The note has {chars} characters. At most {most} are possible.",
            chars = chars,
            most = GROUP_NOTE_CHARS
        );
        errors.push(FieldError::new("note", message));
    }
    let directory = match form.directory.parse() {
        Ok(Scope::All) => Some(None),
        Ok(Scope::Directory(directory)) => Some(Some(directory)),
        Err(_) => None,
    };
    let Some(directory) = directory.filter(|directory| may_place(actor, *directory)) else {
        let message = t("Choose a directory whose devices you manage.");
        errors.push(FieldError::new("directory", message));
        return Err(AppError::Invalid { fields: errors });
    };
    if !errors.is_empty() {
        return Err(AppError::Invalid { fields: errors });
    }
    Ok(Settings {
        name: name.to_owned(),
        directory,
        note: note.to_owned(),
    })
}

fn named<T>(result: Result<T, DbError>) -> Result<T, AppError> {
    match result {
        Err(DbError::Unique(_)) => Err(AppError::invalid("name", t("Another group there has this name."))),
        other => Ok(other?),
    }
}

/// Lists of devices and of requests may show something else now.
fn publish(portal: &Portal, now: UnixMillis) {
    portal.live.publish(Topic::Devices, now);
    portal.live.publish(Topic::Requests, now);
}

async fn note(
    tx: &mut Tx,
    actor: &Actor,
    action: &str,
    id: GroupId,
    detail: serde_json::Value,
    now: UnixMillis,
) -> Result<(), DbError> {
    let entry = Entry {
        by: audit::By::Actor(actor),
        action,
        subject: &format!("device_group:{id}"),
        detail,
    };
    audit::append(tx, entry, now).await
}
