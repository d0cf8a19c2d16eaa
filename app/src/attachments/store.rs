//! The only SQL for attachments.

use super::{
    kind::Kind,
    model::{Attachment, AttachmentId},
};
use crate::server::db::{DbError, On, Text, Tx, sql};
use base64::{Engine, engine::general_purpose::STANDARD};
use deskside_protocol::ids::{MessageId, RequestId};

/// Bytes of one stored part.
const PART_BYTES: usize = 192 * 1024;

/// One to be written.
#[derive(Clone, Copy, Debug)]
pub struct NewAttachment<'a> {
    pub id: AttachmentId,
    pub request: RequestId,
    pub message: MessageId,
    pub name: &'a str,
    pub kind: Kind,
    pub sha256: &'a str,
    pub bytes: &'a [u8],
}

/// Writes an attachment with its content.
pub async fn add(tx: &mut Tx, new: NewAttachment<'_>) -> Result<(), DbError> {
    sql(
        "INSERT INTO attachments (id, request_id, message_id, name, kind, size, sha256) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(new.id.0)
    .bind(new.request)
    .bind(new.message)
    .bind(new.name)
    .bind(new.kind.media_type())
    .bind(i64::try_from(new.bytes.len()).unwrap_or(i64::MAX))
    .bind(new.sha256)
    .execute(tx)
    .await?;
    for (seq, part) in (0i64..).zip(new.bytes.chunks(PART_BYTES)) {
        sql("INSERT INTO attachment_parts (attachment_id, seq, body) VALUES ($1, $2, $3)")
            .bind(new.id.0)
            .bind(seq)
            .bind(STANDARD.encode(part))
            .execute(tx)
            .await?;
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Text<uuid::Uuid>,
    request_id: Text<RequestId>,
    message_id: Text<MessageId>,
    name: String,
    kind: String,
    size: i64,
    note: bool,
}

/// What is known of an attachment without its content.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Stored {
    pub request: RequestId,
    pub kind: Kind,
    /// It belongs to a note for staff.
    pub note: bool,
    pub shown: Attachment,
}

impl From<Row> for Stored {
    fn from(row: Row) -> Self {
        let kind = Kind::from_media_type(&row.kind);
        Self {
            request: row.request_id.0,
            kind,
            note: row.note,
            shown: Attachment {
                id: AttachmentId(row.id.0),
                message: row.message_id.0,
                name: row.name,
                is_picture: kind.is_picture(),
                size: row.size,
            },
        }
    }
}

const SELECT: &str = "SELECT a.id, a.request_id, a.message_id, a.name, a.kind, a.size, m.note FROM attachments a \
                      JOIN messages m ON m.id = a.message_id WHERE ";

/// The attachments of a request.
pub async fn list(on: On<'_>, request: RequestId) -> Result<Vec<Stored>, DbError> {
    let rows: Vec<Row> = sql(SELECT)
        .push("a.request_id = ")
        .push_bind(request)
        .push(" ORDER BY a.id")
        .fetch_all(on)
        .await?;
    Ok(rows.into_iter().map(Stored::from).collect())
}

pub async fn find(on: On<'_>, id: AttachmentId) -> Result<Option<Stored>, DbError> {
    let row: Option<Row> = sql(SELECT).push("a.id = ").push_bind(id.0).fetch_optional(on).await?;
    Ok(row.map(Stored::from))
}

#[derive(sqlx::FromRow)]
struct Counted {
    found: i64,
}

/// How many a request has.
pub async fn count(on: On<'_>, request: RequestId) -> Result<i64, DbError> {
    let counted: Counted = sql("SELECT COUNT(*) AS found FROM attachments WHERE request_id = $1")
        .bind(request)
        .fetch_one(on)
        .await?;
    Ok(counted.found)
}

#[derive(sqlx::FromRow)]
struct Part {
    body: String,
}

/// The content of an attachment.
pub async fn content(on: On<'_>, id: AttachmentId) -> Result<Vec<u8>, DbError> {
    let parts: Vec<Part> = sql("SELECT body FROM attachment_parts WHERE attachment_id = $1 ORDER BY seq")
        .bind(id.0)
        .fetch_all(on)
        .await?;
    let mut bytes = Vec::new();
    for part in parts {
        STANDARD
            .decode_vec(part.body, &mut bytes)
            .map_err(|error| sqlx::Error::Decode(Box::new(error)))?;
    }
    Ok(bytes)
}
