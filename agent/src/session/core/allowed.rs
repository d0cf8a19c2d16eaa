//! What was allowed in advance: statements of the portal, the notice that shows them, and what follows from both.

use super::{Action, Core, Phase};
use crate::{
    session::preconsent::{PreConsents, Taken},
    ui::words::{About, InAdvance, Notice},
};
use deskside_protocol::{
    UnixMillis,
    ids::{RequestId, SessionId},
    preconsent::PreConsent,
    report::Event,
    session::ConsentAnswer,
};

/// What the notice about a request tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoticeTold {
    /// It is on the screen.
    Shown,
    /// The person at the device has read it.
    Read,
    TakenBack,
    /// It could not be shown, or is gone without a word.
    Gone,
}

impl Core {
    /// Takes over what an earlier run kept.
    pub fn hold(&mut self, allowed: PreConsents) {
        self.allowed = allowed;
    }

    /// How far the machine's own clock is ahead of the server's time. Both have to be within a window.
    pub fn set_own_clock(&mut self, ahead: UnixMillis) {
        self.own_clock_ahead = ahead;
    }

    pub(super) fn stated(&mut self, stated: PreConsent, now: UnixMillis, actions: &mut Vec<Action>) {
        let request = stated.request;
        match self.allowed.take(stated, now) {
            Taken::Known => return,
            Taken::Full => {
                actions.push(Action::Log(
                    "too much is allowed in advance already; operators of the newest request have to ask".into(),
                ));
                return;
            }
            Taken::Unseen | Taken::Ended => actions.push(Action::SaveAllowed(self.allowed.clone())),
        }
        if self.noticed == Some(request) {
            self.noticed = None;
            actions.push(Action::CloseNotice);
        }
        self.show_next(now, actions);
    }

    /// Shows what nobody has seen here yet, one at a time.
    pub(super) fn show_next(&mut self, now: UnixMillis, actions: &mut Vec<Action>) {
        if self.noticed.is_some() {
            return;
        }
        let unseen = self.allowed.unseen(now);
        if let Some((request, held)) = unseen.and_then(|request| Some((request, self.allowed.get(request)?))) {
            self.noticed = Some(request);
            actions.push(Action::ShowNotice {
                request,
                notice: Notice {
                    owner: held.owner.clone(),
                    subject: held.subject.clone(),
                    reference: held.reference.clone(),
                    windows: held.windows.clone(),
                },
            });
        }
    }

    pub(super) fn notice(&mut self, request: RequestId, told: NoticeTold, now: UnixMillis, actions: &mut Vec<Action>) {
        if self.noticed != Some(request) {
            return;
        }
        match told {
            NoticeTold::Shown => {
                if let Some(version) = self.allowed.show(request) {
                    actions.push(Action::SaveAllowed(self.allowed.clone()));
                    actions.push(Action::Report(Event::PreConsentShown { request, version }));
                }
                return;
            }
            NoticeTold::Read | NoticeTold::TakenBack => {
                if told == NoticeTold::TakenBack {
                    self.take_back(request, actions);
                }
                self.noticed = None;
                actions.push(Action::CloseNotice);
                self.show_next(now, actions);
            }
            // Tried again when the line comes back or the portal says something new, not at once and for ever.
            NoticeTold::Gone => self.noticed = None,
        }
    }

    /// The person at the device takes back what was allowed for `request`.
    pub(super) fn take_back(&mut self, request: RequestId, actions: &mut Vec<Action>) {
        if let Some(version) = self.allowed.take_back(request) {
            actions.push(Action::SaveAllowed(self.allowed.clone()));
            actions.push(Action::Report(Event::PreConsentTakenBack { request, version }));
        }
    }

    /// Says again what may have been lost with the last line or the last run.
    pub(super) fn repeat_taken_back(&self, actions: &mut Vec<Action>) {
        let taken_back = self.allowed.taken_back();
        actions.extend(
            taken_back.map(|(request, version)| Action::Report(Event::PreConsentTakenBack { request, version })),
        );
    }

    /// Because of what the operator who asks about `request` need not wait, if there is something.
    pub(super) fn in_advance(&self, request: Option<RequestId>, about: &About, now: UnixMillis) -> Option<InAdvance> {
        let request = request?;
        let own = now.saturating_add(self.own_clock_ahead);
        let window = self.allowed.allows(request, &about.scopes, now, own)?;
        Some(InAdvance { request, window })
    }

    /// Begins a session that was just entered as a question without asking it.
    pub(super) fn accept_in_advance(&mut self, id: SessionId, now: UnixMillis, actions: &mut Vec<Action>) {
        let asked = self
            .sessions
            .get(&id)
            .is_some_and(|session| matches!(session.phase, Phase::Asking { .. }) && session.about.in_advance.is_some());
        if asked {
            actions.push(Action::Report(Event::Consent {
                session: id,
                answer: ConsentAnswer::AllowedInAdvance,
            }));
            self.accept(id, now, actions);
        }
    }
}
