//! What pages know of device groups. Compiles for browser and server.

use deskside_protocol::ids::DirectoryId;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// Longest name of a group, characters.
pub const GROUP_NAME_CHARS: usize = 60;
/// Longest note about a group, characters.
pub const GROUP_NOTE_CHARS: usize = 500;
/// Most groups that an installation has; each line of the device list offers them.
pub const MOST_GROUPS: i64 = 100;

/// Names one device group.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct GroupId(pub Uuid);

impl fmt::Display for GroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for GroupId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        Uuid::parse_str(text).map(Self)
    }
}

/// What is set for a group.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Settings {
    pub name: String,
    /// Whose devices it takes; `None`: those of all directories.
    pub directory: Option<DirectoryId>,
    /// For those who manage devices.
    pub note: String,
}

/// One device group.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DeviceGroup {
    pub id: GroupId,
    pub settings: Settings,
    /// `None`: all directories.
    pub directory_name: Option<String>,
    /// How many devices are in it.
    pub devices: i64,
    pub version: i64,
}

impl DeviceGroup {
    /// Whether devices of people of `directory` may be in it.
    pub fn takes(&self, directory: DirectoryId) -> bool {
        self.settings.directory.is_none_or(|own| own == directory)
    }

    /// Its name, with its directory among groups of several.
    pub fn label(&self, several: bool) -> String {
        match &self.directory_name {
            Some(directory) if several => format!("{} ({directory})", self.settings.name),
            _ => self.settings.name.clone(),
        }
    }
}

/// True for groups of more than one directory, which say beside their names whose they are.
pub fn several(groups: &[DeviceGroup]) -> bool {
    let mut directories = groups.iter().map(|group| group.settings.directory);
    let first = directories.next();
    directories.any(|directory| Some(directory) != first)
}

/// A group as something else names it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NamedGroup {
    pub id: GroupId,
    pub name: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(directory: Option<u128>) -> DeviceGroup {
        DeviceGroup {
            id: GroupId(Uuid::from_u128(1)),
            settings: Settings {
                name: "Shop floor".into(),
                directory: directory.map(|id| DirectoryId(Uuid::from_u128(id))),
                note: String::new(),
            },
            directory_name: directory.map(|id| format!("Branch {id}")),
            devices: 0,
            version: 1,
        }
    }

    #[test]
    fn a_group_takes_devices_of_its_directory_or_of_all() {
        let (one, two) = (DirectoryId(Uuid::from_u128(1)), DirectoryId(Uuid::from_u128(2)));
        assert!(group(Some(1)).takes(one) && !group(Some(1)).takes(two));
        assert!(group(None).takes(one) && group(None).takes(two));
    }

    #[test]
    fn the_directory_is_named_where_there_are_several() {
        assert_eq!(group(Some(1)).label(true), "Shop floor (Branch 1)");
        assert_eq!(group(Some(1)).label(false), "Shop floor");
        assert_eq!(group(None).label(true), "Shop floor");
    }
}
