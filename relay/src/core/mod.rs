//! Signalling as a pure state machine: inputs with the time go in, commands and the next timeout come out.
//!
//! Invariant: no sockets, no clocks, no randomness. Every peer that breaks a rule is refused alone; what others do is
//! never affected by it.

mod agents;
mod browsers;
mod candidates;
mod deadlines;
mod routing;
mod sdp;
mod tickets;
mod turn;

use crate::config::{Limits, TurnServer};
use agents::Agent;
use browsers::Browser;
use deadlines::Deadlines;
use deskside_protocol::{
    UnixMillis,
    agent::{AgentToRelay, Refusal, RelayToAgent},
    browser::{BrowserToRelay, IceServer, RelayToBrowser},
    bytes::{Challenge, PublicKey},
    ids::{DeviceId, SessionId},
    limits::UNAUTHENTICATED,
    link::{PortalToRelay, RelayToPortal},
    session::PathPolicy,
};
use std::{
    collections::{HashMap, VecDeque},
    net::SocketAddr,
    time::Duration,
};
use tickets::TicketBook;

/// One WebSocket of an agent or a browser. Numbers are never used twice.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Conn(pub u64);

/// The time of an input.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// Since the relay's start; never goes back.
    pub elapsed: Duration,
    pub wall: UnixMillis,
}

/// What happened.
#[derive(Debug)]
pub enum Input {
    /// An agent connected; `challenge` is 32 fresh random bytes.
    AgentOpened {
        conn: Conn,
        challenge: Challenge,
    },
    FromAgent {
        conn: Conn,
        message: AgentToRelay,
    },
    BrowserOpened {
        conn: Conn,
    },
    FromBrowser {
        conn: Conn,
        message: BrowserToRelay,
    },
    /// A peer sent what nobody may send: not a message, too long, or a tunnel frame out of place. `version` is what
    /// the frame said, where it said one.
    Unreadable {
        conn: Conn,
        version: Option<u16>,
    },
    /// A peer is gone.
    Closed {
        conn: Conn,
    },
    /// The portal listens; before and after it, nobody can prove who they are.
    LinkUp,
    LinkDown,
    FromPortal(PortalToRelay),
    /// The relay ends.
    Stop,
}

/// What to do, in this order.
#[derive(Clone, PartialEq, Debug)]
pub enum Command {
    ToAgent {
        conn: Conn,
        message: RelayToAgent,
    },
    ToBrowser {
        conn: Conn,
        message: RelayToBrowser,
    },
    ToPortal(RelayToPortal),
    /// The agent proved who it is: tunnel frames of this connection may pass.
    Admit {
        conn: Conn,
    },
    /// Close the connection after what was sent to it; it is forgotten already.
    Close {
        conn: Conn,
    },
    OpenTunnel(Tunnel),
    CloseTunnel {
        tunnel: u32,
    },
}

/// A tunnel for the datagrams of one attempt.
#[derive(Clone, PartialEq, Debug)]
pub struct Tunnel {
    pub tunnel: u32,
    pub agent: Conn,
    /// `agent's ufrag:browser's ufrag`.
    pub username: String,
    /// The agent's ICE password.
    pub password: String,
    pub paths: PathPolicy,
}

/// What the core is told at its start.
#[derive(Clone, Debug)]
pub struct CoreConfig {
    pub portal_key: PublicKey,
    /// The relay's addresses as browsers reach them.
    pub udp: Vec<SocketAddr>,
    pub tcp: Vec<SocketAddr>,
    pub ice_servers: Vec<IceServer>,
    pub turn: Option<TurnServer>,
    pub limits: Limits,
}

/// The signalling state of one relay.
#[derive(Debug)]
pub struct Core {
    config: CoreConfig,
    agents: HashMap<Conn, Agent>,
    /// The agents that proved who they are.
    devices: HashMap<DeviceId, Conn>,
    browsers: HashMap<Conn, Browser>,
    /// The browsers that joined.
    sessions: HashMap<SessionId, Conn>,
    /// Agents that wait for an answer of the portal.
    queries: HashMap<u64, Conn>,
    last_query: u64,
    last_tunnel: u32,
    tickets: TicketBook,
    deadlines: Deadlines,
    commands: VecDeque<Command>,
    held_reports: VecDeque<RelayToPortal>,
    link_up: bool,
}

impl Core {
    pub fn new(config: CoreConfig) -> Self {
        let tickets = TicketBook::new(config.limits.tickets);
        Self {
            config,
            agents: HashMap::new(),
            devices: HashMap::new(),
            browsers: HashMap::new(),
            sessions: HashMap::new(),
            queries: HashMap::new(),
            last_query: 0,
            last_tunnel: 0,
            tickets,
            deadlines: Deadlines::default(),
            commands: VecDeque::new(),
            held_reports: VecDeque::new(),
            link_up: false,
        }
    }

