//! Offers, answers and candidates between the browser of an attempt and the agent of its device.
//!
//! Invariant: a frame goes to nobody but the other side of its own session and attempt; a candidate that the path
//! policy forbids goes to nobody.

use super::{
    Command, Conn, Core, Now, Tunnel,
    browsers::{Joined, Progress},
    candidates::relay_candidates,
    sdp,
};
use deskside_protocol::{
    agent::{DeclineOffer, Refusal, RelayToAgent},
    browser::RelayToBrowser,
    fingerprint::{Fingerprint, FingerprintProof, PROOF_CONTEXT, proof_text},
    ids::SessionId,
    limits::CANDIDATES,
    signed::verify,
};

/// The head start that direct paths get over the relay's candidates.
pub const RELAY_AFTER_MS: u32 = 500;

impl Core {
    pub(super) fn offer(&mut self, conn: Conn, sdp: &str) {
        let tunnel = self.next_tunnel();
        let Some(joined) = self.browsers.get_mut(&conn).and_then(|browser| browser.joined.as_mut()) else {
            return;
        };
        if joined.progress != Progress::Waiting {
            return self.refuse_browser(conn, Refusal::BadMessage, "this attempt has an offer already");
        }
        let read = sdp::credentials(sdp).and_then(|credentials| Ok((credentials, sdp::count_candidates(sdp)?)));
        let (credentials, candidates) = match read {
            Ok(read) => read,
            Err(bad) => return self.refuse_browser(conn, Refusal::BadMessage, &bad.to_string()),
        };
        if Fingerprint::from_sdp(sdp) != Some(joined.ticket.fingerprint) {
            return self.refuse_browser(conn, Refusal::BadTicket, "the ticket is for another certificate");
        }
        let Some(&agent) = self.devices.get(&joined.ticket.device) else {
            return self.tell_browser(conn, RelayToBrowser::DeviceOffline);
        };
        joined.progress = Progress::Offered {
            agent,
            tunnel,
            browser_ufrag: credentials.ufrag.to_owned(),
        };
        joined.browser_candidates = candidates;
        joined.agent_candidates = 0;
        let sdp = if joined.ticket.paths.direct {
            sdp.to_owned()
        } else {
            sdp::without_candidates(sdp)
        };
        let (session, attempt, ticket) = (joined.ticket.session, joined.ticket.attempt, joined.signed.clone());
        self.tell_agent(
            agent,
            RelayToAgent::Offer {
                session,
                attempt,
                sdp,
                ticket,
                tunnel,
            },
        );
    }

    pub(super) fn answer(
        &mut self,
        now: Now,
        conn: Conn,
        session: SessionId,
        attempt: u32,
        sdp: &str,
        proof: FingerprintProof,
    ) {
        let Some((browser, joined)) = self.route(conn, session, attempt) else {
            return;
        };
        let Progress::Offered {
            tunnel,
            ref browser_ufrag,
            ..
        } = joined.progress
        else {
            return self.refuse_agent(now, conn, Refusal::BadMessage, "this offer was answered already");
        };
        let read = sdp::credentials(sdp).and_then(|credentials| Ok((credentials, sdp::count_candidates(sdp)?)));
        let (credentials, candidates) = match read {
            Ok(read) => read,
            Err(bad) => return self.refuse_agent(now, conn, Refusal::BadMessage, &bad.to_string()),
        };
        let paths = joined.ticket.paths;
        let username = format!("{}:{browser_ufrag}", credentials.ufrag);
        joined.progress = Progress::Answered { agent: conn, tunnel };
        joined.agent_candidates += candidates;
        if !self.is_own_fingerprint(conn, session, attempt, sdp, &proof) {
            return self.refuse_agent(
                now,
                conn,
                Refusal::BadMessage,
                "the fingerprint is not signed by this device",
            );
        }
        if paths.relay_udp || paths.relay_tcp {
            let password = credentials.password.to_owned();
            self.commands.push_back(Command::OpenTunnel(Tunnel {
                tunnel,
                agent: conn,
                username,
                password,
                paths,
            }));
        }
        let relay = relay_candidates(&self.config.udp, &self.config.tcp, paths);
        let (sdp, relay_after_ms) = if paths.direct {
            (sdp.to_owned(), RELAY_AFTER_MS)
        } else {
            (sdp::without_candidates(sdp), 0)
        };
        self.tell_browser(
            browser,
            RelayToBrowser::Answer {
                sdp,
                proof,
                relay,
                relay_after_ms,
            },
        );
    }

