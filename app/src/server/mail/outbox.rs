//! The table of outgoing mail.

use super::Mail;
use crate::server::{
    db::{DbError, On, Tx, sql},
    random,
};
use deskside_protocol::UnixMillis;

/// Writes `mail` into the outbox; it goes out after the transaction commits.
pub async fn enqueue(tx: &mut Tx, mail: Mail, now: UnixMillis) -> Result<(), DbError> {
    sql(
        "INSERT INTO outbox (id, recipient_id, recipient_name, recipient_email, subject, text_body, html_body, \
         message_id, thread_ids, created_at, attempts, next_attempt_at, leased_until, unreachable, state, calendar, \
         calendar_method, reply_to) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $10, 0, FALSE, 'waiting', $11, $12, $13)",
    )
    .bind(random::uuid(now))
    .bind(mail.recipient)
    .bind(mail.name)
    .bind(mail.email)
    .bind(mail.subject)
    .bind(mail.text)
    .bind(mail.html)
    .bind(mail.message_id)
    .bind(mail.references.join(" "))
    .bind(now)
    .bind(mail.calendar.as_ref().map(|part| part.text.as_str()))
    .bind(mail.calendar.as_ref().map(|part| part.method.as_str()))
    .bind(mail.reply_to)
    .execute(tx)
    .await?;
    Ok(())
}

/// A mail that a worker has leased.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Due {
    pub id: String,
    pub recipient_name: String,
    pub recipient_email: String,
    pub subject: String,
    pub text_body: String,
    pub html_body: String,
    pub message_id: String,
    pub thread_ids: String,
    pub created_at: UnixMillis,
    /// Counts this one.
    pub attempts: i64,
    pub calendar: Option<String>,
    pub calendar_method: Option<String>,
    pub reply_to: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Key {
    id: String,
}

/// True when a mail waits to be sent now.
pub async fn is_any_due(on: On<'_>, now: UnixMillis) -> Result<bool, DbError> {
    let key: Option<Key> = sql(
        "SELECT id FROM outbox WHERE state = 'waiting' AND next_attempt_at <= $1 \
                                AND leased_until <= $1 LIMIT 1",
    )
    .bind(now)
    .fetch_optional(on)
    .await?;
    Ok(key.is_some_and(|key| !key.id.is_empty()))
}

/// Leases the oldest mail that is due. The condition stands twice, so that of two workers that chose the same mail the
/// second finds it taken once the first has committed.
pub async fn lease(tx: &mut Tx, holder: &str, now: UnixMillis, until: UnixMillis) -> Result<Option<Due>, DbError> {
    sql(
        "UPDATE outbox SET leased_until = $1, leased_by = $3, attempts = attempts + 1 \
         WHERE id = (SELECT id FROM outbox WHERE state = 'waiting' AND next_attempt_at <= $2 AND leased_until <= $2 \
                     ORDER BY next_attempt_at, id LIMIT 1) \
           AND state = 'waiting' AND next_attempt_at <= $2 AND leased_until <= $2 \
         RETURNING id, recipient_name, recipient_email, subject, text_body, html_body, message_id, thread_ids, \
                   created_at, attempts, calendar, calendar_method, reply_to",
    )
    .bind(until)
    .bind(now)
    .bind(holder)
    .fetch_optional(tx.on())
    .await
}

/// Gives back what `holder` had leased when it was killed.
pub async fn free_leases(tx: &mut Tx, holder: &str) -> Result<u64, DbError> {
    sql("UPDATE outbox SET leased_until = 0, leased_by = NULL WHERE state = 'waiting' AND leased_by = $1")
        .bind(holder)
        .execute(tx)
        .await
}

/// The mail server took it.
pub async fn mark_sent(tx: &mut Tx, id: &str, now: UnixMillis) -> Result<(), DbError> {
    sql("UPDATE outbox SET state = 'sent', finished_at = $1, last_error = NULL WHERE id = $2")
        .bind(now)
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}

/// It can never be sent.
pub async fn mark_failed(tx: &mut Tx, id: &str, error: &str, now: UnixMillis) -> Result<(), DbError> {
    sql("UPDATE outbox SET state = 'failed', finished_at = $1, last_error = $2 WHERE id = $3")
        .bind(now)
        .bind(error)
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}

/// It will be tried again. `unreachable`: because of the server, not of this mail.
pub async fn mark_later(
    tx: &mut Tx,
    id: &str,
    error: &str,
    next: UnixMillis,
    unreachable: bool,
) -> Result<(), DbError> {
    sql("UPDATE outbox SET leased_until = 0, leased_by = NULL, next_attempt_at = $1, unreachable = $2, last_error = $3 WHERE id = $4")
        .bind(next)
        .bind(unreachable)
        .bind(error)
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}

/// The server is back: whatever waited for it is due now.
pub async fn hurry_unreachable(tx: &mut Tx, now: UnixMillis) -> Result<u64, DbError> {
    sql("UPDATE outbox SET next_attempt_at = $1, unreachable = FALSE \
         WHERE state = 'waiting' AND unreachable AND next_attempt_at > $1")
    .bind(now)
    .execute(tx)
    .await
}

/// Forgets mails that were finished before `before`.
pub async fn remove_finished(tx: &mut Tx, before: UnixMillis) -> Result<u64, DbError> {
    sql("DELETE FROM outbox WHERE state <> 'waiting' AND finished_at < $1")
        .bind(before)
        .execute(tx)
        .await
}
