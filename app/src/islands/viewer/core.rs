//! The viewer's life as a pure state machine: input and now → commands, and when to wake it next.
//!
//! Invariant: it knows neither browser nor network. At most one attempt is under way; what an older attempt still
//! reports is ignored.

mod messages;

pub use messages::{Command, Failure, Input, Progress, Seen};

use super::status::{Ending, Obstacle, Status};
use crate::sessions::model::SessionStatus;
use deskside_protocol::{
    limits::RESUME_WITHIN,
    session::{EndReason, MediaPath},
};

/// Milliseconds on a clock that only goes forward.
pub type Millis = u64;

/// How often the portal is asked while the owner decides; changes arrive sooner over the live channel.
pub const ASK_WHILE_WAITING: Millis = 2_000;
/// How often the portal is asked while there is no connection.
pub const ASK_WHILE_CONNECTING: Millis = 4_000;
/// How often the portal is asked while connected.
pub const ASK_WHILE_CONNECTED: Millis = 30_000;
/// How long the portal's answer is waited for before it is asked again.
pub const ANSWER: Millis = 15_000;
/// How long one step of an attempt may take: ticket and join, the answer, the media connection.
pub const STEP: Millis = 10_000;
/// How long a connection that reports trouble may recover by itself.
pub const RECOVER: Millis = 1_500;
/// How long connecting is tried before the viewer gives up.
pub const GIVE_UP: Millis = RESUME_WITHIN.as_millis() as Millis;
/// Waits between attempts; the last one repeats.
pub const BACKOFF: [Millis; 5] = [100, 500, 1_000, 2_000, 3_000];

#[derive(Clone, Copy, PartialEq, Debug)]
enum Step {
    /// Ticket and join.
    Joining,
    /// Joined; the device is not there.
    Absent,
    Offered,
    /// Answered; the relay's candidates are due at this time, `None` when added.
    Answered {
        relay_at: Option<Millis>,
    },
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Phase {
    /// Nothing is known yet, or the owner has not answered.
    Waiting,
    Attempting {
        step: Step,
        until: Millis,
    },
    Pausing {
        until: Millis,
    },
    Connected {
        path: MediaPath,
        weak_since: Option<Millis>,
    },
    Over,
}

/// The state machine.
#[derive(Debug)]
pub struct Core {
    phase: Phase,
    attempt: u32,
    failures: usize,
    /// Since when there has been consent but no connection.
    without_since: Option<Millis>,
    was_connected: bool,
    obstacle: Option<Obstacle>,
    ask_at: Millis,
    /// A question to the portal is under way; `again`: something changed meanwhile, so its answer may be old.
    asking: bool,
    again: bool,
    shown: Option<Status>,
}

impl Default for Core {
    fn default() -> Self {
        Self {
            phase: Phase::Waiting,
            attempt: 0,
            failures: 0,
            without_since: None,
            was_connected: false,
            obstacle: None,
            ask_at: 0,
            asking: false,
            again: false,
            shown: None,
        }
    }
}

impl Core {
    /// Takes one input and says what to do, in order.
    pub fn handle(&mut self, input: Input, now: Millis) -> Vec<Command> {
        let mut commands = Vec::new();
        if self.phase == Phase::Over {
            if input == Input::RetryPressed {
                *self = Self {
                    attempt: self.attempt,
                    ..Self::default()
                };
                self.ask(now, &mut commands);
                self.show(&mut commands);
            }
            return commands;
        }
        match input {
            Input::Started | Input::Changed => self.ask(now, &mut commands),
            Input::Seen(seen) => self.seen(seen, now, &mut commands),
            Input::Progress { attempt, what } if attempt == self.attempt => self.progress(what, now, &mut commands),
            Input::Progress { .. } | Input::RetryPressed => {}
            Input::EndedByDevice(reason) => {
                self.end(
                    Ending::Ended {
                        reason: Some(reason),
                        unanswered: false,
                    },
                    &mut commands,
                );
            }
            Input::EndPressed => {
                commands.push(Command::TellEnd);
                self.end(
                    Ending::Ended {
                        reason: Some(EndReason::Operator),
                        unanswered: false,
                    },
                    &mut commands,
                );
            }
            Input::Tick => self.tick(now, &mut commands),
        }
        self.show(&mut commands);
        commands
    }

