//! What the portal orders.

use super::{Action, Core, Phase, SESSIONS, Session, millis};
use crate::ui::words::About;
use deskside_protocol::{
    UnixMillis,
    command::Order,
    ids::{RequestId, SessionId},
    limits::{CHAT_CHARS, CONSENT_WAIT},
    report::Event,
    session::{ConsentAnswer, EndReason, Scope},
    transfer::FilePolicy,
};

impl Core {
    pub(super) fn obey(&mut self, order: Order, now: UnixMillis, actions: &mut Vec<Action>) {
        match order {
            Order::AskConsent {
                session,
                request,
                operator,
                subject,
                reference,
                scopes,
                files,
                answer_by,
            } => {
                self.ask(
                    session,
                    Some(request),
                    About::new(&operator, &subject, &reference, scopes),
                    files.bounded(),
                    answer_by,
                    now,
                    actions,
                );
            }
            Order::ConsentAnswered { session, accepted } => {
                let asking = self.sessions.get(&session).is_some_and(|state| !state.consented());
                if asking && accepted {
                    self.accept(session, now, actions);
                } else if asking {
                    self.refuse(session, ConsentAnswer::Declined, false, actions);
                }
            }
            Order::Resume {
                session,
                operator,
                subject,
                reference,
                scopes,
                files,
                resume_by,
            } => {
                self.resume(
                    session,
                    About::new(&operator, &subject, &reference, scopes),
                    files.bounded(),
                    resume_by,
                    now,
                    actions,
                );
            }
            Order::PreConsent(stated) => self.stated(stated, now, actions),
            Order::EndSession { session, reason } => self.end(session, reason, now, actions),
            Order::ShowChat {
                session,
                from,
                text,
                sent_at,
                ..
            } => {
                if self.sessions.get(&session).is_some_and(|state| state.may(Scope::Chat)) {
                    let text = text.chars().take(CHAT_CHARS).collect();
                    actions.push(Action::ShowChat {
                        session,
                        from,
                        text,
                        sent_at,
                    });
                }
            }
        }
    }

    fn ask(
        &mut self,
        id: SessionId,
        request: Option<RequestId>,
        mut about: About,
        files: FilePolicy,
        answer_by: UnixMillis,
        now: UnixMillis,
        actions: &mut Vec<Action>,
    ) {
        if let Some(session) = self.sessions.get(&id) {
            match session.phase {
                Phase::Asking { shown: true, .. } => actions.push(Action::Report(Event::ConsentShown { session: id })),
                Phase::Asking { shown: false, .. } => {}
                Phase::Waiting { .. } | Phase::Live { .. } => {
                    actions.push(Action::Report(Event::Consent {
                        session: id,
                        answer: session.answer(),
                    }));
                }
            }
            return;
        }
        if let Some((_, outcome)) = self.finished.iter().find(|(finished, _)| *finished == id) {
            actions.push(Action::Report(outcome.event(id)));
            return;
        }
        if answer_by <= now || self.sessions.len() >= SESSIONS {
            actions.push(Action::Report(Event::Consent {
                session: id,
                answer: ConsentAnswer::Ignored,
            }));
            return;
        }
        let until = answer_by.min(now.saturating_add(millis(CONSENT_WAIT)));
        about.in_advance = self.in_advance(request, &about, now);
        if about.in_advance.is_none() {
            let seconds = u32::try_from((until - now).div_euclid(1000)).unwrap_or(0).max(1);
            actions.push(Action::ShowPrompt {
                session: id,
                about: about.clone(),
                seconds,
            });
        }
        let phase = Phase::Asking { until, shown: false };
        self.sessions.insert(
            id,
            Session {
                about,
                files,
                phase,
                attempt: 0,
                media: None,
                bar_losses: 0,
                unheard_until: None,
            },
        );
        self.accept_in_advance(id, now, actions);
    }

    fn resume(
        &mut self,
        id: SessionId,
        about: About,
        files: FilePolicy,
        resume_by: UnixMillis,
        now: UnixMillis,
        actions: &mut Vec<Action>,
    ) {
        if let Some((_, outcome)) = self.finished.iter().find(|(finished, _)| *finished == id) {
            actions.push(Action::Report(outcome.event(id)));
            return;
        }
        if resume_by <= now {
            if self.sessions.contains_key(&id) {
                self.end(id, EndReason::Lost, now, actions);
            } else {
                actions.push(Action::Report(Event::Ended {
                    session: id,
                    reason: EndReason::Lost,
                }));
            }
            return;
        }
        let Some(session) = self.sessions.get_mut(&id) else {
            // No consent is on record here, and only the person at the device can make one now.
            self.ask(id, None, about, files, resume_by, now, actions);
            return;
        };
        session.unheard_until = None;
        session.files = files;
        match &mut session.phase {
            // The owner answered in the portal while the line was down.
            Phase::Asking { .. } => self.accept(id, now, actions),
            Phase::Waiting { until } => *until = resume_by.min(*until),
            Phase::Live { path } => {
                let (attempt, path) = (session.attempt, *path);
                actions.push(Action::Report(Event::Connected {
                    session: id,
                    attempt,
                    path,
                }));
            }
        }
    }
}
