//! The only SQL that changes requests, their windows, timeline and conversation.
//!
//! Invariant: a request's row is saved only over the version it was read with.

use super::{
    model::{Change, Happened, Message, Person, Status, TimelineEntry, Window},
    record::{NamedDevice, RequestRecord},
};
use crate::{
    accounts::model::{Role, UserSummary},
    server::db::{DbError, On, Text, Tx, sql},
};
use deskside_protocol::{
    UnixMillis,
    ids::{DeviceId, MessageId, RequestId, SessionId, UserId},
};

/// Timeline entries that a page shows at most: the latest.
const EVENTS_SHOWN: i64 = 500;

#[derive(sqlx::FromRow)]
struct Number {
    last: i64,
}

/// Takes the next human number.
pub async fn take_number(tx: &mut Tx) -> Result<i64, DbError> {
    let number: Number = sql("UPDATE request_numbers SET last = last + 1 WHERE id = 1 RETURNING last")
        .fetch_one(tx.on())
        .await?;
    Ok(number.last)
}

/// Writes a new request.
pub async fn add_request(tx: &mut Tx, request: &RequestRecord) -> Result<(), DbError> {
    sql(
        "INSERT INTO requests (id, number, owner_id, device_id, subject, description, one_time, status, open, \
         assistant_id, created_at, changed_at, changed_by, version, last_seq) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(request.id)
    .bind(request.number)
    .bind(request.owner.id)
    .bind(request.device.as_ref().map(|device| device.id))
    .bind(request.subject.as_str())
    .bind(request.description.as_str())
    .bind(request.one_time)
    .bind(request.status.code())
    .bind(request.status.is_open())
    .bind(request.assistant.as_ref().map(|assistant| assistant.id))
    .bind(request.created_at)
    .bind(request.changed_at)
    .bind(request.changed_by)
    .bind(request.version)
    .bind(request.last_seq)
    .execute(tx)
    .await?;
    add_windows(tx, request.id, &request.windows).await
}

/// Writes the row of `request` over the one with version `over`; false when that one is gone.
pub async fn save_request(tx: &mut Tx, request: &RequestRecord, over: i64) -> Result<bool, DbError> {
    let saved = sql(
        "UPDATE requests SET device_id = $3, subject = $4, description = $5, one_time = $6, status = $7, \
                     open = $8, assistant_id = $9, changed_at = $10, changed_by = $11, version = $12, last_seq = $13 \
                     WHERE id = $1 AND version = $2",
    )
    .bind(request.id)
    .bind(over)
    .bind(request.device.as_ref().map(|device| device.id))
    .bind(request.subject.as_str())
    .bind(request.description.as_str())
    .bind(request.one_time)
    .bind(request.status.code())
    .bind(request.status.is_open())
    .bind(request.assistant.as_ref().map(|assistant| assistant.id))
    .bind(request.changed_at)
    .bind(request.changed_by)
    .bind(request.version)
    .bind(request.last_seq)
    .execute(tx)
    .await?;
    Ok(saved == 1)
}

/// Replaces the availability windows.
pub async fn replace_windows(tx: &mut Tx, id: RequestId, windows: &[Window]) -> Result<(), DbError> {
    sql("DELETE FROM request_windows WHERE request_id = $1")
        .bind(id)
        .execute(tx)
        .await?;
    add_windows(tx, id, windows).await
}

async fn add_windows(tx: &mut Tx, id: RequestId, windows: &[Window]) -> Result<(), DbError> {
    for window in windows {
        sql("INSERT INTO request_windows (request_id, starts_at, ends_at) VALUES ($1, $2, $3)")
            .bind(id)
            .bind(window.starts_at)
            .bind(window.ends_at)
            .execute(tx)
            .await?;
    }
    Ok(())
}

/// Makes other transactions that lock this request wait until this one ends; false when there is none.
pub async fn lock_request(tx: &mut Tx, id: RequestId) -> Result<bool, DbError> {
    let locked = sql("UPDATE requests SET version = version WHERE id = $1")
        .bind(id)
        .execute(tx)
        .await?;
    Ok(locked == 1)
}

#[derive(sqlx::FromRow)]
struct RecordRow {
    id: Text<RequestId>,
    number: i64,
    device_id: Option<Text<DeviceId>>,
    device_name: Option<String>,
    subject: String,
    description: String,
    one_time: bool,
    status: Text<Status>,
    created_at: UnixMillis,
    changed_at: UnixMillis,
    changed_by: Option<Text<UserId>>,
    version: i64,
    last_seq: i64,
    owner_id: Text<UserId>,
    owner_login: String,
    owner_name: String,
    owner_email: String,
    owner_role: Text<Role>,
    owner_zone: String,
    assistant_id: Option<Text<UserId>>,
    assistant_login: Option<String>,
    assistant_name: Option<String>,
    assistant_email: Option<String>,
    assistant_role: Option<Text<Role>>,
    assistant_zone: Option<String>,
}

impl RecordRow {
    fn assistant(&self) -> Option<UserSummary> {
        Some(UserSummary {
            id: self.assistant_id.as_ref()?.0,
            login: self.assistant_login.clone()?,
            name: self.assistant_name.clone()?,
            email: self.assistant_email.clone()?,
            role: self.assistant_role.as_ref()?.0,
            time_zone: self.assistant_zone.clone()?,
        })
    }

    fn with(self, windows: Vec<Window>) -> RequestRecord {
        let assistant = self.assistant();
        let device = self
            .device_id
            .zip(self.device_name)
            .map(|(id, name)| NamedDevice { id: id.0, name });
        RequestRecord {
            id: self.id.0,
            number: self.number,
            owner: UserSummary {
                id: self.owner_id.0,
                login: self.owner_login,
                name: self.owner_name,
                email: self.owner_email,
                role: self.owner_role.0,
                time_zone: self.owner_zone,
            },
            device,
            subject: self.subject,
            description: self.description,
            windows,
            one_time: self.one_time,
            status: self.status.0,
            assistant,
            created_at: self.created_at,
            changed_at: self.changed_at,
            changed_by: self.changed_by.map(|id| id.0),
            version: self.version,
            last_seq: self.last_seq,
        }
    }
}

/// One request, complete.
pub async fn find_request(mut on: On<'_>, id: RequestId) -> Result<Option<RequestRecord>, DbError> {
    let row: Option<RecordRow> = sql("SELECT r.id, r.number, r.device_id, d.name AS device_name, r.subject, \
         r.description, r.one_time, r.status, r.created_at, r.changed_at, r.changed_by, r.version, r.last_seq, \
         o.id AS owner_id, o.login AS owner_login, o.name AS owner_name, o.email AS owner_email, \
         o.role AS owner_role, o.time_zone AS owner_zone, \
         a.id AS assistant_id, a.login AS assistant_login, a.name AS assistant_name, a.email AS assistant_email, \
         a.role AS assistant_role, a.time_zone AS assistant_zone \
         FROM requests r JOIN users o ON o.id = r.owner_id LEFT JOIN users a ON a.id = r.assistant_id \
         LEFT JOIN devices d ON d.id = r.device_id WHERE r.id = $1")
    .bind(id)
    .fetch_optional(on.again())
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(row.with(list_windows(on, id).await?)))
}

