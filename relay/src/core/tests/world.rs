//! A core with a portal, devices and browsers that speak the protocol.

use crate::{
    config::Limits,
    core::{Command, Conn, Core, CoreConfig, Input, Now},
};
use deskside_protocol::{
    PROTOCOL_VERSION, UnixMillis,
    agent::{AgentToRelay, CONNECT_CONTEXT, DeviceFacts, Refusal, RelayToAgent, connect_text},
    browser::{BrowserToRelay, RelayToBrowser},
    bytes::{Fixed, PublicKey},
    fingerprint::{Fingerprint, FingerprintProof, PROOF_CONTEXT, proof_text},
    ids::{DeviceId, Nonce, SessionId, UserId},
    link::{PortalToRelay, RelayToPortal},
    session::{PathPolicy, Platform},
    signed::{Signed, sign},
    ticket::Ticket,
};
use ed25519_dalek::SigningKey;
use std::time::Duration;
use uuid::Uuid;

pub const WALL: UnixMillis = 1_700_000_000_000;
pub const HEARTBEAT: Duration = Duration::from_secs(15);
pub const CANDIDATE: &str = "candidate:1 1 udp 2122260223 192.0.2.9 51000 typ host";

pub struct World {
    pub core: Core,
    pub elapsed: Duration,
    nonces: u128,
    conns: u64,
}

pub fn portal_key() -> SigningKey {
    SigningKey::from_bytes(&[1; 32])
}

pub fn device_key(device: u8) -> SigningKey {
    SigningKey::from_bytes(&[100 + device; 32])
}

pub fn public(key: &SigningKey) -> PublicKey {
    Fixed(key.verifying_key().to_bytes())
}

pub fn device(number: u8) -> DeviceId {
    DeviceId(Uuid::from_u128(number.into()))
}

pub fn session(number: u8) -> SessionId {
    SessionId(Uuid::from_u128(1000 + u128::from(number)))
}

pub fn facts() -> DeviceFacts {
    DeviceFacts {
        name: "PC-7".into(),
        platform: Platform::Windows,
        agent_version: "0.1.0".into(),
    }
}

pub fn browser_fingerprint() -> Fingerprint {
    Fingerprint([0xB0; 32])
}

/// A description with credentials, a fingerprint and one candidate.
pub fn sdp(ufrag: &str, fingerprint: Fingerprint) -> String {
    format!(
        "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 192.0.2.9\r\na=ice-ufrag:{ufrag}\r\n\
         a=ice-pwd:{ufrag}-password-of-22/chars\r\na=fingerprint:sha-256 {fingerprint}\r\na={CANDIDATE}\r\n"
    )
    .replace("-password-of-22/", "PasswordLongEnough")
}

pub fn offer() -> BrowserToRelay {
    BrowserToRelay::Offer {
        sdp: sdp("browser", browser_fingerprint()),
    }
}

/// The agent's answer, properly signed.
pub fn answer(device: u8, number: u8, attempt: u32) -> AgentToRelay {
    let fingerprint = Fingerprint([device; 32]);
    let text = proof_text(session(number), attempt, &fingerprint);
    let proof = FingerprintProof {
        fingerprint,
        signature: sign(PROOF_CONTEXT, text.as_bytes(), &device_key(device)),
    };
    AgentToRelay::Answer {
        session: session(number),
        attempt,
        sdp: sdp("agent", fingerprint),
        proof,
    }
}

impl World {
    /// A core with its portal linked.
    pub fn new() -> Self {
        Self::with(Limits::default())
    }

    pub fn with(limits: Limits) -> Self {
        let config = CoreConfig {
            portal_key: public(&portal_key()),
            udp: vec!["198.51.100.1:3478".parse().unwrap()],
            tcp: vec!["198.51.100.1:3479".parse().unwrap()],
            ice_servers: Vec::new(),
            turn: None,
            limits,
        };
        let mut world = Self {
            core: Core::new(config),
            elapsed: Duration::ZERO,
            nonces: 0,
            conns: 0,
        };
        world.input(Input::LinkUp);
        world
    }

    pub fn now(&self) -> Now {
        Now {
            elapsed: self.elapsed,
            wall: WALL + self.elapsed.as_millis() as UnixMillis,
        }
    }

    pub fn commands(&mut self) -> Vec<Command> {
        std::iter::from_fn(|| self.core.next_command()).collect()
    }

    /// Feeds one input; answers what the core wants done.
    pub fn input(&mut self, input: Input) -> Vec<Command> {
        self.core.handle(self.now(), input);
        self.commands()
    }

    /// Lets time pass up to `elapsed`, with every timeout on the way.
    pub fn run_until(&mut self, elapsed: Duration) -> Vec<Command> {
        let mut commands = Vec::new();
        while let Some(at) = self.core.next_timeout().filter(|at| *at <= elapsed) {
            self.elapsed = self.elapsed.max(at);
            self.core.handle_timeout(self.now());
            commands.extend(self.commands());
        }
        self.elapsed = elapsed;
        commands
    }

