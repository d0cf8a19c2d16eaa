//! The life of one session: what it is, what reached us, what follows.
//!
//! Invariant: pure. No clock, no database, no network; everything that must survive a restart is in [`Life`], and
//! [`Life::deadline`] is the only time at which something happens by itself. An ended session never changes again.

use super::model::SessionStatus;
use crate::{
    requests::model::{Happened, StatusEvent},
    server::clock::millis,
    words::t,
};
use deskside_protocol::{
    UnixMillis,
    limits::{CONSENT_WAIT, RESUME_WITHIN},
    session::{ConsentAnswer, EndReason, MediaPath},
};
use std::time::Duration;

/// How long a launch waits for the device to come online.
pub const DEVICE_WAIT: Duration = Duration::from_secs(15 * 60);
/// A viewer that was closed may be opened again for this long: a reload closes it, too.
pub const LEAVE_WAIT: Duration = Duration::from_secs(15);
/// An answer given on the device in its last moment may arrive this much later.
pub const ANSWER_GRACE: Duration = Duration::from_secs(2);

/// Everything about a session that decides what may happen to it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Life {
    pub status: SessionStatus,
    /// While Asking with the device away: how long it is waited for.
    pub device_by: Option<UnixMillis>,
    /// While Asking with the device online: how long the owner can answer.
    pub answer_by: Option<UnixMillis>,
    /// While media is missing after consent: how long it may take to come (back).
    pub resume_by: Option<UnixMillis>,
    /// The operator closed the viewer: when that ends the session.
    pub leave_by: Option<UnixMillis>,
    pub started_at: Option<UnixMillis>,
    pub ended_at: Option<UnixMillis>,
    pub end_reason: Option<EndReason>,
    /// Nobody said no: the time passed.
    pub unanswered: bool,
    pub path: Option<MediaPath>,
    /// The last attempt that a ticket was given for.
    pub attempt: u32,
    /// The request is one-time: a session that somebody ends closes it.
    pub one_time: bool,
}

/// What reached the portal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Input {
    DeviceOnline,
    DeviceOffline,
    /// Somebody answered the question, on the device or as owner in the portal.
    Answered {
        answer: ConsentAnswer,
        by: AnsweredBy,
    },
    Connected {
        attempt: u32,
        path: MediaPath,
    },
    Interrupted,
    /// The operator closed the viewer, or reloads it.
    ViewerLeft,
    /// A viewer of the operator is open.
    ViewerSeen,
    /// Operator or owner ended it in the portal, the request was closed, or the device says that it is over.
    End {
        reason: EndReason,
        by: EndedBy,
    },
    /// The portal was away and does not know what happened meanwhile.
    PortalRestarted,
    /// Time passed.
    Tick,
}

/// Where a question was answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AnsweredBy {
    Device,
    Owner,
}

/// Who says that a session is over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EndedBy {
    Device,
    Portal,
}

/// What follows from an input.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Effect {
    /// Send the question to the device.
    Ask,
    /// Tell the device that the owner answered in the portal.
    TellAnswer { accepted: bool },
    /// Allow the device to go on with the session.
    SendResume,
    /// Tell the device to stop.
    SendEnd(EndReason),
    /// No browser may signal any longer.
    CloseBrowser,
    /// Write this on the request's timeline.
    Note(Happened),
    /// Change the request's status and write this on its timeline.
    Request(StatusEvent, Happened),
}

/// The session after an input, and what follows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Step {
    pub life: Life,
    pub effects: Vec<Effect>,
}

/// Why an input was not taken. Its text is a sentence for the person who tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotNow {
    #[error("{}", t("This session has ended already."))]
    Ended,
    #[error("{}", t("The question has been answered already."))]
    Answered,
    #[error("{}", t("Your device is not online yet, so there is nothing to accept."))]
    DeviceAway,
    #[error("{}", t("The time to answer is over."))]
    TooLate,
    #[error("{}", t("Nobody has consented to this session."))]
    NoConsent,
}

impl Life {
    /// A session that was just launched.
    pub fn launch(now: UnixMillis, device_online: bool, one_time: bool) -> Step {
        let mut life = Self {
            status: SessionStatus::Asking,
            device_by: None,
            answer_by: None,
            resume_by: None,
            leave_by: None,
            started_at: None,
            ended_at: None,
            end_reason: None,
            unanswered: false,
            path: None,
            attempt: 0,
            one_time,
        };
        let mut effects = vec![Effect::Request(StatusEvent::Launch, Happened::Launched)];
        if device_online {
            life.answer_by = Some(now + millis(CONSENT_WAIT));
            effects.push(Effect::Ask);
        } else {
            life.device_by = Some(now + millis(DEVICE_WAIT));
        }
        Step { life, effects }
    }

