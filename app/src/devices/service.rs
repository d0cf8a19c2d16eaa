//! What can be done with devices: one function per use case.
//!
//! Invariant: a device belongs to the owner of the token that enrolled it, and its key never changes.

use super::{
    model::{DEVICE_NAME_CHARS, DevicePage, DeviceRow, ENROLMENT_TOKEN_HOURS, EnrolmentToken, PAGE_ROWS, Shown},
    placing,
    store::{self, NewDevice, NewToken, Presence, Seen},
    token::Token,
};
use crate::{
    accounts::model::UserSummary,
    audit::{self, Entry},
    device_groups::model::GroupId,
    directories::sign_in,
    error::AppError,
    requests::{
        change::{By, Changing},
        model::Person,
    },
    server::{
        access::{Action, Actor, Reach, Subject, authorize},
        db::{DbError, On, Tx},
        live::Topic,
        portal::Portal,
        random,
        reference::internal,
    },
    sessions, tf,
    words::t,
};
use deskside_protocol::{
    UnixMillis,
    agent::DeviceFacts,
    bytes::PublicKey,
    enrolment,
    ids::{DeviceId, UserId},
    link::PortalToRelay,
    session::EndReason,
};
use serde_json::json;

const HOUR: UnixMillis = 60 * 60 * 1000;
/// Longest agent version kept, characters.
const VERSION_CHARS: usize = 64;

/// One page of the devices that the actor may see: staff all, employees their own.
pub async fn list_page(
    portal: &Portal,
    actor: &Actor,
    shown: Shown,
    after: Option<DeviceId>,
) -> Result<DevicePage, AppError> {
    let permit = authorize(actor, Action::ListDevices, Subject::NONE)?;
    let limit = i64::try_from(PAGE_ROWS).unwrap_or(i64::MAX) + 1;
    let mut rows = store::list_rows(portal.db.on(), permit.reach(), shown, after, limit).await?;
    let more = rows.len() > PAGE_ROWS;
    rows.truncate(PAGE_ROWS);
    let next = if more { rows.last().map(|row| row.id) } else { None };
    Ok(DevicePage { rows, next })
}

/// The actor's own devices.
pub async fn list_own(portal: &Portal, actor: &Actor) -> Result<Vec<DeviceRow>, AppError> {
    let _permit = authorize(actor, Action::ListDevices, Subject::NONE)?;
    Ok(list_of(portal.db.on(), actor.id()).await?)
}

/// Somebody's devices, for choosing one in a request; whoever calls this decides who may see them.
pub async fn list_of(on: On<'_>, owner: UserId) -> Result<Vec<DeviceRow>, DbError> {
    let limit = i64::try_from(PAGE_ROWS).unwrap_or(i64::MAX);
    store::list_rows(on, Reach::OwnedBy(owner), Shown::All, None, limit).await
}

/// Makes an enrolment token. `owner_login` empty: for the actor. `group`, the id of the group in which the device
/// begins, empty: in none.
pub async fn make_token(
    portal: &Portal,
    actor: &Actor,
    owner_login: &str,
    device_name: &str,
    group: &str,
) -> Result<EnrolmentToken, AppError> {
    let owner_login = owner_login.trim();
    let owner = if owner_login.is_empty() || owner_login == actor.user.login {
        actor.user.clone()
    } else {
        let found = sign_in::find(portal, owner_login).await?;
        // Who may not enrol for others is told the same for every login, so nobody can try which ones exist.
        let may = found
            .as_ref()
            .is_some_and(|owner| actor.may(Action::MakeEnrolmentToken, Subject::of(owner)));
        found
            .filter(|_| may)
            .ok_or_else(|| AppError::invalid("owner", t("You can enrol no device for this login.")))?
    };
    let _permit = authorize(actor, Action::MakeEnrolmentToken, Subject::of(&owner))?;
    let group = match group.trim() {
        "" => None,
        id => {
            let place = match id.parse() {
                Ok(id) => placing::find_place(portal.db.on(), actor, id, owner.directory).await?,
                Err(_) => None,
            };
            let message = t("Choose a group that is for devices of this owner.");
            Some(place.ok_or_else(|| AppError::invalid("token_group", message))?)
        }
    };
    portal.budgets.spend_token(actor.id(), portal.clock.now())?;
    let now = portal.clock.now();
    issue_token(portal, audit::By::Actor(actor), &owner, device_name, group, now).await
}

