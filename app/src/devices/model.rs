//! What pages know of devices. Compiles for browser and server.

use crate::requests::model::Person;
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
