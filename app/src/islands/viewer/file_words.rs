//! What the viewer says about files.

use crate::{tf, words::t};
use deskside_protocol::transfer::{CancelFile, FilePolicy, FileResult, RefuseFile, size_words};

/// What may be sent, in a sentence.
pub fn policy_words(policy: &FilePolicy) -> String {
    let most = size_words(policy.max_bytes);
    if policy.blocked.is_empty() {
        return tf!("Files up to {most}.", most = most);
    }
    tf!(
        "Files up to {most}, but not of these types: {types}",
        most = most,
        types = policy.blocked.join(", ")
    )
}

/// How a transfer ended. `outgoing`: it was to go to the device of `owner`.
pub fn result_words(result: FileResult, outgoing: bool, owner: &str, name: &str, policy: &FilePolicy) -> String {
    match result {
        FileResult::Sent if outgoing => t("Saved on the device.").into(),
        FileResult::Sent => t("Received whole.").into(),
        FileResult::Corrupt => t("It arrived damaged and was thrown away. Send it again.").into(),
        FileResult::Refused(why) => refused(why, outgoing, owner, name, policy),
        FileResult::Cancelled(why) => cancelled(why).into(),
    }
}

fn refused(why: RefuseFile, outgoing: bool, owner: &str, name: &str, policy: &FilePolicy) -> String {
    match why {
        RefuseFile::Declined if outgoing => tf!("{owner} refused it.", owner = owner),
        RefuseFile::Declined => t("You refused it.").into(),
        RefuseFile::NoAnswer if outgoing => {
            tf!("{owner} did not answer within a minute. Send it again.", owner = owner)
        }
        RefuseFile::NoAnswer => t("You did not answer within a minute. It can be sent again.").into(),
        RefuseFile::TooLarge => tf!(
            "It is larger than {most}, the most that may be sent. Ask your administrator for another way.",
            most = size_words(policy.max_bytes)
        ),
        RefuseFile::Blocked => match name.rsplit_once('.') {
            Some((_, kind)) if policy.blocked.contains(&kind.to_lowercase()) => {
                tf!(
                    "Files of type .{kind} may not be sent. Ask your administrator.",
                    kind = kind
                )
            }
            _ => t("It is a program, and programs may not be sent. Ask your administrator.").into(),
        },
        RefuseFile::NotAllowed => t("Files may not be sent in this session. Ask your administrator.").into(),
        RefuseFile::Busy => t("There are too many files. Wait until some are done, then send it again.").into(),
        RefuseFile::Unwritable => {
            t("It could not be saved on the device. Ask for another folder, then send it again.").into()
        }
        RefuseFile::SessionFull => {
            t("This session had as many files as one may have. Start another session for more.").into()
        }
    }
}

fn cancelled(why: CancelFile) -> &'static str {
    match why {
        CancelFile::Person => t("Cancelled."),
        CancelFile::Changed => t("The file was changed meanwhile. Send it again."),
        CancelFile::Unreadable => t("The file could not be read. Look whether it is still there."),
        CancelFile::Unwritable => t("It could not be written. Perhaps the disk is full; send it again."),
        CancelFile::Broken => t("The other side did something unexpected. Send it again."),
        CancelFile::SessionOver => t("The session ended before it was complete."),
        CancelFile::NotContinued => t("It was not continued after an interruption. Send it again."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(result: FileResult, name: &str) -> String {
        result_words(result, true, "Emma", name, &FilePolicy::default())
    }

    #[test]
    fn a_blocked_type_is_named_and_a_hidden_program_is_called_one() {
        let blocked = FileResult::Refused(RefuseFile::Blocked);
        assert_eq!(
            words(blocked, "setup.exe"),
            "Files of type .exe may not be sent. Ask your administrator."
        );
        assert!(words(blocked, "notes.txt").starts_with("It is a program"));
    }

    #[test]
    fn a_refusal_names_who_refused() {
        assert_eq!(
            words(FileResult::Refused(RefuseFile::Declined), "a.txt"),
            "Emma refused it."
        );
    }

    #[test]
    fn what_may_be_sent_is_one_sentence() {
        let policy = FilePolicy {
            max_bytes: 5_000_000,
            blocked: vec!["exe".into(), "bat".into()],
        };
        assert_eq!(
            policy_words(&policy),
            "Files up to 5.0 MB, but not of these types: exe, bat"
        );
    }
}
