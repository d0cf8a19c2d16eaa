//! Where something can be put that belongs to one directory or to all of them, as forms choose it.

use super::service;
use crate::{
    components::field::Choice,
    error::AppError,
    roles::model::{Right, Scope},
    server::{access::Actor, portal::Portal},
    words::t,
};
use deskside_protocol::ids::DirectoryId;

/// What stands for all directories, in words.
pub fn all() -> &'static str {
    t("All directories")
}

/// All directories, where the actor may put something for all (`shared`), and each one that they administer.
pub async fn choices(portal: &Portal, actor: &Actor, shared: bool) -> Result<Vec<Choice>, AppError> {
    let shared = shared.then(|| Choice {
        value: Scope::All.to_string(),
        label: all().to_owned(),
    });
    let directories = service::list_with(portal, actor, Right::Administer).await?;
    let of_one = directories.into_iter().map(|directory| Choice {
        value: directory.id.to_string(),
        label: directory.name,
    });
    Ok(shared.into_iter().chain(of_one).collect())
}

/// The value of the choice; `None` is all directories.
pub fn value(directory: Option<DirectoryId>) -> String {
    directory.map_or(Scope::All, Scope::Directory).to_string()
}

/// Reads a [`value`]; the outer `None` where it is none.
pub fn read(value: &str) -> Option<Option<DirectoryId>> {
    match value.parse() {
        Ok(Scope::All) => Some(None),
        Ok(Scope::Directory(directory)) => Some(Some(directory)),
        Err(_) => None,
    }
}

/// The words of a value among `choices`.
pub fn words(choices: &[Choice], value: &str) -> String {
    let known = choices.iter().find(|choice| choice.value == value);
    known.map_or_else(|| t("another directory").to_owned(), |choice| choice.label.clone())
}
