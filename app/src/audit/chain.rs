//! The chain itself: pure, so that appending and verifying cannot disagree.

use deskside_protocol::UnixMillis;
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// The fields of an entry, as hashed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link<'a> {
    pub seq: i64,
    pub at: UnixMillis,
    pub actor_id: Option<&'a str>,
    pub actor_name: &'a str,
    pub action: &'a str,
    pub subject: &'a str,
    pub detail: &'a str,
}

/// Hash before the first entry.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// SHA-256 over the previous hash and every field, each with its length before it, so that no two entries share bytes.
pub fn hash(previous: &str, link: &Link<'_>) -> String {
    let mut sha = Sha256::new();
    let mut field = |bytes: &[u8]| {
        sha.update((bytes.len() as u64).to_be_bytes());
        sha.update(bytes);
    };
    field(b"deskside audit v1");
    field(previous.as_bytes());
    field(&link.seq.to_be_bytes());
    field(&link.at.to_be_bytes());
    match link.actor_id {
        Some(id) => field(format!("id {id}").as_bytes()),
        None => field(b""),
    }
    for text in [link.actor_name, link.action, link.subject, link.detail] {
        field(text.as_bytes());
    }
    sha.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: Link<'_> = Link {
        seq: 1,
        at: 2,
        actor_id: None,
        actor_name: "a",
        action: "b",
        subject: "c",
        detail: "d",
    };

    #[test]
    fn the_hash_of_version_1_never_changes() {
        assert_eq!(
            hash(GENESIS, &LINK),
            "e5af326764810ceb63d7f7b23d4c97c0eccc77858333cf46e81d69cbfb174def"
        );
    }

    #[test]
    fn text_moved_from_one_field_to_the_next_changes_the_hash() {
        let moved = Link {
            actor_name: "ab",
            action: "",
            ..LINK
        };
        assert_ne!(hash(GENESIS, &LINK), hash(GENESIS, &moved));
    }

    #[test]
    fn nobody_and_a_person_called_nobody_differ() {
        assert_ne!(
            hash(GENESIS, &LINK),
            hash(
                GENESIS,
                &Link {
                    actor_id: Some("-"),
                    ..LINK
                }
            )
        );
    }

    #[test]
    fn another_past_gives_another_hash() {
        assert_ne!(hash(GENESIS, &LINK), hash("0", &LINK));
    }
}