/// Makes an enrolment token for `owner`; for [`make_token`] and the command line.
pub async fn issue_token(
    portal: &Portal,
    by: audit::By<'_>,
    owner: &UserSummary,
    device_name: &str,
    group: Option<GroupId>,
    now: UnixMillis,
) -> Result<EnrolmentToken, AppError> {
    let device_name = check_name(device_name)?;
    let token = Token::generate();
    let expires_at = now + ENROLMENT_TOKEN_HOURS * HOUR;
    let created_by = match by {
        audit::By::Actor(actor) => actor.user.login.as_str(),
        audit::By::Machine(name) => name,
    };
    let mut tx = portal.db.begin().await?;
    let new = NewToken {
        hash: &token.hash(),
        owner: owner.id,
        device_name: device_name.as_deref(),
        group,
        created_by,
        created_at: now,
        expires_at,
    };
    store::add_token(&mut tx, new).await?;
    let subject = format!("user:{}", owner.id);
    let detail = json!({ "device_name": device_name, "group": group, "expires_at": expires_at });
    audit::append(
        &mut tx,
        Entry {
            by,
            action: "device.token_made",
            subject: &subject,
            detail,
        },
        now,
    )
    .await?;
    tx.commit().await?;
    let token = enrolment::EnrolmentToken {
        secret: token.reveal().to_owned(),
        portal_key: portal.public_key(),
    };
    let command = format!(
        "deskside-agent enrol --server {} --token {token}",
        portal.config.agent_server(),
    );
    let owner = Person {
        id: owner.id,
        name: owner.name.clone(),
    };
    Ok(EnrolmentToken {
        token: token.to_string(),
        owner,
        expires_at,
        command,
    })
}

/// Enrols the device that holds `key` (the relay has checked that); `None` when the secret of its token is no good.
pub async fn enrol(
    portal: &Portal,
    secret: &str,
    key: PublicKey,
    facts: &DeviceFacts,
) -> Result<Option<DeviceId>, AppError> {
    let Some(token) = Token::read(secret) else {
        return Ok(None);
    };
    let now = portal.clock.now();
    let id = DeviceId(random::uuid(now));
    // Read first, because owner and group are locked before the token.
    let Some(seen) = store::find_token(portal.db.on(), &token.hash(), now).await? else {
        return Ok(None);
    };
    let mut tx = portal.db.begin().await?;
    let group = placing::find_beginning(&mut tx, &seen).await?;
    let Some(enrolment) = store::take_token(&mut tx, &token.hash(), id, now).await? else {
        return Ok(None);
    };
    let own_name = tidy(&facts.name, DEVICE_NAME_CHARS);
    let name = enrolment.device_name.as_deref().unwrap_or(&own_name);
    let device = NewDevice {
        id,
        owner: enrolment.owner,
        name,
        name_given: enrolment.device_name.is_some(),
        platform: facts.platform,
        agent_version: &tidy(&facts.agent_version, VERSION_CHARS),
        key,
        group,
        at: now,
    };
    if !store::add_device(&mut tx, device).await? {
        return Ok(None);
    }
    let subject = format!("device:{id}");
    let detail =
        json!({ "owner": enrolment.owner, "name": name, "platform": facts.platform, "key": key, "group": group });
    let by = audit::By::Machine("enrolment token");
    audit::append(
        &mut tx,
        Entry {
            by,
            action: "device.enrolled",
            subject: &subject,
            detail,
        },
        now,
    )
    .await?;
    tx.commit().await?;
    portal.live.publish(Topic::Devices, now);
    Ok(Some(id))
}

/// Notes that a device connected; false when there is no such device.
pub async fn came_online(portal: &Portal, id: DeviceId, facts: &DeviceFacts) -> Result<bool, AppError> {
    let now = portal.clock.now();
    let name = tidy(&facts.name, DEVICE_NAME_CHARS);
    let agent_version = tidy(&facts.agent_version, VERSION_CHARS);
    let mut tx = portal.db.begin().await?;
    let seen = Seen {
        name: &name,
        platform: facts.platform,
        agent_version: &agent_version,
        at: now,
    };
    let known = store::set_online(&mut tx, id, seen).await?;
    tx.commit().await?;
    publish(portal, id, now).await?;
    Ok(known)
}

/// Notes that a device's connection ended.
pub async fn went_offline(portal: &Portal, id: DeviceId) -> Result<bool, AppError> {
    let now = portal.clock.now();
    let mut tx = portal.db.begin().await?;
    let known = store::set_offline(&mut tx, id, now).await?;
    tx.commit().await?;
    publish(portal, id, now).await?;
    Ok(known)
}

/// After a start nobody is known to be connected; the relay announces who is.
pub async fn forget_presence(portal: &Portal) -> Result<(), AppError> {
    let mut tx = portal.db.begin().await?;
    store::set_all_offline(&mut tx).await?;
    tx.commit().await?;
    portal.live.publish(Topic::Devices, portal.clock.now());
    Ok(())
}

