//! A file of a session in words, for the timeline.

use crate::{requests::model::FileFacts, tf, words::t};
use deskside_protocol::transfer::{CancelFile, FileResult, RefuseFile, size_words};

/// Which file, from whom, and what became of it.
pub fn file_words(facts: &FileFacts) -> String {
    let size = size_words(facts.size);
    let (name, from) = (&facts.name, &facts.from);
    if facts.may_have_arrived() {
        let (handed, result) = (size_words(facts.handed), result_words(facts.result));
        return match &facts.sha256 {
            Some(sha256) => tf!(
                "{name} ({size}) from {from}: {result} {handed} of it had left the device and may have arrived. SHA-256: {sha256}",
                name = name,
                size = size,
                from = from,
                result = result,
                handed = handed,
                sha256 = sha256
            ),
            None => tf!(
                "{name} ({size}) from {from}: {result} {handed} of it had left the device and may have arrived.",
                name = name,
                size = size,
                from = from,
                result = result,
                handed = handed
            ),
        };
    }
    match (facts.result, &facts.sha256) {
        (FileResult::Sent, Some(sha256)) => tf!(
            "{name} ({size}) from {from}. SHA-256: {sha256}",
            name = name,
            size = size,
            from = from,
            sha256 = sha256
        ),
        (result, _) => tf!(
            "{name} ({size}) from {from}: {result}",
            name = name,
            size = size,
            from = from,
            result = result_words(result)
        ),
    }
}

fn result_words(result: FileResult) -> &'static str {
    match result {
        FileResult::Sent => t("It arrived."),
        FileResult::Corrupt => t("It arrived damaged and was thrown away."),
        FileResult::Refused(why) => refused(why),
        FileResult::Cancelled(why) => cancelled(why),
    }
}

fn refused(why: RefuseFile) -> &'static str {
    match why {
        RefuseFile::Declined => t("It was refused."),
        RefuseFile::NoAnswer => t("Nobody answered in time."),
        RefuseFile::TooLarge => t("It is larger than may be sent."),
        RefuseFile::Blocked => t("Files of its type may not be sent."),
        RefuseFile::NotAllowed => t("Files may not be sent this way."),
        RefuseFile::Busy => t("There were too many files."),
        RefuseFile::Unwritable => t("It could not be saved."),
        RefuseFile::SessionFull => t("The session had as many files as one may have."),
    }
}

fn cancelled(why: CancelFile) -> &'static str {
    match why {
        CancelFile::Person => t("It was cancelled."),
        CancelFile::Changed => t("It was changed while it was sent."),
        CancelFile::Unreadable => t("It could not be read."),
        CancelFile::Unwritable => t("It could not be saved."),
        CancelFile::Broken => t("The other side did something unexpected."),
        CancelFile::SessionOver => t("The session ended before it was complete."),
        CancelFile::NotContinued => t("It was not continued after an interruption."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use deskside_protocol::transfer::FileDirection;

    fn facts(result: FileResult, sha256: Option<&str>) -> FileFacts {
        FileFacts {
            name: "report.pdf".into(),
            size: 1_200_000,
            sha256: sha256.map(str::to_owned),
            from: "Oscar".into(),
            direction: FileDirection::ToDevice,
            result,
            handed: 0,
        }
    }

    #[test]
    fn a_sent_file_has_its_whole_hash() {
        let hash = "ab".repeat(32);
        assert_eq!(
            file_words(&facts(FileResult::Sent, Some(&hash))),
            format!("report.pdf (1.2 MB) from Oscar. SHA-256: {hash}")
        );
    }

    #[test]
    fn a_file_whose_content_left_the_device_may_have_arrived() {
        let hash = "ab".repeat(32);
        let cancelled = FileResult::Cancelled(CancelFile::Person);
        let facts = FileFacts {
            direction: FileDirection::ToAssistant,
            handed: 1_200_000,
            ..facts(cancelled, Some(&hash))
        };
        let begin = "report.pdf (1.2 MB) from Oscar: It was cancelled. 1.2 MB of it had left the device";
        assert_eq!(
            file_words(&facts),
            format!("{begin} and may have arrived. SHA-256: {hash}")
        );
    }

    #[test]
    fn a_file_that_was_not_sent_has_the_reason() {
        let refused = FileResult::Refused(RefuseFile::Declined);
        assert_eq!(
            file_words(&facts(refused, None)),
            "report.pdf (1.2 MB) from Oscar: It was refused."
        );
    }
}
