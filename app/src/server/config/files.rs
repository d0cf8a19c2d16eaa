//! Files in sessions: which may be sent, and which way.

use deskside_protocol::{
    session::Scope,
    transfer::{BLOCKED, BLOCKED_TYPES, FilePolicy, TYPE_CHARS},
};
use serde::{Deserialize, Deserializer};

/// Largest `max_bytes`: a browser keeps what it receives in memory or in its temporary files.
const MOST_BYTES: u64 = 2 * 1024 * 1024 * 1024;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilesConfig {
    /// The assistant may send files to the device.
    pub to_device: bool,
    /// The employee may send files to the assistant.
    pub to_assistant: bool,
    /// Largest file, bytes.
    pub max_bytes: u64,
    /// Endings that may not be sent, without their dot.
    #[serde(default = "usual", deserialize_with = "endings")]
    pub blocked: Vec<String>,
}

impl FilesConfig {
    /// What agents are told.
    pub fn policy(&self) -> FilePolicy {
        FilePolicy {
            max_bytes: self.max_bytes,
            blocked: self.blocked.clone(),
        }
    }

    /// The scopes of a session that come from here.
    pub fn scopes(&self) -> impl Iterator<Item = Scope> + use<> {
        let scopes = [
            (self.to_device, Scope::SendFiles),
            (self.to_assistant, Scope::ReceiveFiles),
        ];
        scopes
            .into_iter()
            .filter(|(allowed, _)| *allowed)
            .map(|(_, scope)| scope)
    }

    /// The key that is wrong, and what is wrong with it.
    pub fn check(&self) -> Result<(), (&'static str, String)> {
        if !(1..=MOST_BYTES).contains(&self.max_bytes) {
            return Err(("files.max_bytes", format!("must be from 1 to {MOST_BYTES}")));
        }
        if self.blocked.len() > BLOCKED_TYPES {
            return Err(("files.blocked", format!("has more than {BLOCKED_TYPES} types")));
        }
        let sign = |c: char| c.is_alphanumeric() || c == '-';
        let good = |kind: &String| kind.chars().count() <= TYPE_CHARS && kind.chars().all(sign);
        match self.blocked.iter().find(|kind| !good(kind)) {
            Some(kind) => Err((
                "files.blocked",
                format!(
                    "must name endings such as exe, of at most {TYPE_CHARS} letters, digits and hyphens; \"{kind}\" is none"
                ),
            )),
            None => Ok(()),
        }
    }
}

fn usual() -> Vec<String> {
    BLOCKED.map(str::to_owned).to_vec()
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    List(Vec<String>),
}

/// A list in the file, or one text with commas, as environment variables have it; with or without dots.
fn endings<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    let texts = match Written::deserialize(deserializer)? {
        Written::Text(text) => text.split(',').map(str::to_owned).collect(),
        Written::List(texts) => texts,
    };
    let clean = |text: String| text.trim().trim_start_matches('.').to_lowercase();
    Ok(texts.into_iter().map(clean).filter(|text| !text.is_empty()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::config::defaults;

    fn with(max_bytes: u64, blocked: Vec<String>) -> Result<(), (&'static str, String)> {
        let files = FilesConfig {
            max_bytes,
            blocked,
            ..defaults().files
        };
        files.check()
    }

    #[test]
    fn the_usual_policy_is_the_protocols() {
        let files = defaults().files;
        assert_eq!(files.policy(), FilePolicy::default());
        assert_eq!(
            files.scopes().collect::<Vec<_>>(),
            [Scope::SendFiles, Scope::ReceiveFiles]
        );
    }

    #[test]
    fn a_direction_that_is_not_allowed_is_no_scope() {
        let files = FilesConfig {
            to_device: false,
            ..defaults().files
        };
        assert_eq!(files.scopes().collect::<Vec<_>>(), [Scope::ReceiveFiles]);
    }

    #[test]
    fn the_largest_file_may_have_2_gigabytes_and_not_a_byte_more() {
        assert_eq!(with(MOST_BYTES, vec![]), Ok(()));
        assert!(with(MOST_BYTES + 1, vec![]).is_err());
        assert!(with(0, vec![]).is_err());
    }

    #[test]
    fn what_is_no_ending_is_named() {
        let (key, problem) = with(1, vec!["exe".into(), "*.bat".into()]).expect_err("wrong");
        assert!(key == "files.blocked" && problem.contains("*.bat"), "{problem}");
        assert!(with(1, vec!["appref-ms".into()]).is_ok());
        assert!(with(1, vec!["a".repeat(TYPE_CHARS)]).is_ok());
        assert!(with(1, vec!["a".repeat(TYPE_CHARS + 1)]).is_err());
        assert!(with(1, vec!["a".into(); BLOCKED_TYPES]).is_ok());
        assert!(with(1, vec!["a".into(); BLOCKED_TYPES + 1]).is_err());
    }
}
