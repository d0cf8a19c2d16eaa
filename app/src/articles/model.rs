//! What pages know of help articles. Compiles for browser and server.

use deskside_protocol::ids::DirectoryId;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// Longest title, characters.
pub const TITLE_CHARS: usize = 120;
/// Longest text, characters of Markdown.
pub const BODY_CHARS: usize = 20_000;
/// Most articles that an installation has.
pub const MOST_ARTICLES: i64 = 500;
/// Articles offered at once while a request is written.
pub const SUGGESTED: usize = 3;

/// Names one article.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ArticleId(pub Uuid);

impl fmt::Display for ArticleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for ArticleId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        Uuid::parse_str(text).map(Self)
    }
}

/// What an article says, and to whom.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Content {
    pub title: String,
    /// Markdown.
    pub body: String,
    /// Unpublished ones are seen by those who edit them only.
    pub published: bool,
    /// Whose people read it; `None`: those of all directories.
    pub directory: Option<DirectoryId>,
}

/// One article.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Article {
    pub id: ArticleId,
    pub content: Content,
    pub version: i64,
}

/// An article as lists for readers show it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ArticleLink {
    pub id: ArticleId,
    pub title: String,
}

/// An article as the list for those who edit it shows it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ArticleRow {
    pub id: ArticleId,
    pub title: String,
    pub published: bool,
    /// `None`: all directories.
    pub directory_name: Option<String>,
    /// How many people it helped.
    pub solved: i64,
    /// How many people it did not help.
    pub unsolved: i64,
}

/// What people said of one article.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Answered {
    pub title: String,
    /// How many people it helped.
    pub solved: i64,
    /// How many people it did not help.
    pub unsolved: i64,
}

impl Answered {
    /// Several as one line; nothing where there is none.
    pub fn together(title: &str, several: impl Iterator<Item = Self>) -> Option<Self> {
        several
            .map(|one| (one.solved, one.unsolved))
            .reduce(|sum, one| (sum.0 + one.0, sum.1 + one.1))
            .map(|(solved, unsolved)| Self {
                title: title.to_owned(),
                solved,
                unsolved,
            })
    }
}
