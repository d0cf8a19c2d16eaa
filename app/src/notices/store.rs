//! The only SQL for what people chose, and for what their digests tell. For browsers: [`push`].

pub mod push;

use super::model::{MailWish, PushWish, USUAL_DIGEST, Wishes};
use crate::{
    requests::model::Happened,
    server::db::{DbError, On, Text, Tx, sql},
};
use deskside_protocol::{
    UnixMillis,
    ids::{RequestId, UserId},
};

#[derive(sqlx::FromRow)]
struct WishesRow {
    mail: String,
    push: String,
    digest_at: i64,
}

/// What somebody chose; the default when they never did.
pub async fn find_wishes(on: On<'_>, user: UserId) -> Result<Wishes, DbError> {
    let row: Option<WishesRow> = sql("SELECT mail, push, digest_at FROM notice_wishes WHERE user_id = $1")
        .bind(user)
        .fetch_optional(on)
        .await?;
    let usual = Wishes {
        digest_at: USUAL_DIGEST,
        ..Wishes::default()
    };
    Ok(row.map_or(usual, |row| Wishes {
        mail: MailWish::read(&row.mail).unwrap_or_default(),
        push: PushWish::read(&row.push).unwrap_or_default(),
        digest_at: row.digest_at,
    }))
}

pub async fn set_wishes(tx: &mut Tx, user: UserId, wishes: Wishes) -> Result<(), DbError> {
    sql(
        "INSERT INTO notice_wishes (user_id, mail, push, digest_at) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (user_id) DO UPDATE SET mail = excluded.mail, push = excluded.push, \
         digest_at = excluded.digest_at",
    )
    .bind(user)
    .bind(wishes.mail.code())
    .bind(wishes.push.code())
    .bind(wishes.digest_at)
    .execute(tx)
    .await?;
    Ok(())
}

/// One event of a digest.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DigestEvent {
    pub request: RequestId,
    pub seq: i64,
    pub at: UnixMillis,
    pub happened: Happened,
    /// Name of the person who did it.
    pub by: Option<String>,
}

pub async fn add_event(tx: &mut Tx, user: UserId, event: &DigestEvent, due_at: UnixMillis) -> Result<(), DbError> {
    let happened = serde_json::to_string(&event.happened).map_err(|error| sqlx::Error::Encode(error.into()))?;
    sql(
        "INSERT INTO digest_events (user_id, request_id, seq, at, happened, by_name, due_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(user)
    .bind(event.request)
    .bind(event.seq)
    .bind(event.at)
    .bind(happened)
    .bind(event.by.as_deref().map(str::to_owned))
    .bind(due_at)
    .execute(tx)
    .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct UserRow {
    user_id: Text<UserId>,
}

/// The people whose digest is due, `limit` at most.
pub async fn list_due(on: On<'_>, now: UnixMillis, limit: i64) -> Result<Vec<UserId>, DbError> {
    let rows: Vec<UserRow> = sql("SELECT user_id FROM digest_events WHERE due_at <= $1 \
                                  GROUP BY user_id ORDER BY MIN(due_at), user_id LIMIT $2")
    .bind(now)
    .bind(limit)
    .fetch_all(on)
    .await?;
    Ok(rows.into_iter().map(|row| row.user_id.0).collect())
}

#[derive(sqlx::FromRow)]
struct EventRow {
    request_id: Text<RequestId>,
    seq: i64,
    at: UnixMillis,
    happened: String,
    by_name: Option<String>,
}

/// Takes out what is due; of two at once the second finds nothing.
pub async fn take_due(tx: &mut Tx, user: UserId, now: UnixMillis) -> Result<Vec<DigestEvent>, DbError> {
    let rows: Vec<EventRow> = sql("DELETE FROM digest_events WHERE user_id = $1 AND due_at <= $2 \
                                   RETURNING request_id, seq, at, happened, by_name")
    .bind(user)
    .bind(now)
    .fetch_all(tx.on())
    .await?;
    let mut events = rows
        .into_iter()
        .map(|row| {
            Ok(DigestEvent {
                request: row.request_id.0,
                seq: row.seq,
                at: row.at,
                happened: serde_json::from_str(&row.happened).map_err(|error| sqlx::Error::Decode(error.into()))?,
                by: row.by_name,
            })
        })
        .collect::<Result<Vec<_>, DbError>>()?;
    events.sort_by_key(|event| (event.at, event.request, event.seq));
    Ok(events)
}

/// Whatever waits for the digest of a person waits until `due_at` from now on.
pub async fn set_due(tx: &mut Tx, user: UserId, due_at: UnixMillis) -> Result<(), DbError> {
    sql("UPDATE digest_events SET due_at = $1 WHERE user_id = $2")
        .bind(due_at)
        .bind(user)
        .execute(tx)
        .await?;
    Ok(())
}

/// Nobody wants to hear of it any longer.
pub async fn remove_events(tx: &mut Tx, user: UserId) -> Result<(), DbError> {
    sql("DELETE FROM digest_events WHERE user_id = $1")
        .bind(user)
        .execute(tx)
        .await?;
    Ok(())
}