#[derive(sqlx::FromRow)]
struct WindowRow {
    starts_at: UnixMillis,
    ends_at: UnixMillis,
}

async fn list_windows(on: On<'_>, id: RequestId) -> Result<Vec<Window>, DbError> {
    let rows: Vec<WindowRow> =
        sql("SELECT starts_at, ends_at FROM request_windows WHERE request_id = $1 ORDER BY starts_at")
            .bind(id)
            .fetch_all(on)
            .await?;
    Ok(rows
        .into_iter()
        .map(|row| Window {
            starts_at: row.starts_at,
            ends_at: row.ends_at,
        })
        .collect())
}

/// One timeline entry to be written.
#[derive(Clone, Debug)]
pub struct NewEvent<'a> {
    pub seq: i64,
    pub at: UnixMillis,
    pub actor: Option<UserId>,
    pub happened: Happened,
    pub changes: &'a [Change],
}

/// Appends to the timeline.
pub async fn add_event(tx: &mut Tx, id: RequestId, event: NewEvent<'_>) -> Result<(), DbError> {
    sql(
        "INSERT INTO timeline_events (request_id, seq, at, actor_id, happened, changes) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(id)
    .bind(event.seq)
    .bind(event.at)
    .bind(event.actor)
    .bind(json(&event.happened))
    .bind(json(event.changes))
    .execute(tx)
    .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct EventRow {
    seq: i64,
    at: UnixMillis,
    actor_id: Option<Text<UserId>>,
    actor_name: Option<String>,
    happened: String,
    changes: String,
}

impl EventRow {
    fn entry(self) -> Result<TimelineEntry, DbError> {
        Ok(TimelineEntry {
            seq: self.seq,
            at: self.at,
            by: self
                .actor_id
                .zip(self.actor_name)
                .map(|(id, name)| Person { id: id.0, name }),
            what: parse_json(&self.happened)?,
            changes: parse_json(&self.changes)?,
        })
    }
}

/// The latest timeline entries, oldest first; messages are in the conversation instead.
pub async fn list_events(on: On<'_>, id: RequestId) -> Result<Vec<TimelineEntry>, DbError> {
    let rows: Vec<EventRow> = sql(
        "SELECT e.seq, e.at, e.actor_id, u.name AS actor_name, e.happened, e.changes \
         FROM timeline_events e LEFT JOIN users u ON u.id = e.actor_id \
         WHERE e.request_id = $1 AND e.happened NOT IN ('\"message_posted\"', '\"chat_posted\"') \
         ORDER BY e.seq DESC LIMIT $2",
    )
    .bind(id)
    .bind(EVENTS_SHOWN)
    .fetch_all(on)
    .await?;
    rows.into_iter().rev().map(EventRow::entry).collect()
}

/// One message to be written.
#[derive(Clone, Debug)]
pub struct NewMessage<'a> {
    pub id: MessageId,
    pub session: Option<SessionId>,
    pub author: UserId,
    pub from_device: bool,
    pub text: &'a str,
    pub at: UnixMillis,
}

/// Appends to the conversation; false when a message with this id is there already. The request must be locked.
pub async fn add_message(tx: &mut Tx, id: RequestId, message: NewMessage<'_>) -> Result<bool, DbError> {
    let added = sql(
        "INSERT INTO messages (id, request_id, seq, session_id, author_id, from_device, body, at) \
                     SELECT $1, $2, COALESCE(MAX(seq), 0) + 1, $3, $4, $5, $6, $7 FROM messages \
                     WHERE request_id = $2 ON CONFLICT (id) DO NOTHING",
    )
    .bind(message.id)
    .bind(id)
    .bind(message.session)
    .bind(message.author)
    .bind(message.from_device)
    .bind(message.text)
    .bind(message.at)
    .execute(tx)
    .await?;
    Ok(added == 1)
}

#[derive(sqlx::FromRow)]
struct MessageRow {
    id: Text<MessageId>,
    author_id: Text<UserId>,
    author_name: String,
    from_device: bool,
    body: String,
    at: UnixMillis,
}

/// The messages after `after` (all for `None`), the latest `limit` of them, oldest first.
pub async fn list_messages(
    on: On<'_>,
    id: RequestId,
    after: Option<MessageId>,
    limit: i64,
) -> Result<Vec<Message>, DbError> {
    let rows: Vec<MessageRow> = sql(
        "SELECT m.id, m.author_id, u.name AS author_name, m.from_device, m.body, m.at \
         FROM messages m JOIN users u ON u.id = m.author_id \
         WHERE m.request_id = $1 AND m.seq > COALESCE((SELECT seq FROM messages \
         WHERE id = $2 AND request_id = $1), 0) \
         ORDER BY m.seq DESC LIMIT $3",
    )
    .bind(id)
    .bind(after)
    .bind(limit)
    .fetch_all(on)
    .await?;
    let message = |row: MessageRow| Message {
        id: row.id.0,
        author: Person {
            id: row.author_id.0,
            name: row.author_name,
        },
        from_device: row.from_device,
        text: row.body,
        at: row.at,
    };
    Ok(rows.into_iter().rev().map(message).collect())
}

fn json<T: serde::Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("these types have only string keys")
}

fn parse_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, DbError> {
    serde_json::from_str(text).map_err(|error| sqlx::Error::Decode(Box::new(error)).into())
}