    /// When [`Input::Tick`] is due; `None`: never.
    pub fn next_timeout(&self) -> Option<Millis> {
        let own = match self.phase {
            Phase::Over => return None,
            Phase::Waiting => None,
            Phase::Attempting {
                step: Step::Answered { relay_at: Some(at) },
                until,
            } => Some(at.min(until)),
            Phase::Attempting { step: Step::Absent, .. } => None,
            Phase::Attempting { until, .. } | Phase::Pausing { until } => Some(until),
            Phase::Connected { weak_since, .. } => weak_since.map(|since| since + RECOVER),
        };
        [own, Some(self.ask_at), self.without_since.map(|since| since + GIVE_UP)]
            .into_iter()
            .flatten()
            .min()
    }

    /// True while the picture is live and input may be sent.
    pub fn is_connected(&self) -> bool {
        matches!(self.phase, Phase::Connected { .. })
    }

    /// True until the session is over.
    pub fn is_open(&self) -> bool {
        self.phase != Phase::Over
    }

    fn seen(&mut self, seen: Seen, now: Millis, commands: &mut Vec<Command>) {
        self.asking = false;
        match seen {
            Seen::Open(SessionStatus::Asking) | Seen::Unreachable => {}
            Seen::Open(SessionStatus::Active | SessionStatus::Interrupted) => {
                if self.phase == Phase::Waiting {
                    self.was_connected |= seen == Seen::Open(SessionStatus::Interrupted);
                    self.without_since = Some(now);
                    self.start(now, commands);
                }
            }
            Seen::Open(SessionStatus::Ended) => self.end(
                Ending::Ended {
                    reason: None,
                    unanswered: false,
                },
                commands,
            ),
            Seen::Ended { reason, unanswered } => self.end(Ending::Ended { reason, unanswered }, commands),
            Seen::Gone => self.end(Ending::Gone, commands),
            Seen::SignedOut => self.end(Ending::SignedOut, commands),
        }
        self.ask_at = now + self.pace();
        if std::mem::take(&mut self.again) && self.phase != Phase::Over {
            self.ask(now, commands);
        }
    }

    fn progress(&mut self, what: Progress, now: Millis, commands: &mut Vec<Command>) {
        match (what, self.phase) {
            (Progress::Failed(Failure::Final(obstacle)), _) => self.end(Ending::Refused(obstacle), commands),
            (Progress::Failed(failure), _) => self.fail(failure, now, commands),
            (
                Progress::Joined { device_online: true },
                Phase::Attempting {
                    step: Step::Joining, ..
                },
            )
            | (Progress::DeviceOnline, Phase::Attempting { step: Step::Absent, .. }) => {
                self.step(Step::Offered, now);
                commands.push(Command::Offer);
            }
            (
                Progress::Joined { device_online: false },
                Phase::Attempting {
                    step: Step::Joining, ..
                },
            ) => {
                self.obstacle = Some(Obstacle::DeviceAway);
                self.step(Step::Absent, now);
            }
            // A device that comes back knows nothing of the offer that it got before.
            (
                Progress::DeviceOnline,
                Phase::Attempting {
                    step: Step::Offered | Step::Answered { .. },
                    ..
                },
            ) => {
                self.fail(Failure::Passing, now, commands);
            }
            (Progress::DeviceOffline, Phase::Attempting { .. }) => {
                self.obstacle = Some(Obstacle::DeviceAway);
                self.fail(Failure::Passing, now, commands);
            }
            (Progress::DeviceOffline, Phase::Connected { path, .. }) if path != MediaPath::Direct => {
                self.fail(Failure::Passing, now, commands);
            }
            (
                Progress::Answered { relay_after },
                Phase::Attempting {
                    step: Step::Offered, ..
                },
            ) => {
                self.step(
                    Step::Answered {
                        relay_at: Some(now + relay_after),
                    },
                    now,
                );
            }
            (Progress::Connected { path }, Phase::Connected { .. }) => {
                self.phase = Phase::Connected { path, weak_since: None };
            }
            (Progress::Connected { path }, Phase::Attempting { .. }) => {
                self.phase = Phase::Connected { path, weak_since: None };
                self.failures = 0;
                self.without_since = None;
                self.was_connected = true;
                self.obstacle = None;
                if !self.asking {
                    self.ask_at = now + ASK_WHILE_CONNECTED;
                }
            }
            (Progress::Weak, Phase::Connected { path, weak_since: None }) => {
                self.phase = Phase::Connected {
                    path,
                    weak_since: Some(now),
                };
            }
            _ => {}
        }
    }

