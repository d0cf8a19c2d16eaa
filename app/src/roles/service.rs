//! What can be done with roles: one function per use case.
//!
//! Invariant: nobody gives away more than they may administer, and one person who administers everything is always left.

use super::{
    model::{ADMINISTRATOR, Grant, MOST_ROLES, OPERATOR, ROLE_NAME_CHARS, Right, Rights, Role, Scope},
    store,
};
use crate::{
    accounts::{
        self,
        model::{StartingRole, UserSummary},
    },
    audit::{self, Entry},
    directories,
    error::{AppError, FieldError},
    server::{
        access::{Action, Actor, Subject, authorize},
        db::{DbError, On, Tx},
        portal::Portal,
        random,
    },
    sessions, tf,
    words::t,
};
use deskside_protocol::{
    UnixMillis,
    ids::{RoleId, UserId},
};
use serde_json::json;

/// A role as typed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RoleForm {
    pub name: String,
    pub rights: Vec<Right>,
}

/// Everything granted to a person.
pub async fn rights_of(on: On<'_>, user: UserId) -> Result<Rights, DbError> {
    store::rights_of(on, user).await
}

/// Every role, by name, for those who give them to people.
pub async fn list(portal: &Portal, actor: &Actor) -> Result<Vec<Role>, AppError> {
    let _permit = authorize(actor, Action::ListPeople, Subject::NONE)?;
    Ok(store::list(portal.db.on()).await?)
}

/// Every role by name, for other features' services; whoever calls this decides who may see it.
pub async fn list_all(on: On<'_>) -> Result<Vec<Role>, DbError> {
    store::list(on).await
}

/// One role, for changing it.
pub async fn get(portal: &Portal, actor: &Actor, id: RoleId) -> Result<Role, AppError> {
    let _permit = authorize(actor, Action::ManageRoles, Subject::NONE)?;
    find(portal.db.on(), id).await
}

async fn find(on: On<'_>, id: RoleId) -> Result<Role, AppError> {
    let roles = store::list(on).await?;
    roles.into_iter().find(|role| role.id == id).ok_or(AppError::NotFound)
}

