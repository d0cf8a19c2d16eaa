//! Asking the directory that a login belongs to.

use super::{
    local::Local,
    model::{Kind, LOCAL},
    source::{Profile, Source, SourceError},
    store,
};
use crate::{
    accounts::{self, model::UserSummary},
    error::AppError,
    server::{
        access::{Action, Actor, Subject, authorize},
        portal::Portal,
    },
};
use deskside_protocol::ids::DirectoryId;

/// People whom a directory's page names.
pub const NAMED: usize = 10;

/// The account of whoever has this login and password, as their directory says.
pub async fn check(portal: &Portal, login: &str, password: String) -> Result<UserSummary, SourceError> {
    let source = source_of(portal, login).await?;
    let profile = source.check(login, password).await?;
    account_of(portal, &profile).await
}

/// The account of whoever has this login, as their directory says; nobody when they may not sign in.
pub async fn find(portal: &Portal, login: &str) -> Result<Option<UserSummary>, AppError> {
    let login = accounts::normal_login(login);
    let found = match source_of(portal, &login).await {
        Ok(source) => source.find(&login).await,
        Err(error) => Err(error),
    };
    match found {
        Ok(profile) => match account_of(portal, &profile).await {
            Ok(user) => Ok(Some(user)),
            Err(error) => absent(error),
        },
        Err(error) => absent(error),
    }
}

/// The first people of a directory, for its page: they show that it can be asked.
pub async fn list_first(portal: &Portal, actor: &Actor, id: DirectoryId) -> Result<Vec<Profile>, AppError> {
    let _permit = authorize(actor, Action::ManageDirectories, Subject::NONE)?;
    let directory = super::service::get(portal.db.on(), id).await?;
    match source(portal, directory.kind, id).list(NAMED).await {
        Ok(people) => Ok(people),
        Err(SourceError::Unavailable(error)) => Err(error),
        Err(SourceError::Refused | SourceError::Unknown) => Ok(Vec::new()),
    }
}

fn absent<T>(error: SourceError) -> Result<Option<T>, AppError> {
    match error {
        SourceError::Unavailable(error) => Err(error),
        SourceError::Refused | SourceError::Unknown => Ok(None),
    }
}

/// The directory of the account with this login. A login that has none is asked for among the accounts of the portal,
/// which takes as long; a kind whose people come without an account is asked before that.
async fn source_of<'p>(portal: &'p Portal, login: &str) -> Result<Box<dyn Source + 'p>, SourceError> {
    let (kind, directory) = store::find_of_login(portal.db.on(), login)
        .await?
        .unwrap_or((Kind::Local, LOCAL));
    Ok(source(portal, kind, directory))
}

fn source(portal: &Portal, kind: Kind, directory: DirectoryId) -> Box<dyn Source + '_> {
    match kind {
        Kind::Local => Box::new(Local { portal, directory }),
    }
}

async fn account_of(portal: &Portal, profile: &Profile) -> Result<UserSummary, SourceError> {
    let user = accounts::service::find_by_login(portal.db.on(), &profile.login).await?;
    user.ok_or(SourceError::Unknown)
}
