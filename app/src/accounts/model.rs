//! Who somebody is, as pages and services see it.

use crate::words::{Language, t};
use deskside_protocol::ids::{DirectoryId, UserId};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// What an account begins with. What it may do afterwards is in its roles (`roles`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StartingRole {
    /// No role: files requests and is assisted.
    Employee,
    /// The role Operator, for all directories.
    Operator,
    /// The role Administrator, for all directories.
    Administrator,
}

impl StartingRole {
    pub const ALL: [Self; 3] = [Self::Employee, Self::Operator, Self::Administrator];

    /// The word on the command line and in forms.
    pub fn name(self) -> &'static str {
        match self {
            Self::Employee => "employee",
            Self::Operator => "operator",
            Self::Administrator => "administrator",
        }
    }

    /// The words that people see.
    pub fn label(self) -> &'static str {
        match self {
            Self::Employee => t("Employee"),
            Self::Operator => t("Operator"),
            Self::Administrator => t("Administrator"),
        }
    }
}

impl fmt::Display for StartingRole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text names no role.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a role: employee, operator or administrator")]
pub struct UnknownRole;

impl FromStr for StartingRole {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL
            .into_iter()
            .find(|role| role.name() == text)
            .ok_or(UnknownRole)
    }
}

/// One person.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct UserSummary {
    pub id: UserId,
    pub login: String,
    pub name: String,
    pub email: String,
    pub directory: DirectoryId,
    /// IANA name, such as `Europe/Berlin`.
    pub time_zone: String,
    /// The one they chose, else what their browser asked for.
    pub language: Language,
}

/// People on one page of a list.
pub const PEOPLE_ROWS: usize = 50;

/// One line of the list of people.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PersonRow {
    pub user: UserSummary,
    /// May sign in.
    pub active: bool,
    /// Name of their directory.
    pub directory: String,
}

/// One page of the list of people, by name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PeoplePage {
    pub rows: Vec<PersonRow>,
    /// Value of the query parameter `after` for the next page; `None` on the last.
    pub next: Option<UserId>,
}
