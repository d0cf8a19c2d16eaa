//! The audit tables.

use super::{
    By, Entry,
    chain::{self, Link},
};
use crate::server::db::{DbError, On, Tx, sql};
use deskside_protocol::UnixMillis;

/// A stored entry.
#[derive(Clone, PartialEq, Eq, Debug, sqlx::FromRow)]
pub struct StoredEntry {
    pub seq: i64,
    pub at: UnixMillis,
    pub actor_id: Option<String>,
    pub actor_name: String,
    pub action: String,
    pub subject: String,
    pub detail: String,
    pub previous_hash: String,
    pub hash: String,
}

impl StoredEntry {
    pub(super) fn link(&self) -> Link<'_> {
        Link {
            seq: self.seq,
            at: self.at,
            actor_id: self.actor_id.as_deref(),
            actor_name: &self.actor_name,
            action: &self.action,
            subject: &self.subject,
            detail: &self.detail,
        }
    }
}

/// Last number and hash of the chain.
#[derive(Clone, PartialEq, Eq, Debug, sqlx::FromRow)]
pub struct Head {
    pub seq: i64,
    pub hash: String,
}

/// Appends `entry`. Call last in the transaction, after every other lock: until it ends, other changes wait for the head
/// of the chain, and one of them may hold what is locked after it.
pub async fn append(tx: &mut Tx, entry: Entry<'_>, now: UnixMillis) -> Result<(), DbError> {
    // Taking the number locks the head row until the transaction ends, so entries are chained one after another.
    let head: Head = sql("UPDATE audit_head SET seq = seq + 1 WHERE id = 1 RETURNING seq, hash")
        .fetch_one(tx.on())
        .await?;
    let actor_id = match entry.by {
        By::Actor(actor) => Some(actor.id().to_string()),
        By::Machine(_) => None,
    };
    let actor_name = match entry.by {
        By::Actor(actor) => actor.user.login.as_str(),
        By::Machine(name) => name,
    };
    let detail = entry.detail.to_string();
    let link = Link {
        seq: head.seq,
        at: now,
        actor_id: actor_id.as_deref(),
        actor_name,
        action: entry.action,
        subject: entry.subject,
        detail: &detail,
    };
    let hash = chain::hash(&head.hash, &link);
    sql(
        "INSERT INTO audit_log (seq, at, actor_id, actor_name, action, subject, detail, previous_hash, hash) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(head.seq)
    .bind(now)
    .bind(actor_id.clone())
    .bind(actor_name)
    .bind(entry.action)
    .bind(entry.subject)
    .bind(detail.as_str())
    .bind(head.hash)
    .bind(hash.as_str())
    .execute(tx)
    .await?;
    sql("UPDATE audit_head SET hash = $1 WHERE id = 1")
        .bind(hash)
        .execute(tx)
        .await?;
    Ok(())
}

/// Entries after `seq`, in order.
pub async fn list_after(on: On<'_>, seq: i64, limit: i64) -> Result<Vec<StoredEntry>, DbError> {
    sql(
        "SELECT seq, at, actor_id, actor_name, action, subject, detail, previous_hash, hash \
         FROM audit_log WHERE seq > $1 ORDER BY seq LIMIT $2",
    )
    .bind(seq)
    .bind(limit)
    .fetch_all(on)
    .await
}

/// The end of the chain.
pub async fn head(on: On<'_>) -> Result<Head, DbError> {
    sql("SELECT seq, hash FROM audit_head WHERE id = 1").fetch_one(on).await
}
