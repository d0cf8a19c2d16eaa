//! A browser's way from its ticket to its end.
//!
//! Invariant: a browser is in `sessions` exactly while it has joined, and a session has at most one browser.

use super::{Command, Conn, Core, Now, tickets::BadTicket, turn, version_message};
use crate::budget::Budget;
use deskside_protocol::{
    PROTOCOL_VERSION,
    agent::{Refusal, RelayToAgent},
    browser::{BrowserToRelay, IceServer, RelayToBrowser},
    ids::{DeviceId, SessionId},
    link::RelayToPortal,
    signed::Signed,
    ticket::Ticket,
};
use std::time::Duration;

/// One browser connection.
#[derive(Debug)]
pub struct Browser {
    pub(super) joined: Option<Joined>,
    frames: Budget,
    heard: Duration,
}

/// A browser with a good ticket.
#[derive(Debug)]
pub struct Joined {
    pub ticket: Ticket,
    /// The ticket as the portal signed it, for the agent.
    pub signed: Signed,
    pub progress: Progress,
    /// Candidates that came from each side for this attempt.
    pub browser_candidates: usize,
    pub agent_candidates: usize,
}

/// How far an attempt has come.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Progress {
    /// The browser has not offered, or the device that it offered to is gone.
    Waiting,
    Offered {
        agent: Conn,
        tunnel: u32,
        browser_ufrag: String,
    },
    Answered {
        agent: Conn,
        tunnel: u32,
    },
}

impl Progress {
    /// The agent's connection and the tunnel, once there was an offer.
    pub fn route(&self) -> Option<(Conn, u32)> {
        match self {
            Self::Waiting => None,
            Self::Offered { agent, tunnel, .. } | Self::Answered { agent, tunnel } => Some((*agent, *tunnel)),
        }
    }
}

impl Browser {
    /// The session and attempt, once joined.
    pub fn session(&self) -> Option<(SessionId, u32)> {
        self.joined
            .as_ref()
            .map(|joined| (joined.ticket.session, joined.ticket.attempt))
    }
}

impl Core {
    pub(super) fn browser_opened(&mut self, now: Now, conn: Conn) {
        let limits = &self.config.limits;
        let full = self.browsers.len() - self.sessions.len() >= limits.unauthenticated;
        let frames = Budget::new(
            limits.frames_per_second,
            limits.frames_per_second.saturating_mul(2),
            now.elapsed,
        );
        self.browsers.insert(
            conn,
            Browser {
                joined: None,
                frames,
                heard: now.elapsed,
            },
        );
        self.deadlines.set(conn, Self::unauthenticated_until(now));
        if full {
            self.refuse_browser(conn, Refusal::Busy, "too many browsers connect at once");
        }
    }

    pub(super) fn hear_browser(&mut self, now: Now, conn: Conn, message: BrowserToRelay) {
        let Some(browser) = self.browsers.get_mut(&conn) else {
            return;
        };
        browser.heard = now.elapsed;
        if !browser.frames.take(1, now.elapsed) {
            return self.refuse_browser(conn, Refusal::Busy, "too many frames");
        }
        match (message, browser.joined.is_some()) {
            (BrowserToRelay::Join { version, ticket }, false) => self.join(now, conn, version, ticket),
            (BrowserToRelay::Offer { sdp }, true) => self.offer(conn, &sdp),
            (BrowserToRelay::Candidate { candidate }, true) => self.candidate_from_browser(conn, candidate),
            (BrowserToRelay::Pong, true) => {}
            _ => self.refuse_browser(conn, Refusal::BadMessage, "this frame may not come now"),
        }
    }

    fn join(&mut self, now: Now, conn: Conn, version: u16, signed: Signed) {
        if version != PROTOCOL_VERSION {
            return self.refuse_browser(conn, Refusal::Version, &version_message(version));
        }
        let Ok(ticket) = signed.open::<Ticket>(&self.config.portal_key) else {
            return self.refuse_browser(conn, Refusal::BadTicket, "the ticket is not from this relay's portal");
        };
        let replaced = self.sessions.get(&ticket.session).copied();
        if replaced.is_none() && self.sessions.len() >= self.config.limits.sessions {
            return self.refuse_browser(conn, Refusal::Busy, "this relay serves as many sessions as it may");
        }
        if let Err(bad) = self.tickets.use_up(&ticket, now.wall) {
            let why = if bad == BadTicket::TooMany {
                Refusal::Busy
            } else {
                Refusal::BadTicket
            };
            return self.refuse_browser(conn, why, &bad.to_string());
        }
        if let Some(older) = replaced {
            self.refuse_browser(older, Refusal::Replaced, "a newer attempt of this session has begun");
        }
        let (session, attempt, device, paths) = (ticket.session, ticket.attempt, ticket.device, ticket.paths);
        if let Some(browser) = self.browsers.get_mut(&conn) {
            let progress = Progress::Waiting;
            browser.joined = Some(Joined {
                ticket,
                signed,
                progress,
                browser_candidates: 0,
                agent_candidates: 0,
            });
        }
        self.sessions.insert(session, conn);
        let heartbeat = self.heartbeat();
        self.deadlines.set(conn, now.elapsed + heartbeat);
        // Without direct paths a TURN server's address would only be a way around that rule.
        let ice_servers = if paths.direct {
            self.ice_servers(session, now)
        } else {
            Vec::new()
        };
        let device_online = self.devices.contains_key(&device);
        self.tell_browser(
            conn,
            RelayToBrowser::Joined {
                session,
                attempt,
                device_online,
                ice_servers,
            },
        );
        self.tell_portal(RelayToPortal::BrowserJoined { session, attempt });
    }

