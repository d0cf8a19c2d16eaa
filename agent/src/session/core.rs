//! The session state machine: `input + now → actions`, and the time of the next step.
//!
//! Invariant: [`Action::StartMedia`] comes only for a session with a consent on record: given at the prompt, by the
//! owner in the portal, allowed in advance and seen here, or kept from before a restart.

mod allowed;
mod offers;
mod orders;
mod parts;
mod windows;

#[cfg(test)]
pub mod fixture;
#[cfg(test)]
mod property;
#[cfg(test)]
mod rig;
#[cfg(test)]
mod tests;

pub use allowed::NoticeTold;
pub use parts::{Action, Input, MediaNotice, Offer, WindowNotice};

use super::{
    gate::{Gate, millis},
    preconsent::PreConsents,
    saved::Saved,
};
use crate::ui::words::{About, BarState};
use deskside_protocol::{
    UnixMillis,
    bytes::PublicKey,
    ids::{DeviceId, RequestId, SessionId},
    limits::RESUME_WITHIN,
    report::Event,
    session::{ConsentAnswer, EndReason, MediaPath, Scope},
    transfer::FilePolicy,
};
use parts::Finished;
use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

/// Sessions that may be asked about or run at once.
pub const SESSIONS: usize = 4;
/// Finished sessions whose outcome is told again when the portal asks again.
pub const FINISHED: usize = 64;
/// How often the file of consents says that the agent is alive.
pub const ALIVE_EVERY: Duration = Duration::from_secs(10);
/// Times the bar may be lost before the session ends: nobody is controlled without seeing it.
pub const BAR_LOSSES: u8 = 2;

/// All sessions of this device.
#[derive(Debug)]
pub struct Core {
    gate: Gate,
    sessions: BTreeMap<SessionId, Session>,
    finished: VecDeque<(SessionId, Finished)>,
    save_at: Option<UnixMillis>,
    allowed: PreConsents,
    /// The request whose notice is, or should be, on the screen.
    noticed: Option<RequestId>,
    /// The request whose notice was closed unread, because a session with control began.
    put_off: Option<RequestId>,
    own_clock_ahead: UnixMillis,
}

#[derive(Debug)]
struct Session {
    about: About,
    files: FilePolicy,
    phase: Phase,
    /// The highest attempt seen.
    attempt: u32,
    media: Option<Media>,
    bar_losses: u8,
    /// When it ends unless the portal says before that it may go on: since then nobody could have ended it from afar.
    unheard_until: Option<UnixMillis>,
}

/// A peer that was started for this session.
#[derive(Debug)]
struct Media {
    attempt: u32,
    candidates: usize,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Phase {
    /// The prompt is, or should be, on the screen.
    Asking { until: UnixMillis, shown: bool },
    /// Consented, no media: not yet, or not any longer.
    Waiting { until: UnixMillis },
    /// Consented, media flows.
    Live { path: MediaPath },
}

impl Session {
    fn consented(&self) -> bool {
        !matches!(self.phase, Phase::Asking { .. })
    }

    fn may(&self, scope: Scope) -> bool {
        self.consented() && self.about.scopes.contains(&scope)
    }

    /// How its consent was given.
    fn answer(&self) -> ConsentAnswer {
        match self.about.in_advance {
            Some(_) => ConsentAnswer::AllowedInAdvance,
            None => ConsentAnswer::Accepted,
        }
    }

    fn bar(&self) -> BarState {
        match self.phase {
            Phase::Live { .. } => BarState::Connected,
            _ if self.attempt > 0 => BarState::Interrupted,
            _ => BarState::Connecting,
        }
    }
}

impl Core {
    /// A core that obeys one portal.
    pub fn new(device: DeviceId, portal_key: PublicKey) -> Self {
        Self {
            gate: Gate::new(device, portal_key),
            sessions: BTreeMap::new(),
            finished: VecDeque::new(),
            save_at: None,
            allowed: PreConsents::default(),
            noticed: None,
            put_off: None,
            own_clock_ahead: 0,
        }
    }

    /// Takes over what an earlier run kept of [`Core::newest`].
    pub fn not_before(&mut self, newest: UnixMillis) {
        self.gate.remember(newest);
    }

    /// The greatest time that the portal signed, [`UnixMillis::MIN`] before the first: the clock must not go below it.
    pub fn newest(&self) -> UnixMillis {
        self.gate.newest()
    }

    /// When [`Core::handle`] wants an [`Input::Time`] at the latest.
    pub fn next_timeout(&self) -> Option<UnixMillis> {
        let sessions = self.sessions.values().flat_map(|session| {
            let phase = match session.phase {
                Phase::Asking { until, .. } | Phase::Waiting { until } => Some(until),
                Phase::Live { .. } => None,
            };
            phase.into_iter().chain(session.unheard_until)
        });
        sessions.chain(self.save_at).chain(self.remind_at()).min()
    }