/// Removes a device for good: its key proves nothing any longer, its open session ends, its connection is closed.
/// Doing it twice is no error.
pub async fn revoke(portal: &Portal, actor: &Actor, id: DeviceId) -> Result<(), AppError> {
    let device = store::find_owner(portal.db.on(), id).await?.ok_or(AppError::NotFound)?;
    let owner = device.owner_id.0;
    let _permit = authorize(
        actor,
        Action::RevokeDevice,
        Subject::owned(owner, device.directory_id.0),
    )?;
    loop {
        // A launch locks its request before the device, and so must this.
        let open = sessions::service::find_open_of_device(portal.db.on(), id).await?;
        let mut ending = match open {
            Some(request) => Some(Changing::begin(portal, request).await?),
            None => None,
        };
        if let Some(changing) = &mut ending {
            sessions::service::end_with_request(changing, By::Person(actor), EndReason::Failed).await?;
        }
        let mut plain = match ending {
            Some(_) => None,
            None => Some(portal.db.begin().await?),
        };
        let now = portal.clock.now();
        let done = {
            let Some(tx) = ending.as_mut().map(|changing| &mut changing.tx).or(plain.as_mut()) else {
                return Err(internal("removing a device", &"no transaction"));
            };
            if !store::set_revoked(tx, id, now).await? {
                return Ok(());
            }
            // From here on nobody can launch; somebody may have, just before.
            let done = sessions::service::find_open_of_device(tx.on(), id).await?.is_none();
            if done {
                let entry = Entry {
                    by: audit::By::Actor(actor),
                    action: "device.revoked",
                    subject: &format!("device:{id}"),
                    detail: json!({ "owner": owner, "name": device.name }),
                };
                audit::append(tx, entry, now).await?;
            }
            done
        };
        if !done {
            continue;
        }
        if let Some(changing) = ending {
            changing.commit().await?;
        } else if let Some(tx) = plain {
            tx.commit().await?;
        }
        break;
    }
    portal.tell_relay(PortalToRelay::DropDevice { device: id }).await;
    publish(portal, id, portal.clock.now()).await
}

/// Forgets tokens that expired a week ago.
pub async fn clean_up(portal: &Portal) -> Result<(), AppError> {
    let mut tx = portal.db.begin().await?;
    store::remove_old_tokens(&mut tx, portal.clock.now() - 7 * 24 * HOUR).await?;
    tx.commit().await?;
    Ok(())
}

/// The key that a device enrolled with.
pub async fn find_key(on: On<'_>, id: DeviceId) -> Result<Option<PublicKey>, DbError> {
    store::find_key(on, id).await
}

/// The name of a device, if `owner` owns it; holds the device still until the transaction ends.
pub async fn lock_owned(tx: &mut Tx, id: DeviceId, owner: UserId) -> Result<Option<String>, DbError> {
    store::lock_owned(tx, id, owner).await
}

/// Whether a device is online, `None` when it was removed; holds both still until the transaction ends.
pub async fn lock_online(tx: &mut Tx, id: DeviceId) -> Result<Option<bool>, DbError> {
    store::lock_online(tx, id).await
}

/// Name and presence of a device.
pub async fn presence(on: On<'_>, id: DeviceId) -> Result<Presence, AppError> {
    store::find_presence(on, id).await?.ok_or(AppError::NotFound)
}

async fn publish(portal: &Portal, id: DeviceId, now: UnixMillis) -> Result<(), AppError> {
    portal.live.publish(Topic::Devices, now);
    let requests = store::list_open_requests(portal.db.on(), id).await?;
    if !requests.is_empty() {
        portal.live.publish(Topic::Requests, now);
    }
    for (request, owner) in requests {
        portal.live.publish(Topic::Request(request), now);
        portal.live.publish(Topic::Mine(owner), now);
    }
    Ok(())
}

fn check_name(raw: &str) -> Result<Option<String>, AppError> {
    let name = raw.trim();
    if name.is_empty() {
        return Ok(None);
    }
    if name.chars().count() > DEVICE_NAME_CHARS {
        return Err(AppError::invalid(
            "device_name",
            tf!("Use at most {most} characters.", most = DEVICE_NAME_CHARS),
        ));
    }
    if name.chars().any(char::is_control) {
        return Err(AppError::invalid(
            "device_name",
            t("Write the name on one line, without control characters."),
        ));
    }
    Ok(Some(name.to_owned()))
}

/// What a device says of itself, cut to what can be shown.
fn tidy(text: &str, chars: usize) -> String {
    let text: String = text.chars().filter(|c| !c.is_control()).take(chars).collect();
    let text = text.trim();
    if text.is_empty() {
        "unnamed".to_owned()
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_have_255_characters_and_not_one_more() {
        assert!(check_name(&"ß".repeat(DEVICE_NAME_CHARS)).is_ok());
        assert!(check_name(&"ß".repeat(DEVICE_NAME_CHARS + 1)).is_err());
    }

    #[test]
    fn what_a_device_says_of_itself_is_cut_and_never_empty() {
        assert_eq!(tidy("a\u{0}b\nc", 2), "ab");
        assert_eq!(tidy(" \n ", 10), "unnamed");
    }
}
