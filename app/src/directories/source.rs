//! What a user database can be asked, whatever kind it is.
//!
//! [`super::sign_in`] chooses the source of a login; nothing else knows which kinds there are. A new kind is a variant of
//! [`Kind`](super::model::Kind), which the compiler then asks for in [`super::sign_in`], and an implementation of
//! [`Source`]:
//!
//! - **LDAP** searches with an account of its own for [`Source::find`] and [`Source::list`], and answers
//!   [`Source::check`] with a bind as the entry that it found. The login goes into the search filter, so it has to be
//!   escaped (RFC 4515, section 3); an empty password has to be refused before the bind, which a server takes for an
//!   anonymous one and accepts (RFC 4513, section 5.1.2). Addresses, base and the account's password belong into the
//!   configuration file, not into the table.
//! - **OpenID Connect** never sees a password: it refuses every [`Source::check`]. Its way in is a route that redirects
//!   to the provider and one that the provider redirects back to, with `state`, `nonce` and PKCE (RFC 7636). The login
//!   of a verified ID token goes to [`Source::find`], and from there on sign-in goes on as after a password.
//!
//! People of such a directory have an account all the same, since requests and rights belong to one: it is made of the
//! [`Profile`] when they first sign in, and follows it afterwards.

use crate::error::AppError;
use std::{future::Future, pin::Pin};

/// What a directory knows of a person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Profile {
    /// As stored: see [`Source`].
    pub login: String,
    pub name: String,
    pub email: String,
}

/// Why a directory gives no answer, or none that helps.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SourceError {
    /// It cannot be asked now; what can be shown of the reason.
    #[error("the directory cannot be asked: {0}")]
    Unavailable(AppError),
    /// It knows the login, and the proof does not hold, or the person may not sign in.
    #[error("the directory refuses this login")]
    Refused,
    /// It does not know the login.
    #[error("the directory does not know this login")]
    Unknown,
}

impl<E: Into<AppError>> From<E> for SourceError {
    fn from(error: E) -> Self {
        Self::Unavailable(error.into())
    }
}

/// The answer of a directory, which may come over a network.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, SourceError>> + Send + 'a>>;

/// A user database. Logins are given in the form in which accounts have them: trimmed, small letters.
///
/// Whether a login exists must show neither in what [`Source::check`] takes nor in how long it takes: callers tell
/// [`SourceError::Refused`] and [`SourceError::Unknown`] to nobody apart.
pub trait Source: Send + Sync {
    /// Who is this? Only those who may sign in.
    fn find<'a>(&'a self, login: &'a str) -> Answer<'a, Profile>;

    /// Is this the password of this login?
    fn check<'a>(&'a self, login: &'a str, password: String) -> Answer<'a, Profile>;

    /// The first people by name, at most `limit`.
    fn list(&self, limit: usize) -> Answer<'_, Vec<Profile>>;
}
