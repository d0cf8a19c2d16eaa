//! Words about sessions that every part shares.

use serde::{Deserialize, Serialize};

/// The operating system of a device.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    Windows,
    Linux,
}

/// One thing an operator may do in a session. The employee grants them and can take them back.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// See the screen.
    View,
    /// Use mouse and keyboard.
    Control,
    /// Exchange chat messages.
    Chat,
    /// Offer files to the employee, who is asked for each.
    SendFiles,
    /// Be offered files by the employee.
    ReceiveFiles,
}

/// How the employee answered the question whether an operator may connect.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConsentAnswer {
    Accepted,
    /// Nobody was asked: the owner allowed this in advance, and the device holds that.
    AllowedInAdvance,
    Declined,
    /// Nobody answered in time; counts as declined.
    Ignored,
}

impl ConsentAnswer {
    /// True when the session may begin.
    pub fn is_yes(self) -> bool {
        matches!(self, Self::Accepted | Self::AllowedInAdvance)
    }
}

/// Why a session ended.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The person at the device pressed Stop, or ended it on the request's page.
    Employee,
    /// The operator ended it.
    Operator,
    /// Consent was declined or not given in time.
    NoConsent,
    /// The connection was lost and did not come back in time.
    Lost,
    /// The request was closed or cancelled meanwhile.
    RequestClosed,
    /// The device cannot do what was asked, for example because it has no screen.
    Failed,
}

/// The way that media takes between browser and agent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaPath {
    /// Browser and device reach each other.
    Direct,
    /// Browser → relay over UDP, relay → device in the device's own connection.
    RelayUdp,
    /// Browser → relay over TCP, relay → device in the device's own connection.
    RelayTcp,
}

/// Which media paths a session may use, as the administrator configured them.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PathPolicy {
    pub direct: bool,
    pub relay_udp: bool,
    pub relay_tcp: bool,
}

impl PathPolicy {
    /// Every path may be used.
    pub const ALL: Self = Self {
        direct: true,
        relay_udp: true,
        relay_tcp: true,
    };
}

impl Default for PathPolicy {
    fn default() -> Self {
        Self::ALL
    }
}
