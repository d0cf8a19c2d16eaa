//! The only SQL that changes requests, their windows and the words by which they are found.
//!
//! Invariant: a request's row is saved only over the version it was read with.

mod groups;
mod messages;
mod timeline;

pub use groups::{leave_group, set_group};
pub use messages::{NewMessage, add_message, has_message, list_messages};
pub use timeline::{NewEvent, add_event, list_events};

use super::{
    model::{Person, Priority, Rating, Status, Team, Window},
    record::{NamedDevice, RequestRecord},
    search,
};
use crate::{
    accounts::model::UserSummary,
    server::db::{DbError, On, Text, Tx, sql},
    vocabulary,
    words::Language,
};
use deskside_protocol::{
    UnixMillis,
    ids::{DeviceId, DirectoryId, RequestId, RoleId, UserId},
};

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
         assistant_id, created_at, changed_at, changed_by, version, last_seq, directory_id, filed_by, group_id) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, \
         (SELECT d.group_id FROM devices d WHERE d.id = $4))",
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
    .bind(request.directory)
    .bind(request.filed_by.as_ref().map(|person| person.id))
    .execute(tx)
    .await?;
    add_windows(tx, request.id, &request.windows, &request.allowed).await
}

/// Writes the row of `request` over the one with version `over`; false when that one is gone.
pub async fn save_request(tx: &mut Tx, request: &RequestRecord, over: i64) -> Result<bool, DbError> {
    let saved = sql(
        "UPDATE requests SET device_id = $3, subject = $4, description = $5, one_time = $6, status = $7, \
                     open = $8, assistant_id = $9, changed_at = $10, changed_by = $11, version = $12, last_seq = $13, \
                     priority = $14, scheduled_from = $15, scheduled_until = $16, team_id = $17, claimed_at = $18, \
                     finished_at = $19, rating = $20, rating_comment = $21, calendar_sequence = $22, reminded_for = $23, \
                     group_id = (SELECT d.group_id FROM devices d WHERE d.id = $3) \
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
    .bind(request.priority.number())
    .bind(request.scheduled.map(|window| window.starts_at))
    .bind(request.scheduled.map(|window| window.ends_at))
    .bind(request.team.as_ref().map(|team| team.id))
    .bind(request.claimed_at)
    .bind(request.finished_at)
    .bind(request.rating.as_ref().map(|rating| rating.stars))
    .bind(request.rating.as_ref().map(|rating| rating.comment.as_str()))
    .bind(request.calendar_sequence)
    .bind(request.reminded_for)
    .execute(tx)
    .await?;
    Ok(saved == 1)
}

/// Replaces the availability windows; in those that are `allowed`, too, nobody is asked.
pub async fn replace_windows(
    tx: &mut Tx,
    id: RequestId,
    windows: &[Window],
    allowed: &[Window],
) -> Result<(), DbError> {
    sql("DELETE FROM request_windows WHERE request_id = $1")
        .bind(id)
        .execute(tx)
        .await?;
    add_windows(tx, id, windows, allowed).await
}

/// Replaces the tags.
pub async fn replace_tags(tx: &mut Tx, id: RequestId, tags: &[String]) -> Result<(), DbError> {
    sql("DELETE FROM request_tags WHERE request_id = $1")
        .bind(id)
        .execute(tx)
        .await?;
    for tag in tags {
        sql("INSERT INTO request_tags (request_id, tag) VALUES ($1, $2)")
            .bind(id)
            .bind(tag)
            .execute(tx)
            .await?;
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct TagRow {
    tag: String,
}

async fn list_tags(on: On<'_>, id: RequestId) -> Result<Vec<String>, DbError> {
    let rows: Vec<TagRow> = sql("SELECT tag FROM request_tags WHERE request_id = $1")
        .bind(id)
        .fetch_all(on)
        .await?;
    let mut tags: Vec<String> = rows.into_iter().map(|row| row.tag).collect();
    // Not by the engine: collations differ.
    tags.sort_unstable();
    Ok(tags)
}

async fn add_windows(tx: &mut Tx, id: RequestId, windows: &[Window], allowed: &[Window]) -> Result<(), DbError> {
    for window in windows {
        sql("INSERT INTO request_windows (request_id, starts_at, ends_at, allowed) VALUES ($1, $2, $3, $4)")
            .bind(id)
            .bind(window.starts_at)
            .bind(window.ends_at)
            .bind(allowed.contains(window))
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
    directory_id: Text<DirectoryId>,
    filed_by: Option<Text<UserId>>,
    filed_by_name: Option<String>,
    team_id: Option<Text<RoleId>>,
    team_name: Option<String>,
    priority: i64,
    scheduled_from: Option<UnixMillis>,
    scheduled_until: Option<UnixMillis>,
    claimed_at: Option<UnixMillis>,
    finished_at: Option<UnixMillis>,
    rating: Option<i64>,
    rating_comment: Option<String>,
    calendar_sequence: i64,
    reminded_for: Option<UnixMillis>,
    created_at: UnixMillis,
    changed_at: UnixMillis,
    changed_by: Option<Text<UserId>>,
    version: i64,
    last_seq: i64,
    owner_id: Text<UserId>,
    owner_login: String,
    owner_name: String,
    owner_email: String,
    owner_directory: Text<DirectoryId>,
    owner_zone: String,
    owner_language: Text<Language>,
    assistant_id: Option<Text<UserId>>,
    assistant_login: Option<String>,
    assistant_name: Option<String>,
    assistant_email: Option<String>,
    assistant_directory: Option<Text<DirectoryId>>,
    assistant_zone: Option<String>,
    assistant_language: Option<Text<Language>>,
}

impl RecordRow {
    fn assistant(&self) -> Option<UserSummary> {
        Some(UserSummary {
            id: self.assistant_id.as_ref()?.0,
            login: self.assistant_login.clone()?,
            name: self.assistant_name.clone()?,
            email: self.assistant_email.clone()?,
            directory: self.assistant_directory.as_ref()?.0,
            time_zone: self.assistant_zone.clone()?,
            language: self.assistant_language.as_ref()?.0,
        })
    }

    fn with(self, windows: Vec<WindowRow>, tags: Vec<String>) -> RequestRecord {
        let assistant = self.assistant();
        let device = self
            .device_id
            .zip(self.device_name)
            .map(|(id, name)| NamedDevice { id: id.0, name });
        RequestRecord {
            id: self.id.0,
            number: self.number,
            directory: self.directory_id.0,
            filed_by: self
                .filed_by
                .zip(self.filed_by_name)
                .map(|(id, name)| Person { id: id.0, name }),
            team: self
                .team_id
                .zip(self.team_name)
                .map(|(id, name)| Team { id: id.0, name }),
            scheduled: self
                .scheduled_from
                .zip(self.scheduled_until)
                .map(|(starts_at, ends_at)| Window { starts_at, ends_at }),
            priority: Priority::from_number(self.priority),
            tags,
            rating: self.rating.map(|stars| Rating {
                stars,
                comment: self.rating_comment.unwrap_or_default(),
            }),
            claimed_at: self.claimed_at,
            finished_at: self.finished_at,
            calendar_sequence: self.calendar_sequence,
            reminded_for: self.reminded_for,
            owner: UserSummary {
                id: self.owner_id.0,
                login: self.owner_login,
                name: self.owner_name,
                email: self.owner_email,
                directory: self.owner_directory.0,
                time_zone: self.owner_zone,
                language: self.owner_language.0,
            },
            device,
            subject: self.subject,
            description: self.description,
            allowed: windows
                .iter()
                .filter(|row| row.allowed)
                .map(WindowRow::window)
                .collect(),
            windows: windows.iter().map(WindowRow::window).collect(),
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
         r.directory_id, r.filed_by, f.name AS filed_by_name, r.team_id, t.name AS team_name, r.priority, \
         r.scheduled_from, r.scheduled_until, r.claimed_at, r.finished_at, r.rating, r.rating_comment, \
         r.calendar_sequence, r.reminded_for, \
         o.id AS owner_id, o.login AS owner_login, o.name AS owner_name, o.email AS owner_email, \
         o.directory_id AS owner_directory, o.time_zone AS owner_zone, \
         COALESCE(o.language, o.browser_language) AS owner_language, \
         a.id AS assistant_id, a.login AS assistant_login, a.name AS assistant_name, a.email AS assistant_email, \
         a.directory_id AS assistant_directory, a.time_zone AS assistant_zone, \
         COALESCE(a.language, a.browser_language) AS assistant_language \
         FROM requests r JOIN users o ON o.id = r.owner_id LEFT JOIN users a ON a.id = r.assistant_id \
         LEFT JOIN devices d ON d.id = r.device_id LEFT JOIN users f ON f.id = r.filed_by \
         LEFT JOIN roles t ON t.id = r.team_id WHERE r.id = $1")
    .bind(id)
    .fetch_optional(on.again())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let windows = list_windows(on.again(), id).await?;
    Ok(Some(row.with(windows, list_tags(on, id).await?)))
}

#[derive(sqlx::FromRow)]
struct WindowRow {
    starts_at: UnixMillis,
    ends_at: UnixMillis,
    allowed: bool,
}

impl WindowRow {
    fn window(&self) -> Window {
        Window {
            starts_at: self.starts_at,
            ends_at: self.ends_at,
        }
    }
}

async fn list_windows(on: On<'_>, id: RequestId) -> Result<Vec<WindowRow>, DbError> {
    sql("SELECT starts_at, ends_at, allowed FROM request_windows WHERE request_id = $1 ORDER BY starts_at")
        .bind(id)
        .fetch_all(on)
        .await
}

/// Replaces the words by which a request is found: those of the request itself, or adds some of its conversation.
pub async fn index_words(tx: &mut Tx, id: RequestId, said: bool, words: &[String]) -> Result<(), DbError> {
    if !said {
        sql("DELETE FROM request_words WHERE request_id = $1 AND said = $2")
            .bind(id)
            .bind(false)
            .execute(tx)
            .await?;
    }
    vocabulary::service::learn(tx, words).await?;
    for word in words {
        sql(
            "INSERT INTO request_words (request_id, said, word) VALUES ($1, $2, $3) \
             ON CONFLICT (word, request_id, said) DO NOTHING",
        )
        .bind(id)
        .bind(said)
        .bind(search::stored(word))
        .execute(tx)
        .await?;
    }
    Ok(())
}

/// The open requests whose scheduled time begins between `now` and `until`, and that nobody was reminded of.
pub async fn list_unreminded(on: On<'_>, now: UnixMillis, until: UnixMillis) -> Result<Vec<RequestId>, DbError> {
    let rows: Vec<IdRow> = sql("SELECT id FROM requests WHERE open = $1 AND scheduled_from > $2 \
                                AND scheduled_from <= $3 AND (reminded_for IS NULL OR reminded_for <> scheduled_from)")
    .bind(true)
    .bind(now)
    .bind(until)
    .fetch_all(on)
    .await?;
    Ok(rows.into_iter().map(|row| row.id.0).collect())
}

/// Gives the open requests of an owner to another directory. Those who assist and may not see them there are told
/// nothing more of them, and sessions of theirs end with the next round.
pub async fn move_open(tx: &mut Tx, owner: UserId, directory: DirectoryId) -> Result<(), DbError> {
    sql("UPDATE requests SET directory_id = $2, version = version + 1 WHERE owner_id = $1 AND open = $3")
        .bind(owner)
        .bind(directory)
        .bind(true)
        .execute(tx)
        .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct IdRow {
    id: Text<RequestId>,
}

/// Some of the requests that no word leads to yet.
pub async fn list_unindexed(on: On<'_>, limit: i64) -> Result<Vec<RequestId>, DbError> {
    let rows: Vec<IdRow> = sql("SELECT r.id FROM requests r WHERE NOT EXISTS \
                                (SELECT 1 FROM request_words w WHERE w.request_id = r.id AND w.said = $2) LIMIT $1")
    .bind(limit)
    .bind(false)
    .fetch_all(on)
    .await?;
    Ok(rows.into_iter().map(|row| row.id.0).collect())
}