    /// When [`Input::Tick`] will change something.
    pub fn deadline(&self) -> Option<UnixMillis> {
        match self.status {
            SessionStatus::Asking => self.answer_by.map(|at| at + millis(ANSWER_GRACE)).or(self.device_by),
            SessionStatus::Active | SessionStatus::Interrupted => self.resume_by.into_iter().chain(self.leave_by).min(),
            SessionStatus::Ended => None,
        }
    }

    /// True while the owner can answer in the portal.
    pub fn asks_owner(&self, now: UnixMillis) -> bool {
        self.status == SessionStatus::Asking && self.answer_by.is_some_and(|by| now <= by)
    }

    /// True while a browser may get a ticket.
    pub fn may_connect(&self) -> bool {
        matches!(self.status, SessionStatus::Active | SessionStatus::Interrupted)
    }

    /// What follows from `input` at `now`. `Err`: the input changes nothing, and why.
    pub fn step(&self, input: Input, now: UnixMillis) -> Result<Step, NotNow> {
        if self.status == SessionStatus::Ended {
            return Err(NotNow::Ended);
        }
        match input {
            Input::DeviceOnline => Ok(self.device_online(now)),
            Input::DeviceOffline | Input::Interrupted | Input::PortalRestarted => Ok(self.interrupted(now)),
            Input::ViewerLeft => Ok(self.viewer_left(now)),
            Input::ViewerSeen => Ok(self.viewer_seen()),
            Input::Answered { answer, by } => self.answered(answer, by, now),
            Input::Connected { attempt, path } => self.connected(attempt, path),
            Input::End { reason, by } => Ok(self.end(reason, by, now)),
            Input::Tick => Ok(self.tick(now)),
        }
    }

    fn unchanged(&self) -> Step {
        Step {
            life: self.clone(),
            effects: Vec::new(),
        }
    }

    fn device_online(&self, now: UnixMillis) -> Step {
        let mut step = self.unchanged();
        match self.status {
            SessionStatus::Asking if self.answer_by.is_none() => {
                step.life.device_by = None;
                step.life.answer_by = Some(now + millis(CONSENT_WAIT));
                step.effects = vec![Effect::Ask, Effect::Note(Happened::Asked)];
            }
            SessionStatus::Asking => step.effects = vec![Effect::Ask],
            SessionStatus::Active | SessionStatus::Interrupted => step.effects = vec![Effect::SendResume],
            SessionStatus::Ended => {}
        }
        step
    }

    fn interrupted(&self, now: UnixMillis) -> Step {
        let mut step = self.unchanged();
        // Before the first connection `resume_by` runs already; an interruption must not prolong it.
        if self.status == SessionStatus::Active && self.resume_by.is_none() {
            step.life.status = SessionStatus::Interrupted;
            step.life.resume_by = Some(now + millis(RESUME_WITHIN));
            step.effects = vec![Effect::Note(Happened::Interrupted)];
        }
        step
    }

    fn viewer_left(&self, now: UnixMillis) -> Step {
        let mut step = self.unchanged();
        // While the owner is asked, the operator may well look at other pages.
        if self.may_connect() {
            step.life.leave_by.get_or_insert(now + millis(LEAVE_WAIT));
        }
        step
    }

    fn viewer_seen(&self) -> Step {
        let mut step = self.unchanged();
        step.life.leave_by = None;
        step
    }

    fn answered(&self, answer: ConsentAnswer, by: AnsweredBy, now: UnixMillis) -> Result<Step, NotNow> {
        if self.status != SessionStatus::Asking {
            return Err(NotNow::Answered);
        }
        let answer_by = self.answer_by.ok_or(NotNow::DeviceAway)?;
        let grace = if by == AnsweredBy::Device {
            millis(ANSWER_GRACE)
        } else {
            0
        };
        if now > answer_by + grace {
            return Err(NotNow::TooLate);
        }
        let mut step = match answer {
            ConsentAnswer::Accepted | ConsentAnswer::AllowedInAdvance => {
                let mut step = self.unchanged();
                step.life.status = SessionStatus::Active;
                step.life.answer_by = None;
                step.life.started_at = Some(now);
                step.life.resume_by = Some(now + millis(RESUME_WITHIN));
                let happened = match answer {
                    ConsentAnswer::AllowedInAdvance => Happened::AcceptedInAdvance,
                    _ => Happened::Accepted,
                };
                step.effects = vec![Effect::Request(StatusEvent::Accept, happened)];
                step
            }
            ConsentAnswer::Declined => self.not_connected(EndReason::NoConsent, Happened::Declined, now),
            ConsentAnswer::Ignored => self.not_connected(EndReason::NoConsent, Happened::NoAnswer, now),
        };
        if by == AnsweredBy::Owner {
            step.effects.insert(
                0,
                Effect::TellAnswer {
                    accepted: answer.is_yes(),
                },
            );
        }
        Ok(step)
    }

