//! Which devices and browsers the portal believes to be there, so that a broken link does not leave it wrong.
//!
//! Invariant: whatever the relay does not announce again within a while after a loss is reported as gone, once.

use deskside_protocol::{
    UnixMillis,
    ids::{DeviceId, SessionId},
    link::RelayToPortal,
};
use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

/// How long after a loss the relay may announce its devices again.
pub const ANNOUNCED_WITHIN: Duration = Duration::from_secs(15);

#[derive(Debug, Default)]
pub struct Presence {
    devices: HashSet<DeviceId>,
    browsers: HashMap<SessionId, u32>,
    /// Not announced again since the loss.
    missing_devices: HashSet<DeviceId>,
    missing_browsers: HashMap<SessionId, u32>,
    deadline: Option<Instant>,
}

impl Presence {
    /// Takes note of what the relay says.
    pub fn note(&mut self, message: &RelayToPortal) {
        match message {
            RelayToPortal::DeviceOnline { device, .. } => {
                self.devices.insert(*device);
                self.missing_devices.remove(device);
            }
            RelayToPortal::DeviceOffline { device, .. } => {
                self.devices.remove(device);
                self.missing_devices.remove(device);
            }
            RelayToPortal::BrowserJoined { session, attempt } => {
                self.browsers.insert(*session, *attempt);
                self.missing_browsers.remove(session);
            }
            RelayToPortal::BrowserLeft { session, attempt } => {
                if self.browsers.get(session) == Some(attempt) {
                    self.browsers.remove(session);
                    self.missing_browsers.remove(session);
                }
            }
            RelayToPortal::DeviceKeyWanted { .. }
            | RelayToPortal::EnrolWanted { .. }
            | RelayToPortal::Report { .. } => {}
        }
    }

    /// The link broke.
    pub fn lost(&mut self, now: Instant) {
        self.missing_devices = self.devices.clone();
        self.missing_browsers = self.browsers.clone();
        self.deadline.get_or_insert(now + ANNOUNCED_WITHIN);
    }

    /// When [`Presence::give_up`] is due.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// What the portal must be told is gone.
    pub fn give_up(&mut self, wall: UnixMillis) -> Vec<RelayToPortal> {
        self.deadline = None;
        let browsers = self
            .missing_browsers
            .drain()
            .map(|(session, attempt)| RelayToPortal::BrowserLeft { session, attempt });
        let devices = self
            .missing_devices
            .drain()
            .map(|device| RelayToPortal::DeviceOffline { device, at: wall });
        let gone: Vec<_> = browsers.chain(devices).collect();
        gone.iter().for_each(|message| self.note(message));
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskside_protocol::{agent::DeviceFacts, session::Platform};
    use uuid::Uuid;

    fn device(number: u128) -> DeviceId {
        DeviceId(Uuid::from_u128(number))
    }

    fn online(number: u128) -> RelayToPortal {
        let facts = DeviceFacts {
            name: "PC".into(),
            platform: Platform::Linux,
            agent_version: "1".into(),
        };
        RelayToPortal::DeviceOnline {
            device: device(number),
            facts,
            at: 0,
        }
    }

    #[test]
    fn devices_that_come_back_are_not_reported() {
        let (mut presence, now) = (Presence::default(), Instant::now());
        presence.note(&online(1));
        presence.note(&online(2));
        presence.lost(now);
        presence.note(&online(2));
        assert_eq!(presence.deadline(), Some(now + ANNOUNCED_WITHIN));
        assert_eq!(
            presence.give_up(7),
            [RelayToPortal::DeviceOffline {
                device: device(1),
                at: 7
            }]
        );
        assert_eq!(presence.give_up(8), []);
    }

    #[test]
    fn a_second_loss_does_not_move_the_deadline() {
        let (mut presence, now) = (Presence::default(), Instant::now());
        presence.note(&online(1));
        presence.lost(now);
        presence.lost(now + Duration::from_secs(5));
        assert_eq!(presence.deadline(), Some(now + ANNOUNCED_WITHIN));
    }

    #[test]
    fn a_browser_that_is_not_announced_again_left() {
        let (mut presence, session) = (Presence::default(), SessionId(Uuid::from_u128(5)));
        presence.note(&RelayToPortal::BrowserJoined { session, attempt: 2 });
        presence.lost(Instant::now());
        assert_eq!(
            presence.give_up(0),
            [RelayToPortal::BrowserLeft { session, attempt: 2 }]
        );
    }
}