    fn tick(&mut self, now: Millis, commands: &mut Vec<Command>) {
        if self.without_since.is_some_and(|since| now >= since + GIVE_UP) {
            let ending = match self.obstacle {
                _ if self.was_connected => Ending::Ended {
                    reason: Some(EndReason::Lost),
                    unanswered: false,
                },
                obstacle => Ending::NotReached(obstacle),
            };
            return self.end(ending, commands);
        }
        match self.phase {
            Phase::Attempting { step: Step::Absent, .. } => {}
            Phase::Attempting { until, .. } if now >= until => self.fail(Failure::Passing, now, commands),
            Phase::Attempting {
                step: Step::Answered { relay_at: Some(at) },
                until,
            } if now >= at => {
                self.phase = Phase::Attempting {
                    step: Step::Answered { relay_at: None },
                    until,
                };
                commands.push(Command::AddRelay);
            }
            Phase::Pausing { until } if now >= until => self.start(now, commands),
            Phase::Connected {
                weak_since: Some(since),
                ..
            } if now >= since + RECOVER => {
                self.fail(Failure::Passing, now, commands);
            }
            _ => {}
        }
        if now >= self.ask_at {
            self.asking = false;
            self.ask(now, commands);
        }
    }

    fn ask(&mut self, now: Millis, commands: &mut Vec<Command>) {
        if self.asking {
            self.again = true;
        } else {
            self.asking = true;
            self.ask_at = now + ANSWER;
            commands.push(Command::AskPortal);
        }
    }

    fn pace(&self) -> Millis {
        match self.phase {
            Phase::Waiting | Phase::Over => ASK_WHILE_WAITING,
            Phase::Attempting { .. } | Phase::Pausing { .. } => ASK_WHILE_CONNECTING,
            Phase::Connected { .. } => ASK_WHILE_CONNECTED,
        }
    }

    fn start(&mut self, now: Millis, commands: &mut Vec<Command>) {
        self.attempt += 1;
        self.step(Step::Joining, now);
        commands.push(Command::Start { attempt: self.attempt });
    }

    fn step(&mut self, step: Step, now: Millis) {
        self.phase = Phase::Attempting {
            step,
            until: now + STEP,
        };
    }

    fn fail(&mut self, failure: Failure, now: Millis, commands: &mut Vec<Command>) {
        if matches!(self.phase, Phase::Waiting | Phase::Pausing { .. } | Phase::Over) {
            return;
        }
        if let Failure::Declined(why) = failure {
            self.obstacle = Some(Obstacle::Declined(why));
        }
        let wait = BACKOFF[self.failures.min(BACKOFF.len() - 1)];
        self.failures += 1;
        self.without_since.get_or_insert(now);
        self.phase = Phase::Pausing { until: now + wait };
        commands.push(Command::Drop);
        if failure != Failure::Passing {
            self.ask(now, commands);
        }
        if !self.asking {
            self.ask_at = self.ask_at.min(now + ASK_WHILE_CONNECTING);
        }
    }

    fn end(&mut self, ending: Ending, commands: &mut Vec<Command>) {
        self.phase = Phase::Over;
        commands.push(Command::Drop);
        self.shown = Some(Status::Over(ending));
        commands.push(Command::Show(Status::Over(ending)));
    }

    fn show(&mut self, commands: &mut Vec<Command>) {
        let status = match self.phase {
            Phase::Over => return,
            Phase::Waiting => Status::Waiting,
            Phase::Attempting { .. } | Phase::Pausing { .. } if self.was_connected => Status::Interrupted,
            Phase::Attempting { .. } | Phase::Pausing { .. } => Status::Connecting(self.obstacle),
            Phase::Connected { path, .. } => Status::Connected(path),
        };
        if self.shown != Some(status) {
            self.shown = Some(status);
            commands.push(Command::Show(status));
        }
    }
}

#[cfg(test)]
#[path = "core_tests.rs"]
mod tests;