    /// The browser checks this again; here it only spares it a connection that it would have to break off.
    fn is_own_fingerprint(
        &self,
        conn: Conn,
        session: SessionId,
        attempt: u32,
        sdp: &str,
        proof: &FingerprintProof,
    ) -> bool {
        let Some((_, key)) = self.agents.get(&conn).and_then(|agent| agent.identity()) else {
            return false;
        };
        let text = proof_text(session, attempt, &proof.fingerprint);
        Fingerprint::from_sdp(sdp) == Some(proof.fingerprint)
            && verify(PROOF_CONTEXT, text.as_bytes(), &proof.signature, &key)
    }

    pub(super) fn decline(&mut self, conn: Conn, session: SessionId, attempt: u32, why: DeclineOffer) {
        let Some((browser, joined)) = self.route(conn, session, attempt) else {
            return;
        };
        let route = std::mem::replace(&mut joined.progress, Progress::Waiting).route();
        if let Some((_, tunnel)) = route {
            self.commands.push_back(Command::CloseTunnel { tunnel });
        }
        self.tell_browser(browser, RelayToBrowser::Declined { why });
    }

    pub(super) fn candidate_from_browser(&mut self, conn: Conn, candidate: String) {
        let Some(joined) = self.browsers.get_mut(&conn).and_then(|browser| browser.joined.as_mut()) else {
            return;
        };
        if !sdp::is_candidate(&candidate) {
            return self.refuse_browser(
                conn,
                Refusal::BadMessage,
                "this is no ICE candidate, or one that is too long",
            );
        }
        joined.browser_candidates += 1;
        if joined.browser_candidates > CANDIDATES {
            return self.refuse_browser(conn, Refusal::BadMessage, "too many candidates");
        }
        let Some((agent, _)) = joined.progress.route().filter(|_| joined.ticket.paths.direct) else {
            return;
        };
        let (session, attempt) = (joined.ticket.session, joined.ticket.attempt);
        self.tell_agent(
            agent,
            RelayToAgent::Candidate {
                session,
                attempt,
                candidate,
            },
        );
    }

    pub(super) fn candidate_from_agent(
        &mut self,
        now: Now,
        conn: Conn,
        session: SessionId,
        attempt: u32,
        candidate: String,
    ) {
        if !sdp::is_candidate(&candidate) {
            return self.refuse_agent(
                now,
                conn,
                Refusal::BadMessage,
                "this is no ICE candidate, or one that is too long",
            );
        }
        let Some((browser, joined)) = self.route(conn, session, attempt) else {
            return;
        };
        joined.agent_candidates += 1;
        if joined.agent_candidates > CANDIDATES {
            return self.refuse_agent(now, conn, Refusal::BadMessage, "too many candidates");
        }
        if joined.ticket.paths.direct {
            self.tell_browser(browser, RelayToBrowser::Candidate { candidate });
        }
    }

    /// The browser whose offer went to the agent of `conn`. None is no fault: the browser may just have left.
    fn route(&mut self, conn: Conn, session: SessionId, attempt: u32) -> Option<(Conn, &mut Joined)> {
        let browser = *self.sessions.get(&session)?;
        let joined = self.browsers.get_mut(&browser)?.joined.as_mut()?;
        let (agent, _) = joined.progress.route()?;
        (joined.ticket.attempt == attempt && agent == conn).then_some((browser, joined))
    }

    /// A number that no tunnel has: there are far fewer tunnels than numbers, so an old one is long closed.
    fn next_tunnel(&mut self) -> u32 {
        self.last_tunnel = self.last_tunnel.wrapping_add(1);
        self.last_tunnel
    }
}
