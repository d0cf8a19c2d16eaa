//! The only SQL for a request's conversation and its notes.

use crate::{
    requests::model::{Message, Person},
    server::db::{DbError, On, Text, Tx, sql},
};
use deskside_protocol::{
    UnixMillis,
    ids::{MessageId, RequestId, SessionId, UserId},
};

/// One message to be written.
#[derive(Clone, Debug)]
pub struct NewMessage<'a> {
    pub id: MessageId,
    pub session: Option<SessionId>,
    pub author: UserId,
    pub from_device: bool,
    pub note: bool,
    pub text: &'a str,
    pub at: UnixMillis,
}

/// Appends to the conversation; false when a message with this id is there already. The request must be locked.
pub async fn add_message(tx: &mut Tx, id: RequestId, message: NewMessage<'_>) -> Result<bool, DbError> {
    let added = sql(
        "INSERT INTO messages (id, request_id, seq, session_id, author_id, from_device, body, at, note) \
                     SELECT $1, $2, COALESCE(MAX(seq), 0) + 1, $3, $4, $5, $6, $7, $8 FROM messages \
                     WHERE request_id = $2 ON CONFLICT (id) DO NOTHING",
    )
    .bind(message.id)
    .bind(id)
    .bind(message.session)
    .bind(message.author)
    .bind(message.from_device)
    .bind(message.text)
    .bind(message.at)
    .bind(message.note)
    .execute(tx)
    .await?;
    Ok(added == 1)
}

#[derive(sqlx::FromRow)]
struct Found {
    id: Text<MessageId>,
}

/// Whether there is a message with this id.
pub async fn has_message(on: On<'_>, id: MessageId) -> Result<bool, DbError> {
    let found: Option<Found> = sql("SELECT id FROM messages WHERE id = $1")
        .bind(id)
        .fetch_optional(on)
        .await?;
    Ok(found.is_some_and(|found| found.id.0 == id))
}

#[derive(sqlx::FromRow)]
struct MessageRow {
    id: Text<MessageId>,
    author_id: Text<UserId>,
    author_name: String,
    from_device: bool,
    note: bool,
    body: String,
    at: UnixMillis,
}

/// The messages after `after` (all for `None`), the latest `limit` of them, oldest first; with the notes if `notes`.
pub async fn list_messages(
    on: On<'_>,
    id: RequestId,
    after: Option<MessageId>,
    limit: i64,
    notes: bool,
) -> Result<Vec<Message>, DbError> {
    let rows: Vec<MessageRow> = sql(
        "SELECT m.id, m.author_id, u.name AS author_name, m.from_device, m.note, m.body, m.at \
         FROM messages m JOIN users u ON u.id = m.author_id \
         WHERE m.request_id = $1 AND (m.note = FALSE OR $4) AND m.seq > COALESCE((SELECT seq FROM messages \
         WHERE id = $2 AND request_id = $1), 0) \
         ORDER BY m.seq DESC LIMIT $3",
    )
    .bind(id)
    .bind(after)
    .bind(limit)
    .bind(notes)
    .fetch_all(on)
    .await?;
    let message = |row: MessageRow| Message {
        id: row.id.0,
        author: Person {
            id: row.author_id.0,
            name: row.author_name,
        },
        from_device: row.from_device,
        note: row.note,
        text: row.body,
        at: row.at,
    };
    Ok(rows.into_iter().rev().map(message).collect())
}
