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
        if self.put_off == Some(request) {
            self.put_off = None;
        }
        self.show_next(now, actions);
    }

    /// Shows what nobody has seen here yet, one at a time. None while an operator has the mouse: it is for the person
    /// at the device, and the operator must neither be the one who saw it nor the one who closes it.
    pub(super) fn show_next(&mut self, now: UnixMillis, actions: &mut Vec<Action>) {
        if self.noticed.is_some() || self.is_controlled() {
            return;
        }
        let counts = |request: &RequestId| self.allowed.get(*request).is_some_and(|held| held.counts(now));
        let put_off = self.put_off.take().filter(counts);
        if let Some(request) = put_off.or_else(|| self.allowed.unseen(now)) {
            self.show_notice(request, now, actions);
        }
    }

    fn show_notice(&mut self, request: RequestId, now: UnixMillis, actions: &mut Vec<Action>) {
        let Some(held) = self.allowed.get(request).filter(|held| held.counts(now)) else {
            return;
        };
        self.noticed = Some(request);
        actions.push(Action::ShowNotice {
            request,
            notice: Notice {
                owner: held.owner.clone(),
                subject: held.subject.clone(),
                reference: held.reference.clone(),
                scopes: held.scopes.clone(),
                windows: held.windows.clone(),
            },
        });
    }

    /// When a notice is due again, because what it says is about to begin.
    pub(super) fn remind_at(&self) -> Option<UnixMillis> {
        if self.noticed.is_some() || self.is_controlled() {
            return None;
        }
        self.allowed.remind_at().map(|(at, _)| at)
    }

    /// Puts a notice off while an operator has the mouse, and shows again what is due.
    pub(super) fn mind_notices(&mut self, was_controlled: bool, now: UnixMillis, actions: &mut Vec<Action>) {
        if self.is_controlled() {
            if let Some(request) = self.noticed.take() {
                self.put_off = Some(request);
                actions.push(Action::CloseNotice);
            }
            return;
        }
        if was_controlled {
            self.show_next(now, actions);
        }
        if self.noticed.is_none()
            && let Some((at, request)) = self.allowed.remind_at()
            && at <= now
        {
            self.allowed.reminded(request, now);
            actions.push(Action::SaveAllowed(self.allowed.clone()));
            self.show_notice(request, now, actions);
        }
    }

    pub(super) fn notice(&mut self, request: RequestId, told: NoticeTold, now: UnixMillis, actions: &mut Vec<Action>) {
        if self.noticed != Some(request) {
            return;
        }
        match told {
            NoticeTold::Shown => {
                if let Some(version) = self.allowed.show(request, now) {
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
        let owner = self.allowed.get(request)?.owner.clone();
        Some(InAdvance { request, owner, window })
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
