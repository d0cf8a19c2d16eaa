//! The only SQL for what devices were told is allowed in advance.

use crate::server::db::{DbError, On, Text, Tx, sql};
use deskside_protocol::{
    UnixMillis,
    ids::{DeviceId, RequestId},
};

/// What a device was last told about a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Told {
    pub request: RequestId,
    pub version: i64,
    pub shown_version: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    request_id: Text<RequestId>,
    version: i64,
    shown_version: i64,
}

impl From<Row> for Told {
    fn from(row: Row) -> Self {
        Self {
            request: row.request_id.0,
            version: row.version,
            shown_version: row.shown_version,
        }
    }
}

#[derive(sqlx::FromRow)]
struct RequestRow {
    request_id: Text<RequestId>,
}

#[derive(sqlx::FromRow)]
struct Version {
    version: i64,
}

/// Counts a new version of what `device` is told about `request`; it is remembered until `told_until` at least.
pub async fn next_version(
    tx: &mut Tx,
    request: RequestId,
    device: DeviceId,
    told_until: UnixMillis,
) -> Result<i64, DbError> {
    let next: Version = sql(
        "INSERT INTO preconsents (request_id, device_id, version, shown_version, told_until) \
         VALUES ($1, $2, 1, 0, $3) ON CONFLICT (request_id, device_id) DO UPDATE SET \
         version = preconsents.version + 1, told_until = CASE WHEN excluded.told_until > preconsents.told_until \
         THEN excluded.told_until ELSE preconsents.told_until END RETURNING version",
    )
    .bind(request)
    .bind(device)
    .bind(told_until)
    .fetch_one(tx.on())
    .await?;
    Ok(next.version)
}

/// What `device` was told about `request`.
pub async fn find(on: On<'_>, request: RequestId, device: DeviceId) -> Result<Option<Told>, DbError> {
    let row: Option<Row> =
        sql("SELECT request_id, version, shown_version FROM preconsents WHERE request_id = $1 AND device_id = $2")
            .bind(request)
            .bind(device)
            .fetch_optional(on)
            .await?;
    Ok(row.map(Told::from))
}

/// What `device` was told and what may still count at `now`, what counts longest first.
pub async fn list_of_device(on: On<'_>, device: DeviceId, now: UnixMillis, limit: i64) -> Result<Vec<Told>, DbError> {
    let rows: Vec<Row> = sql("SELECT request_id, version, shown_version FROM preconsents \
                              WHERE device_id = $1 AND told_until > $2 ORDER BY told_until DESC, request_id LIMIT $3")
    .bind(device)
    .bind(now)
    .bind(limit)
    .fetch_all(on)
    .await?;
    Ok(rows.into_iter().map(Told::from).collect())
}

/// The requests in which something may still count at `now` although their owner may no longer sign in.
pub async fn list_without_owner(on: On<'_>, now: UnixMillis, limit: i64) -> Result<Vec<RequestId>, DbError> {
    let rows: Vec<RequestRow> = sql("SELECT DISTINCT w.request_id FROM request_windows w \
                                     JOIN requests r ON r.id = w.request_id JOIN users u ON u.id = r.owner_id \
                                     WHERE w.allowed AND w.ends_at > $1 AND NOT u.active LIMIT $2")
    .bind(now)
    .bind(limit)
    .fetch_all(on)
    .await?;
    Ok(rows.into_iter().map(|row| row.request_id.0).collect())
}

/// The device has shown this version; false when that was known, or when the device was told something newer.
pub async fn set_shown(tx: &mut Tx, request: RequestId, device: DeviceId, version: i64) -> Result<bool, DbError> {
    let changed = sql("UPDATE preconsents SET shown_version = $3 \
                       WHERE request_id = $1 AND device_id = $2 AND version = $3 AND shown_version < $3")
    .bind(request)
    .bind(device)
    .bind(version)
    .execute(tx)
    .await?;
    Ok(changed == 1)
}
