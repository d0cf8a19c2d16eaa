//! The only SQL for directories.

use super::{
    hours::{Hours, Span},
    model::{Directory, Kind},
};
use crate::server::db::{DbError, On, Sql, Text, Tx, sql};
use deskside_protocol::{UnixMillis, ids::DirectoryId};

#[derive(sqlx::FromRow)]
struct Row {
    id: Text<DirectoryId>,
    name: String,
    kind: Text<Kind>,
    time_zone: String,
    people: i64,
    version: i64,
}

impl From<Row> for Directory {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.0,
            name: row.name,
            kind: row.kind.0,
            time_zone: row.time_zone,
            people: row.people,
            version: row.version,
        }
    }
}

fn rows() -> Sql {
    sql("SELECT d.id, d.name, d.kind, d.time_zone, d.version, \
         (SELECT COUNT(*) FROM users u WHERE u.directory_id = d.id) AS people FROM directories d")
}

/// Every directory, by name.
pub async fn list(on: On<'_>) -> Result<Vec<Directory>, DbError> {
    let rows: Vec<Row> = rows().push(" ORDER BY d.name, d.id").fetch_all(on).await?;
    Ok(rows.into_iter().map(Directory::from).collect())
}

pub async fn find(on: On<'_>, id: DirectoryId) -> Result<Option<Directory>, DbError> {
    let row: Option<Row> = rows().push(" WHERE d.id = ").push_bind(id).fetch_optional(on).await?;
    Ok(row.map(Directory::from))
}

#[derive(sqlx::FromRow)]
struct KindRow {
    kind: Text<Kind>,
    id: Text<DirectoryId>,
}

/// The directory of the account with this login.
pub async fn find_of_login(on: On<'_>, login: &str) -> Result<Option<(Kind, DirectoryId)>, DbError> {
    let row: Option<KindRow> =
        sql("SELECT d.kind, d.id FROM users u JOIN directories d ON d.id = u.directory_id WHERE u.login = $1")
            .bind(login)
            .fetch_optional(on)
            .await?;
    Ok(row.map(|row| (row.kind.0, row.id.0)))
}

/// Adds a local directory; [`DbError::Unique`] when its name is taken.
pub async fn add(tx: &mut Tx, id: DirectoryId, name: &str, time_zone: &str, now: UnixMillis) -> Result<(), DbError> {
    sql("INSERT INTO directories (id, name, kind, time_zone, created_at, version) VALUES ($1, $2, $3, $4, $5, 1)")
        .bind(id)
        .bind(name)
        .bind(Kind::Local.code())
        .bind(time_zone)
        .bind(now)
        .execute(tx)
        .await?;
    Ok(())
}

/// Changes the directory with this version; false when it changed meanwhile.
pub async fn save(tx: &mut Tx, id: DirectoryId, version: i64, name: &str, time_zone: &str) -> Result<bool, DbError> {
    let saved =
        sql("UPDATE directories SET name = $3, time_zone = $4, version = version + 1 WHERE id = $1 AND version = $2")
            .bind(id)
            .bind(version)
            .bind(name)
            .bind(time_zone)
            .execute(tx)
            .await?;
    Ok(saved == 1)
}

#[derive(sqlx::FromRow)]
struct HoursRow {
    weekday: i64,
    opens_at: i64,
    closes_at: i64,
}

#[derive(sqlx::FromRow)]
struct HolidayRow {
    day: String,
    name: String,
}

/// When the helpdesk of a directory is there.
pub async fn find_hours(mut on: On<'_>, id: DirectoryId) -> Result<Hours, DbError> {
    let days: Vec<HoursRow> = sql("SELECT weekday, opens_at, closes_at FROM helpdesk_hours WHERE directory_id = $1")
        .bind(id)
        .fetch_all(on.again())
        .await?;
    let holidays: Vec<HolidayRow> = sql("SELECT day, name FROM helpdesk_holidays WHERE directory_id = $1")
        .bind(id)
        .fetch_all(on)
        .await?;
    let mut hours = Hours::default();
    for day in days {
        let span = Span {
            opens_at: day.opens_at,
            closes_at: day.closes_at,
        };
        let index = usize::try_from(day.weekday - 1).ok();
        if let Some(place) = index.and_then(|index| hours.week.get_mut(index)) {
            *place = Some(span);
        }
    }
    let dated = |row: HolidayRow| Some((row.day.parse().ok()?, row.name));
    hours.holidays = holidays.into_iter().filter_map(dated).collect();
    Ok(hours)
}

/// Replaces them.
pub async fn replace_hours(tx: &mut Tx, id: DirectoryId, hours: &Hours) -> Result<(), DbError> {
    sql("DELETE FROM helpdesk_hours WHERE directory_id = $1")
        .bind(id)
        .execute(tx)
        .await?;
    sql("DELETE FROM helpdesk_holidays WHERE directory_id = $1")
        .bind(id)
        .execute(tx)
        .await?;
    for (weekday, span) in (1i64..).zip(hours.week) {
        let Some(span) = span else { continue };
        sql("INSERT INTO helpdesk_hours (directory_id, weekday, opens_at, closes_at) VALUES ($1, $2, $3, $4)")
            .bind(id)
            .bind(weekday)
            .bind(span.opens_at)
            .bind(span.closes_at)
            .execute(tx)
            .await?;
    }
    for (day, name) in &hours.holidays {
        sql("INSERT INTO helpdesk_holidays (directory_id, day, name) VALUES ($1, $2, $3)")
            .bind(id)
            .bind(day.to_string())
            .bind(name)
            .execute(tx)
            .await?;
    }
    Ok(())
}
