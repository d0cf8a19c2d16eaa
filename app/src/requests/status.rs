//! The status of a request and the only ways in which it changes.
//!
//! Invariant: [`transition`] is total and pure; nothing else computes a next status.

use crate::tf;
use crate::words::{t, tc};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Where a request stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Filed; nobody has taken it.
    New,
    /// An operator has claimed it.
    Assigned,
    /// Launched: the owner is asked, or the device is waited for.
    WaitingForConnection,
    /// A session runs.
    InProgress,
    /// A reusable request between two sessions.
    Inactive,
    /// Done; in the history only.
    Closed,
    /// Taken back by its owner; in the history only.
    Cancelled,
}

/// What happens to the status of a request.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StatusEvent {
    /// The owner changes what they filed.
    Edit,
    /// An operator takes it.
    Claim,
    /// The assistant gives it back, or staff take it from them.
    Release,
    /// Staff give it to somebody.
    Assign,
    /// Staff put it aside for later sessions.
    Deactivate,
    /// Staff take up again what was put aside.
    Activate,
    /// It is finished and is wanted again.
    Reopen,
    /// The assistant asks for a session.
    Launch,
    /// The owner agreed.
    Accept,
    /// No session came of a launch: declined, not answered, device away, or withdrawn.
    NotConnected,
    /// A running session broke off without anybody ending it.
    BreakOff,
    /// Somebody ended a running session of a one-time request.
    EndOneTime,
    /// Somebody ended a running session of a reusable request.
    EndReusable,
    /// Staff close it.
    Close,
    /// The owner takes it back.
    Cancel,
}

/// A change that a status does not allow. Its text is a sentence for the person who tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct Refused {
    pub status: Status,
    pub event: StatusEvent,
}

impl Refused {
    fn sentence(&self) -> String {
        let status = self.status;
        match self.event {
            StatusEvent::Edit => tf!("The request is “{status}”, so it cannot be edited.", status = status),
            StatusEvent::Claim => tf!("The request is “{status}”, so it cannot be claimed.", status = status),
            StatusEvent::Release => tf!("The request is “{status}”, so it cannot be released.", status = status),
            StatusEvent::Assign => tf!(
                "The request is “{status}”, so it cannot be given to somebody.",
                status = status
            ),
            StatusEvent::Deactivate => tf!(
                "The request is “{status}”, so it cannot be made inactive.",
                status = status
            ),
            StatusEvent::Activate => tf!(
                "The request is “{status}”, so it cannot be taken up again.",
                status = status
            ),
            StatusEvent::Reopen => tf!(
                "The request is “{status}”, so it cannot be opened again.",
                status = status
            ),
            StatusEvent::Launch => tf!("The request is “{status}”, so it cannot be launched.", status = status),
            StatusEvent::Accept | StatusEvent::NotConnected => {
                tf!("The request is “{status}”, so it cannot be answered.", status = status)
            }
            StatusEvent::BreakOff | StatusEvent::EndOneTime | StatusEvent::EndReusable => tf!(
                "The request is “{status}”, so it cannot have its session ended.",
                status = status
            ),
            StatusEvent::Close => tf!("The request is “{status}”, so it cannot be closed.", status = status),
            StatusEvent::Cancel if status == Status::InProgress => {
                t("A session is running. Stop it before you cancel the request.").to_owned()
            }
            StatusEvent::Cancel => tf!("The request is “{status}”, so it cannot be cancelled.", status = status),
        }
    }
}

/// The status after `event`, or why it cannot happen now.
pub fn transition(status: Status, event: StatusEvent) -> Result<Status, Refused> {
    use Status::*;
    use StatusEvent::*;
    match (status, event) {
        (New | Assigned | Inactive, Edit) => Ok(status),
        (New, Claim) => Ok(Assigned),
        (Assigned | Inactive, Release) => Ok(New),
        (New | Assigned, Assign) => Ok(Assigned),
        (Inactive, Assign) => Ok(Inactive),
        (Assigned, Deactivate) => Ok(Inactive),
        (Inactive, Activate) => Ok(Assigned),
        (Closed | Cancelled, Reopen) => Ok(New),
        (Assigned | Inactive, Launch) => Ok(WaitingForConnection),
        (WaitingForConnection, Accept) => Ok(InProgress),
        (WaitingForConnection, NotConnected) => Ok(Assigned),
        (InProgress, BreakOff) => Ok(Assigned),
        (InProgress, EndOneTime) => Ok(Closed),
        (InProgress, EndReusable) => Ok(Inactive),
        (New | Assigned | WaitingForConnection | InProgress | Inactive, Close) => Ok(Closed),
        (New | Assigned | WaitingForConnection | Inactive, Cancel) => Ok(Cancelled),
        _ => Err(Refused { status, event }),
    }
}

impl Status {
    /// Every status, in the order of a request's life.
    pub const ALL: [Self; 7] = [
        Self::New,
        Self::Assigned,
        Self::WaitingForConnection,
        Self::InProgress,
        Self::Inactive,
        Self::Closed,
        Self::Cancelled,
    ];

