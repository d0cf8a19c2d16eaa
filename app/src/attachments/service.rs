//! What can be done with attachments.
//!
//! Invariant: a file is stored in the transaction of its message, and seen by whoever sees that message.

use super::{
    kind::Kind,
    model::{ATTACHMENT_BYTES, ATTACHMENTS, Attachment, AttachmentId, NAME_CHARS, OF_A_REQUEST},
    store::{self, NewAttachment},
};
use crate::{
    error::AppError,
    requests::{self, change::Changing},
    server::{
        access::{Action, Actor, authorize},
        db::{DbError, On},
        portal::Portal,
        random,
    },
    tf,
};
use deskside_protocol::ids::{MessageId, RequestId};
use sha2::{Digest, Sha256};

/// A file as it arrived.
#[derive(Clone, PartialEq, Eq)]
pub struct Upload {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// A file that passed every check.
pub struct Checked {
    name: String,
    kind: Kind,
    bytes: Vec<u8>,
}

/// Checks files before anything is written; the message names the file.
pub fn check(uploads: Vec<Upload>) -> Result<Vec<Checked>, AppError> {
    let refuse = |message: String| Err(AppError::invalid("files", message));
    if uploads.len() > ATTACHMENTS {
        return refuse(tf!("Attach at most {max} files to one message.", max = ATTACHMENTS));
    }
    let mut checked = Vec::new();
    for upload in uploads {
        let name = tidy(&upload.name);
        if upload.bytes.len() > ATTACHMENT_BYTES {
            return refuse(tf!(
                "{name} is larger than {max} MB.",
                name = name,
                max = ATTACHMENT_BYTES / 1024 / 1024
            ));
        }
        match Kind::of(&name, &upload.bytes) {
            Ok(kind) => checked.push(Checked {
                name,
                kind,
                bytes: upload.bytes,
            }),
            Err(refused) => return refuse(tf!("{name}: {problem}", name = name, problem = refused)),
        }
    }
    Ok(checked)
}

/// The names of files, for telling of them.
pub fn names(files: &[Checked]) -> Vec<&str> {
    files.iter().map(|file| file.name.as_str()).collect()
}

/// Stores files with the message that brings them; part of that message's transaction.
pub async fn attach(changing: &mut Changing<'_>, message: MessageId, files: &[Checked]) -> Result<(), AppError> {
    let request = changing.request.id;
    let present = store::count(changing.tx.on(), request).await?;
    if present + i64::try_from(files.len()).unwrap_or(i64::MAX) > OF_A_REQUEST {
        return Err(AppError::invalid(
            "files",
            tf!(
                "A request holds at most {max} files, and this one has {n}.",
                max = OF_A_REQUEST,
                n = present
            ),
        ));
    }
    for file in files {
        let digest = Sha256::digest(&file.bytes);
        let sha256 = digest
            .iter()
            .fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
        let new = NewAttachment {
            id: AttachmentId(random::uuid(changing.now)),
            request,
            message,
            name: &file.name,
            kind: file.kind,
            sha256: &sha256,
            bytes: &file.bytes,
        };
        store::add(&mut changing.tx, new).await?;
    }
    Ok(())
}

/// The attachments of a request's conversation, those of notes only with `notes`; whoever calls this decides who may
/// see them.
pub async fn list(on: On<'_>, request: RequestId, notes: bool) -> Result<Vec<Attachment>, DbError> {
    let stored = store::list(on, request).await?;
    let seen = stored.into_iter().filter(|stored| notes || !stored.note);
    Ok(seen.map(|stored| stored.shown).collect())
}

/// A file for a browser.
pub struct Opened {
    pub name: String,
    pub kind: Kind,
    pub bytes: Vec<u8>,
}

/// The content of an attachment, for whoever sees its message.
pub async fn open(portal: &Portal, actor: &Actor, id: AttachmentId) -> Result<Opened, AppError> {
    let stored = store::find(portal.db.on(), id).await?.ok_or(AppError::NotFound)?;
    let subject = requests::service::subject(portal, stored.request).await?;
    let action = if stored.note {
        Action::WriteNote
    } else {
        Action::ViewRequest
    };
    let _permit = authorize(actor, action, subject)?;
    Ok(Opened {
        bytes: store::content(portal.db.on(), id).await?,
        kind: stored.kind,
        name: stored.shown.name,
    })
}

/// A name without folders and signs that mean something to a system; never empty.
fn tidy(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last
        .chars()
        .filter(|c| !c.is_control() && !matches!(c, '"' | '<' | '>' | '|' | ':' | '*' | '?'))
        .collect();
    let plain = |text: &str| {
        text.trim_start_matches(|c: char| c == '.' || c.is_whitespace())
            .to_owned()
    };
    let kept = plain(kept.trim_end());
    let chars = kept.chars().count();
    // The end says what it is, so the beginning is cut.
    let end: String = kept.chars().skip(chars.saturating_sub(NAME_CHARS)).collect();
    let kept = plain(&end);
    if kept.is_empty() { "file".to_owned() } else { kept }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn upload(name: &str, bytes: usize) -> Upload {
        Upload {
            name: name.to_owned(),
            bytes: vec![b'x'; bytes],
        }
    }

    fn message(result: Result<Vec<Checked>, AppError>) -> String {
        result
            .err()
            .map(|error| error.fields()[0].message.clone())
            .unwrap_or_default()
    }

    #[test]
    fn ten_megabytes_are_fine_and_one_byte_more_is_not() {
        assert!(check(vec![upload("a.txt", ATTACHMENT_BYTES)]).is_ok());
        assert_eq!(
            message(check(vec![upload("a.txt", ATTACHMENT_BYTES + 1)])),
            "a.txt is larger than 10 MB."
        );
    }

    #[test]
    fn five_files_are_fine_and_six_are_not() {
        let files = |count| (0..count).map(|_| upload("a.txt", 1)).collect();
        assert!(check(files(ATTACHMENTS)).is_ok());
        assert!(message(check(files(ATTACHMENTS + 1))).starts_with("Attach at most 5"));
    }

    #[test]
    fn the_file_that_is_wrong_is_named() {
        assert!(message(check(vec![upload("ok.txt", 1), upload("virus.exe", 1)])).starts_with("virus.exe: Programs"));
        assert!(message(check(vec![upload("empty.txt", 0)])).contains("empty"));
    }

    #[test]
    fn a_name_keeps_its_end_and_loses_its_folders() {
        assert_eq!(tidy("C:\\Users\\emma\\shot.png"), "shot.png");
        assert_eq!(tidy("../../etc/passwd"), "passwd");
        assert_eq!(tidy("..."), "file");
        assert!(tidy(&format!("{}.png", "ä".repeat(300))).ends_with("ä.png"));
        assert_eq!(tidy(&format!("a{}", ". ".repeat(NAME_CHARS))), "file");
    }

    proptest! {
        #[test]
        fn any_name_becomes_a_plain_one(name in "\\PC{0,200}") {
            let tidy = tidy(&name);
            prop_assert!(!tidy.is_empty() && tidy.chars().count() <= NAME_CHARS);
            prop_assert!(!tidy.contains(['/', '\\', '"', '\n']) && !tidy.starts_with('.'));
        }
    }
}