    /// Takes in what happened.
    pub fn handle(&mut self, now: Now, input: Input) {
        match input {
            Input::AgentOpened { conn, challenge } => self.agent_opened(now, conn, challenge),
            Input::FromAgent { conn, message } => self.hear_agent(now, conn, message),
            Input::BrowserOpened { conn } => self.browser_opened(now, conn),
            Input::FromBrowser { conn, message } => self.hear_browser(now, conn, message),
            Input::Unreadable { conn, version } => self.unreadable(now, conn, version),
            Input::Closed { conn } => {
                self.forget_agent(now, conn);
                self.forget_browser(conn);
            }
            Input::LinkUp => self.link_up(now),
            Input::LinkDown => self.link_down(now),
            Input::FromPortal(message) => self.hear_portal(now, message),
            Input::Stop => self.stop(now),
        }
    }

    /// What to do next; `None` when everything is done.
    pub fn next_command(&mut self) -> Option<Command> {
        self.commands.pop_front()
    }

    /// When [`Core::handle_timeout`] is due.
    pub fn next_timeout(&self) -> Option<Duration> {
        self.deadlines.next()
    }

    /// Acts on every deadline that has passed.
    pub fn handle_timeout(&mut self, now: Now) {
        while let Some(conn) = self.deadlines.take_due(now.elapsed) {
            self.agent_due(now, conn);
            self.browser_due(now, conn);
        }
    }

    fn hear_portal(&mut self, now: Now, message: PortalToRelay) {
        match message {
            PortalToRelay::DeviceKey { query, key } => self.device_key(now, query, key),
            PortalToRelay::EnrolAnswer { query, device } => self.enrol_answer(now, query, device),
            PortalToRelay::Command { device, command } => {
                if let Some(&conn) = self.devices.get(&device) {
                    self.tell_agent(conn, RelayToAgent::Command { command });
                }
            }
            PortalToRelay::CloseSession { session } => self.close_session(now, session),
            PortalToRelay::DropDevice { device } => {
                if let Some(&conn) = self.devices.get(&device) {
                    self.refuse_agent(now, conn, Refusal::NotEnrolled, "this device is no longer enrolled");
                }
            }
        }
    }

    fn unreadable(&mut self, now: Now, conn: Conn, version: Option<u16>) {
        let other = version.filter(|version| *version != deskside_protocol::PROTOCOL_VERSION);
        let (why, message) = match other {
            Some(version) => (Refusal::Version, version_message(version)),
            None => (Refusal::BadMessage, "the frame cannot be read".to_owned()),
        };
        self.refuse_agent(now, conn, why, &message);
        self.refuse_browser(conn, why, &message);
    }

    fn link_up(&mut self, now: Now) {
        self.link_up = true;
        for (&device, conn) in &self.devices {
            if let Some(facts) = self.agents.get(conn).and_then(Agent::facts) {
                let online = RelayToPortal::DeviceOnline {
                    device,
                    facts: facts.clone(),
                    at: now.wall,
                };
                self.commands.push_back(Command::ToPortal(online));
            }
        }
        for browser in self.browsers.values() {
            if let Some((session, attempt)) = browser.session() {
                self.commands
                    .push_back(Command::ToPortal(RelayToPortal::BrowserJoined { session, attempt }));
            }
        }
        self.commands.extend(self.held_reports.drain(..).map(Command::ToPortal));
    }

    fn link_down(&mut self, now: Now) {
        self.link_up = false;
        let waiting: Vec<Conn> = self.queries.values().copied().collect();
        for conn in waiting {
            self.refuse_agent(now, conn, Refusal::Busy, "the portal cannot be reached");
        }
    }

    fn stop(&mut self, now: Now) {
        let (agents, browsers): (Vec<Conn>, Vec<Conn>) = (
            self.agents.keys().copied().collect(),
            self.browsers.keys().copied().collect(),
        );
        for conn in browsers {
            self.refuse_browser(conn, Refusal::Restarting, "the relay restarts");
        }
        for conn in agents {
            self.refuse_agent(now, conn, Refusal::Restarting, "the relay restarts");
        }
    }

    /// A new question to the portal for `conn`.
    fn new_query(&mut self, conn: Conn) -> u64 {
        self.last_query += 1;
        self.queries.insert(self.last_query, conn);
        self.last_query
    }

    fn tell_agent(&mut self, conn: Conn, message: RelayToAgent) {
        self.commands.push_back(Command::ToAgent { conn, message });
    }

    fn tell_browser(&mut self, conn: Conn, message: RelayToBrowser) {
        self.commands.push_back(Command::ToBrowser { conn, message });
    }

    fn tell_portal(&mut self, message: RelayToPortal) {
        if self.link_up {
            self.commands.push_back(Command::ToPortal(message));
        }
    }

    fn heartbeat(&self) -> Duration {
        Duration::from_millis(self.config.limits.heartbeat_ms.into())
    }

    /// When a peer that connects now must have proved who it is.
    fn unauthenticated_until(now: Now) -> Duration {
        now.elapsed + UNAUTHENTICATED
    }
}

fn version_message(version: u16) -> String {
    let ours = deskside_protocol::PROTOCOL_VERSION;
    format!("this relay speaks protocol version {ours}, not {version}")
}

#[cfg(test)]
#[path = "tests/mod.rs"]
mod tests;