    /// The words that people see.
    pub fn label(self) -> &'static str {
        match self {
            Self::New => tc("status", "New"),
            Self::Assigned => tc("status", "Assigned"),
            Self::WaitingForConnection => tc("status", "Waiting for connection"),
            Self::InProgress => tc("status", "In progress"),
            Self::Inactive => tc("status", "Inactive"),
            Self::Closed => tc("status", "Closed"),
            Self::Cancelled => tc("status", "Cancelled"),
        }
    }

    /// The word in the database and in addresses.
    pub fn code(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Assigned => "assigned",
            Self::WaitingForConnection => "waiting_for_connection",
            Self::InProgress => "in_progress",
            Self::Inactive => "inactive",
            Self::Closed => "closed",
            Self::Cancelled => "cancelled",
        }
    }

    /// True until the request is closed or cancelled.
    pub fn is_open(self) -> bool {
        !matches!(self, Self::Closed | Self::Cancelled)
    }

    /// True when `event` may happen now.
    pub fn allows(self, event: StatusEvent) -> bool {
        transition(self, event).is_ok()
    }
}

impl StatusEvent {
    /// Every event.
    pub const ALL: [Self; 15] = [
        Self::Edit,
        Self::Claim,
        Self::Release,
        Self::Assign,
        Self::Deactivate,
        Self::Activate,
        Self::Reopen,
        Self::Launch,
        Self::Accept,
        Self::NotConnected,
        Self::BreakOff,
        Self::EndOneTime,
        Self::EndReusable,
        Self::Close,
        Self::Cancel,
    ];
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.label())
    }
}

/// The text names no status.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not the code of a request status")]
pub struct UnknownStatus;

impl FromStr for Status {
    type Err = UnknownStatus;

    fn from_str(code: &str) -> Result<Self, UnknownStatus> {
        Self::ALL
            .into_iter()
            .find(|status| status.code() == code)
            .ok_or(UnknownStatus)
    }
}

#[cfg(test)]
mod tests {
    use super::{Status::*, StatusEvent::*, *};

    /// Every allowed change; whatever is not here is refused.
    const TABLE: &[(Status, StatusEvent, Status)] = &[
        (New, Edit, New),
        (New, Claim, Assigned),
        (New, Assign, Assigned),
        (New, Close, Closed),
        (New, Cancel, Cancelled),
        (Assigned, Edit, Assigned),
        (Assigned, Release, New),
        (Assigned, Assign, Assigned),
        (Assigned, Deactivate, Inactive),
        (Assigned, Launch, WaitingForConnection),
        (Assigned, Close, Closed),
        (Assigned, Cancel, Cancelled),
        (WaitingForConnection, Accept, InProgress),
        (WaitingForConnection, NotConnected, Assigned),
        (WaitingForConnection, Close, Closed),
        (WaitingForConnection, Cancel, Cancelled),
        (InProgress, BreakOff, Assigned),
        (InProgress, EndOneTime, Closed),
        (InProgress, EndReusable, Inactive),
        (InProgress, Close, Closed),
        (Inactive, Edit, Inactive),
        (Inactive, Release, New),
        (Inactive, Assign, Inactive),
        (Inactive, Activate, Assigned),
        (Inactive, Launch, WaitingForConnection),
        (Inactive, Close, Closed),
        (Inactive, Cancel, Cancelled),
        (Closed, Reopen, New),
        (Cancelled, Reopen, New),
    ];

    #[test]
    fn every_status_and_event_does_what_the_table_says() {
        for status in Status::ALL {
            for event in StatusEvent::ALL {
                let expected = TABLE
                    .iter()
                    .find(|line| (line.0, line.1) == (status, event))
                    .map(|line| line.2);
                assert_eq!(transition(status, event).ok(), expected, "{status:?} {event:?}");
            }
        }
    }

    #[test]
    fn nothing_but_opening_it_again_leaves_closed_or_cancelled() {
        for event in StatusEvent::ALL.into_iter().filter(|event| *event != Reopen) {
            assert!(transition(Closed, event).is_err());
            assert!(transition(Cancelled, event).is_err());
        }
    }

    #[test]
    fn every_code_reads_back() {
        for status in Status::ALL {
            assert_eq!(status.code().parse(), Ok(status));
        }
        assert_eq!("".parse::<Status>(), Err(UnknownStatus));
    }

    #[test]
    fn a_refusal_says_where_the_request_stands() {
        let refused = transition(Closed, Claim).expect_err("closed");
        assert_eq!(refused.to_string(), "The request is “Closed”, so it cannot be claimed.");
    }

    #[test]
    fn cancelling_during_a_session_says_to_stop_it_first() {
        let refused = transition(InProgress, Cancel).expect_err("running");
        assert!(refused.to_string().contains("Stop it"));
    }
}