    /// Takes one input. `now` is the server's time.
    pub fn handle(&mut self, input: Input, now: UnixMillis) -> Vec<Action> {
        let mut actions = Vec::new();
        let was_controlled = self.is_controlled();
        self.expire(now, &mut actions);
        match input {
            Input::Time => {}
            Input::LineUp => self.line_up(now, &mut actions),
            Input::LineDown => self.line_down(now, &mut actions),
            Input::Command(signed) => match self.gate.command(&signed, now) {
                Ok(order) => self.obey(order, now, &mut actions),
                Err(why) => actions.push(Action::Log(format!("a command was refused: {why}"))),
            },
            Input::Offer(offer) => self.offer(offer, now, &mut actions),
            Input::Candidate {
                session,
                attempt,
                candidate,
            } => {
                self.candidate(session, attempt, candidate, &mut actions);
            }
            Input::BrowserLeft { session, attempt } => self.browser_left(session, attempt, &mut actions),
            Input::Window(session, notice) => self.window(session, notice, now, &mut actions),
            Input::Notice(request, told) => self.notice(request, told, now, &mut actions),
            Input::Media(session, attempt, notice) => self.media(session, attempt, notice, now, &mut actions),
            Input::Restored(saved) => self.restore(saved, now, &mut actions),
            Input::Stopping => self.stop(now, &mut actions),
        }
        if self.save_at.is_some_and(|at| at <= now) {
            self.save(now, &mut actions);
        }
        self.mind_notices(was_controlled, now, &mut actions);
        actions
    }

    /// True while somebody else may use mouse and keyboard, or may at any moment.
    fn is_controlled(&self) -> bool {
        self.sessions.values().any(|session| session.may(Scope::Control))
    }

    fn expire(&mut self, now: UnixMillis, actions: &mut Vec<Action>) {
        let over = self.sessions.iter().filter_map(|(id, session)| match session.phase {
            Phase::Asking { until, .. } if until <= now => Some((*id, true)),
            Phase::Waiting { until } if until <= now => Some((*id, false)),
            _ if session.unheard_until.is_some_and(|until| until <= now) => Some((*id, false)),
            _ => None,
        });
        for (id, asking) in over.collect::<Vec<_>>() {
            if asking {
                self.refuse(id, ConsentAnswer::Ignored, true, actions);
            } else {
                self.end(id, EndReason::Lost, now, actions);
            }
        }
    }

    fn line_up(&mut self, now: UnixMillis, actions: &mut Vec<Action>) {
        self.gate.opened_at(now);
        // The portal may have restarted, or a report may have died with the last line.
        for (&session, state) in &self.sessions {
            match state.phase {
                Phase::Asking { shown: true, .. } => actions.push(Action::Report(Event::ConsentShown { session })),
                Phase::Asking { shown: false, .. } => {}
                Phase::Waiting { .. } if state.attempt > 0 => {
                    actions.push(Action::Report(Event::Interrupted { session }));
                }
                Phase::Waiting { .. } => {
                    actions.push(Action::Report(Event::Consent {
                        session,
                        answer: state.answer(),
                    }));
                }
                Phase::Live { path } => {
                    actions.push(Action::Report(Event::Connected {
                        session,
                        attempt: state.attempt,
                        path,
                    }));
                }
            }
        }
        self.repeat_taken_back(actions);
        self.show_next(now, actions);
    }

    fn line_down(&mut self, now: UnixMillis, actions: &mut Vec<Action>) {
        // Direct media needs no line, but the portal and the operator's End in it do. A line that comes back is not
        // enough: whenever a device comes online the portal sends a Resume for each of its sessions that may go on,
        // active or interrupted, so that only this word stops the time.
        for session in self.sessions.values_mut().filter(|session| session.consented()) {
            session
                .unheard_until
                .get_or_insert(now.saturating_add(millis(RESUME_WITHIN)));
        }
        // A tunnel dies with its line; waiting for ICE to notice would keep keys held for seconds.
        let through_relay = |state: &Session| match state.phase {
            Phase::Live { path } => path != MediaPath::Direct,
            _ => false,
        };
        let cut: Vec<_> = self
            .sessions
            .iter()
            .filter(|(_, state)| through_relay(state))
            .map(|(id, _)| *id)
            .collect();
        for id in cut {
            self.drop_media(id, actions);
            self.interrupt(id, now, actions);
        }
    }

