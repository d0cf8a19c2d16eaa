//! How far a permitted list reaches.

use super::{Action, Actor};
use crate::{roles::model::Right, server::db::Sql};
use deskside_protocol::ids::{DirectoryId, UserId};

/// Whose rows a list may show.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Reach {
    All,
    /// Those of these directories, and those of one person.
    Within {
        directories: Vec<DirectoryId>,
        or_of: Option<UserId>,
    },
    OwnedBy(UserId),
}

impl Reach {
    /// The reach of the list `action` for `actor`.
    pub(super) fn of(actor: &Actor, action: Action) -> Self {
        let own = actor.id();
        match action {
            Action::ListRequests => Self::with(actor, Right::RequestsView, None),
            Action::ListPeople | Action::ListArticles | Action::ListReplies => {
                Self::with(actor, Right::Administer, None)
            }
            Action::ListDeviceGroups => Self::with(actor, Right::DevicesManage, None),
            Action::ListDevices => match Self::with(actor, Right::DevicesView, Some(own)) {
                Self::OwnedBy(_) => Self::with(actor, Right::DevicesManage, Some(own)),
                reach => reach,
            },
            Action::ListMail | Action::ReadMail if actor.rights.everywhere(Right::Administer) => Self::All,
            _ => Self::OwnedBy(own),
        }
    }

    fn with(actor: &Actor, right: Right, or_of: Option<UserId>) -> Self {
        if actor.rights.everywhere(right) {
            return Self::All;
        }
        match actor.rights.directories(right) {
            directories if directories.is_empty() => Self::OwnedBy(actor.id()),
            directories => Self::Within { directories, or_of },
        }
    }

    /// Only what `directory` has of it.
    pub fn only(self, directory: Option<DirectoryId>) -> Self {
        let Some(wanted) = directory else { return self };
        match self {
            Self::All => Self::Within {
                directories: vec![wanted],
                or_of: None,
            },
            Self::Within { directories, .. } => Self::Within {
                directories: directories.into_iter().filter(|&id| id == wanted).collect(),
                or_of: None,
            },
            Self::OwnedBy(owner) => Self::OwnedBy(owner),
        }
    }

    /// Adds the condition to a statement whose WHERE clause has begun. The columns hold the owner's directory and id.
    pub fn narrow(&self, query: Sql, directory: &'static str, owner: &'static str) -> Sql {
        match self {
            Self::All => query,
            Self::OwnedBy(person) => query.push(" AND ").push(owner).push(" = ").push_bind(*person),
            Self::Within { directories, or_of } => {
                // Never true, so that the list of directories may be empty.
                let mut query = query.push(" AND (1 = 0");
                for id in directories {
                    query = query.push(" OR ").push(directory).push(" = ").push_bind(*id);
                }
                if let Some(person) = or_of {
                    query = query.push(" OR ").push(owner).push(" = ").push_bind(*person);
                }
                query.push(")")
            }
        }
    }
}
