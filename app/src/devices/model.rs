//! What pages know of devices. Compiles for browser and server.

use crate::{
    device_groups::model::{GroupId, NamedGroup},
    requests::model::Person,
};
use deskside_protocol::{
    UnixMillis,
    ids::{DeviceId, DirectoryId},
    session::Platform,
};
use serde::{Deserialize, Serialize};

/// Longest device name, characters.
pub const DEVICE_NAME_CHARS: usize = 255;
/// How long an enrolment token can be used.
pub const ENROLMENT_TOKEN_HOURS: i64 = 24;

/// Devices on one page of the list.
pub const PAGE_ROWS: usize = 100;

/// Which devices the list shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub enum Shown {
    #[default]
    All,
    OfGroup(GroupId),
    /// Those in no group.
    Ungrouped,
}

impl Shown {
    const UNGROUPED: &str = "none";

    /// The value of the query parameter `group`; empty for all.
    pub fn code(self) -> String {
        match self {
            Self::All => String::new(),
            Self::OfGroup(group) => group.to_string(),
            Self::Ungrouped => Self::UNGROUPED.to_owned(),
        }
    }

    /// Reads the query parameter; anything unknown shows all.
    pub fn from_code(code: &str) -> Self {
        match code {
            Self::UNGROUPED => Self::Ungrouped,
            id => id.parse().map_or(Self::All, Self::OfGroup),
        }
    }
}

/// One page of the device list, by name.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DevicePage {
    pub rows: Vec<DeviceRow>,
    /// Value of the query parameter `after` for the next page; `None` on the last.
    pub next: Option<DeviceId>,
}

/// One line of the device list.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct DeviceRow {
    pub id: DeviceId,
    pub name: String,
    pub platform: Platform,
    pub owner: Person,
    /// Of the owner.
    pub directory: DirectoryId,
    pub online: bool,
    pub last_seen_at: Option<UnixMillis>,
    pub agent_version: String,
    pub group: Option<NamedGroup>,
}

/// A new enrolment token: shown once, stored only as a hash.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct EnrolmentToken {
    /// As people copy it, see [`deskside_protocol::enrolment::EnrolmentToken`].
    pub token: String,
    pub owner: Person,
    pub expires_at: UnixMillis,
    /// The command to type on the device.
    pub command: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    #[test]
    fn what_a_list_shows_reads_back() {
        for shown in [
            Shown::All,
            Shown::Ungrouped,
            Shown::OfGroup(GroupId(Uuid::from_u128(7))),
        ] {
            assert_eq!(Shown::from_code(&shown.code()), shown);
        }
    }

    proptest! {
        #[test]
        fn any_address_shows_something(code in "\\PC{0,40}") {
            let _ = Shown::from_code(&code);
        }
    }
}
