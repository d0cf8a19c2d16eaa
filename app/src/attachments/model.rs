//! What pages know of attachments. Compiles for browser and server.

use deskside_protocol::ids::MessageId;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// Largest attachment, bytes.
pub const ATTACHMENT_BYTES: usize = 10 * 1024 * 1024;
/// Most attachments of one message.
pub const ATTACHMENTS: usize = 5;
/// Most attachments of one request.
pub const OF_A_REQUEST: i64 = 100;
/// Longest name, characters.
pub const NAME_CHARS: usize = 120;

/// Names one attachment.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AttachmentId(pub Uuid);

impl fmt::Display for AttachmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for AttachmentId {
    type Err = uuid::Error;

    fn from_str(text: &str) -> Result<Self, uuid::Error> {
        Uuid::parse_str(text).map(Self)
    }
}

/// One attachment as a conversation shows it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Attachment {
    pub id: AttachmentId,
    pub message: MessageId,
    pub name: String,
    /// Shown in the conversation; others are only downloaded.
    pub is_picture: bool,
    /// Bytes.
    pub size: i64,
}

/// A size in words: `812 B`, `34 kB`, `1.5 MB`.
pub fn size_words(bytes: i64) -> String {
    match bytes {
        ..1000 => format!("{bytes} B"),
        1000..1_000_000 => format!("{} kB", bytes / 1000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        assert_eq!(
            [size_words(812), size_words(34_999), size_words(1_570_000)],
            ["812 B", "34 kB", "1.5 MB"]
        );
    }
}
