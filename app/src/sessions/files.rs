//! Files that were sent in a session, or were not: what the device reports goes on the timeline and into the audit log.
//!
//! Invariant: the portal never has a file itself, only its name, size and hash. A session tells of each file once, of so
//! many as it can have, and not long after its end.

use super::{record::SessionRecord, reports::REPORT_LIFETIME, store};
use crate::{
    error::AppError,
    requests::{
        change::{By, Changing},
        model::{Change, ChangedField, FileFacts, Happened, Value},
    },
    server::clock::millis,
};
use deskside_protocol::{
    report::Event,
    transfer::{FILE_REPORTS, FileDirection, FileResult, hash_words, safe_name},
};

/// Records a report about a file; false when nobody ever agreed to the session, when it ended too long ago, when the file
/// was told of before, and when there were too many.
pub async fn record(
    changing: &mut Changing<'_>,
    by: By<'_>,
    session: &SessionRecord,
    event: &Event,
) -> Result<bool, AppError> {
    let Event::File {
        transfer,
        direction,
        name,
        size,
        sha256,
        result,
        handed,
        ..
    } = event
    else {
        return Ok(false);
    };
    if session.life.started_at.is_none()
        || session
            .life
            .ended_at
            .is_some_and(|at| changing.now > at + millis(REPORT_LIFETIME))
    {
        return Ok(false);
    }
    if !store::add_file(&mut changing.tx, session.id, *transfer, FILE_REPORTS.into()).await? {
        return Ok(false);
    }
    let from = match direction {
        FileDirection::ToDevice => &session.operator.name,
        FileDirection::ToAssistant => &changing.request.owner.name,
    };
    let facts = FileFacts {
        name: safe_name(name),
        size: *size,
        sha256: sha256.as_ref().map(hash_words),
        from: from.clone(),
        direction: *direction,
        result: *result,
        handed: *handed.min(size),
    };
    let left = facts.may_have_arrived();
    changing.mention(Change {
        field: ChangedField::File,
        from: Value::Nothing,
        to: Value::File(facts),
    });
    let happened = match (result, direction) {
        (FileResult::Sent, FileDirection::ToDevice) => Happened::FileToDevice,
        (FileResult::Sent, FileDirection::ToAssistant) => Happened::FileToAssistant,
        (_, _) if left => Happened::FileUnconfirmed,
        (_, _) => Happened::FileNotSent,
    };
    changing.record(by, happened).await?;
    changing.touch_session(session.id);
    Ok(true)
}
