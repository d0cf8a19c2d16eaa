//! The directory whose people are the accounts of this portal.

use super::source::{Answer, Profile, Source, SourceError};
use crate::{
    accounts::{self, model::UserSummary},
    server::portal::Portal,
};
use deskside_protocol::ids::DirectoryId;

/// The accounts of one directory. Logins are those of the whole portal: no two directories have the same.
pub struct Local<'p> {
    pub portal: &'p Portal,
    pub directory: DirectoryId,
}

impl Source for Local<'_> {
    fn find<'a>(&'a self, login: &'a str) -> Answer<'a, Profile> {
        Box::pin(async move {
            let user = accounts::service::find_by_login(self.portal.db.on(), login).await?;
            user.map(profile).ok_or(SourceError::Unknown)
        })
    }

    fn check<'a>(&'a self, login: &'a str, password: String) -> Answer<'a, Profile> {
        Box::pin(async move {
            let (user, good) = accounts::service::check_password_of(self.portal, login, password).await?;
            match user {
                Some(user) if good => Ok(profile(user)),
                Some(_) => Err(SourceError::Refused),
                None => Err(SourceError::Unknown),
            }
        })
    }

    fn list(&self, limit: usize) -> Answer<'_, Vec<Profile>> {
        Box::pin(async move {
            let people = accounts::people::list_first(self.portal.db.on(), self.directory, limit).await?;
            Ok(people.into_iter().map(profile).collect())
        })
    }
}

fn profile(user: UserSummary) -> Profile {
    Profile {
        login: user.login,
        name: user.name,
        email: user.email,
    }
}
