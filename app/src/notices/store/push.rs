//! The only SQL for browsers that show notices, and for what is on its way to them.

use crate::{
    accounts::token::TokenHash,
    server::{
        db::{DbError, On, Text, Tx, sql},
        random,
    },
};
use deskside_protocol::{UnixMillis, ids::UserId};
use uuid::Uuid;

/// A browser as it subscribed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Subscription {
    pub endpoint: String,
    pub p256dh: String,
    pub auth: String,
}

#[derive(sqlx::FromRow)]
struct CountRow {
    n: i64,
}

/// How many browsers show the notices of a person.
pub async fn count(on: On<'_>, user: UserId) -> Result<usize, DbError> {
    let row: CountRow = sql("SELECT COUNT(*) AS n FROM push_subscriptions WHERE user_id = $1")
        .bind(user)
        .fetch_one(on)
        .await?;
    Ok(usize::try_from(row.n).unwrap_or(usize::MAX))
}

/// True when this browser shows the notices of this person.
pub async fn is_subscribed(on: On<'_>, user: UserId, browser: &TokenHash) -> Result<bool, DbError> {
    let row: CountRow = sql("SELECT COUNT(*) AS n FROM push_subscriptions WHERE user_id = $1 AND browser_hash = $2")
        .bind(user)
        .bind(browser.as_str())
        .fetch_one(on)
        .await?;
    Ok(row.n > 0)
}

/// Adds a browser; [`DbError::Unique`] when it or its endpoint is there already.
pub async fn add(
    tx: &mut Tx,
    user: UserId,
    browser: &TokenHash,
    subscription: &Subscription,
    now: UnixMillis,
) -> Result<(), DbError> {
    sql(
        "INSERT INTO push_subscriptions (id, user_id, browser_hash, endpoint, p256dh, auth, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(random::uuid(now))
    .bind(user)
    .bind(browser.as_str())
    .bind(&subscription.endpoint)
    .bind(&subscription.p256dh)
    .bind(&subscription.auth)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// Ends what a browser shows, whosever it is; says how many there were.
pub async fn remove_of_browser(tx: &mut Tx, browser: &TokenHash) -> Result<u64, DbError> {
    sql("DELETE FROM push_subscriptions WHERE browser_hash = $1")
        .bind(browser.as_str())
        .execute(tx)
        .await
}

/// Ends what a browser shows of anybody but `user`.
pub async fn remove_others(tx: &mut Tx, browser: &TokenHash, user: UserId) -> Result<u64, DbError> {
    sql("DELETE FROM push_subscriptions WHERE browser_hash = $1 AND user_id <> $2")
        .bind(browser.as_str())
        .bind(user)
        .execute(tx)
        .await
}

/// Ends a subscription of the person that was made for this endpoint before.
pub async fn remove_endpoint(tx: &mut Tx, user: UserId, endpoint: &str) -> Result<u64, DbError> {
    sql("DELETE FROM push_subscriptions WHERE user_id = $1 AND endpoint = $2")
        .bind(user)
        .bind(endpoint)
        .execute(tx)
        .await
}

/// Ends all browsers of a person.
pub async fn remove_of(tx: &mut Tx, user: UserId) -> Result<u64, DbError> {
    sql("DELETE FROM push_subscriptions WHERE user_id = $1")
        .bind(user)
        .execute(tx)
        .await
}

/// A notice for all browsers of one person.
#[derive(Clone, Debug)]
pub struct NewNotice<'a> {
    pub payload: &'a str,
    pub topic: &'a str,
    pub urgent: bool,
    pub expires_at: UnixMillis,
}

#[derive(sqlx::FromRow)]
struct IdRow {
    id: Text<Uuid>,
}

/// Writes a notice for each browser of a person into the outbox; it goes out after the transaction commits.
pub async fn enqueue(tx: &mut Tx, user: UserId, notice: &NewNotice<'_>, now: UnixMillis) -> Result<(), DbError> {
    let browsers: Vec<IdRow> = sql("SELECT id FROM push_subscriptions WHERE user_id = $1")
        .bind(user)
        .fetch_all(tx.on())
        .await?;
    for browser in browsers {
        sql(
            "INSERT INTO push_outbox (id, subscription_id, payload, topic, urgent, created_at, expires_at, attempts, \
             next_attempt_at, leased_until) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $6, 0)",
        )
        .bind(random::uuid(now))
        .bind(browser.id.0)
        .bind(notice.payload)
        .bind(notice.topic)
        .bind(notice.urgent)
        .bind(now)
        .bind(notice.expires_at)
        .execute(tx)
        .await?;
    }
    Ok(())
}

/// A notice that a worker has leased.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Due {
    pub id: String,
    pub subscription_id: String,
    pub payload: String,
    pub topic: String,
    pub urgent: bool,
    pub created_at: UnixMillis,
    pub expires_at: UnixMillis,
    /// Counts this one.
    pub attempts: i64,
    pub endpoint: String,
    pub p256dh: String,
    pub auth: String,
}

