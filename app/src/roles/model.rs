//! Rights, and where they count. Compiles for browser and server.
//!
//! Invariant: pure; what follows from a right is decided in `server::access` only.

use crate::words::t;
use deskside_protocol::ids::{DirectoryId, RoleId};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// Longest name of a role, characters.
pub const ROLE_NAME_CHARS: usize = 60;
/// Most roles that an installation has.
pub const MOST_ROLES: usize = 100;

/// The role that has every right. It cannot be changed, so that there is always somebody who can help.
pub const ADMINISTRATOR: RoleId = RoleId(Uuid::from_u128(0x00000000_0000_7000_8000_000000000001));
/// The role of those who assist.
pub const OPERATOR: RoleId = RoleId(Uuid::from_u128(0x00000000_0000_7000_8000_000000000002));

/// Something that a person may do beyond their own requests and devices.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Right {
    /// File requests for others.
    RequestsCreate,
    /// Change the assistant, the scheduled time and the status.
    RequestsEdit,
    /// See all requests and connect.
    RequestsView,
    /// Close requests that are open.
    RequestsDelete,
    DevicesView,
    /// Enrol devices for others, remove them, and group them.
    DevicesManage,
    /// People, roles, directories, settings.
    Administer,
}

impl Right {
    pub const ALL: [Self; 7] = [
        Self::RequestsCreate,
        Self::RequestsEdit,
        Self::RequestsView,
        Self::RequestsDelete,
        Self::DevicesView,
        Self::DevicesManage,
        Self::Administer,
    ];

    /// The word in the database and in forms.
    pub fn code(self) -> &'static str {
        match self {
            Self::RequestsCreate => "requests_create",
            Self::RequestsEdit => "requests_edit",
            Self::RequestsView => "requests_view",
            Self::RequestsDelete => "requests_delete",
            Self::DevicesView => "devices_view",
            Self::DevicesManage => "devices_manage",
            Self::Administer => "administer",
        }
    }

    /// The name that people see.
    pub fn label(self) -> &'static str {
        match self {
            Self::RequestsCreate => t("Remote Assistance Create"),
            Self::RequestsEdit => t("Remote Assistance Edit"),
            Self::RequestsView => t("Remote Assistance View"),
            Self::RequestsDelete => t("Remote Assistance Delete"),
            Self::DevicesView => t("Devices View"),
            Self::DevicesManage => t("Devices Manage"),
            Self::Administer => t("Administration"),
        }
    }

    /// What it allows, in a sentence.
    pub fn explains(self) -> &'static str {
        match self {
            Self::RequestsCreate => t("File requests for other people."),
            Self::RequestsEdit => t("Change a request's assistant, scheduled time, priority, tags and status."),
            Self::RequestsView => t("See all requests, write in their conversations, claim them and connect."),
            Self::RequestsDelete => t("Close any request that is open, and end its session."),
            Self::DevicesView => t("See all devices."),
            Self::DevicesManage => t("Enrol devices for other people, remove devices, and put them into groups."),
            Self::Administer => t("Manage people, what they may do, and the settings of their directory."),
        }
    }
}

/// The text names no right.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not the code of a right")]
pub struct UnknownRight;

impl FromStr for Right {
    type Err = UnknownRight;

    fn from_str(code: &str) -> Result<Self, UnknownRight> {
        Self::ALL
            .into_iter()
            .find(|right| right.code() == code)
            .ok_or(UnknownRight)
    }
}

/// Where a right counts: for the requests, devices and people of all directories, or of one.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub enum Scope {
    All,
    Directory(DirectoryId),
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Directory(id) => id.fmt(f),
        }
    }
}

/// The text names no scope.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("neither `all` nor the id of a directory")]
pub struct UnknownScope;

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        match text {
            "all" => Ok(Self::All),
            id => id.parse().map(Self::Directory).map_err(|_| UnknownScope),
        }
    }
}

