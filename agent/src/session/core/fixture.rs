//! A portal for tests: keys, signed commands and tickets.

use deskside_protocol::{
    UnixMillis,
    bytes::{Fixed, PublicKey},
    command::{Command, Order},
    fingerprint::Fingerprint,
    ids::{DeviceId, Nonce, SessionId, UserId},
    limits::{COMMAND_LIFETIME, TICKET_LIFETIME},
    session::PathPolicy,
    signed::Signed,
    ticket::Ticket,
};
use ed25519_dalek::SigningKey;
use uuid::Uuid;

/// When tests begin.
pub const NOW: UnixMillis = 1_800_000_000_000;

/// Whoever holds a portal key.
pub struct Portal {
    pub device: DeviceId,
    key: SigningKey,
}

impl Portal {
    /// The portal that the device pinned.
    pub fn pinned() -> Self {
        Self {
            device: DeviceId(Uuid::from_u128(1)),
            key: SigningKey::from_bytes(&[1; 32]),
        }
    }

    /// Somebody with another key.
    pub fn forger() -> Self {
        Self {
            key: SigningKey::from_bytes(&[2; 32]),
            ..Self::pinned()
        }
    }

    pub fn public(&self) -> PublicKey {
        Fixed(self.key.verifying_key().to_bytes())
    }

    /// A command with a new nonce that lives as long as allowed.
    pub fn command(&self, order: Order, issued_at: UnixMillis) -> Signed {
        self.command_until(order, issued_at, issued_at + COMMAND_LIFETIME.as_millis() as i64)
    }

    pub fn command_until(&self, order: Order, issued_at: UnixMillis, expires_at: UnixMillis) -> Signed {
        let nonce = Nonce(Uuid::now_v7());
        Signed::seal(
            &Command {
                nonce,
                device: self.device,
                issued_at,
                expires_at,
                order,
            },
            &self.key,
        )
        .unwrap()
    }

    /// A ticket with a new nonce for the browser of [`fingerprint`].
    pub fn ticket(&self, session: SessionId, attempt: u32, issued_at: UnixMillis) -> Signed {
        let ticket = Ticket {
            nonce: Nonce(Uuid::now_v7()),
            session,
            device: self.device,
            operator: UserId(Uuid::from_u128(5)),
            attempt,
            fingerprint: fingerprint(),
            paths: PathPolicy::ALL,
            issued_at,
            expires_at: issued_at + TICKET_LIFETIME.as_millis() as i64,
        };
        Signed::seal(&ticket, &self.key).unwrap()
    }
}

/// The operator's browser.
pub fn fingerprint() -> Fingerprint {
    Fingerprint([3; 32])
}

pub fn session(number: u128) -> SessionId {
    SessionId(Uuid::from_u128(0x5e55_0000 + number))
}

/// An offer of a browser with this certificate.
pub fn sdp(fingerprint: Fingerprint) -> String {
    format!("v=0\r\na=fingerprint:sha-256 {fingerprint}\r\n")
}
