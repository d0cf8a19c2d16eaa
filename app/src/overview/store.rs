//! The SQL of the overview; it only reads.

use super::figures::Life;
use crate::{
    requests::model::{Person, Status},
    server::{
        access::Reach,
        db::{DbError, On, Sql, Text, sql},
    },
};
use deskside_protocol::{UnixMillis, ids::UserId};

/// Requests looked at for the figures by day, at most.
const LIVES: i64 = 100_000;

fn within(query: Sql, reach: &Reach) -> Sql {
    reach.narrow(query, "r.directory_id", "r.owner_id")
}

#[derive(sqlx::FromRow)]
struct StatusRow {
    status: Text<Status>,
    found: i64,
}

/// How many open requests are in each status.
pub async fn by_status(on: On<'_>, reach: &Reach) -> Result<Vec<(Status, i64)>, DbError> {
    let query = sql("SELECT r.status, COUNT(*) AS found FROM requests r WHERE r.open = ").push_bind(true);
    let rows: Vec<StatusRow> = within(query, reach).push(" GROUP BY r.status").fetch_all(on).await?;
    Ok(rows.into_iter().map(|row| (row.status.0, row.found)).collect())
}

#[derive(sqlx::FromRow)]
struct Counted {
    found: i64,
}

/// How many open requests were filed from `from` until before `until`.
pub async fn open_between(on: On<'_>, reach: &Reach, from: UnixMillis, until: UnixMillis) -> Result<i64, DbError> {
    let query = sql("SELECT COUNT(*) AS found FROM requests r WHERE r.open = ")
        .push_bind(true)
        .push(" AND r.created_at >= ")
        .push_bind(from)
        .push(" AND r.created_at < ")
        .push_bind(until);
    let counted: Counted = within(query, reach).fetch_one(on).await?;
    Ok(counted.found)
}

#[derive(sqlx::FromRow)]
struct LoadRow {
    id: Text<UserId>,
    name: String,
    found: i64,
}

/// Who assists with how many open requests, the busiest first.
pub async fn load(on: On<'_>, reach: &Reach, limit: i64) -> Result<Vec<(Person, i64)>, DbError> {
    let query = sql(
        "SELECT a.id, a.name, COUNT(*) AS found FROM requests r JOIN users a ON a.id = r.assistant_id \
                     WHERE r.open = ",
    )
    .push_bind(true);
    let rows: Vec<LoadRow> = within(query, reach)
        .push(" GROUP BY a.id, a.name ORDER BY found DESC, a.name LIMIT ")
        .push_bind(limit)
        .fetch_all(on)
        .await?;
    let line = |row: LoadRow| {
        let person = Person {
            id: row.id.0,
            name: row.name,
        };
        (person, row.found)
    };
    Ok(rows.into_iter().map(line).collect())
}

#[derive(sqlx::FromRow)]
struct LifeRow {
    created_at: UnixMillis,
    claimed_at: Option<UnixMillis>,
    finished_at: Option<UnixMillis>,
    status: Text<Status>,
    rating: Option<i64>,
}

/// The requests to which something happened since `since`.
pub async fn lives(on: On<'_>, reach: &Reach, since: UnixMillis) -> Result<Vec<Life>, DbError> {
    let query = sql(
        "SELECT r.created_at, r.claimed_at, r.finished_at, r.status, r.rating FROM requests r \
                     WHERE (r.created_at >= ",
    )
    .push_bind(since)
    .push(" OR r.claimed_at >= ")
    .push_bind(since)
    .push(" OR r.finished_at >= ")
    .push_bind(since)
    .push(")");
    let rows: Vec<LifeRow> = within(query, reach)
        .push(" LIMIT ")
        .push_bind(LIVES)
        .fetch_all(on)
        .await?;
    let life = |row: LifeRow| Life {
        created_at: row.created_at,
        claimed_at: row.claimed_at,
        closed_at: row.finished_at.filter(|_| row.status.0 == Status::Closed),
        rating: row.rating,
    };
    Ok(rows.into_iter().map(life).collect())
}
