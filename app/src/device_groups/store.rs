//! The only SQL for device groups.

use super::model::{DeviceGroup, GroupId, Settings};
use crate::server::{
    access::Reach,
    db::{DbError, On, Sql, Text, Tx, sql},
};
use deskside_protocol::{UnixMillis, ids::DirectoryId};

#[derive(sqlx::FromRow)]
struct Row {
    id: Text<GroupId>,
    name: String,
    note: String,
    directory_id: Option<Text<DirectoryId>>,
    directory_name: Option<String>,
    devices: i64,
    version: i64,
}

impl From<Row> for DeviceGroup {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.0,
            settings: Settings {
                name: row.name,
                directory: row.directory_id.map(|id| id.0),
                note: row.note,
            },
            directory_name: row.directory_name,
            devices: row.devices,
            version: row.version,
        }
    }
}

fn rows() -> Sql {
    sql(
        "SELECT g.id, g.name, g.note, g.directory_id, d.name AS directory_name, g.version, \
         (SELECT COUNT(*) FROM devices v WHERE v.group_id = g.id AND v.revoked_at IS NULL) AS devices \
         FROM device_groups g LEFT JOIN directories d ON d.id = g.directory_id WHERE 1 = 1",
    )
}

async fn fetch(query: Sql, on: On<'_>) -> Result<Vec<DeviceGroup>, DbError> {
    let rows: Vec<Row> = query.push(" ORDER BY g.name, g.id").fetch_all(on).await?;
    Ok(rows.into_iter().map(DeviceGroup::from).collect())
}

/// Every group, by name.
pub async fn list(on: On<'_>) -> Result<Vec<DeviceGroup>, DbError> {
    fetch(rows(), on).await
}

/// The groups within `reach`, by name. Those of all directories are within reach of all only.
pub async fn list_within(on: On<'_>, reach: &Reach) -> Result<Vec<DeviceGroup>, DbError> {
    // A group belongs to no person, and its id is nobody's.
    fetch(reach.narrow(rows(), "g.directory_id", "g.id"), on).await
}

pub async fn find(on: On<'_>, id: GroupId) -> Result<Option<DeviceGroup>, DbError> {
    let row: Option<Row> = rows().push(" AND g.id = ").push_bind(id.0).fetch_optional(on).await?;
    Ok(row.map(DeviceGroup::from))
}

#[derive(sqlx::FromRow)]
struct Counted {
    found: i64,
}

/// Nobody else adds one until the transaction ends, so that those counted now are all.
pub async fn lock_count(tx: &mut Tx) -> Result<(), DbError> {
    sql("UPDATE counted SET name = name WHERE name = 'device_groups'")
        .execute(tx)
        .await?;
    Ok(())
}

/// How many groups there are.
pub async fn count(on: On<'_>) -> Result<i64, DbError> {
    let counted: Counted = sql("SELECT COUNT(*) AS found FROM device_groups").fetch_one(on).await?;
    Ok(counted.found)
}

/// How many devices in a group belong to people outside of `directory`.
pub async fn count_outside(on: On<'_>, id: GroupId, directory: DirectoryId) -> Result<i64, DbError> {
    let counted: Counted = sql(
        "SELECT COUNT(*) AS found FROM devices v JOIN users u ON u.id = v.owner_id \
                                WHERE v.group_id = $1 AND v.revoked_at IS NULL AND u.directory_id <> $2",
    )
    .bind(id.0)
    .bind(directory)
    .fetch_one(on)
    .await?;
    Ok(counted.found)
}

/// Adds a group; [`DbError::Unique`] when its directory has one of this name.
pub async fn add(tx: &mut Tx, id: GroupId, settings: &Settings, now: UnixMillis) -> Result<(), DbError> {
    sql(
        "INSERT INTO device_groups (id, name, note, directory_id, created_at, version) \
         VALUES ($1, $2, $3, $4, $5, 1)",
    )
    .bind(id.0)
    .bind(&settings.name)
    .bind(&settings.note)
    .bind(settings.directory)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// Changes the group with this version; false when it changed meanwhile.
pub async fn save(tx: &mut Tx, id: GroupId, version: i64, settings: &Settings) -> Result<bool, DbError> {
    let saved = sql(
        "UPDATE device_groups SET name = $3, note = $4, directory_id = $5, version = version + 1 \
         WHERE id = $1 AND version = $2",
    )
    .bind(id.0)
    .bind(version)
    .bind(&settings.name)
    .bind(&settings.note)
    .bind(settings.directory)
    .execute(tx)
    .await?;
    Ok(saved == 1)
}

/// Keeps a group as it is, and which devices are put into it, until the transaction ends; false when there is none.
pub async fn lock(tx: &mut Tx, id: GroupId) -> Result<bool, DbError> {
    let locked = sql("UPDATE device_groups SET version = version WHERE id = $1")
        .bind(id.0)
        .execute(tx)
        .await?;
    Ok(locked == 1)
}

/// Removes a group that nothing is in.
pub async fn remove(tx: &mut Tx, id: GroupId) -> Result<(), DbError> {
    sql("DELETE FROM device_groups WHERE id = $1")
        .bind(id.0)
        .execute(tx)
        .await?;
    Ok(())
}