    fn connected(&self, attempt: u32, path: MediaPath) -> Result<Step, NotNow> {
        if self.status == SessionStatus::Asking {
            return Err(NotNow::NoConsent);
        }
        let mut step = self.unchanged();
        // Nobody got a ticket for it. An older attempt than the last counts: its media may have outlived a newer one
        // that came to nothing, and a device reports in order.
        if attempt > self.attempt {
            return Ok(step);
        }
        if self.status == SessionStatus::Interrupted {
            step.effects.push(Effect::Note(Happened::Resumed));
        }
        step.life.status = SessionStatus::Active;
        step.life.resume_by = None;
        step.life.path = Some(path);
        Ok(step)
    }

    fn tick(&self, now: UnixMillis) -> Step {
        if self.deadline().is_none_or(|deadline| now < deadline) {
            return self.unchanged();
        }
        match self.status {
            SessionStatus::Asking if self.answer_by.is_some() => {
                let mut step = self.not_connected(EndReason::NoConsent, Happened::NoAnswer, now);
                step.effects.insert(0, Effect::SendEnd(EndReason::NoConsent));
                step
            }
            SessionStatus::Asking => self.not_connected(EndReason::NoConsent, Happened::DeviceAway, now),
            // Whoever closes the viewer means to end the session.
            SessionStatus::Active | SessionStatus::Interrupted if self.leave_by.is_some_and(|by| now >= by) => {
                self.end(EndReason::Operator, EndedBy::Portal, now)
            }
            SessionStatus::Active | SessionStatus::Interrupted => self.end(EndReason::Lost, EndedBy::Portal, now),
            SessionStatus::Ended => self.unchanged(),
        }
    }

    fn end(&self, reason: EndReason, by: EndedBy, now: UnixMillis) -> Step {
        let mut step = if self.status == SessionStatus::Asking {
            match reason {
                EndReason::Operator => self.not_connected(reason, Happened::Withdrawn, now),
                EndReason::Employee => self.not_connected(EndReason::NoConsent, Happened::Declined, now),
                EndReason::NoConsent => self.not_connected(reason, Happened::NoAnswer, now),
                EndReason::Lost | EndReason::Failed => self.not_connected(reason, Happened::SessionEnded(reason), now),
                EndReason::RequestClosed => self.closed_with_request(now),
            }
        } else {
            match reason {
                EndReason::Employee | EndReason::Operator => {
                    let event = if self.one_time {
                        StatusEvent::EndOneTime
                    } else {
                        StatusEvent::EndReusable
                    };
                    self.ended(reason, Effect::Request(event, Happened::SessionEnded(reason)), now)
                }
                // A device that denies a consent it reported before has failed; the operator may launch again.
                EndReason::NoConsent | EndReason::Failed => self.broken_off(EndReason::Failed, now),
                EndReason::Lost => self.broken_off(EndReason::Lost, now),
                EndReason::RequestClosed => self.closed_with_request(now),
            }
        };
        if by == EndedBy::Portal {
            step.effects.insert(0, Effect::SendEnd(reason));
        }
        step
    }

    fn not_connected(&self, reason: EndReason, happened: Happened, now: UnixMillis) -> Step {
        let mut step = self.ended(reason, Effect::Request(StatusEvent::NotConnected, happened), now);
        step.life.unanswered = matches!(happened, Happened::NoAnswer | Happened::DeviceAway);
        step
    }

    fn broken_off(&self, reason: EndReason, now: UnixMillis) -> Step {
        self.ended(
            reason,
            Effect::Request(StatusEvent::BreakOff, Happened::SessionEnded(reason)),
            now,
        )
    }

    fn closed_with_request(&self, now: UnixMillis) -> Step {
        self.ended(
            EndReason::RequestClosed,
            Effect::Note(Happened::SessionEnded(EndReason::RequestClosed)),
            now,
        )
    }

    fn ended(&self, reason: EndReason, effect: Effect, now: UnixMillis) -> Step {
        let mut life = self.clone();
        life.status = SessionStatus::Ended;
        life.device_by = None;
        life.answer_by = None;
        life.resume_by = None;
        life.leave_by = None;
        life.ended_at = Some(now);
        life.end_reason = Some(reason);
        Step {
            life,
            effects: vec![Effect::CloseBrowser, effect],
        }
    }
}

#[cfg(test)]
#[path = "core_tests.rs"]
mod tests;
