//! Files that were sent in a session, or were not: what the device reports goes on the timeline and into the audit log.
//!
//! Invariant: the portal never has a file itself, only its name, size and hash.

use super::record::SessionRecord;
use crate::{
    error::AppError,
    requests::{
        change::{By, Changing},
        model::{Change, ChangedField, FileFacts, Happened, Value},
    },
};
use deskside_protocol::{
    report::Event,
    transfer::{FileDirection, FileResult, hash_words, safe_name},
};

/// Records a report about a file; false when nobody ever agreed to the session.
pub async fn record(
    changing: &mut Changing<'_>,
    by: By<'_>,
    session: &SessionRecord,
    event: &Event,
) -> Result<bool, AppError> {
    let Event::File {
        direction,
        name,
        size,
        sha256,
        result,
        ..
    } = event
    else {
        return Ok(false);
    };
    if session.life.started_at.is_none() {
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
    };
    changing.mention(Change {
        field: ChangedField::File,
        from: Value::Nothing,
        to: Value::File(facts),
    });
    let happened = match (result, direction) {
        (FileResult::Sent, FileDirection::ToDevice) => Happened::FileToDevice,
        (FileResult::Sent, FileDirection::ToAssistant) => Happened::FileToAssistant,
        (_, _) => Happened::FileNotSent,
    };
    changing.record(by, happened).await?;
    changing.touch_session(session.id);
    Ok(true)
}