/// Everything that was granted to one person.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Rights(Vec<(Right, Scope)>);

impl Rights {
    /// Each right with its scope, in any order.
    pub fn new(mut granted: Vec<(Right, Scope)>) -> Self {
        granted.sort_unstable();
        granted.dedup();
        Self(granted)
    }

    /// For things of `directory`.
    pub fn within(&self, right: Right, directory: DirectoryId) -> bool {
        self.0.contains(&(right, Scope::All)) || self.0.contains(&(right, Scope::Directory(directory)))
    }

    /// For things of at least one directory.
    pub fn anywhere(&self, right: Right) -> bool {
        self.0.iter().any(|(granted, _)| *granted == right)
    }

    /// For things of all directories, also those that are yet to come.
    pub fn everywhere(&self, right: Right) -> bool {
        self.0.contains(&(right, Scope::All))
    }

    /// In `scope`, all of it.
    pub fn covers(&self, right: Right, scope: Scope) -> bool {
        match scope {
            Scope::All => self.everywhere(right),
            Scope::Directory(directory) => self.within(right, directory),
        }
    }

    /// Every scope in which something was granted.
    pub fn scopes(&self) -> impl Iterator<Item = Scope> + '_ {
        self.0.iter().map(|(_, scope)| *scope)
    }

    /// The directories for which alone it was granted.
    pub fn directories(&self, right: Right) -> Vec<DirectoryId> {
        let of_one = |(granted, scope): &(Right, Scope)| match scope {
            Scope::Directory(directory) if *granted == right => Some(*directory),
            _ => None,
        };
        self.0.iter().filter_map(of_one).collect()
    }

    /// A word for what the person is, for the bar of every page.
    pub fn title(&self) -> &'static str {
        if self.anywhere(Right::Administer) {
            t("administrator")
        } else if self.anywhere(Right::RequestsView) {
            t("helpdesk")
        } else {
            t("employee")
        }
    }
}

/// A role as lists show it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Role {
    pub id: RoleId,
    pub name: String,
    pub built_in: bool,
    pub rights: Vec<Right>,
    /// How many people have it.
    pub members: i64,
    pub version: i64,
}

/// A role that somebody has, and where.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Grant {
    pub role: RoleId,
    pub role_name: String,
    pub scope: Scope,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn directory(number: u128) -> DirectoryId {
        DirectoryId(Uuid::from_u128(number))
    }

    #[test]
    fn a_right_for_one_directory_does_not_count_in_another() {
        let rights = Rights::new(vec![(Right::RequestsView, Scope::Directory(directory(1)))]);
        assert!(rights.within(Right::RequestsView, directory(1)));
        assert!(!rights.within(Right::RequestsView, directory(2)));
        assert!(rights.anywhere(Right::RequestsView));
        assert!(!rights.everywhere(Right::RequestsView));
        assert_eq!(rights.directories(Right::RequestsView), [directory(1)]);
    }

    #[test]
    fn a_right_for_all_counts_in_each() {
        let rights = Rights::new(vec![(Right::RequestsView, Scope::All)]);
        assert!(rights.within(Right::RequestsView, directory(9)));
        assert!(rights.covers(Right::RequestsView, Scope::All));
        assert!(!rights.within(Right::RequestsEdit, directory(9)));
    }

    #[test]
    fn one_directory_does_not_cover_all() {
        let rights = Rights::new(vec![(Right::Administer, Scope::Directory(directory(1)))]);
        assert!(!rights.covers(Right::Administer, Scope::All));
        assert!(rights.covers(Right::Administer, Scope::Directory(directory(1))));
    }

    #[test]
    fn every_code_reads_back() {
        for right in Right::ALL {
            assert_eq!(right.code().parse(), Ok(right));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_a_scope_or_refused(text in ".{0,50}") {
            if let Ok(scope) = text.parse::<Scope>() {
                prop_assert_eq!(scope.to_string().parse(), Ok(scope));
            }
        }
    }
}
