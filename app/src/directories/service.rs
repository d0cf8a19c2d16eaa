//! What can be done with directories: one function per use case.

use super::{
    hours::{Hours, Presence},
    model::{DIRECTORY_NAME_CHARS, Directory, MOST_DIRECTORIES},
    store,
};
use crate::{
    accounts,
    audit::{self, Entry},
    error::{AppError, FieldError},
    roles::model::Right,
    server::{
        access::{Action, Actor, Subject, authorize},
        db::{DbError, On},
        portal::Portal,
        random,
    },
    tf,
    words::t,
};
use deskside_protocol::ids::DirectoryId;
use jiff::tz::TimeZone;
use serde_json::json;

/// A directory as typed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DirectoryForm {
    pub name: String,
    pub time_zone: String,
}

/// The directories for whose things the actor has `right`, by name.
pub async fn list_with(portal: &Portal, actor: &Actor, right: Right) -> Result<Vec<Directory>, AppError> {
    let mut directories = store::list(portal.db.on()).await?;
    directories.retain(|directory| actor.rights.within(right, directory.id));
    Ok(directories)
}

/// Every directory, by name.
pub async fn list(portal: &Portal, actor: &Actor) -> Result<Vec<Directory>, AppError> {
    let _permit = authorize(actor, Action::ManageDirectories, Subject::NONE)?;
    Ok(store::list(portal.db.on()).await?)
}

/// One directory, for other features' services; whoever calls this decides who may see it.
pub async fn get(on: On<'_>, id: DirectoryId) -> Result<Directory, AppError> {
    store::find(on, id).await?.ok_or(AppError::NotFound)
}

/// One directory, for changing it.
pub async fn open(portal: &Portal, actor: &Actor, id: DirectoryId) -> Result<Directory, AppError> {
    let _permit = authorize(actor, Action::ManageDirectories, Subject::NONE)?;
    get(portal.db.on(), id).await
}

/// Makes a directory.
pub async fn create(portal: &Portal, actor: &Actor, form: &DirectoryForm) -> Result<DirectoryId, AppError> {
    let _permit = authorize(actor, Action::ManageDirectories, Subject::NONE)?;
    let form = check(form)?;
    let now = portal.clock.now();
    let id = DirectoryId(random::uuid(now));
    let mut tx = portal.db.begin().await?;
    if store::list(tx.on()).await?.len() >= MOST_DIRECTORIES {
        return Err(AppError::conflict(tf!(
            "There are {most} directories, which is as many as there can be.",
            most = MOST_DIRECTORIES
        )));
    }
    named(store::add(&mut tx, id, &form.name, &form.time_zone, now).await)?;
    let entry = Entry {
        by: audit::By::Actor(actor),
        action: "directory.created",
        subject: &format!("directory:{id}"),
        detail: json!({ "name": form.name, "time_zone": form.time_zone }),
    };
    audit::append(&mut tx, entry, now).await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes name and time zone of a directory.
pub async fn edit(
    portal: &Portal,
    actor: &Actor,
    id: DirectoryId,
    version: i64,
    form: &DirectoryForm,
) -> Result<(), AppError> {
    let _permit = authorize(actor, Action::ManageDirectories, Subject::NONE)?;
    let form = check(form)?;
    let mut tx = portal.db.begin().await?;
    let before = get(tx.on(), id).await?;
    if !named(store::save(&mut tx, id, version, &form.name, &form.time_zone).await)? {
        return Err(AppError::conflict(t(
            "Somebody changed this directory after you opened the page. Look at it again before you save.",
        )));
    }
    let entry = Entry {
        by: audit::By::Actor(actor),
        action: "directory.changed",
        subject: &format!("directory:{id}"),
        detail: json!({
            "from": { "name": before.name, "time_zone": before.time_zone },
            "to": { "name": form.name, "time_zone": form.time_zone },
        }),
    };
    audit::append(&mut tx, entry, portal.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// When the helpdesk of a directory is there; whoever calls this decides who may see it.
pub async fn hours(on: On<'_>, id: DirectoryId) -> Result<Hours, DbError> {
    store::find_hours(on, id).await
}

/// Whether somebody is there now at the helpdesk of a directory.
pub async fn presence(portal: &Portal, id: DirectoryId) -> Result<Presence, AppError> {
    let directory = get(portal.db.on(), id).await?;
    let zone = TimeZone::get(&directory.time_zone).unwrap_or(TimeZone::UTC);
    Ok(hours(portal.db.on(), id).await?.presence(portal.clock.now(), &zone))
}

/// Sets the hours of a directory's helpdesk.
pub async fn set_hours(portal: &Portal, actor: &Actor, id: DirectoryId, hours: &Hours) -> Result<(), AppError> {
    let _permit = authorize(actor, Action::ManageDirectories, Subject::NONE)?;
    let mut tx = portal.db.begin().await?;
    let directory = get(tx.on(), id).await?;
    store::replace_hours(&mut tx, id, hours).await?;
    let week: Vec<_> = hours
        .week
        .iter()
        .map(|span| span.map(|span| [span.opens_at, span.closes_at]))
        .collect();
    let holidays: Vec<_> = hours.holidays.keys().map(ToString::to_string).collect();
    let entry = Entry {
        by: audit::By::Actor(actor),
        action: "directory.hours_set",
        subject: &format!("directory:{id}"),
        detail: json!({ "name": directory.name, "week": week, "holidays": holidays }),
    };
    audit::append(&mut tx, entry, portal.clock.now()).await?;
    Ok(tx.commit().await?)
}

fn check(form: &DirectoryForm) -> Result<DirectoryForm, AppError> {
    let form = DirectoryForm {
        name: form.name.trim().to_owned(),
        time_zone: form.time_zone.trim().to_owned(),
    };
    let mut errors = Vec::new();
    let chars = form.name.chars().count();
    if chars == 0 || chars > DIRECTORY_NAME_CHARS || form.name.chars().any(char::is_control) {
        let message = tf!(
            "Enter a name of at most {most} characters.",
            most = DIRECTORY_NAME_CHARS
        );
        errors.push(FieldError::new("name", message));
    }
    errors.extend(accounts::check_time_zone(&form.time_zone));
    if errors.is_empty() {
        Ok(form)
    } else {
        Err(AppError::Invalid { fields: errors })
    }
}

fn named<T>(result: Result<T, DbError>) -> Result<T, AppError> {
    match result {
        Err(DbError::Unique(_)) => Err(AppError::invalid("name", t("Another directory has this name."))),
        other => Ok(other?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_have_60_characters_and_not_one_more() {
        let form = |chars| DirectoryForm {
            name: "ß".repeat(chars),
            time_zone: "Europe/Berlin".to_owned(),
        };
        assert!(check(&form(DIRECTORY_NAME_CHARS)).is_ok());
        assert!(check(&form(DIRECTORY_NAME_CHARS + 1)).is_err());
        assert!(check(&form(0)).is_err());
    }

    #[test]
    fn an_unknown_time_zone_is_refused_at_its_field() {
        let form = DirectoryForm {
            name: "Branch".to_owned(),
            time_zone: "Mars/Olympus".to_owned(),
        };
        assert_eq!(check(&form).expect_err("refused").fields()[0].field, "time_zone");
    }
}
