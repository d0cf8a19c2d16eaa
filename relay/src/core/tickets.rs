//! Which tickets were used and which sessions are closed, for as long as a ticket could still be shown.
//!
//! Invariant: a ticket that was taken in is refused until it has expired, and so is every ticket of a closed session
//! and every ticket of an attempt before the newest one.

use deskside_protocol::{
    UnixMillis,
    ids::{Nonce, SessionId},
    limits::{CLOCK_SKEW, TICKET_LIFETIME},
    ticket::Ticket,
};
use std::{collections::HashMap, time::Duration};

/// How often entries that have expired are taken out, at most.
const SWEEP_MS: UnixMillis = 10_000;

/// Why a ticket is not good.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadTicket {
    #[error("the ticket has expired")]
    Expired,
    #[error("the ticket is from the future: the clocks of portal and relay differ")]
    Early,
    #[error("the ticket is good for too long")]
    LongLived,
    #[error("the ticket was used")]
    Used,
    #[error("the session is over")]
    SessionClosed,
    #[error("a newer attempt has begun")]
    OldAttempt,
    #[error("too many tickets are in use")]
    TooMany,
}

#[derive(Debug)]
pub struct TicketBook {
    limit: usize,
    used: HashMap<Nonce, UnixMillis>,
    closed: HashMap<SessionId, UnixMillis>,
    /// The newest attempt of each session.
    attempts: HashMap<SessionId, (u32, UnixMillis)>,
    swept: UnixMillis,
}

impl TicketBook {
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            used: HashMap::new(),
            closed: HashMap::new(),
            attempts: HashMap::new(),
            swept: 0,
        }
    }

    /// Uses up a ticket whose signature is good.
    pub fn use_up(&mut self, ticket: &Ticket, now: UnixMillis) -> Result<(), BadTicket> {
        self.sweep(now);
        let skew = millis(CLOCK_SKEW);
        let lifetime = ticket
            .expires_at
            .checked_sub(ticket.issued_at)
            .ok_or(BadTicket::LongLived)?;
        if lifetime > millis(TICKET_LIFETIME) {
            return Err(BadTicket::LongLived);
        }
        if ticket.issued_at > now.saturating_add(skew) {
            return Err(BadTicket::Early);
        }
        let until = ticket.expires_at.saturating_add(skew);
        if now > until {
            return Err(BadTicket::Expired);
        }
        if self.closed.contains_key(&ticket.session) {
            return Err(BadTicket::SessionClosed);
        }
        if self.used.contains_key(&ticket.nonce) {
            return Err(BadTicket::Used);
        }
        if self
            .attempts
            .get(&ticket.session)
            .is_some_and(|(newest, _)| ticket.attempt < *newest)
        {
            return Err(BadTicket::OldAttempt);
        }
        if self.used.len() >= self.limit {
            return Err(BadTicket::TooMany);
        }
        self.used.insert(ticket.nonce, until);
        self.attempts
            .insert(ticket.session, (ticket.attempt, until_all_expired(now)));
        Ok(())
    }

    /// Refuses the session's tickets from now on.
    pub fn close_session(&mut self, session: SessionId, now: UnixMillis) {
        self.sweep(now);
        if self.closed.len() >= self.limit {
            let soonest = self
                .closed
                .iter()
                .min_by_key(|(_, until)| **until)
                .map(|(session, _)| *session);
            soonest.and_then(|session| self.closed.remove(&session));
        }
        self.closed.insert(session, until_all_expired(now));
    }

    fn sweep(&mut self, now: UnixMillis) {
        if now.saturating_sub(self.swept) < SWEEP_MS {
            return;
        }
        self.swept = now;
        self.used.retain(|_, until| now <= *until);
        self.closed.retain(|_, until| now <= *until);
        self.attempts.retain(|_, (_, until)| now <= *until);
    }
}

/// When every ticket that exists now, by the slowest allowed clock, has expired.
fn until_all_expired(now: UnixMillis) -> UnixMillis {
    now.saturating_add(millis(TICKET_LIFETIME + 2 * CLOCK_SKEW))
}

fn millis(duration: Duration) -> UnixMillis {
    UnixMillis::try_from(duration.as_millis()).unwrap_or(UnixMillis::MAX)
}

#[cfg(test)]
#[path = "tests/tickets.rs"]
mod tests;
