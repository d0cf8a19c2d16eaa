//! What goes into the viewer's state machine and what comes out.

use super::Millis;
use crate::{
    islands::viewer::status::{Obstacle, Status},
    sessions::model::SessionStatus,
};
use deskside_protocol::{
    agent::DeclineOffer,
    session::{EndReason, MediaPath},
};

/// What the portal says about the session.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Seen {
    Open(SessionStatus),
    Ended {
        reason: Option<EndReason>,
        unanswered: bool,
    },
    /// The portal shows no such session to this person.
    Gone,
    SignedOut,
    /// The portal did not answer.
    Unreachable,
}

/// What an attempt reports about itself.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Progress {
    Joined {
        device_online: bool,
    },
    DeviceOnline,
    DeviceOffline,
    /// The device's answer was verified and applied; the relay's candidates may be added after this time.
    Answered {
        relay_after: Millis,
    },
    /// Media flows on this path; may come again when the path changes.
    Connected {
        path: MediaPath,
    },
    /// The connection reports trouble that may pass.
    Weak,
    Failed(Failure),
}

/// Why an attempt failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Failure {
    /// Something that another attempt may cure.
    Passing,
    /// The portal gave no ticket: ask it what became of the session.
    NoTicket,
    Declined(DeclineOffer),
    /// Another attempt cannot help.
    Final(Obstacle),
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Input {
    Started,
    Seen(Seen),
    /// Something about the session changed.
    Changed,
    Progress {
        attempt: u32,
        what: Progress,
    },
    /// The device closed the session.
    EndedByDevice(EndReason),
    EndPressed,
    RetryPressed,
    /// The time of [`super::Core::next_timeout`] came.
    Tick,
}

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Command {
    /// Fetch the session's state; answered by [`Input::Seen`].
    AskPortal,
    /// Make a peer connection, get a ticket, join. Replaces an older attempt, whose picture stays until then.
    Start {
        attempt: u32,
    },
    /// Send the offer: the device is there.
    Offer,
    /// Add the relay's candidates.
    AddRelay,
    /// Close the attempt.
    Drop,
    /// Tell the device and the portal that the operator ends the session.
    TellEnd,
    Show(Status),
}
