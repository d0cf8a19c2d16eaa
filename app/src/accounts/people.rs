//! What administrators do with people: one function per use case. And finding people, for those who file for them.
//!
//! Invariant: whoever manages a person has the right for that person's directory, before and after the change.

use super::{
    NewAccount,
    account::{check_password, check_person},
    model::{PEOPLE_ROWS, PeoplePage, StartingRole, UserSummary},
    service,
    store::{self, people},
};
use crate::{
    audit::{self, Entry},
    devices, directories,
    error::{AppError, FieldError},
    preconsents, requests,
    roles::{self, model::Right},
    server::{
        access::{Action, Actor, Reach, Subject, authorize},
        db::{DbError, On, Tx},
        portal::Portal,
    },
    sessions,
    words::t,
};
use deskside_protocol::ids::{DirectoryId, UserId};
use serde_json::json;

/// People offered where a text fits several.
const OFFERED: i64 = 8;
/// Longest text to search for, characters.
const SEARCH_CHARS: usize = 100;
/// People offered as assistants at most.
const MOST_CANDIDATES: i64 = 500;

/// What an administrator changes about a person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PersonForm {
    pub name: String,
    pub email: String,
    pub directory: DirectoryId,
}

/// A person with everything that their page shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PersonDetail {
    pub user: UserSummary,
    pub active: bool,
    pub grants: Vec<roles::model::Grant>,
}

/// The people who may sign in and have this mail address, in small letters.
pub async fn by_email(on: On<'_>, email: &str) -> Result<Vec<UserSummary>, DbError> {
    people::by_email(on, email).await
}

/// One page of the people whom the actor administers.
pub async fn list(
    portal: &Portal,
    actor: &Actor,
    directory: Option<DirectoryId>,
    text: &str,
    after: Option<UserId>,
) -> Result<PeoplePage, AppError> {
    let permit = authorize(actor, Action::ListPeople, Subject::NONE)?;
    let reach = permit.reach().only(directory);
    let mut rows = people::list(portal.db.on(), &reach, &cut(text), after).await?;
    let more = rows.len() > PEOPLE_ROWS;
    rows.truncate(PEOPLE_ROWS);
    let next = if more { rows.last().map(|row| row.user.id) } else { None };
    Ok(PeoplePage { rows, next })
}

/// One person.
pub async fn get(portal: &Portal, actor: &Actor, id: UserId) -> Result<PersonDetail, AppError> {
    let user = managed(portal.db.on(), actor, id).await?;
    Ok(PersonDetail {
        active: people::is_active(portal.db.on(), id).await?,
        grants: roles::service::grants_of(portal, actor, &user).await?,
        user,
    })
}

/// Makes an account. Roles are given afterwards, by whoever may.
pub async fn create(portal: &Portal, actor: &Actor, account: NewAccount) -> Result<UserId, AppError> {
    let _permit = authorize(actor, Action::ManagePerson, Subject::within(account.directory))?;
    let account = NewAccount {
        role: StartingRole::Employee,
        ..account
    };
    Ok(service::create(portal, audit::By::Actor(actor), account).await?.id)
}

/// Changes name, address and directory.
pub async fn edit(portal: &Portal, actor: &Actor, id: UserId, form: &PersonForm) -> Result<(), AppError> {
    let (mut tx, before) = begin(portal, actor, id).await?;
    let (name, email) = (form.name.trim(), form.email.trim());
    let mut errors = check_person(name, email);
    let may_move = actor.may(Action::ManagePerson, Subject::within(form.directory));
    if !may_move || directories::service::get(tx.on(), form.directory).await.is_err() {
        errors.push(FieldError::new("directory", t("Choose one of the directories.")));
    }
    if !errors.is_empty() {
        return Err(AppError::Invalid { fields: errors });
    }
    people::set_person(&mut tx, id, name, email, form.directory).await?;
    let mut moved = Vec::new();
    if before.directory != form.directory {
        // In the order in which a move of devices locks them.
        devices::placing::lock_groups_of(&mut tx, id).await?;
        requests::service::follow_owner(&mut tx, id, form.directory).await?;
        moved = devices::placing::follow_owner(&mut tx, id, form.directory).await?;
    }
    devices::placing::note(&mut tx, audit::By::Actor(actor), &moved, portal.clock.now()).await?;
    let detail = json!({
        "from": { "name": before.name, "email": before.email, "directory": before.directory },
        "to": { "name": name, "email": email, "directory": form.directory },
    });
    note(portal, &mut tx, actor, "account.changed", id, detail).await?;
    tx.commit().await?;
    sessions::presence::end_unentitled(portal).await?;
    Ok(())
}

/// Lets a person sign in, or no longer; what they do now ends at once. Doing it twice is no error.
pub async fn set_active(portal: &Portal, actor: &Actor, id: UserId, active: bool) -> Result<(), AppError> {
    let (mut tx, _) = begin(portal, actor, id).await?;
    if id == actor.id() {
        return Err(AppError::conflict(t(
            "You cannot disable yourself. Another administrator can.",
        )));
    }
    store::set_active(&mut tx, id, active).await?;
    let action = if active { "account.enabled" } else { "account.disabled" };
    if !active {
        service::withdraw(&mut tx, id, portal.clock.now()).await?;
    }
    // The head of the audit log orders such changes, so what is counted after it is what will be.
    note(portal, &mut tx, actor, action, id, json!({})).await?;
    if !active {
        roles::service::keep_an_administrator(&mut tx).await?;
    }
    tx.commit().await?;
    preconsents::service::end_without_owner(portal).await?;
    sessions::presence::end_unentitled(portal).await?;
    Ok(())
}