    fn ice_servers(&self, session: SessionId, now: Now) -> Vec<IceServer> {
        let turn = self
            .config
            .turn
            .as_ref()
            .map(|turn| turn::ice_server(turn, session, now.wall));
        self.config.ice_servers.iter().cloned().chain(turn).collect()
    }

    pub(super) fn close_session(&mut self, now: Now, session: SessionId) {
        self.tickets.close_session(session, now.wall);
        if let Some(&conn) = self.sessions.get(&session) {
            self.refuse_browser(conn, Refusal::BadTicket, "the session is over");
        }
    }

    /// The browser's deadline came: too long without a ticket, or time for the next ping.
    pub(super) fn browser_due(&mut self, now: Now, conn: Conn) {
        let heartbeat = self.heartbeat();
        let Some(browser) = self.browsers.get(&conn) else {
            return;
        };
        if browser.joined.is_none() {
            self.refuse_browser(conn, Refusal::TooSlow, "too long without a ticket");
        } else if now.elapsed >= browser.heard + 2 * heartbeat {
            self.refuse_browser(conn, Refusal::TooSlow, "no answer to the relay's pings");
        } else {
            self.deadlines.set(conn, now.elapsed + heartbeat);
            self.tell_browser(conn, RelayToBrowser::Ping);
        }
    }

    /// The device connected.
    pub(super) fn tell_browsers_online(&mut self, device: DeviceId) {
        for conn in self.browsers_of(device) {
            self.tell_browser(conn, RelayToBrowser::DeviceOnline);
        }
    }

    /// The device's connection is gone, and the tunnels in it.
    pub(super) fn tell_browsers_offline(&mut self, device: DeviceId) {
        for conn in self.browsers_of(device) {
            let joined = self.browsers.get_mut(&conn).and_then(|browser| browser.joined.as_mut());
            let route = joined.and_then(|joined| std::mem::replace(&mut joined.progress, Progress::Waiting).route());
            if let Some((_, tunnel)) = route {
                self.commands.push_back(Command::CloseTunnel { tunnel });
            }
            self.tell_browser(conn, RelayToBrowser::DeviceOffline);
        }
    }

    fn browsers_of(&self, device: DeviceId) -> Vec<Conn> {
        let joined = |browser: &Browser| {
            browser
                .joined
                .as_ref()
                .is_some_and(|joined| joined.ticket.device == device)
        };
        self.sessions
            .values()
            .copied()
            .filter(|conn| self.browsers.get(conn).is_some_and(joined))
            .collect()
    }

    /// Refuses a browser by name, closes it and forgets it.
    pub(super) fn refuse_browser(&mut self, conn: Conn, why: Refusal, message: &str) {
        if self.browsers.contains_key(&conn) {
            self.tell_browser(
                conn,
                RelayToBrowser::Refused {
                    why,
                    message: message.to_owned(),
                },
            );
            self.commands.push_back(Command::Close { conn });
            self.forget_browser(conn);
        }
    }

    pub(super) fn forget_browser(&mut self, conn: Conn) {
        let Some(browser) = self.browsers.remove(&conn) else {
            return;
        };
        self.deadlines.remove(conn);
        let Some(Joined { ticket, progress, .. }) = browser.joined else {
            return;
        };
        let (session, attempt) = (ticket.session, ticket.attempt);
        self.sessions.remove(&session);
        if let Some((agent, tunnel)) = progress.route() {
            self.commands.push_back(Command::CloseTunnel { tunnel });
            self.tell_agent(agent, RelayToAgent::BrowserLeft { session, attempt });
        }
        self.tell_portal(RelayToPortal::BrowserLeft { session, attempt });
    }
}
