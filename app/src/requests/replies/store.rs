//! The table of mails that were tried.

use super::attempts::{State, Tried};
use crate::server::db::{DbError, On, Tx, sql};
use deskside_protocol::UnixMillis;

/// A mailbox; `validity` changes when its server numbers the mails anew.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    pub mailbox: String,
    pub validity: u32,
}

/// What is known of one mail of a mailbox.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Known {
    pub validity: u32,
    pub number: u32,
    pub tried: Tried,
    pub changed_at: UnixMillis,
}

#[derive(sqlx::FromRow)]
struct Row {
    validity: i64,
    number: i64,
    state: String,
    attempts: i64,
    next_at: UnixMillis,
    changed_at: UnixMillis,
    marked: bool,
}

/// A mail that was set aside.
#[derive(Clone, PartialEq, Eq, Debug, sqlx::FromRow)]
pub struct SetAside {
    /// What the log has of it.
    pub reference: String,
    pub changed_at: UnixMillis,
}

/// Everything that is known of a mailbox.
pub async fn list(on: On<'_>, mailbox: &str) -> Result<Vec<Known>, DbError> {
    let rows: Vec<Row> = sql(
        "SELECT validity, number, state, attempts, next_at, changed_at, marked FROM mail_attempts WHERE mailbox = $1",
    )
    .bind(mailbox)
    .fetch_all(on)
    .await?;
    let known = rows.into_iter().filter_map(|row| {
        Some(Known {
            validity: u32::try_from(row.validity).ok()?,
            number: u32::try_from(row.number).ok()?,
            tried: Tried {
                state: state(&row.state),
                attempts: row.attempts,
                next_at: row.next_at,
                marked: row.marked,
            },
            changed_at: row.changed_at,
        })
    });
    Ok(known.collect())
}

/// Writes what is known of a mail now. `reference` only for one that is set aside.
pub async fn set(
    tx: &mut Tx,
    place: &Place,
    number: u32,
    tried: Tried,
    reference: Option<&str>,
    now: UnixMillis,
) -> Result<(), DbError> {
    sql(
        "INSERT INTO mail_attempts (mailbox, validity, number, state, attempts, next_at, changed_at, reference, marked) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (mailbox, validity, number) DO UPDATE SET \
         state = excluded.state, attempts = excluded.attempts, next_at = excluded.next_at, \
         changed_at = excluded.changed_at, reference = excluded.reference, marked = excluded.marked",
    )
    .bind(place.mailbox.as_str())
    .bind(place.validity)
    .bind(number)
    .bind(word(tried.state))
    .bind(tried.attempts)
    .bind(tried.next_at)
    .bind(now)
    .bind(reference)
    .bind(tried.marked)
    .execute(tx)
    .await?;
    Ok(())
}

/// Leaves a mail that is dealt with alone until `next_at`.
pub async fn put_off(tx: &mut Tx, place: &Place, number: u32, next_at: UnixMillis) -> Result<(), DbError> {
    sql("UPDATE mail_attempts SET next_at = $1 WHERE mailbox = $2 AND validity = $3 AND number = $4")
        .bind(next_at)
        .bind(place.mailbox.as_str())
        .bind(place.validity)
        .bind(number)
        .execute(tx)
        .await?;
    Ok(())
}

/// Notes that a mail that was set aside is seen.
pub async fn set_marked(tx: &mut Tx, place: &Place, number: u32) -> Result<(), DbError> {
    sql("UPDATE mail_attempts SET marked = TRUE WHERE mailbox = $1 AND validity = $2 AND number = $3")
        .bind(place.mailbox.as_str())
        .bind(place.validity)
        .bind(number)
        .execute(tx)
        .await?;
    Ok(())
}

/// Forgets a mail.
pub async fn remove(tx: &mut Tx, place: &Place, number: u32) -> Result<(), DbError> {
    sql("DELETE FROM mail_attempts WHERE mailbox = $1 AND validity = $2 AND number = $3")
        .bind(place.mailbox.as_str())
        .bind(place.validity)
        .bind(number)
        .execute(tx)
        .await?;
    Ok(())
}

/// The mails of a mailbox that were set aside, the newest first.
pub async fn list_aside(on: On<'_>, mailbox: &str, limit: i64) -> Result<Vec<SetAside>, DbError> {
    sql(
        "SELECT COALESCE(reference, '') AS reference, changed_at FROM mail_attempts \
         WHERE mailbox = $1 AND state = 'aside' ORDER BY changed_at DESC, number DESC LIMIT $2",
    )
    .bind(mailbox)
    .bind(limit)
    .fetch_all(on)
    .await
}

fn word(state: State) -> &'static str {
    match state {
        State::Waiting => "waiting",
        State::Taken => "taken",
        State::Aside => "aside",
    }
}

fn state(word: &str) -> State {
    match word {
        "taken" => State::Taken,
        "aside" => State::Aside,
        _ => State::Waiting,
    }
}
