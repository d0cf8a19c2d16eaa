//! The only SQL for sessions and for the reports that were taken.
//!
//! Invariant: a session changes only while its request is locked, so its life never has two writers.

use super::{core::Life, model::SessionStatus, record::SessionRecord};
use crate::{
    requests::model::Person,
    server::db::{DbError, On, Text, Tx, sql},
};
use deskside_protocol::{
    UnixMillis,
    ids::{DeviceId, Nonce, RequestId, SessionId, TransferId, UserId},
    session::{EndReason, MediaPath},
};

/// Writes a new session.
pub async fn add_session(tx: &mut Tx, session: &SessionRecord) -> Result<(), DbError> {
    sql(
        "INSERT INTO sessions (id, request_id, device_id, operator_id, status, launched_at, unanswered, attempt, \
         version) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 1)",
    )
    .bind(session.id)
    .bind(session.request)
    .bind(session.device)
    .bind(session.operator.id)
    .bind(session.life.status.code())
    .bind(session.launched_at)
    .bind(false)
    .execute(tx)
    .await?;
    save_session(tx, session).await
}

/// Writes a session's life.
pub async fn save_session(tx: &mut Tx, session: &SessionRecord) -> Result<(), DbError> {
    let life = &session.life;
    sql(
        "UPDATE sessions SET status = $2, device_by = $3, answer_by = $4, resume_by = $5, started_at = $6, \
         ended_at = $7, end_reason = $8, unanswered = $9, path = $10, attempt = $11, deadline = $12, leave_by = $13, \
         version = version + 1 WHERE id = $1",
    )
    .bind(session.id)
    .bind(life.status.code())
    .bind(life.device_by)
    .bind(life.answer_by)
    .bind(life.resume_by)
    .bind(life.started_at)
    .bind(life.ended_at)
    .bind(life.end_reason.map(word))
    .bind(life.unanswered)
    .bind(life.path.map(word))
    .bind(life.attempt)
    .bind(life.deadline())
    .bind(life.leave_by)
    .execute(tx)
    .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct SessionRow {
    id: Text<SessionId>,
    request_id: Text<RequestId>,
    device_id: Text<DeviceId>,
    operator_id: Text<UserId>,
    operator_name: String,
    status: String,
    launched_at: UnixMillis,
    device_by: Option<UnixMillis>,
    answer_by: Option<UnixMillis>,
    resume_by: Option<UnixMillis>,
    leave_by: Option<UnixMillis>,
    started_at: Option<UnixMillis>,
    ended_at: Option<UnixMillis>,
    end_reason: Option<String>,
    unanswered: bool,
    path: Option<String>,
    attempt: i64,
    one_time: bool,
}

impl SessionRow {
    fn record(self) -> Result<SessionRecord, DbError> {
        let status = SessionStatus::from_code(&self.status)
            .ok_or_else(|| sqlx::Error::Decode(format!("no session status: {}", self.status).into()))?;
        Ok(SessionRecord {
            id: self.id.0,
            request: self.request_id.0,
            device: self.device_id.0,
            operator: Person {
                id: self.operator_id.0,
                name: self.operator_name,
            },
            launched_at: self.launched_at,
            life: Life {
                status,
                device_by: self.device_by,
                answer_by: self.answer_by,
                resume_by: self.resume_by,
                leave_by: self.leave_by,
                started_at: self.started_at,
                ended_at: self.ended_at,
                end_reason: self.end_reason.map(from_word::<EndReason>).transpose()?,
                unanswered: self.unanswered,
                path: self.path.map(from_word::<MediaPath>).transpose()?,
                attempt: u32::try_from(self.attempt).unwrap_or(u32::MAX),
                one_time: self.one_time,
            },
        })
    }
}

/// What is read of a session; a WHERE clause follows.
macro_rules! select_sessions {
    ($rest:literal) => {
        sql(concat!(
            "SELECT s.id, s.request_id, s.device_id, s.operator_id, u.name AS operator_name, s.status, \
             s.launched_at, s.device_by, s.answer_by, s.resume_by, s.leave_by, s.started_at, s.ended_at, s.end_reason, \
             s.unanswered, s.path, s.attempt, r.one_time \
             FROM sessions s JOIN users u ON u.id = s.operator_id JOIN requests r ON r.id = s.request_id ",
            $rest
        ))
    };
}

/// One session.
pub async fn find_session(on: On<'_>, id: SessionId) -> Result<Option<SessionRecord>, DbError> {
    let row: Option<SessionRow> = select_sessions!("WHERE s.id = $1").bind(id).fetch_optional(on).await?;
    row.map(SessionRow::record).transpose()
}

/// The latest session of a request.
pub async fn find_latest(on: On<'_>, request: RequestId) -> Result<Option<SessionRecord>, DbError> {
    let row: Option<SessionRow> =
        select_sessions!("WHERE s.request_id = $1 ORDER BY s.launched_at DESC, s.id DESC LIMIT 1")
            .bind(request)
            .fetch_optional(on)
            .await?;
    row.map(SessionRow::record).transpose()
}

/// The sessions of a device that are not over.
pub async fn list_open_of_device(on: On<'_>, device: DeviceId) -> Result<Vec<SessionRecord>, DbError> {
    let rows: Vec<SessionRow> =
        select_sessions!("WHERE s.device_id = $1 AND s.status <> 'ended' ORDER BY s.launched_at")
            .bind(device)
            .fetch_all(on)
            .await?;
    rows.into_iter().map(SessionRow::record).collect()
}

/// The latest sessions of a device that people consented to and that ended after `since`.
pub async fn list_ended_of_device(
    on: On<'_>,
    device: DeviceId,
    since: UnixMillis,
    limit: i64,
) -> Result<Vec<SessionRecord>, DbError> {
    let rows: Vec<SessionRow> = select_sessions!(
        "WHERE s.device_id = $1 AND s.ended_at > $2 AND s.started_at IS NOT NULL ORDER BY s.ended_at DESC LIMIT $3"
    )
    .bind(device)
    .bind(since)
    .bind(limit)
    .fetch_all(on)
    .await?;
    rows.into_iter().map(SessionRow::record).collect()
}

#[derive(sqlx::FromRow)]
struct IdRow {
    id: Text<SessionId>,
    request_id: Text<RequestId>,
}

/// A session and its request, enough to lock them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SessionKey {
    pub session: SessionId,
    pub request: RequestId,
}

