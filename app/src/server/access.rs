//! The only place that decides who may do what.
//!
//! Invariant: everything not granted in [`allowed`] is denied, and denied looks absent unless the actor may see the
//! thing anyway. A service does nothing without the [`Permit`] that only [`authorize`] makes.

mod reach;

pub use reach::Reach;

use crate::{
    accounts::model::UserSummary,
    error::AppError,
    roles::model::{Right, Rights},
};
use deskside_protocol::ids::{DirectoryId, UserId};

/// Who asks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Actor {
    pub user: UserSummary,
    pub rights: Rights,
}

impl Actor {
    pub fn id(&self) -> UserId {
        self.user.id
    }

    /// True for those who work at the helpdesk of at least one directory.
    pub fn is_staff(&self) -> bool {
        self.rights.anywhere(Right::RequestsView)
    }

    /// May this be done? For showing a button; a service calls [`authorize`].
    pub fn may(&self, action: Action, subject: Subject) -> bool {
        allowed(action, &self.rights, subject.relation(self.id()), subject.directory)
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
    /// File a request that belongs to somebody else.
    FileForOther,
    ViewRequest,
    /// Change what the owner filed.
    EditRequest,
    CancelRequest,
    ClaimRequest,
    ReleaseRequest,
    /// Change assistant, scheduled time, priority, tags and status.
    ManageRequest,
    /// Propose a time, and answer what the other side proposed.
    ProposeTime,
    LaunchRequest,
    CloseRequest,
    /// Open a finished request again.
    ReopenRequest,
    /// Say how content one was.
    RateRequest,
    AnswerConsent,
    WriteMessage,
    /// Read and write notes that the owner does not see.
    WriteNote,
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
    /// The page of the device groups that one manages.
    ListDeviceGroups,
    /// Make, change and remove a device group of one directory.
    ManageDeviceGroup,
    /// Make, change and remove a device group of all directories.
    ManageSharedDeviceGroup,
    /// Put a device into a group, or take it out.
    PlaceDevice,
    /// The mail page: administrators see all, others their own (see [`Permit::reach`]).
    ListMail,
    ReadMail,
    /// The administration page, the people of one's directories, and the roles that can be given to them.
    ListPeople,
    /// Make, change, disable a person, and give and take roles.
    ManagePerson,
    ManageRoles,
    ManageDirectories,
    /// Find and read the published help articles of one's directory, and say whether they helped.
    ReadHelp,
    /// The page of the help articles that one may edit.
    ListArticles,
    /// Write, change and delete a help article of one directory.
    ManageArticle,
    /// Write, change and delete a help article for all directories.
    ManageSharedArticle,
    /// The page of the canned replies that one may edit.
    ListReplies,
    /// Write, change and delete a canned reply of one directory.
    ManageReply,
    /// Write, change and delete a canned reply for all directories.
    ManageSharedReply,
    /// Insert a canned reply while one writes about a request.
    InsertReply,
}

impl Action {
    pub const ALL: [Self; 44] = [
        Self::UseAccount,
        Self::ListOwnRequests,
        Self::ListRequests,
        Self::FileRequest,
        Self::FileForOther,
        Self::ViewRequest,
        Self::EditRequest,
        Self::CancelRequest,
        Self::ClaimRequest,
        Self::ReleaseRequest,
        Self::ManageRequest,
        Self::ProposeTime,
        Self::LaunchRequest,
        Self::CloseRequest,
        Self::ReopenRequest,
        Self::RateRequest,
        Self::AnswerConsent,
        Self::WriteMessage,
        Self::WriteNote,
        Self::EndSession,
        Self::OperateSession,
        Self::WatchSession,
        Self::ListDevices,
        Self::ViewDevice,
        Self::MakeEnrolmentToken,
        Self::RevokeDevice,
        Self::ListDeviceGroups,
        Self::ManageDeviceGroup,
        Self::ManageSharedDeviceGroup,
        Self::PlaceDevice,
        Self::ListMail,
        Self::ReadMail,
        Self::ListPeople,
        Self::ManagePerson,
        Self::ManageRoles,
        Self::ManageDirectories,
        Self::ReadHelp,
        Self::ListArticles,
        Self::ManageArticle,
        Self::ManageSharedArticle,
        Self::ListReplies,
        Self::ManageReply,
        Self::ManageSharedReply,
        Self::InsertReply,
    ];

