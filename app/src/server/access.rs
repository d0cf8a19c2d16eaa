//! The only place that decides who may do what.
//!
//! Invariant: everything not granted in [`allowed`] is denied, and denied looks absent unless the actor may see the
//! thing anyway. A service does nothing without the [`Permit`] that only [`authorize`] makes.

use crate::{
    accounts::model::{Role, UserSummary},
    error::AppError,
};
use deskside_protocol::ids::UserId;

/// Who asks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Actor {
    pub user: UserSummary,
}

impl Actor {
    pub fn id(&self) -> UserId {
        self.user.id
    }

    pub fn role(&self) -> Role {
        self.user.role
    }

    /// May this be done? For showing a button; a service calls [`authorize`].
    pub fn may(&self, action: Action, subject: Subject) -> bool {
        allowed(action, self.role(), subject.relation(self.id()))
    }
}

/// Every use case of the portal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Action {
    /// Own account page: password, time zone, sign out everywhere.
    UseAccount,
    /// The page of one's own requests.
    ListOwnRequests,
    /// The staff's list of all requests.
    ListRequests,
    FileRequest,
    ViewRequest,
    EditRequest,
    CancelRequest,
    ClaimRequest,
    ReleaseRequest,
    LaunchRequest,
    CloseRequest,
    AnswerConsent,
    WriteMessage,
    EndSession,
    /// Open the viewer, take tickets, read its state.
    OperateSession,
    /// Follow the session's state without operating it.
    WatchSession,
    /// The device page: staff see all, employees their own (see [`Permit::reach`]).
    ListDevices,
    ViewDevice,
    /// Make an enrolment token for the subject's owner.
    MakeEnrolmentToken,
    /// Take a device's right to connect for good.
    RevokeDevice,
    /// The mail page: administrators see all, others their own (see [`Permit::reach`]).
    ListMail,
    ReadMail,
}

impl Action {
    pub const ALL: [Self; 22] = [
        Self::UseAccount,
        Self::ListOwnRequests,
        Self::ListRequests,
        Self::FileRequest,
        Self::ViewRequest,
        Self::EditRequest,
        Self::CancelRequest,
        Self::ClaimRequest,
        Self::ReleaseRequest,
        Self::LaunchRequest,
        Self::CloseRequest,
        Self::AnswerConsent,
        Self::WriteMessage,
        Self::EndSession,
        Self::OperateSession,
        Self::WatchSession,
        Self::ListDevices,
        Self::ViewDevice,
        Self::MakeEnrolmentToken,
        Self::RevokeDevice,
        Self::ListMail,
        Self::ReadMail,
    ];

    /// What one must be allowed in order to be told "not allowed" instead of "absent".
    fn seen_through(self) -> Option<Self> {
        match self {
            Self::EditRequest
            | Self::CancelRequest
            | Self::ClaimRequest
            | Self::ReleaseRequest
            | Self::LaunchRequest
            | Self::CloseRequest
            | Self::AnswerConsent
            | Self::WriteMessage
            | Self::EndSession => Some(Self::ViewRequest),
            Self::MakeEnrolmentToken | Self::RevokeDevice => Some(Self::ViewDevice),
            Self::UseAccount
            | Self::ListOwnRequests
            | Self::ListRequests
            | Self::FileRequest
            | Self::ViewRequest
            | Self::OperateSession
            | Self::WatchSession
            | Self::ListDevices
            | Self::ViewDevice
            | Self::ListMail
            | Self::ReadMail => None,
        }
    }
}

/// What it is done to, as far as rights depend on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Subject {
    /// Owner of the request, device or mail.
    pub owner: Option<UserId>,
    /// Assistant of the request, or operator of the session.
    pub assistant: Option<UserId>,
}

impl Subject {
    /// Nothing in particular: lists, filing, one's own account.
    pub const NONE: Self = Self {
        owner: None,
        assistant: None,
    };

    /// Something that belongs to `owner`.
    pub fn of(owner: UserId) -> Self {
        Self {
            owner: Some(owner),
            assistant: None,
        }
    }

    /// A request, or its session, with its assistant.
    pub fn assisted(owner: UserId, assistant: Option<UserId>) -> Self {
        Self {
            owner: Some(owner),
            assistant,
        }
    }

    fn relation(self, actor: UserId) -> Relation {
        Relation {
            owner: self.owner == Some(actor),
            assistant: self.assistant == Some(actor),
        }
    }
}

/// How the actor stands to the subject.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Relation {
    pub owner: bool,
    pub assistant: bool,
}

/// The access table.
pub fn allowed(action: Action, role: Role, relation: Relation) -> bool {
    let Relation { owner, assistant } = relation;
    let staff = role.is_staff();
    let administrator = role == Role::Administrator;
    match action {
        Action::UseAccount | Action::ListOwnRequests | Action::FileRequest | Action::ListDevices | Action::ListMail => {
            true
        }
        Action::ListRequests | Action::ClaimRequest => staff,
        Action::ViewRequest | Action::WriteMessage | Action::ViewDevice | Action::WatchSession => owner || staff,
        Action::EditRequest | Action::CancelRequest | Action::AnswerConsent => owner,
        Action::LaunchRequest | Action::OperateSession => staff && assistant,
        Action::ReleaseRequest | Action::CloseRequest => administrator || (staff && assistant),
        Action::EndSession => owner || administrator || (staff && assistant),
        Action::MakeEnrolmentToken | Action::RevokeDevice | Action::ReadMail => owner || administrator,
    }
}

/// Whose rows a list may show.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reach {
    All,
    OwnedBy(UserId),
}

/// Proof that [`authorize`] said yes.
#[derive(Clone, Copy, Debug)]
#[must_use]
pub struct Permit {
    action: Action,
    actor: UserId,
    role: Role,
}

impl Permit {
    /// For which action it was given.
    pub fn action(&self) -> Action {
        self.action
    }

    /// To whom it was given.
    pub fn actor(&self) -> UserId {
        self.actor
    }

    /// Which rows the permitted list may show.
    pub fn reach(&self) -> Reach {
        let all = match self.action {
            Action::ListMail | Action::ReadMail => self.role == Role::Administrator,
            Action::ListOwnRequests => false,
            _ => self.role.is_staff(),
        };
        if all { Reach::All } else { Reach::OwnedBy(self.actor) }
    }
}

/// Decides. No is `NotFound` where the actor may not even know that the subject exists, else `Denied`.
pub fn authorize(actor: &Actor, action: Action, subject: Subject) -> Result<Permit, AppError> {
    let relation = subject.relation(actor.id());
    if allowed(action, actor.role(), relation) {
        return Ok(Permit {
            action,
            actor: actor.id(),
            role: actor.role(),
        });
    }
    match action.seen_through() {
        Some(view) if allowed(view, actor.role(), relation) => Err(AppError::Denied),
        _ => Err(AppError::NotFound),
    }
}

#[cfg(test)]
#[path = "access_tests.rs"]
mod tests;