impl From<IdRow> for SessionKey {
    fn from(row: IdRow) -> Self {
        Self {
            session: row.id.0,
            request: row.request_id.0,
        }
    }
}

/// The sessions whose deadline has passed.
pub async fn list_due(on: On<'_>, now: UnixMillis, limit: i64) -> Result<Vec<SessionKey>, DbError> {
    let rows: Vec<IdRow> = sql("SELECT id, request_id FROM sessions WHERE deadline <= $1 ORDER BY deadline LIMIT $2")
        .bind(now)
        .bind(limit)
        .fetch_all(on)
        .await?;
    Ok(rows.into_iter().map(SessionKey::from).collect())
}

/// The open sessions whose operator may not go on with them.
pub async fn list_unentitled(on: On<'_>) -> Result<Vec<SessionKey>, DbError> {
    let rows: Vec<IdRow> = sql(
        "SELECT s.id, s.request_id FROM sessions s JOIN users u ON u.id = s.operator_id \
         JOIN requests r ON r.id = s.request_id \
         WHERE s.status <> 'ended' AND (s.launched_at <= u.operated_until OR NOT u.active OR NOT EXISTS \
         (SELECT 1 FROM role_grants g JOIN role_rights rr ON rr.role_id = g.role_id \
         WHERE g.user_id = u.id AND rr.right_code = 'requests_view' AND g.scope IN ('all', r.directory_id)))",
    )
    .fetch_all(on)
    .await?;
    Ok(rows.into_iter().map(SessionKey::from).collect())
}

/// Notes that the device shows the question; false when that was noted before.
pub async fn set_prompt_shown(tx: &mut Tx, id: SessionId, at: UnixMillis) -> Result<bool, DbError> {
    let changed = sql("UPDATE sessions SET prompt_shown_at = $2 WHERE id = $1 AND prompt_shown_at IS NULL")
        .bind(id)
        .bind(at)
        .execute(tx)
        .await?;
    Ok(changed == 1)
}

/// The sessions in which media flows, as far as is known.
pub async fn list_active(on: On<'_>) -> Result<Vec<SessionKey>, DbError> {
    let rows: Vec<IdRow> = sql("SELECT id, request_id FROM sessions WHERE status = 'active'")
        .fetch_all(on)
        .await?;
    Ok(rows.into_iter().map(SessionKey::from).collect())
}

/// Notes that the report `nonce` was taken; false when it was taken before.
pub async fn remember_report(
    tx: &mut Tx,
    nonce: Nonce,
    device: DeviceId,
    expires_at: UnixMillis,
) -> Result<bool, DbError> {
    let added = sql(
        "INSERT INTO report_nonces (nonce, device_id, expires_at) VALUES ($1, $2, $3) \
                     ON CONFLICT (nonce) DO NOTHING",
    )
    .bind(nonce)
    .bind(device)
    .bind(expires_at)
    .execute(tx)
    .await?;
    Ok(added == 1)
}

/// Forgets the reports that are too old to be taken anyway.
pub async fn forget_reports(tx: &mut Tx, now: UnixMillis) -> Result<u64, DbError> {
    sql("DELETE FROM report_nonces WHERE expires_at < $1")
        .bind(now)
        .execute(tx)
        .await
}

/// Notes that a transfer was reported; false when it was before, or when the session has `most` already.
pub async fn add_file(tx: &mut Tx, id: SessionId, transfer: TransferId, most: i64) -> Result<bool, DbError> {
    let known: FilesRow = sql("SELECT COUNT(*) AS files FROM session_files WHERE session_id = $1")
        .bind(id)
        .fetch_one(tx.on())
        .await?;
    if known.files >= most {
        return Ok(false);
    }
    let added = sql("INSERT INTO session_files (session_id, transfer_id) VALUES ($1, $2) \
                     ON CONFLICT (session_id, transfer_id) DO NOTHING")
    .bind(id)
    .bind(transfer)
    .execute(tx)
    .await?;
    Ok(added == 1)
}

#[derive(sqlx::FromRow)]
struct FilesRow {
    files: i64,
}

/// The protocol's word for a value, as it stands in messages.
fn word<T: serde::Serialize>(value: T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

fn from_word<T: serde::de::DeserializeOwned>(word: String) -> Result<T, DbError> {
    serde_json::from_value(serde_json::Value::String(word)).map_err(|error| sqlx::Error::Decode(error.into()).into())
}
