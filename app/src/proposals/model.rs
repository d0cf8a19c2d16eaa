//! What pages know of proposed times. Compiles for browser and server.

use crate::requests::model::{Person, Window};
use deskside_protocol::{UnixMillis, ids::RequestId};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// Names one proposal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProposalId(pub Uuid);

impl fmt::Display for ProposalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for ProposalId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        Uuid::parse_str(text).map(Self)
    }
}

/// What became of a proposal.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waits for an answer.
    Open,
    Accepted,
    Declined,
    /// Another one came after it, or the time was set by hand.
    Replaced,
}

impl State {
    pub const ALL: [Self; 4] = [Self::Open, Self::Accepted, Self::Declined, Self::Replaced];

    /// The word in the database.
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
            Self::Replaced => "replaced",
        }
    }
}

/// The text names no state.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not the state of a proposal")]
pub struct UnknownState;

impl FromStr for State {
    type Err = UnknownState;

    fn from_str(code: &str) -> Result<Self, UnknownState> {
        Self::ALL
            .into_iter()
            .find(|state| state.code() == code)
            .ok_or(UnknownState)
    }
}

/// One proposed time.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Proposal {
    pub id: ProposalId,
    pub request: RequestId,
    pub by: Person,
    /// The owner proposed it, so staff answer.
    pub by_owner: bool,
    pub window: Window,
    pub state: State,
    pub created_at: UnixMillis,
}
