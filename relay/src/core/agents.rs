//! An agent's way from its first frame to Welcome, and its life after that.
//!
//! Invariant: an agent is in `devices` exactly while it is [`State::Ready`]; nothing but enrolment, proof and refusal
//! happens before.

use super::{Command, Conn, Core, Now, version_message};
use crate::budget::Budget;
use deskside_protocol::{
    PROTOCOL_VERSION,
    agent::{
        AgentToRelay, CONNECT_CONTEXT, DeviceFacts, ENROL_CONTEXT, Refusal, RelayToAgent, connect_text, enrol_text,
    },
    bytes::{Challenge, PublicKey, Signature},
    ids::DeviceId,
    link::RelayToPortal,
    report::Report,
    signed::{Signed, verify},
};
use std::time::Duration;

/// Longest machine name and agent version in [`DeviceFacts`], characters.
const NAME_CHARS: usize = 255;
const VERSION_CHARS: usize = 64;
/// Reports that wait for the portal's return; over it the oldest is given up.
pub const HELD_REPORTS: usize = 4096;
/// Longest enrolment token, bytes.
const TOKEN_BYTES: usize = 256;

/// One agent connection.
#[derive(Debug)]
pub struct Agent {
    state: State,
    challenge: Challenge,
    frames: Budget,
    /// When the peer was last heard.
    heard: Duration,
}

#[derive(Debug)]
enum State {
    /// Nothing came yet, or it has just enrolled.
    Fresh,
    /// The portal is asked whether the token is good.
    Enrolling { query: u64 },
    /// Two things are to come, in any order: the device's key from the portal and the proof from the agent.
    Proving {
        device: DeviceId,
        facts: DeviceFacts,
        query: u64,
        key: Awaited<Option<PublicKey>>,
        proof: Awaited<Signature>,
    },
    Ready {
        device: DeviceId,
        facts: DeviceFacts,
        key: PublicKey,
    },
}

#[derive(Clone, Copy, Debug)]
enum Awaited<T> {
    Missing,
    Here(T),
}

impl Agent {
    /// What a connected device said of itself.
    pub fn facts(&self) -> Option<&DeviceFacts> {
        match &self.state {
            State::Ready { facts, .. } => Some(facts),
            _ => None,
        }
    }

    /// The device and its key, once connected.
    pub fn identity(&self) -> Option<(DeviceId, PublicKey)> {
        match &self.state {
            State::Ready { device, key, .. } => Some((*device, *key)),
            _ => None,
        }
    }
}

impl Core {
    pub(super) fn agent_opened(&mut self, now: Now, conn: Conn, challenge: Challenge) {
        let limits = &self.config.limits;
        let unauthenticated = self.agents.len() - self.devices.len();
        let full = self.agents.len() >= limits.agents || unauthenticated >= limits.unauthenticated;
        let frames = Budget::new(
            limits.frames_per_second,
            limits.frames_per_second.saturating_mul(2),
            now.elapsed,
        );
        self.agents.insert(
            conn,
            Agent {
                state: State::Fresh,
                challenge,
                frames,
                heard: now.elapsed,
            },
        );
        self.deadlines.set(conn, Self::unauthenticated_until(now));
        if full {
            self.refuse_agent(now, conn, Refusal::Busy, "this relay serves as many devices as it may");
        } else if !self.link_up {
            self.refuse_agent(now, conn, Refusal::Busy, "the portal cannot be reached");
        }
    }