#[derive(sqlx::FromRow)]
struct KeyRow {
    id: String,
}

/// True when a notice waits to be sent now.
pub async fn is_any_due(on: On<'_>, now: UnixMillis) -> Result<bool, DbError> {
    let row: Option<KeyRow> = sql(
        "SELECT id FROM push_outbox WHERE next_attempt_at <= $1 AND leased_until <= $1 \
             AND subscription_id IN (SELECT id FROM push_subscriptions WHERE paused_until <= $1) LIMIT 1",
    )
    .bind(now)
    .fetch_optional(on)
    .await?;
    Ok(row.is_some_and(|row| !row.id.is_empty()))
}

/// Leases the oldest notice that is due, urgent ones first, of none of the services that are `busy`: how their endpoints
/// begin, in small letters. The condition stands twice, as for mails.
pub async fn lease(
    tx: &mut Tx,
    holder: &str,
    now: UnixMillis,
    until: UnixMillis,
    busy: &[&str],
) -> Result<Option<Due>, DbError> {
    let mut query = sql(
        "UPDATE push_outbox SET leased_until = $1, leased_by = $3, attempts = attempts + 1 \
         WHERE id = (SELECT o.id FROM push_outbox o JOIN push_subscriptions s ON s.id = o.subscription_id \
                     WHERE o.next_attempt_at <= $2 AND o.leased_until <= $2 AND s.paused_until <= $2",
    )
    .bind(until)
    .bind(now)
    .bind(holder);
    for service in busy {
        query = query
            .push(" AND lower(substr(s.endpoint, 1, CAST(")
            .push_bind(i64::try_from(service.len()).unwrap_or(i64::MAX))
            .push(" AS INTEGER))) <> ")
            .push_bind(*service);
    }
    let leased: Option<KeyRow> = query
        .push(
            " ORDER BY o.urgent DESC, o.next_attempt_at, o.id LIMIT 1) \
             AND next_attempt_at <= $2 AND leased_until <= $2 RETURNING id",
        )
        .fetch_optional(tx.on())
        .await?;
    let Some(leased) = leased else { return Ok(None) };
    sql(
        "SELECT o.id, o.subscription_id, o.payload, o.topic, o.urgent, o.created_at, o.expires_at, o.attempts, \
         s.endpoint, s.p256dh, s.auth \
         FROM push_outbox o JOIN push_subscriptions s ON s.id = o.subscription_id WHERE o.id = $1",
    )
    .bind(leased.id)
    .fetch_optional(tx.on())
    .await
}

/// Gives back what `holder` had leased when it was killed.
pub async fn free_leases(tx: &mut Tx, holder: &str) -> Result<u64, DbError> {
    sql("UPDATE push_outbox SET leased_until = 0, leased_by = NULL WHERE leased_by = $1")
        .bind(holder)
        .execute(tx)
        .await
}

/// Delivered, refused or out of date.
pub async fn remove(tx: &mut Tx, id: &str) -> Result<u64, DbError> {
    sql("DELETE FROM push_outbox WHERE id = $1").bind(id).execute(tx).await
}

/// It will be tried again.
pub async fn put_off(tx: &mut Tx, id: &str, next: UnixMillis) -> Result<u64, DbError> {
    sql("UPDATE push_outbox SET leased_until = 0, leased_by = NULL, next_attempt_at = $1 WHERE id = $2")
        .bind(next)
        .bind(id)
        .execute(tx)
        .await
}

/// A browser was reached.
pub async fn succeeded(tx: &mut Tx, subscription: &str) -> Result<u64, DbError> {
    sql("UPDATE push_subscriptions SET failures = 0 WHERE id = $1 AND failures > 0")
        .bind(subscription)
        .execute(tx)
        .await
}

/// A browser was not reached; after `most` times in a row nothing is sent there before `until`.
pub async fn failed(tx: &mut Tx, subscription: &str, most: i64, until: UnixMillis) -> Result<u64, DbError> {
    sql("UPDATE push_subscriptions SET failures = failures + 1, \
         paused_until = CASE WHEN failures + 1 >= $2 THEN $3 ELSE paused_until END WHERE id = $1")
    .bind(subscription)
    .bind(most)
    .bind(until)
    .execute(tx)
    .await
}

/// Forgets notices that are out of date, and those for browsers that ended.
pub async fn clean_up(tx: &mut Tx, now: UnixMillis) -> Result<u64, DbError> {
    sql("DELETE FROM push_outbox WHERE expires_at <= $1 \
         OR subscription_id NOT IN (SELECT id FROM push_subscriptions)")
    .bind(now)
    .execute(tx)
    .await
}

/// The push service says that there is no such browser.
pub async fn remove_subscription(tx: &mut Tx, id: &str) -> Result<u64, DbError> {
    sql("DELETE FROM push_subscriptions WHERE id = $1")
        .bind(id)
        .execute(tx)
        .await
}
