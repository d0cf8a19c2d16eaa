//! What a signed command or ticket must fulfil before anybody looks at its meaning.
//!
//! Invariant: nothing passes that the pinned portal key did not sign for this very device, now, and for the first time.

use deskside_protocol::{
    UnixMillis,
    bytes::PublicKey,
    command::{Command, Order},
    fingerprint::Fingerprint,
    ids::{DeviceId, Nonce, SessionId},
    limits::{CLOCK_SKEW, COMMAND_LIFETIME, TICKET_LIFETIME},
    signed::{Signed, SignedError},
    ticket::Ticket,
};
use std::{collections::HashMap, time::Duration};

/// Nonces remembered at once. At the limit nothing new passes until one has expired.
pub const NONCES: usize = 4096;

/// Why something was refused.
#[derive(Debug, thiserror::Error)]
pub enum Rejected {
    #[error(transparent)]
    Signature(#[from] SignedError),
    #[error("it is for another device")]
    OtherDevice,
    #[error("it is for another session or attempt")]
    OtherSession,
    #[error("the browser's certificate is not the one that the portal let in")]
    OtherBrowser,
    #[error("it has expired")]
    Expired,
    #[error("it was issued in the future")]
    Early,
    #[error("it is valid for longer than allowed")]
    LongLived,
    #[error("it was used before")]
    Replayed,
    #[error("too many were used in a short time")]
    Full,
}

/// Whom the agent obeys, and what it has already seen.
#[derive(Debug)]
pub struct Gate {
    device: DeviceId,
    portal_key: PublicKey,
    seen: HashMap<Nonce, UnixMillis>,
    opened: bool,
    not_before: UnixMillis,
    /// The greatest time of issue among all that passed: it is not earlier than this, whatever a relay says.
    newest: UnixMillis,
}

impl Gate {
    /// A gate that has seen nothing.
    pub fn new(device: DeviceId, portal_key: PublicKey) -> Self {
        Self {
            device,
            portal_key,
            seen: HashMap::new(),
            opened: false,
            not_before: UnixMillis::MIN,
            newest: UnixMillis::MIN,
        }
    }

    /// Refuses from now on what was issued before this process first knew the time: its nonces died with the last one.
    pub fn opened_at(&mut self, now: UnixMillis) {
        if !std::mem::replace(&mut self.opened, true) {
            let first = now.max(self.newest).saturating_sub(millis(CLOCK_SKEW));
            self.not_before = self.not_before.max(first);
        }
    }

    /// Takes over what an earlier process kept of [`Gate::newest`]. All up to then is refused: it was said to that
    /// process, and the portal says again, newly signed, what still counts.
    pub fn remember(&mut self, newest: UnixMillis) {
        self.newest = self.newest.max(newest);
        self.not_before = self.not_before.max(newest.saturating_add(1));
    }

    /// The greatest time of issue that passed; the clock must not go below it.
    pub fn newest(&self) -> UnixMillis {
        self.newest
    }

    /// The order in a command, once.
    pub fn command(&mut self, signed: &Signed, now: UnixMillis) -> Result<Order, Rejected> {
        let command: Command = signed.open(&self.portal_key)?;
        self.for_me(command.device)?;
        self.in_time(command.issued_at, command.expires_at, COMMAND_LIFETIME, now)?;
        self.first_time(command.nonce, command.expires_at, now)?;
        self.newest = self.newest.max(command.issued_at);
        Ok(command.order)
    }

    /// The ticket of an offer, once.
    pub fn ticket(
        &mut self,
        signed: &Signed,
        session: SessionId,
        attempt: u32,
        offered: Fingerprint,
        now: UnixMillis,
    ) -> Result<Ticket, Rejected> {
        let ticket: Ticket = signed.open(&self.portal_key)?;
        self.for_me(ticket.device)?;
        if ticket.session != session || ticket.attempt != attempt {
            return Err(Rejected::OtherSession);
        }
        if ticket.fingerprint != offered {
            return Err(Rejected::OtherBrowser);
        }
        self.in_time(ticket.issued_at, ticket.expires_at, TICKET_LIFETIME, now)?;
        self.first_time(ticket.nonce, ticket.expires_at, now)?;
        self.newest = self.newest.max(ticket.issued_at);
        Ok(ticket)
    }

    fn for_me(&self, device: DeviceId) -> Result<(), Rejected> {
        if device == self.device {
            Ok(())
        } else {
            Err(Rejected::OtherDevice)
        }
    }

    fn in_time(
        &self,
        issued: UnixMillis,
        expires: UnixMillis,
        most: Duration,
        now: UnixMillis,
    ) -> Result<(), Rejected> {
        let now = now.max(self.newest);
        if expires.saturating_sub(issued) > millis(most) {
            return Err(Rejected::LongLived);
        }
        if issued > now.saturating_add(millis(CLOCK_SKEW)) {
            return Err(Rejected::Early);
        }
        let oldest = self
            .newest
            .saturating_sub(millis(most + CLOCK_SKEW))
            .max(self.not_before);
        if now > expires.saturating_add(millis(CLOCK_SKEW)) || issued < oldest {
            return Err(Rejected::Expired);
        }
        Ok(())
    }

    fn first_time(&mut self, nonce: Nonce, expires: UnixMillis, now: UnixMillis) -> Result<(), Rejected> {
        if self.seen.contains_key(&nonce) {
            return Err(Rejected::Replayed);
        }
        if self.seen.len() >= NONCES {
            self.seen.retain(|_, forget_at| *forget_at >= now);
            if self.seen.len() >= NONCES {
                return Err(Rejected::Full);
            }
        }
        self.seen.insert(nonce, expires.saturating_add(millis(CLOCK_SKEW)));
        Ok(())
    }
}

/// A duration as the wire counts time.
pub fn millis(duration: Duration) -> UnixMillis {
    UnixMillis::try_from(duration.as_millis()).unwrap_or(UnixMillis::MAX)
}

#[cfg(test)]
mod tests;
