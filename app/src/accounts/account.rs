//! What a new account needs, and what is wrong with it.

use super::{model::StartingRole, password};

use crate::{error::FieldError, server::mail::address, words::t};
use deskside_protocol::ids::DirectoryId;

/// Longest login and name, characters.
const LONGEST_LOGIN: usize = 64;
const LONGEST_NAME: usize = 100;

/// An account to be made.
#[derive(Clone)]
pub struct NewAccount {
    pub login: String,
    pub name: String,
    pub email: String,
    pub role: StartingRole,
    pub directory: DirectoryId,
    pub time_zone: String,
    pub password: String,
}

impl NewAccount {
    /// Trims what may be trimmed; every wrong field gets its message.
    pub fn checked(self) -> Result<Self, Vec<FieldError>> {
        let account = Self {
            login: normal_login(&self.login),
            name: self.name.trim().to_owned(),
            email: self.email.trim().to_owned(),
            time_zone: self.time_zone.trim().to_owned(),
            ..self
        };
        let mut errors = check_login(&account.login);
        errors.extend(check_person(&account.name, &account.email));
        errors.extend(check_time_zone(&account.time_zone));
        errors.extend(check_password("password", &account.password));
        if errors.is_empty() { Ok(account) } else { Err(errors) }
    }
}

fn check_login(login: &str) -> Vec<FieldError> {
    let fits = !login.is_empty()
        && login.chars().count() <= LONGEST_LOGIN
        && login
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '@'));
    let message = t("Use 1 to 64 letters, digits, dots, hyphens, underscores or @.");
    if fits {
        Vec::new()
    } else {
        vec![FieldError::new("login", message)]
    }
}

/// What is wrong with a name and a mail address, both trimmed.
pub fn check_person(name: &str, email: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let name_fits = !name.is_empty() && name.chars().count() <= LONGEST_NAME && !name.chars().any(char::is_control);
    if !name_fits {
        errors.push(FieldError::new("name", t("Enter a name of at most 100 characters.")));
    }
    if !address::is_good(email) {
        errors.push(FieldError::new(
            "email",
            t("Enter a mail address, such as emma@example.org."),
        ));
    }
    errors
}

/// The form in which logins are stored and compared.
pub fn normal_login(typed: &str) -> String {
    typed.trim().to_lowercase()
}

/// A message unless the time zone is known.
pub fn check_time_zone(name: &str) -> Option<FieldError> {
    let known = !name.is_empty() && jiff::tz::TimeZone::get(name).is_ok();
    (!known).then(|| FieldError::new("time_zone", t("Choose a time zone, such as Europe/Berlin.")))
}

/// A message unless the password is long enough and not too long.
pub fn check_password(field: &str, password: &str) -> Option<FieldError> {
    if password.chars().count() < password::SHORTEST {
        Some(FieldError::new(field, t("Use at least 10 characters.")))
    } else if password.len() > password::LONGEST {
        Some(FieldError::new(field, t("Use at most 1024 bytes.")))
    } else {
        None
    }
}

#[cfg(test)]
#[path = "account_tests.rs"]
mod tests;