    pub fn open_agent(&mut self) -> (Conn, Vec<Command>) {
        self.conns += 1;
        let conn = Conn(self.conns);
        (
            conn,
            self.input(Input::AgentOpened {
                conn,
                challenge: Fixed([7; 32]),
            }),
        )
    }

    pub fn open_browser(&mut self) -> (Conn, Vec<Command>) {
        self.conns += 1;
        let conn = Conn(self.conns);
        (conn, self.input(Input::BrowserOpened { conn }))
    }

    pub fn agent_says(&mut self, conn: Conn, message: AgentToRelay) -> Vec<Command> {
        self.input(Input::FromAgent { conn, message })
    }

    pub fn browser_says(&mut self, conn: Conn, message: BrowserToRelay) -> Vec<Command> {
        self.input(Input::FromBrowser { conn, message })
    }

    pub fn hello(&mut self, conn: Conn, number: u8) -> Vec<Command> {
        self.agent_says(
            conn,
            AgentToRelay::Hello {
                version: PROTOCOL_VERSION,
                device: device(number),
                facts: facts(),
            },
        )
    }

    pub fn proof(&mut self, conn: Conn, number: u8) -> Vec<Command> {
        let text = connect_text(device(number), &Fixed([7; 32]));
        let signature = sign(CONNECT_CONTEXT, text.as_bytes(), &device_key(number));
        self.agent_says(conn, AgentToRelay::Proof { signature })
    }

    /// The portal's answer to the newest question.
    pub fn key_answer(&mut self, key: Option<PublicKey>) -> Vec<Command> {
        let query = self.core.last_query;
        self.input(Input::FromPortal(PortalToRelay::DeviceKey { query, key }))
    }

    /// Connects a device; answers its connection and what its welcome brought about.
    pub fn connect_with(&mut self, number: u8) -> (Conn, Vec<Command>) {
        let (conn, _) = self.open_agent();
        self.hello(conn, number);
        self.proof(conn, number);
        let welcome = self.key_answer(Some(public(&device_key(number))));
        (conn, welcome)
    }

    pub fn connect(&mut self, number: u8) -> Conn {
        self.connect_with(number).0
    }

    pub fn ticket(&mut self, device_number: u8, session_number: u8, attempt: u32, paths: PathPolicy) -> Ticket {
        self.nonces += 1;
        let issued_at = self.now().wall;
        Ticket {
            nonce: Nonce(Uuid::from_u128(self.nonces)),
            session: session(session_number),
            device: device(device_number),
            operator: UserId(Uuid::from_u128(5)),
            attempt,
            fingerprint: browser_fingerprint(),
            paths,
            issued_at,
            expires_at: issued_at + 60_000,
        }
    }

    /// Joins with a ticket of the portal.
    pub fn join_with(&mut self, ticket: &Ticket) -> (Conn, Vec<Command>) {
        let (conn, _) = self.open_browser();
        let ticket = Signed::seal(ticket, &portal_key()).unwrap();
        (
            conn,
            self.browser_says(
                conn,
                BrowserToRelay::Join {
                    version: PROTOCOL_VERSION,
                    ticket,
                },
            ),
        )
    }

    /// A browser for session 1 on device 1.
    pub fn join(&mut self, paths: PathPolicy) -> Conn {
        let ticket = self.ticket(1, 1, 1, paths);
        self.join_with(&ticket).0
    }

    /// Device 1 and a browser for session 1 whose offer was answered.
    pub fn answered(&mut self, paths: PathPolicy) -> (Conn, Conn, Vec<Command>) {
        let agent = self.connect(1);
        let browser = self.join(paths);
        self.browser_says(browser, offer());
        let commands = self.agent_says(agent, answer(1, 1, 1));
        (agent, browser, commands)
    }
}

/// What was said to an agent.
pub fn to_agent(commands: &[Command], to: Conn) -> Vec<RelayToAgent> {
    let said = commands.iter().filter_map(|command| match command {
        Command::ToAgent { conn, message } if *conn == to => Some(message.clone()),
        _ => None,
    });
    said.collect()
}

/// What was said to a browser.
pub fn to_browser(commands: &[Command], to: Conn) -> Vec<RelayToBrowser> {
    let said = commands.iter().filter_map(|command| match command {
        Command::ToBrowser { conn, message } if *conn == to => Some(message.clone()),
        _ => None,
    });
    said.collect()
}

/// What was said to the portal.
pub fn to_portal(commands: &[Command]) -> Vec<RelayToPortal> {
    let said = commands.iter().filter_map(|command| match command {
        Command::ToPortal(message) => Some(message.clone()),
        _ => None,
    });
    said.collect()
}

/// Why a peer was refused; only when it was also closed.
pub fn refusal(commands: &[Command], conn: Conn) -> Option<Refusal> {
    let closed = commands.contains(&Command::Close { conn });
    commands.iter().filter(|_| closed).find_map(|command| match command {
        Command::ToAgent {
            conn: to,
            message: RelayToAgent::Refused { why, .. },
        } if *to == conn => Some(*why),
        Command::ToBrowser {
            conn: to,
            message: RelayToBrowser::Refused { why, .. },
        } if *to == conn => Some(*why),
        _ => None,
    })
}
