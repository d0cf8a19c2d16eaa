//! What goes into the core and what comes out of it.

use super::NoticeTold;
use crate::{
    session::{preconsent::PreConsents, saved::Saved},
    ui::words::{About, BarState, Notice},
};
use deskside_protocol::{
    UnixMillis,
    agent::DeclineOffer,
    fingerprint::Fingerprint,
    ids::{MessageId, RequestId, SessionId},
    report::Event,
    session::{ConsentAnswer, EndReason, MediaPath, PathPolicy, Scope},
    signed::Signed,
    transfer::FilePolicy,
};

/// Something happened.
#[derive(Clone, Debug)]
pub enum Input {
    /// Nothing but time passed.
    Time,
    /// The relay let the device in; the clock is right from now on.
    LineUp,
    LineDown,
    /// From the portal, not yet checked.
    Command(Signed),
    Offer(Offer),
    /// A candidate of the browser.
    Candidate {
        session: SessionId,
        attempt: u32,
        candidate: String,
    },
    BrowserLeft {
        session: SessionId,
        attempt: u32,
    },
    Window(SessionId, WindowNotice),
    /// From the notice of what was allowed in advance.
    Notice(RequestId, NoticeTold),
    Media(SessionId, u32, MediaNotice),
    /// What the last run of the agent left behind.
    Restored(Vec<Saved>),
    /// The agent is about to exit.
    Stopping,
}

/// A browser wants to connect; nothing of it is checked yet.
#[derive(Clone, Debug)]
pub struct Offer {
    pub session: SessionId,
    pub attempt: u32,
    pub sdp: String,
    pub ticket: Signed,
    pub tunnel: u32,
}

/// What the windows of one session tell.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WindowNotice {
    /// It is on the screen.
    Shown,
    Answered {
        accepted: bool,
    },
    /// The person at the device pressed Stop.
    Stop,
    Chat {
        message: MessageId,
        text: String,
    },
    /// It could not be shown at all.
    Unavailable,
    /// It was on the screen and is gone without a word.
    Died,
}

/// What the media of one attempt tells.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MediaNotice {
    Connected(MediaPath),
    Disconnected,
    EndedByOperator,
    /// It could not be started.
    Refused(DeclineOffer, String),
    /// It stopped by itself.
    Failed(String),
}

/// Something to do.
#[derive(Clone, PartialEq, Debug)]
pub enum Action {
    /// Sign it and send it to the portal, now or when the line is back.
    Report(Event),
    ShowPrompt {
        session: SessionId,
        about: About,
        seconds: u32,
    },
    /// Shows the bar, in place of the prompt, or updates it.
    ShowBar {
        session: SessionId,
        about: About,
        state: BarState,
    },
    ShowChat {
        session: SessionId,
        from: String,
        text: String,
        sent_at: UnixMillis,
    },
    CloseWindow {
        session: SessionId,
    },
    /// Shows what was allowed in advance for a request; there is one such notice at a time.
    ShowNotice {
        request: RequestId,
        notice: Notice,
    },
    CloseNotice,
    /// Replace the file of what is allowed in advance.
    SaveAllowed(PreConsents),
    StartMedia {
        session: SessionId,
        attempt: u32,
        sdp: String,
        paths: PathPolicy,
        scopes: Vec<Scope>,
        /// Who is at the other end, and which files may be sent.
        operator: String,
        files: FilePolicy,
        tunnel: u32,
        /// Of the operator's browser, from the checked ticket.
        peer_fingerprint: Fingerprint,
    },
    AddCandidate {
        session: SessionId,
        attempt: u32,
        candidate: String,
    },
    /// Stops the media of a session; without a reason the operator's side is not told that the session is over.
    CloseMedia {
        session: SessionId,
        reason: Option<EndReason>,
    },
    Decline {
        session: SessionId,
        attempt: u32,
        why: DeclineOffer,
    },
    /// Replace the file of consents.
    Save(Vec<Saved>),
    /// A sentence for the log.
    Log(String),
}

/// How a session ended, for when the portal asks again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Finished {
    Refused(ConsentAnswer),
    Ended(EndReason),
}

impl Finished {
    pub(super) fn event(self, session: SessionId) -> Event {
        match self {
            Self::Refused(answer) => Event::Consent { session, answer },
            Self::Ended(reason) => Event::Ended { session, reason },
        }
    }
}