    fn stop(&mut self, now: UnixMillis, actions: &mut Vec<Action>) {
        let ids: Vec<_> = self.sessions.keys().copied().collect();
        for id in ids {
            self.drop_media(id, actions);
            self.interrupt(id, now, actions);
            actions.push(Action::CloseWindow { session: id });
        }
        self.save(now, actions);
    }

    /// Consent is given: from here on media may start.
    fn accept(&mut self, id: SessionId, now: UnixMillis, actions: &mut Vec<Action>) {
        let Some(session) = self.sessions.get_mut(&id) else {
            return;
        };
        session.phase = Phase::Waiting {
            until: now.saturating_add(millis(RESUME_WITHIN)),
        };
        actions.push(Action::ShowBar {
            session: id,
            about: session.about.clone(),
            state: session.bar(),
        });
        self.save(now, actions);
    }

    /// Consent is not given.
    fn refuse(&mut self, id: SessionId, answer: ConsentAnswer, report: bool, actions: &mut Vec<Action>) {
        if self.sessions.remove(&id).is_none() {
            return;
        }
        actions.push(Action::CloseWindow { session: id });
        if report {
            actions.push(Action::Report(Event::Consent { session: id, answer }));
        }
        self.remember(id, Finished::Refused(answer));
    }

    /// Ends a session, whatever it is doing.
    fn end(&mut self, id: SessionId, reason: EndReason, now: UnixMillis, actions: &mut Vec<Action>) {
        let Some(session) = self.sessions.remove(&id) else {
            return;
        };
        if session.media.is_some() {
            actions.push(Action::CloseMedia {
                session: id,
                reason: Some(reason),
            });
        }
        actions.push(Action::CloseWindow { session: id });
        actions.push(Action::Report(Event::Ended { session: id, reason }));
        self.remember(id, Finished::Ended(reason));
        if session.consented() {
            self.save(now, actions);
        }
    }

    /// Live media stopped: the time to come back begins.
    fn interrupt(&mut self, id: SessionId, now: UnixMillis, actions: &mut Vec<Action>) {
        let Some(session) = self.sessions.get_mut(&id) else {
            return;
        };
        if !matches!(session.phase, Phase::Live { .. }) {
            return;
        }
        session.phase = Phase::Waiting {
            until: now.saturating_add(millis(RESUME_WITHIN)),
        };
        actions.push(Action::Report(Event::Interrupted { session: id }));
        actions.push(Action::ShowBar {
            session: id,
            about: session.about.clone(),
            state: session.bar(),
        });
        self.save(now, actions);
    }

    fn drop_media(&mut self, id: SessionId, actions: &mut Vec<Action>) {
        if self
            .sessions
            .get_mut(&id)
            .is_some_and(|session| session.media.take().is_some())
        {
            actions.push(Action::CloseMedia {
                session: id,
                reason: None,
            });
        }
    }

    fn remember(&mut self, id: SessionId, outcome: Finished) {
        if self.finished.len() >= FINISHED {
            self.finished.pop_front();
        }
        self.finished.push_back((id, outcome));
    }

    fn save(&mut self, now: UnixMillis, actions: &mut Vec<Action>) {
        let slack = millis(RESUME_WITHIN + ALIVE_EVERY);
        let saved = self.sessions.iter().filter_map(|(&session, state)| {
            let resume_until = match state.phase {
                Phase::Asking { .. } => return None,
                Phase::Waiting { until } => until,
                Phase::Live { .. } => now.saturating_add(slack),
            };
            Some(Saved {
                session,
                about: state.about.clone(),
                files: state.files.clone(),
                attempt: state.attempt,
                resume_until,
            })
        });
        let saved = saved.collect::<Vec<_>>();
        self.save_at = (!saved.is_empty()).then(|| now.saturating_add(millis(ALIVE_EVERY)));
        actions.push(Action::Save(saved));
    }

    fn restore(&mut self, saved: Vec<Saved>, now: UnixMillis, actions: &mut Vec<Action>) {
        let latest = now.saturating_add(millis(RESUME_WITHIN + ALIVE_EVERY));
        for Saved {
            session,
            about,
            files,
            attempt,
            resume_until,
        } in saved.into_iter().take(SESSIONS)
        {
            if self.sessions.contains_key(&session) || self.finished.iter().any(|(finished, _)| *finished == session) {
                continue;
            }
            let phase = Phase::Waiting {
                until: resume_until.min(latest),
            };
            let state = Session {
                about,
                files,
                phase,
                attempt,
                media: None,
                bar_losses: 0,
                unheard_until: None,
            };
            actions.push(Action::ShowBar {
                session,
                about: state.about.clone(),
                state: BarState::Interrupted,
            });
            self.sessions.insert(session, state);
        }
        self.expire(now, actions);
        self.save(now, actions);
    }
}