    /// What one must be allowed in order to be told "not allowed" instead of "absent".
    fn seen_through(self) -> Option<Self> {
        match self {
            Self::EditRequest
            | Self::CancelRequest
            | Self::ClaimRequest
            | Self::ReleaseRequest
            | Self::ManageRequest
            | Self::ProposeTime
            | Self::LaunchRequest
            | Self::CloseRequest
            | Self::ReopenRequest
            | Self::RateRequest
            | Self::AnswerConsent
            | Self::WriteMessage
            | Self::EndSession => Some(Self::ViewRequest),
            Self::MakeEnrolmentToken | Self::RevokeDevice | Self::PlaceDevice => Some(Self::ViewDevice),
            Self::UseAccount
            | Self::ListOwnRequests
            | Self::ListRequests
            | Self::FileRequest
            | Self::FileForOther
            | Self::ViewRequest
            | Self::WriteNote
            | Self::OperateSession
            | Self::WatchSession
            | Self::ListDevices
            | Self::ViewDevice
            | Self::ListDeviceGroups
            | Self::ManageDeviceGroup
            | Self::ManageSharedDeviceGroup
            | Self::ListMail
            | Self::ReadMail
            | Self::ListPeople
            | Self::ManagePerson
            | Self::ManageRoles
            | Self::ManageDirectories
            | Self::ReadHelp
            | Self::ListArticles
            | Self::ManageArticle
            | Self::ManageSharedArticle
            | Self::ListReplies
            | Self::ManageReply
            | Self::ManageSharedReply
            | Self::InsertReply => None,
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
    /// The directory of its owner. `None`: nothing in particular, so that a right for any directory will do.
    pub directory: Option<DirectoryId>,
}

impl Subject {
    /// Nothing in particular: lists, filing, one's own account.
    pub const NONE: Self = Self {
        owner: None,
        assistant: None,
        directory: None,
    };

    /// Something that belongs to `owner`.
    pub fn of(owner: &UserSummary) -> Self {
        Self::owned(owner.id, owner.directory)
    }

    /// Something that belongs to the person `owner` of `directory`.
    pub fn owned(owner: UserId, directory: DirectoryId) -> Self {
        Self {
            owner: Some(owner),
            assistant: None,
            directory: Some(directory),
        }
    }

    /// A request, or its session, with its assistant.
    pub fn assisted(owner: &UserSummary, assistant: Option<UserId>) -> Self {
        Self {
            assistant,
            ..Self::of(owner)
        }
    }

    /// Something of a directory that belongs to no person: a person themselves, a setting.
    pub fn within(directory: DirectoryId) -> Self {
        Self {
            directory: Some(directory),
            ..Self::NONE
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

/// The access table. A right for one directory counts for the things of that directory only.
pub fn allowed(action: Action, rights: &Rights, relation: Relation, directory: Option<DirectoryId>) -> bool {
    let Relation { owner, assistant } = relation;
    let has = |right| match directory {
        Some(directory) => rights.within(right, directory),
        None => rights.anywhere(right),
    };
    match action {
        Action::UseAccount
        | Action::ListOwnRequests
        | Action::FileRequest
        | Action::ListDevices
        | Action::ListMail
        | Action::ReadHelp => true,
        Action::FileForOther => has(Right::RequestsCreate),
        Action::ListRequests | Action::ClaimRequest => has(Right::RequestsView),
        Action::ViewRequest | Action::WriteMessage | Action::WatchSession => owner || has(Right::RequestsView),
        // Notes about a request are not for its owner, whatever else they may see; nor are the helpdesk's texts.
        Action::WriteNote | Action::InsertReply => !owner && has(Right::RequestsView),
        Action::EditRequest | Action::CancelRequest | Action::AnswerConsent | Action::RateRequest => owner,
        Action::ReopenRequest => owner || has(Right::RequestsEdit),
        Action::LaunchRequest | Action::OperateSession => assistant && has(Right::RequestsView),
        Action::ReleaseRequest => has(Right::RequestsEdit) || (assistant && has(Right::RequestsView)),
        Action::ManageRequest => has(Right::RequestsEdit),
        Action::ProposeTime => owner || has(Right::RequestsEdit) || (assistant && has(Right::RequestsView)),
        Action::CloseRequest => has(Right::RequestsDelete),
        Action::EndSession => owner || has(Right::RequestsDelete) || (assistant && has(Right::RequestsView)),
        Action::ViewDevice => owner || has(Right::DevicesView) || has(Right::DevicesManage),
        Action::MakeEnrolmentToken | Action::RevokeDevice => owner || has(Right::DevicesManage),
        Action::ListDeviceGroups | Action::ManageDeviceGroup | Action::PlaceDevice => has(Right::DevicesManage),
        Action::ManageSharedDeviceGroup => rights.everywhere(Right::DevicesManage),
        // A mail has no directory; whoever reads all of them administers everything.
        Action::ReadMail => owner || rights.everywhere(Right::Administer),
        Action::ListPeople
        | Action::ManagePerson
        | Action::ListArticles
        | Action::ManageArticle
        | Action::ListReplies
        | Action::ManageReply => has(Right::Administer),
        Action::ManageRoles | Action::ManageDirectories | Action::ManageSharedArticle | Action::ManageSharedReply => {
            rights.everywhere(Right::Administer)
        }
    }
}

/// Proof that [`authorize`] said yes.
#[derive(Clone, Debug)]
#[must_use]
pub struct Permit {
    action: Action,
    actor: UserId,
    reach: Reach,
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
        self.reach.clone()
    }
}

/// Decides. No is `NotFound` where the actor may not even know that the subject exists, else `Denied`.
pub fn authorize(actor: &Actor, action: Action, subject: Subject) -> Result<Permit, AppError> {
    if actor.may(action, subject) {
        return Ok(Permit {
            action,
            actor: actor.id(),
            reach: Reach::of(actor, action),
        });
    }
    match action.seen_through() {
        Some(view) if actor.may(view, subject) => Err(AppError::Denied),
        _ => Err(AppError::NotFound),
    }
}

#[cfg(test)]
#[path = "access_tests.rs"]
mod tests;