    pub(super) fn hear_agent(&mut self, now: Now, conn: Conn, message: AgentToRelay) {
        let Some(agent) = self.agents.get_mut(&conn) else {
            return;
        };
        agent.heard = now.elapsed;
        if !agent.frames.take(1, now.elapsed) {
            return self.refuse_agent(now, conn, Refusal::Busy, "too many frames");
        }
        match (message, &mut agent.state) {
            (
                AgentToRelay::Enrol {
                    version,
                    token,
                    key,
                    facts,
                    signature,
                },
                State::Fresh,
            ) => {
                self.enrol(now, conn, version, token, key, facts, signature);
            }
            (AgentToRelay::Hello { version, device, facts }, State::Fresh) => {
                self.hello(now, conn, version, device, facts)
            }
            (
                AgentToRelay::Proof { signature },
                State::Proving {
                    proof: proof @ Awaited::Missing,
                    ..
                },
            ) => {
                *proof = Awaited::Here(signature);
                self.try_admit(now, conn);
            }
            (AgentToRelay::Report { report }, State::Ready { device, key, .. }) => {
                let (device, key) = (*device, *key);
                self.report(now, conn, device, &key, report);
            }
            (
                AgentToRelay::Answer {
                    session,
                    attempt,
                    sdp,
                    proof,
                },
                State::Ready { .. },
            ) => {
                self.answer(now, conn, session, attempt, &sdp, proof);
            }
            (
                AgentToRelay::Candidate {
                    session,
                    attempt,
                    candidate,
                },
                State::Ready { .. },
            ) => {
                self.candidate_from_agent(now, conn, session, attempt, candidate);
            }
            (AgentToRelay::Decline { session, attempt, why }, State::Ready { .. }) => {
                self.decline(conn, session, attempt, why);
            }
            (AgentToRelay::Pong, State::Ready { .. }) => {}
            _ => self.refuse_agent(now, conn, Refusal::BadMessage, "this frame may not come now"),
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the fields of one frame")]
    fn enrol(
        &mut self,
        now: Now,
        conn: Conn,
        version: u16,
        token: String,
        key: PublicKey,
        facts: DeviceFacts,
        signature: Signature,
    ) {
        if version != PROTOCOL_VERSION {
            return self.refuse_agent(now, conn, Refusal::Version, &version_message(version));
        }
        if token.len() > TOKEN_BYTES || !facts_are_short(&facts) {
            return self.refuse_agent(
                now,
                conn,
                Refusal::BadMessage,
                "the token or the device's name is too long",
            );
        }
        if !verify(ENROL_CONTEXT, enrol_text(&token, &key).as_bytes(), &signature, &key) {
            return self.refuse_agent(now, conn, Refusal::BadMessage, "the signature does not fit the key");
        }
        let Some(query) = self.ask(now, conn) else { return };
        if let Some(agent) = self.agents.get_mut(&conn) {
            agent.state = State::Enrolling { query };
        }
        self.tell_portal(RelayToPortal::EnrolWanted {
            query,
            token,
            key,
            facts,
        });
    }

    pub(super) fn enrol_answer(&mut self, now: Now, query: u64, device: Option<DeviceId>) {
        let Some((conn, agent)) = self.asker(query) else { return };
        if !matches!(agent.state, State::Enrolling { .. }) {
            return;
        }
        agent.state = State::Fresh;
        match device {
            Some(device) => {
                let portal_key = self.config.portal_key;
                self.tell_agent(conn, RelayToAgent::Enrolled { device, portal_key });
            }
            None => self.refuse_agent(now, conn, Refusal::BadToken, "the token is unknown, used or expired"),
        }
    }

    fn hello(&mut self, now: Now, conn: Conn, version: u16, device: DeviceId, facts: DeviceFacts) {
        if version != PROTOCOL_VERSION {
            return self.refuse_agent(now, conn, Refusal::Version, &version_message(version));
        }
        if !facts_are_short(&facts) {
            return self.refuse_agent(now, conn, Refusal::BadMessage, "the device's name is too long");
        }
        let Some(query) = self.ask(now, conn) else { return };
        let Some(agent) = self.agents.get_mut(&conn) else {
            return;
        };
        let challenge = agent.challenge;
        agent.state = State::Proving {
            device,
            facts,
            query,
            key: Awaited::Missing,
            proof: Awaited::Missing,
        };
        self.tell_agent(
            conn,
            RelayToAgent::Challenge {
                challenge,
                server_time: now.wall,
            },
        );
        self.tell_portal(RelayToPortal::DeviceKeyWanted { query, device });
    }

    pub(super) fn device_key(&mut self, now: Now, query: u64, answer: Option<PublicKey>) {
        let Some((conn, agent)) = self.asker(query) else { return };
        if let State::Proving { key, .. } = &mut agent.state {
            *key = Awaited::Here(answer);
            self.try_admit(now, conn);
        }
    }

    /// Welcomes or refuses an agent once both its key and its proof are here: an unknown device learns no sooner than
    /// a known one with a wrong signature.
    fn try_admit(&mut self, now: Now, conn: Conn) {
        let Some(agent) = self.agents.get_mut(&conn) else {
            return;
        };
        let State::Proving {
            device,
            facts,
            key: Awaited::Here(key),
            proof: Awaited::Here(proof),
            ..
        } = &agent.state
        else {
            return;
        };
        let text = connect_text(*device, &agent.challenge);
        let proved = key.filter(|key| verify(CONNECT_CONTEXT, text.as_bytes(), proof, key));
        let Some(key) = proved else {
            return self.refuse_agent(now, conn, Refusal::NotEnrolled, "this device is not enrolled");
        };
        let (device, facts) = (*device, facts.clone());
        agent.state = State::Ready {
            device,
            facts: facts.clone(),
            key,
        };
        if let Some(older) = self.devices.insert(device, conn) {
            self.replace_agent(older, device);
        }
        let heartbeat = self.heartbeat();
        self.deadlines.set(conn, now.elapsed + heartbeat);
        self.commands.push_back(Command::Admit { conn });
        self.tell_agent(
            conn,
            RelayToAgent::Welcome {
                heartbeat_ms: self.config.limits.heartbeat_ms,
            },
        );
        self.tell_portal(RelayToPortal::DeviceOnline {
            device,
            facts,
            at: now.wall,
        });
        self.tell_browsers_online(device);
    }

    /// The older connection of a device that connected again. The device stays online for the portal.
    fn replace_agent(&mut self, conn: Conn, device: DeviceId) {
        self.agents.remove(&conn);
        self.deadlines.remove(conn);
        let message = "the same device connected again".to_owned();
        self.tell_agent(
            conn,
            RelayToAgent::Refused {
                why: Refusal::Replaced,
                message,
            },
        );
        self.commands.push_back(Command::Close { conn });
        self.tell_browsers_offline(device);
    }

    fn report(&mut self, now: Now, conn: Conn, device: DeviceId, key: &PublicKey, report: Signed) {
        match report.open::<Report>(key) {
            Ok(_) if self.link_up => self.tell_portal(RelayToPortal::Report { device, report }),
            Ok(_) => self.hold_report(device, report),
            Err(_) => self.refuse_agent(
                now,
                conn,
                Refusal::BadMessage,
                "the report is not readable or not signed by this device",
            ),
        }
    }

    /// Keeps a report until the portal listens again: what somebody at a device decided must not get lost.
    pub(super) fn hold_report(&mut self, device: DeviceId, report: Signed) {
        if self.held_reports.len() >= HELD_REPORTS {
            self.held_reports.pop_front();
        }
        self.held_reports.push_back(RelayToPortal::Report { device, report });
    }

    /// The agent's deadline came: too long unauthenticated, or time for the next ping.
    pub(super) fn agent_due(&mut self, now: Now, conn: Conn) {
        let heartbeat = self.heartbeat();
        let Some(agent) = self.agents.get(&conn) else { return };
        if agent.identity().is_none() {
            self.refuse_agent(now, conn, Refusal::TooSlow, "too long without proof");
        } else if now.elapsed >= agent.heard + 2 * heartbeat {
            self.refuse_agent(now, conn, Refusal::TooSlow, "no answer to the relay's pings");
        } else {
            self.deadlines.set(conn, now.elapsed + heartbeat);
            self.tell_agent(conn, RelayToAgent::Ping);
        }
    }

    /// Refuses an agent by name, closes it and forgets it.
    pub(super) fn refuse_agent(&mut self, now: Now, conn: Conn, why: Refusal, message: &str) {
        if self.agents.contains_key(&conn) {
            self.tell_agent(
                conn,
                RelayToAgent::Refused {
                    why,
                    message: message.to_owned(),
                },
            );
            self.commands.push_back(Command::Close { conn });
            self.forget_agent(now, conn);
        }
    }

    pub(super) fn forget_agent(&mut self, now: Now, conn: Conn) {
        let Some(agent) = self.agents.remove(&conn) else { return };
        self.deadlines.remove(conn);
        match agent.state {
            State::Fresh => {}
            State::Enrolling { query } | State::Proving { query, .. } => {
                self.queries.remove(&query);
            }
            State::Ready { device, .. } => {
                self.devices.remove(&device);
                self.tell_portal(RelayToPortal::DeviceOffline { device, at: now.wall });
                self.tell_browsers_offline(device);
            }
        }
    }

    /// Makes room for a question to the portal, or refuses.
    fn ask(&mut self, now: Now, conn: Conn) -> Option<u64> {
        if !self.link_up {
            self.refuse_agent(now, conn, Refusal::Busy, "the portal cannot be reached");
            return None;
        }
        if self.queries.len() >= self.config.limits.queries {
            self.refuse_agent(now, conn, Refusal::Busy, "too many devices connect at once");
            return None;
        }
        Some(self.new_query(conn))
    }

    /// The agent that waits for this answer; an answer counts once.
    fn asker(&mut self, query: u64) -> Option<(Conn, &mut Agent)> {
        let conn = self.queries.remove(&query)?;
        self.agents.get_mut(&conn).map(|agent| (conn, agent))
    }
}

fn facts_are_short(facts: &DeviceFacts) -> bool {
    facts.name.chars().count() <= NAME_CHARS && facts.agent_version.chars().count() <= VERSION_CHARS
}
