//! What pages know of canned replies. Compiles for browser and server.

use deskside_protocol::ids::DirectoryId;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// Longest title, characters.
pub const TITLE_CHARS: usize = 80;
/// Longest text, characters: as long as a message can be.
pub const TEXT_CHARS: usize = 4_000;
/// Most replies that an installation has.
pub const MOST_REPLIES: i64 = 500;

/// Names one canned reply.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReplyId(pub Uuid);

impl fmt::Display for ReplyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for ReplyId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        Uuid::parse_str(text).map(Self)
    }
}

/// What a reply says, and where.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Content {
    pub title: String,
    /// With placeholders such as `{name}`.
    pub text: String,
    /// For whose requests it is; `None`: those of all directories.
    pub directory: Option<DirectoryId>,
}

/// One reply.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reply {
    pub id: ReplyId,
    pub content: Content,
    pub version: i64,
}

/// A reply as the list for those who edit it shows it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ReplyRow {
    pub id: ReplyId,
    pub title: String,
    /// `None`: all directories.
    pub directory_name: Option<String>,
}

/// A reply that can be inserted.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Offered {
    pub id: ReplyId,
    pub title: String,
    /// It is for all directories.
    pub shared: bool,
}
