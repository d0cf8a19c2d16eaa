//! Who somebody is, as pages and services see it.

use deskside_protocol::ids::UserId;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// What a person does at the helpdesk. Rights follow from it in `server::access` only.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Files requests and is assisted.
    Employee,
    /// Assists.
    Operator,
    /// Assists, and manages devices and accounts.
    Administrator,
}

impl Role {
    pub const ALL: [Self; 3] = [Self::Employee, Self::Operator, Self::Administrator];

    /// The stored name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Employee => "employee",
            Self::Operator => "operator",
            Self::Administrator => "administrator",
        }
    }

    /// True for those who work at the helpdesk.
    pub fn is_staff(self) -> bool {
        matches!(self, Self::Operator | Self::Administrator)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The text names no role.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a role: employee, operator or administrator")]
pub struct UnknownRole;

impl FromStr for Role {
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
    pub role: Role,
    /// IANA name, such as `Europe/Berlin`.
    pub time_zone: String,
}