/// Makes a role.
pub async fn create(portal: &Portal, actor: &Actor, form: &RoleForm) -> Result<RoleId, AppError> {
    let _permit = authorize(actor, Action::ManageRoles, Subject::NONE)?;
    let name = check(form)?;
    let now = portal.clock.now();
    let id = RoleId(random::uuid(now));
    let mut tx = portal.db.begin().await?;
    if store::list(tx.on()).await?.len() >= MOST_ROLES {
        return Err(AppError::conflict(tf!(
            "There are {most} roles already. Remove one that nobody has.",
            most = MOST_ROLES
        )));
    }
    named(store::add(&mut tx, id, &name, &form.rights).await)?;
    note(
        &mut tx,
        actor,
        "role.created",
        id,
        json!({ "name": name, "rights": form.rights }),
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes a role; what it no longer allows ends at once for everybody who has it.
pub async fn edit(portal: &Portal, actor: &Actor, id: RoleId, version: i64, form: &RoleForm) -> Result<(), AppError> {
    let _permit = authorize(actor, Action::ManageRoles, Subject::NONE)?;
    let name = check(form)?;
    let now = portal.clock.now();
    let mut tx = portal.db.begin().await?;
    let before = find(tx.on(), id).await?;
    if before.built_in {
        return Err(AppError::conflict(t(
            "This role belongs to Deskside and cannot be changed. Make one of your own.",
        )));
    }
    if !named(store::save(&mut tx, id, version, &name, &form.rights).await)? {
        return Err(AppError::conflict(t(
            "Somebody changed this role after you opened the page. Look at it again before you save.",
        )));
    }
    let detail = json!({
        "from": { "name": before.name, "rights": before.rights },
        "to": { "name": name, "rights": form.rights },
    });
    note(&mut tx, actor, "role.changed", id, detail, now).await?;
    keep_an_administrator(&mut tx).await?;
    tx.commit().await?;
    sessions::presence::end_unentitled(portal).await?;
    Ok(())
}

/// Removes a role that nobody has.
pub async fn remove(portal: &Portal, actor: &Actor, id: RoleId) -> Result<(), AppError> {
    let _permit = authorize(actor, Action::ManageRoles, Subject::NONE)?;
    let mut tx = portal.db.begin().await?;
    let role = find(tx.on(), id).await?;
    if !store::remove(&mut tx, id).await? {
        return Err(AppError::conflict(if role.built_in {
            t("This role belongs to Deskside and cannot be removed.")
        } else {
            t("Somebody has this role. Take it from everybody first.")
        }));
    }
    let detail = json!({ "name": role.name, "rights": role.rights });
    note(&mut tx, actor, "role.removed", id, detail, portal.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// The roles of a person, for those who manage that person.
pub async fn grants_of(portal: &Portal, actor: &Actor, person: &UserSummary) -> Result<Vec<Grant>, AppError> {
    let _permit = authorize(actor, Action::ManagePerson, Subject::within(person.directory))?;
    Ok(store::grants_of(portal.db.on(), person.id).await?)
}

/// Gives a role to a person, for all directories or one. Doing it twice is no error.
pub async fn grant(portal: &Portal, actor: &Actor, person: UserId, role: RoleId, scope: Scope) -> Result<(), AppError> {
    let person = managed(portal, actor, person, scope).await?;
    if let Scope::Directory(directory) = scope {
        directories::service::get(portal.db.on(), directory).await?;
    }
    let now = portal.clock.now();
    let mut tx = portal.db.begin().await?;
    let role = find(tx.on(), role).await?;
    if store::grant(&mut tx, person.id, role.id, scope, now).await? {
        let detail = json!({ "role": role.name, "scope": scope.to_string() });
        note_person(&mut tx, actor, "account.role_granted", person.id, detail, now).await?;
    }
    Ok(tx.commit().await?)
}

/// Takes a role from a person; the sessions that they may no longer operate end at once.
pub async fn revoke(
    portal: &Portal,
    actor: &Actor,
    person: UserId,
    role: RoleId,
    scope: Scope,
) -> Result<(), AppError> {
    let person = managed(portal, actor, person, scope).await?;
    let now = portal.clock.now();
    let mut tx = portal.db.begin().await?;
    let role = find(tx.on(), role).await?;
    if store::revoke(&mut tx, person.id, role.id, scope).await? {
        let detail = json!({ "role": role.name, "scope": scope.to_string() });
        note_person(&mut tx, actor, "account.role_revoked", person.id, detail, now).await?;
        // After the audit entry, whose chain orders such changes: what is counted now is what will be.
        keep_an_administrator(&mut tx).await?;
    }
    tx.commit().await?;
    sessions::presence::end_unentitled(portal).await?;
    Ok(())
}

/// Gives a person exactly what `role` means, everywhere; for new accounts and the command line, which belongs to
/// whoever may read the data folder.
pub async fn start_with(tx: &mut Tx, user: UserId, role: StartingRole, now: UnixMillis) -> Result<(), DbError> {
    store::revoke_all(tx, user).await?;
    let role = match role {
        StartingRole::Employee => return Ok(()),
        StartingRole::Operator => OPERATOR,
        StartingRole::Administrator => ADMINISTRATOR,
    };
    store::grant(tx, user, role, Scope::All, now).await?;
    Ok(())
}

/// Refuses when nobody who can sign in administers everything any longer.
pub async fn keep_an_administrator(tx: &mut Tx) -> Result<(), AppError> {
    if store::count_administrators(tx.on()).await? == 0 {
        return Err(AppError::conflict(t(
            "Then nobody could administer everything. Give another person the role Administrator first.",
        )));
    }
    Ok(())
}

/// The person, if the actor may manage them and give rights in `scope`.
async fn managed(portal: &Portal, actor: &Actor, person: UserId, scope: Scope) -> Result<UserSummary, AppError> {
    let person = accounts::service::find(portal.db.on(), person)
        .await?
        .ok_or(AppError::NotFound)?;
    let _permit = authorize(actor, Action::ManagePerson, Subject::within(person.directory))?;
    if !actor.rights.covers(Right::Administer, scope) {
        return Err(AppError::invalid(
            "scope",
            t("You can give and take rights only where you administer yourself."),
        ));
    }
    accounts::people::outranks(portal.db.on(), actor, person.id).await?;
    Ok(person)
}

fn check(form: &RoleForm) -> Result<String, AppError> {
    let name = form.name.trim();
    let mut errors = Vec::new();
    if name.is_empty() || name.chars().count() > ROLE_NAME_CHARS || name.chars().any(char::is_control) {
        let message = tf!("Enter a name of at most {most} characters.", most = ROLE_NAME_CHARS);
        errors.push(FieldError::new("name", message));
    }
    if form.rights.is_empty() {
        errors.push(FieldError::new("rights", t("Choose at least one right.")));
    }
    if errors.is_empty() {
        Ok(name.to_owned())
    } else {
        Err(AppError::Invalid { fields: errors })
    }
}

fn named<T>(result: Result<T, DbError>) -> Result<T, AppError> {
    match result {
        Err(DbError::Unique(_)) => Err(AppError::invalid("name", t("Another role has this name."))),
        other => Ok(other?),
    }
}

async fn note(
    tx: &mut Tx,
    actor: &Actor,
    action: &str,
    role: RoleId,
    detail: serde_json::Value,
    now: UnixMillis,
) -> Result<(), DbError> {
    append(tx, actor, action, &format!("role:{role}"), detail, now).await
}

async fn note_person(
    tx: &mut Tx,
    actor: &Actor,
    action: &str,
    person: UserId,
    detail: serde_json::Value,
    now: UnixMillis,
) -> Result<(), DbError> {
    append(tx, actor, action, &format!("user:{person}"), detail, now).await
}

async fn append(
    tx: &mut Tx,
    actor: &Actor,
    action: &str,
    subject: &str,
    detail: serde_json::Value,
    now: UnixMillis,
) -> Result<(), DbError> {
    let by = audit::By::Actor(actor);
    audit::append(
        tx,
        Entry {
            by,
            action,
            subject,
            detail,
        },
        now,
    )
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(name: &str) -> RoleForm {
        RoleForm {
            name: name.to_owned(),
            rights: vec![Right::RequestsView],
        }
    }

    #[test]
    fn a_name_may_have_60_characters_and_not_one_more() {
        assert!(check(&form(&"ß".repeat(ROLE_NAME_CHARS))).is_ok());
        assert!(check(&form(&"ß".repeat(ROLE_NAME_CHARS + 1))).is_err());
        assert!(check(&form("  ")).is_err());
    }

    #[test]
    fn a_role_without_rights_is_refused_at_the_rights() {
        let refused = check(&RoleForm {
            rights: Vec::new(),
            ..form("Empty")
        })
        .expect_err("refused");
        assert_eq!(refused.fields()[0].field, "rights");
    }
}
