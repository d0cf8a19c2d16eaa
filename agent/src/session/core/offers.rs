//! What browsers offer, and the media that answers them.

use super::{Action, Core, Media, MediaNotice, Offer, Phase, millis};
use deskside_protocol::{
    UnixMillis,
    agent::DeclineOffer,
    fingerprint::Fingerprint,
    ids::SessionId,
    limits::{CANDIDATE_BYTES, CANDIDATES, RESUME_WITHIN, SDP_BYTES},
    report::Event,
    session::{EndReason, MediaPath},
};

impl Core {
    pub(super) fn offer(&mut self, offer: Offer, now: UnixMillis, actions: &mut Vec<Action>) {
        let Offer {
            session: id,
            attempt,
            sdp,
            ticket,
            tunnel,
        } = offer;
        let decline = |why| Action::Decline {
            session: id,
            attempt,
            why,
        };
        let offered = (sdp.len() <= SDP_BYTES).then(|| Fingerprint::from_sdp(&sdp)).flatten();
        let Some(offered) = offered else {
            actions.push(decline(DeclineOffer::BadOffer));
            return;
        };
        let ticket = match self.gate.ticket(&ticket, id, attempt, offered, now) {
            Ok(ticket) => ticket,
            Err(why) => {
                actions.push(Action::Log(format!("a ticket was refused: {why}")));
                actions.push(decline(DeclineOffer::BadTicket));
                return;
            }
        };
        let Some(session) = self.sessions.get_mut(&id).filter(|session| session.consented()) else {
            actions.push(decline(DeclineOffer::NoConsent));
            return;
        };
        if attempt <= session.attempt {
            actions.push(decline(DeclineOffer::BadTicket));
            return;
        }
        session.attempt = attempt;
        if session.media.replace(Media { attempt, candidates: 0 }).is_some() {
            actions.push(Action::CloseMedia {
                session: id,
                reason: None,
            });
        }
        if matches!(session.phase, Phase::Live { .. }) {
            session.phase = Phase::Waiting {
                until: now.saturating_add(millis(RESUME_WITHIN)),
            };
        }
        let scopes = session.about.scopes.clone();
        let (operator, files) = (session.about.operator.clone(), session.files.clone());
        actions.push(Action::StartMedia {
            session: id,
            attempt,
            sdp,
            paths: ticket.paths,
            scopes,
            operator,
            files,
            tunnel,
            peer_fingerprint: ticket.fingerprint,
        });
        self.save(now, actions);
    }

    pub(super) fn candidate(&mut self, id: SessionId, attempt: u32, candidate: String, actions: &mut Vec<Action>) {
        let Some(media) = self.media_of(id, attempt) else {
            return;
        };
        if candidate.len() > CANDIDATE_BYTES || media.candidates >= CANDIDATES {
            return;
        }
        media.candidates += 1;
        actions.push(Action::AddCandidate {
            session: id,
            attempt,
            candidate,
        });
    }

    pub(super) fn browser_left(&mut self, id: SessionId, attempt: u32, actions: &mut Vec<Action>) {
        // Live media does not need the signalling; a browser that is really gone is noticed by ICE.
        let live = self
            .sessions
            .get(&id)
            .is_some_and(|session| matches!(session.phase, Phase::Live { .. }));
        if !live && self.media_of(id, attempt).is_some() {
            self.drop_media(id, actions);
        }
    }

    pub(super) fn media(
        &mut self,
        id: SessionId,
        attempt: u32,
        notice: MediaNotice,
        now: UnixMillis,
        actions: &mut Vec<Action>,
    ) {
        if self.media_of(id, attempt).is_none() {
            return;
        }
        match notice {
            MediaNotice::Connected(path) => self.connected(id, attempt, path, now, actions),
            MediaNotice::Disconnected => self.interrupt(id, now, actions),
            MediaNotice::EndedByOperator => self.end(id, EndReason::Operator, now, actions),
            MediaNotice::Refused(why, sentence) => {
                actions.push(Action::Log(format!("an offer could not be answered: {sentence}")));
                self.drop_media(id, actions);
                actions.push(Action::Decline {
                    session: id,
                    attempt,
                    why,
                });
            }
            MediaNotice::Failed(sentence) => {
                actions.push(Action::Log(format!("the media of a session failed: {sentence}")));
                self.drop_media(id, actions);
                self.interrupt(id, now, actions);
            }
        }
    }

    fn connected(&mut self, id: SessionId, attempt: u32, path: MediaPath, now: UnixMillis, actions: &mut Vec<Action>) {
        let Some(session) = self.sessions.get_mut(&id) else {
            return;
        };
        if session.phase == (Phase::Live { path }) {
            return;
        }
        let was_live = matches!(session.phase, Phase::Live { .. });
        session.phase = Phase::Live { path };
        actions.push(Action::Report(Event::Connected {
            session: id,
            attempt,
            path,
        }));
        if !was_live {
            actions.push(Action::ShowBar {
                session: id,
                about: session.about.clone(),
                state: session.bar(),
            });
            self.save(now, actions);
        }
    }

    fn media_of(&mut self, id: SessionId, attempt: u32) -> Option<&mut Media> {
        self.sessions
            .get_mut(&id)?
            .media
            .as_mut()
            .filter(|media| media.attempt == attempt)
    }
}