/// Gives a person a new password; all their sign-ins end.
pub async fn set_password(portal: &Portal, actor: &Actor, id: UserId, password: String) -> Result<(), AppError> {
    // Before the hash is computed, which costs; and again under the lock.
    managed(portal.db.on(), actor, id).await?;
    if let Some(error) = check_password("new_password", &password) {
        return Err(AppError::Invalid { fields: vec![error] });
    }
    let hash = portal.passwords.hash(password).await?;
    let now = portal.clock.now();
    let (mut tx, _) = begin(portal, actor, id).await?;
    store::set_password_hash(&mut tx, id, &hash, now).await?;
    service::withdraw(&mut tx, id, now).await?;
    note(portal, &mut tx, actor, "account.password_set", id, json!({})).await?;
    tx.commit().await?;
    sessions::presence::end_unentitled(portal).await?;
    Ok(())
}

/// Whom a typed text means.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Found {
    One(UserSummary),
    Several(Vec<UserSummary>),
    Nobody,
}

/// Finds the person of a directory for which the actor has `right`, by login, mail address or name. A text that is
/// somebody's whole login, address or name means that person; else everybody in whose it occurs.
pub async fn find(portal: &Portal, actor: &Actor, right: Right, text: &str) -> Result<Found, AppError> {
    let text = cut(text);
    if text.is_empty() || !actor.rights.anywhere(right) {
        return Ok(Found::Nobody);
    }
    let reach = if actor.rights.everywhere(right) {
        Reach::All
    } else {
        Reach::Within {
            directories: actor.rights.directories(right),
            or_of: None,
        }
    };
    let mut found = people::search(portal.db.on(), &reach, &text, OFFERED).await?;
    let whole = text.to_lowercase();
    let exact = |user: &UserSummary| {
        user.login == whole || user.email.to_lowercase() == whole || user.name.to_lowercase() == whole
    };
    if found.iter().any(exact) {
        found.retain(exact);
    }
    Ok(match found.len() {
        0 => Found::Nobody,
        1 => Found::One(found.remove(0)),
        _ => Found::Several(found),
    })
}

/// The first people of a directory by name who may sign in; for the directory of the portal's own accounts.
pub async fn list_first(on: On<'_>, directory: DirectoryId, limit: usize) -> Result<Vec<UserSummary>, DbError> {
    let reach = Reach::Within {
        directories: vec![directory],
        or_of: None,
    };
    people::search(on, &reach, "", i64::try_from(limit).unwrap_or(i64::MAX)).await
}

/// A person who may sign in.
pub async fn find_active(on: On<'_>, id: UserId) -> Result<Option<UserSummary>, DbError> {
    people::find_active(on, id).await
}

/// Those of `ids` who may not sign in, or have no `right` for things of `directory`.
pub async fn without(
    mut on: On<'_>,
    ids: &[UserId],
    right: Right,
    directory: DirectoryId,
) -> Result<Vec<UserId>, DbError> {
    let mut without = Vec::new();
    for person in ids {
        if !people::has(on.again(), *person, right.code(), directory).await? {
            without.push(*person);
        }
    }
    Ok(without)
}

/// The people who may sign in and have `right` for things of `directory`, by name: at most [`MOST_CANDIDATES`].
pub async fn list_with(on: On<'_>, right: Right, directory: DirectoryId) -> Result<Vec<UserSummary>, DbError> {
    people::list_with(on, right.code(), directory, MOST_CANDIDATES).await
}

/// The person, if the actor may manage them.
async fn managed(mut on: On<'_>, actor: &Actor, id: UserId) -> Result<UserSummary, AppError> {
    let user = service::find(on.again(), id).await?.ok_or(AppError::NotFound)?;
    let _permit = authorize(actor, Action::ManagePerson, Subject::within(user.directory))?;
    outranks(on, actor, id).await?;
    Ok(user)
}

/// Begins a change of a person; until it ends nobody else changes them or gives them rights.
async fn begin(portal: &Portal, actor: &Actor, id: UserId) -> Result<(Tx, UserSummary), AppError> {
    let mut tx = portal.db.begin().await?;
    people::lock(&mut tx, id).await?;
    let user = managed(tx.on(), actor, id).await?;
    Ok((tx, user))
}

/// Keeps a person as they are, in their directory and with what is counted for them, until the transaction ends. Before
/// anything of theirs is locked.
pub async fn lock(tx: &mut Tx, id: UserId) -> Result<(), DbError> {
    people::lock(tx, id).await
}

/// Whoever administers one directory takes over nobody who has rights beyond it, whichever these are.
pub async fn outranks(on: On<'_>, actor: &Actor, user: UserId) -> Result<(), AppError> {
    let theirs = roles::service::rights_of(on, user).await?;
    if theirs
        .scopes()
        .all(|scope| actor.rights.covers(Right::Administer, scope))
    {
        Ok(())
    } else {
        Err(AppError::NotFound)
    }
}

fn cut(text: &str) -> String {
    text.trim()
        .chars()
        .filter(|c| !c.is_control())
        .take(SEARCH_CHARS)
        .collect()
}

async fn note(
    portal: &Portal,
    tx: &mut Tx,
    actor: &Actor,
    action: &str,
    person: UserId,
    detail: serde_json::Value,
) -> Result<(), DbError> {
    let entry = Entry {
        by: audit::By::Actor(actor),
        action,
        subject: &format!("user:{person}"),
        detail,
    };
    audit::append(tx, entry, portal.clock.now()).await
}
