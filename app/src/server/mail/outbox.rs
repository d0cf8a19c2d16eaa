//! The table of outgoing mail.

use super::Mail;
use crate::server::{
    db::{DbError, Tx, sql},
    random,
};
use deskside_protocol::UnixMillis;

/// Writes `mail` into the outbox; it goes out after the transaction commits.
pub async fn enqueue(tx: &mut Tx, mail: Mail, now: UnixMillis) -> Result<(), DbError> {
    sql("INSERT INTO outbox (id, recipient_id, recipient_name, recipient_email, subject, text_body, html_body, \
         message_id, in_reply_to, thread_ids, created_at, attempts, next_attempt_at, leased_until, state) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, $11, 0, 'waiting')")
    .bind(random::uuid(now))
    .bind(mail.recipient)
    .bind(mail.name)
    .bind(mail.email)
    .bind(mail.subject)
    .bind(mail.text)
    .bind(mail.html)
    .bind(mail.message_id)
    .bind(mail.references.last().cloned())
    .bind(mail.references.join(" "))
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}
