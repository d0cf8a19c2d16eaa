//! What the person at the device reads about a file.

use deskside_protocol::transfer::{CancelFile, FilePolicy, FileResult, RefuseFile, size_words};

/// How a transfer ended; `incoming` when this device received it, `place` where it lies now.
pub fn result(result: FileResult, incoming: bool, name: &str, policy: &FilePolicy, place: Option<&str>) -> String {
    match result {
        FileResult::Sent => match place {
            Some(place) => format!("Saved: {place}"),
            None => "Sent.".into(),
        },
        FileResult::Refused(why) => refused(why, incoming, name, policy),
        FileResult::Cancelled(why) => cancelled(why).into(),
        FileResult::Corrupt => "It arrived damaged and was thrown away. Send it again.".into(),
    }
}

/// What to add where content left this device and the other side does not confirm it.
pub fn may_have_arrived(result: FileResult, handed: u64) -> Option<String> {
    (result != FileResult::Sent && handed > 0).then(|| {
        format!(
            " {} of it had left this device and may have arrived.",
            size_words(handed)
        )
    })
}

fn refused(why: RefuseFile, incoming: bool, name: &str, policy: &FilePolicy) -> String {
    match why {
        RefuseFile::Declined if incoming => "You refused it.".into(),
        RefuseFile::Declined => "The assistant refused it.".into(),
        RefuseFile::NoAnswer => "Nobody answered in time. It can be sent again.".into(),
        RefuseFile::TooLarge => format!(
            "It is larger than {}, the most that may be sent. Ask your administrator for another way.",
            size_words(policy.max_bytes)
        ),
        RefuseFile::Blocked => match name.rsplit_once('.') {
            Some((_, kind)) if policy.blocked.contains(&kind.to_lowercase()) => {
                format!("Files of type .{kind} may not be sent. Ask your administrator.")
            }
            _ => "It is a program, and programs may not be sent. Ask your administrator.".into(),
        },
        RefuseFile::NotAllowed => "Files may not be sent in this session. Ask your administrator.".into(),
        RefuseFile::Busy => "There are too many files. Wait until some are done, then send it again.".into(),
        RefuseFile::Unwritable => "It could not be saved in that folder. Send it again and choose another one.".into(),
        RefuseFile::SessionFull => {
            "This session had as many files as one may have. Ask the assistant for another session.".into()
        }
    }
}

fn cancelled(why: CancelFile) -> &'static str {
    match why {
        CancelFile::Person => "Cancelled.",
        CancelFile::Changed => "The file was changed meanwhile. Send it again.",
        CancelFile::Unreadable => "The file could not be read. Look whether it is still there.",
        CancelFile::Unwritable => "It could not be written. Look whether the disk is full, then send it again.",
        CancelFile::Broken => "The other side did something unexpected. Send it again.",
        CancelFile::SessionOver => "The session ended before it was complete.",
        CancelFile::NotContinued => "It was not continued after an interruption. Send it again.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocked(name: &str) -> String {
        result(
            FileResult::Refused(RefuseFile::Blocked),
            false,
            name,
            &FilePolicy::default(),
            None,
        )
    }

    #[test]
    fn what_left_the_device_unconfirmed_may_have_arrived() {
        let cancelled = FileResult::Cancelled(CancelFile::Person);
        let says = may_have_arrived(cancelled, 1_000).expect("a sentence");
        assert_eq!(says.trim(), "1 kB of it had left this device and may have arrived.");
        assert_eq!(may_have_arrived(cancelled, 0), None);
        assert_eq!(may_have_arrived(FileResult::Sent, 1_000), None);
    }

    #[test]
    fn a_blocked_type_is_named_and_a_hidden_program_is_called_one() {
        assert_eq!(
            blocked("setup.EXE"),
            "Files of type .EXE may not be sent. Ask your administrator."
        );
        assert!(blocked("notes.txt").starts_with("It is a program"));
    }
}
