//! What the person at the device does, and what becomes of the windows.

use super::{Action, BAR_LOSSES, Core, Phase, WindowNotice};
use deskside_protocol::{
    UnixMillis,
    ids::SessionId,
    limits::CHAT_CHARS,
    report::Event,
    session::{ConsentAnswer, EndReason, Scope},
};

impl Core {
    pub(super) fn window(&mut self, id: SessionId, notice: WindowNotice, now: UnixMillis, actions: &mut Vec<Action>) {
        let Some(session) = self.sessions.get_mut(&id) else {
            return;
        };
        let asking = !session.consented();
        match notice {
            WindowNotice::Shown => {
                if let Phase::Asking { shown, .. } = &mut session.phase
                    && !*shown
                {
                    *shown = true;
                    actions.push(Action::Report(Event::ConsentShown { session: id }));
                }
            }
            WindowNotice::Answered { accepted: true } if asking => {
                actions.push(Action::Report(Event::Consent {
                    session: id,
                    answer: ConsentAnswer::Accepted,
                }));
                self.accept(id, now, actions);
            }
            WindowNotice::Answered { accepted: false } if asking => {
                self.refuse(id, ConsentAnswer::Declined, true, actions);
            }
            WindowNotice::Answered { .. } => {}
            WindowNotice::Stop if asking => self.refuse(id, ConsentAnswer::Declined, true, actions),
            WindowNotice::Stop => {
                // Whoever stops it does not want the next one to begin by itself.
                let in_advance = session.about.in_advance.as_ref().map(|allowed| allowed.request);
                if let Some(request) = in_advance {
                    self.take_back(request, actions);
                }
                self.end(id, EndReason::Employee, now, actions);
            }
            WindowNotice::Chat { message, text } => {
                let text = text.trim();
                if session.may(Scope::Chat) && !text.is_empty() && text.chars().count() <= CHAT_CHARS {
                    actions.push(Action::Report(Event::Chat {
                        session: id,
                        message,
                        text: text.into(),
                    }));
                }
            }
            // The owner can still answer in the portal until the time is over.
            WindowNotice::Unavailable if asking => {
                actions.push(Action::Log(
                    "the prompt cannot be shown; only the portal can answer".into(),
                ));
            }
            WindowNotice::Died if asking => self.refuse(id, ConsentAnswer::Ignored, true, actions),
            WindowNotice::Unavailable | WindowNotice::Died => {
                session.bar_losses += 1;
                if session.bar_losses >= BAR_LOSSES {
                    actions.push(Action::Log("the bar cannot be shown; the session ends".into()));
                    self.end(id, EndReason::Failed, now, actions);
                } else {
                    let (about, state) = (session.about.clone(), session.bar());
                    actions.push(Action::ShowBar {
                        session: id,
                        about,
                        state,
                    });
                }
            }
        }
    }
}
