//! What pages know of directories. Compiles for browser and server.

use crate::words::t;
use deskside_protocol::ids::DirectoryId;
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use uuid::Uuid;

/// Longest name of a directory, characters.
pub const DIRECTORY_NAME_CHARS: usize = 60;
/// Most directories that an installation has.
pub const MOST_DIRECTORIES: usize = 50;

/// The directory that every installation begins with.
pub const LOCAL: DirectoryId = DirectoryId(Uuid::from_u128(0x00000000_0000_7000_8000_000000000001));

/// Where the people of a directory come from, and who checks their passwords. What a kind can be asked is
/// `directories::source::Source`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Accounts of this portal.
    Local,
}

impl Kind {
    pub const ALL: [Self; 1] = [Self::Local];

    /// The word in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Local => "local",
        }
    }

    /// The words that people see.
    pub fn label(self) -> &'static str {
        match self {
            Self::Local => t("Accounts of this portal"),
        }
    }
}

/// The text names no kind of directory.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a kind of directory")]
pub struct UnknownKind;

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(code: &str) -> Result<Self, UnknownKind> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.code() == code)
            .ok_or(UnknownKind)
    }
}

/// One directory.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Directory {
    pub id: DirectoryId,
    pub name: String,
    pub kind: Kind,
    /// IANA name: in which its helpdesk keeps its hours.
    pub time_zone: String,
    pub people: i64,
    pub version: i64,
}
