//! The only SQL for devices and enrolment tokens.

use super::{
    model::{DeviceRow, Shown},
    token::TokenHash,
};
use crate::{
    device_groups::model::{GroupId, NamedGroup},
    requests::model::Person,
    server::{
        access::Reach,
        db::{DbError, On, Text, Tx, sql},
    },
};
use deskside_protocol::{
    UnixMillis,
    bytes::PublicKey,
    ids::{DeviceId, DirectoryId, RequestId, UserId},
    session::Platform,
};

/// An enrolment token to be written.
#[derive(Clone, Copy, Debug)]
pub struct NewToken<'a> {
    pub hash: &'a TokenHash,
    pub owner: UserId,
    pub device_name: Option<&'a str>,
    pub group: Option<GroupId>,
    /// Login of whoever made it, or the command line.
    pub created_by: &'a str,
    pub created_at: UnixMillis,
    pub expires_at: UnixMillis,
}

/// Writes an enrolment token.
pub async fn add_token(tx: &mut Tx, token: NewToken<'_>) -> Result<(), DbError> {
    sql(
        "INSERT INTO enrolment_tokens (token_hash, owner_id, device_name, created_by, created_at, expires_at, \
         group_id) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(token.hash.as_str())
    .bind(token.owner)
    .bind(token.device_name)
    .bind(token.created_by)
    .bind(token.created_at)
    .bind(token.expires_at)
    .bind(token.group.map(|group| group.0))
    .execute(tx)
    .await?;
    Ok(())
}

/// What a token stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Enrolment {
    pub owner: UserId,
    pub device_name: Option<String>,
    pub group: Option<GroupId>,
}

#[derive(sqlx::FromRow)]
struct EnrolmentRow {
    owner_id: Text<UserId>,
    device_name: Option<String>,
    group_id: Option<Text<GroupId>>,
}

impl From<EnrolmentRow> for Enrolment {
    fn from(row: EnrolmentRow) -> Self {
        Self {
            owner: row.owner_id.0,
            device_name: row.device_name,
            group: row.group_id.map(|id| id.0),
        }
    }
}

/// What a token stands for; `None` when it is unknown, used or expired.
pub async fn find_token(on: On<'_>, hash: &TokenHash, now: UnixMillis) -> Result<Option<Enrolment>, DbError> {
    let row: Option<EnrolmentRow> = sql("SELECT owner_id, device_name, group_id FROM enrolment_tokens \
                                         WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2")
    .bind(hash.as_str())
    .bind(now)
    .fetch_optional(on)
    .await?;
    Ok(row.map(Enrolment::from))
}

/// Uses a token up for `device`; `None` when it is unknown, used or expired.
pub async fn take_token(
    tx: &mut Tx,
    hash: &TokenHash,
    device: DeviceId,
    now: UnixMillis,
) -> Result<Option<Enrolment>, DbError> {
    let row: Option<EnrolmentRow> = sql("UPDATE enrolment_tokens SET used_at = $2, used_by_device = $3 \
         WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2 RETURNING owner_id, device_name, group_id")
    .bind(hash.as_str())
    .bind(now)
    .bind(device)
    .fetch_optional(tx.on())
    .await?;
    Ok(row.map(Enrolment::from))
}

/// Forgets tokens that expired before `before`, used or not.
pub async fn remove_old_tokens(tx: &mut Tx, before: UnixMillis) -> Result<u64, DbError> {
    sql("DELETE FROM enrolment_tokens WHERE expires_at < $1")
        .bind(before)
        .execute(tx)
        .await
}

/// A device to be written.
#[derive(Clone, Copy, Debug)]
pub struct NewDevice<'a> {
    pub id: DeviceId,
    pub owner: UserId,
    pub name: &'a str,
    pub name_given: bool,
    pub platform: Platform,
    pub agent_version: &'a str,
    pub key: PublicKey,
    pub group: Option<GroupId>,
    pub at: UnixMillis,
}

/// Writes a new device; false when its key is enrolled already.
pub async fn add_device(tx: &mut Tx, device: NewDevice<'_>) -> Result<bool, DbError> {
    let added = sql(
        "INSERT INTO devices (id, owner_id, name, name_given, platform, agent_version, public_key, online, \
                     enrolled_at, group_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
         ON CONFLICT (public_key) DO NOTHING",
    )
    .bind(device.id)
    .bind(device.owner)
    .bind(device.name)
    .bind(device.name_given)
    .bind(platform_word(device.platform))
    .bind(device.agent_version)
    .bind(device.key.to_string())
    .bind(false)
    .bind(device.at)
    .bind(device.group.map(|group| group.0))
    .execute(tx)
    .await?;
    Ok(added == 1)
}

#[derive(sqlx::FromRow)]
struct KeyRow {
    public_key: String,
}

/// The key that a device enrolled with; `None` once it is revoked.
pub async fn find_key(on: On<'_>, id: DeviceId) -> Result<Option<PublicKey>, DbError> {
    let row: Option<KeyRow> = sql("SELECT public_key FROM devices WHERE id = $1 AND revoked_at IS NULL")
        .bind(id)
        .fetch_optional(on)
        .await?;
    Ok(row.and_then(|row| PublicKey::from_text(&row.public_key)))
}

#[derive(sqlx::FromRow)]
struct NameRow {
    name: String,
}

/// The name of a device, if `owner` owns it; nobody else changes the device until the transaction ends.
pub async fn lock_owned(tx: &mut Tx, id: DeviceId, owner: UserId) -> Result<Option<String>, DbError> {
    let row: Option<NameRow> =
        sql("UPDATE devices SET online = online WHERE id = $1 AND owner_id = $2 AND revoked_at IS NULL RETURNING name")
            .bind(id)
            .bind(owner)
            .fetch_optional(tx.on())
            .await?;
    Ok(row.map(|row| row.name))
}

/// Whether a device is there now.
#[derive(Clone, PartialEq, Eq, Debug, sqlx::FromRow)]
pub struct Presence {
    pub name: String,
    pub online: bool,
}

/// Name and presence of a device.
pub async fn find_presence(on: On<'_>, id: DeviceId) -> Result<Option<Presence>, DbError> {
    sql("SELECT name, online FROM devices WHERE id = $1")
        .bind(id)
        .fetch_optional(on)
        .await
}

#[derive(sqlx::FromRow)]
struct OnlineRow {
    online: bool,
}

/// Whether a device is online, `None` when it is revoked; neither can change until the transaction ends.
pub async fn lock_online(tx: &mut Tx, id: DeviceId) -> Result<Option<bool>, DbError> {
    let row: Option<OnlineRow> = sql(
        "UPDATE devices SET online = online WHERE id = $1 AND revoked_at IS NULL \
         RETURNING online",
    )
    .bind(id)
    .fetch_optional(tx.on())
    .await?;
    Ok(row.map(|row| row.online))
}

/// What a connected device says of itself.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    pub name: &'a str,
    pub platform: Platform,
    pub agent_version: &'a str,
    pub at: UnixMillis,
}

/// Whom a device belongs to and what it is called.
#[derive(Clone, PartialEq, Eq, Debug, sqlx::FromRow)]
pub struct Owned {
    pub owner_id: Text<UserId>,
    /// Of the owner.
    pub directory_id: Text<DirectoryId>,
    pub name: String,
    pub group_id: Option<Text<GroupId>>,
}

/// Owner and name of a device, revoked or not.
pub async fn find_owner(on: On<'_>, id: DeviceId) -> Result<Option<Owned>, DbError> {
    sql(
        "SELECT d.owner_id, u.directory_id, d.name, d.group_id FROM devices d JOIN users u ON u.id = d.owner_id \
         WHERE d.id = $1",
    )
    .bind(id)
    .fetch_optional(on)
    .await
}

/// Takes a device's right to connect; false when it had none.
pub async fn set_revoked(tx: &mut Tx, id: DeviceId, at: UnixMillis) -> Result<bool, DbError> {
    let changed = sql("UPDATE devices SET revoked_at = $2, online = $3 WHERE id = $1 AND revoked_at IS NULL")
        .bind(id)
        .bind(at)
        .bind(false)
        .execute(tx)
        .await?;
    Ok(changed == 1)
}

/// Notes that a device connected; false when it is unknown or revoked.
pub async fn set_online(tx: &mut Tx, id: DeviceId, seen: Seen<'_>) -> Result<bool, DbError> {
    let changed = sql("UPDATE devices SET online = $2, last_seen_at = $3, \
                       name = CASE WHEN name_given THEN name ELSE $4 END, platform = $5, agent_version = $6 \
                       WHERE id = $1 AND revoked_at IS NULL")
    .bind(id)
    .bind(true)
    .bind(seen.at)
    .bind(seen.name)
    .bind(platform_word(seen.platform))
    .bind(seen.agent_version)
    .execute(tx)
    .await?;
    Ok(changed == 1)
}

/// Notes that a device's connection ended.
pub async fn set_offline(tx: &mut Tx, id: DeviceId, at: UnixMillis) -> Result<bool, DbError> {
    let changed = sql("UPDATE devices SET online = $2, last_seen_at = $3 WHERE id = $1")
        .bind(id)
        .bind(false)
        .bind(at)
        .execute(tx)
        .await?;
    Ok(changed == 1)
}

/// Nobody is known to be connected, after the portal was away.
pub async fn set_all_offline(tx: &mut Tx) -> Result<u64, DbError> {
    sql("UPDATE devices SET online = $1 WHERE online = $2")
        .bind(false)
        .bind(true)
        .execute(tx)
        .await
}

#[derive(sqlx::FromRow)]
struct ListRow {
    id: Text<DeviceId>,
    name: String,
    platform: String,
    owner_id: Text<UserId>,
    owner_name: String,
    directory_id: Text<DirectoryId>,
    online: bool,
    last_seen_at: Option<UnixMillis>,
    agent_version: String,
    group_id: Option<Text<GroupId>>,
    group_name: Option<String>,
}

impl From<ListRow> for DeviceRow {
    fn from(row: ListRow) -> Self {
        Self {
            id: row.id.0,
            name: row.name,
            platform: if row.platform == "windows" {
                Platform::Windows
            } else {
                Platform::Linux
            },
            owner: Person {
                id: row.owner_id.0,
                name: row.owner_name,
            },
            directory: row.directory_id.0,
            online: row.online,
            last_seen_at: row.last_seen_at,
            agent_version: row.agent_version,
            group: row
                .group_id
                .zip(row.group_name)
                .map(|(id, name)| NamedGroup { id: id.0, name }),
        }
    }
}

/// One page of devices by name, after the device `after`.
pub async fn list_rows(
    on: On<'_>,
    reach: Reach,
    shown: Shown,
    after: Option<DeviceId>,
    limit: i64,
) -> Result<Vec<DeviceRow>, DbError> {
    let mut query = sql(
        "SELECT d.id, d.name, d.platform, d.owner_id, u.name AS owner_name, u.directory_id, \
                         d.online, d.last_seen_at, d.agent_version, d.group_id, g.name AS group_name \
                         FROM devices d JOIN users u ON u.id = d.owner_id \
                         LEFT JOIN device_groups g ON g.id = d.group_id WHERE d.revoked_at IS NULL",
    );
    query = reach.narrow(query, "u.directory_id", "d.owner_id");
    query = match shown {
        Shown::All => query,
        Shown::OfGroup(group) => query.push(" AND d.group_id = ").push_bind(group.0),
        Shown::Ungrouped => query.push(" AND d.group_id IS NULL"),
    };
    if let Some(after) = after {
        query = query
            .push(" AND (d.name, d.id) > (SELECT p.name, p.id FROM devices p WHERE p.id = ")
            .push_bind(after)
            .push(")");
    }
    let rows: Vec<ListRow> = query
        .push(" ORDER BY d.name, d.id LIMIT ")
        .push_bind(limit)
        .fetch_all(on)
        .await?;
    Ok(rows.into_iter().map(DeviceRow::from).collect())
}

/// Puts a device into a group, or into none.
pub async fn set_group(tx: &mut Tx, id: DeviceId, group: Option<GroupId>) -> Result<(), DbError> {
    sql("UPDATE devices SET group_id = $2 WHERE id = $1")
        .bind(id)
        .bind(group.map(|group| group.0))
        .execute(tx)
        .await?;
    Ok(())
}

/// Takes everything out of a group: devices, and tokens of devices that would begin in it.
pub async fn leave_group(tx: &mut Tx, group: GroupId) -> Result<(), DbError> {
    sql("UPDATE devices SET group_id = NULL WHERE group_id = $1")
        .bind(group.0)
        .execute(tx)
        .await?;
    sql("UPDATE enrolment_tokens SET group_id = NULL WHERE group_id = $1")
        .bind(group.0)
        .execute(tx)
        .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct IdRow {
    id: Text<DeviceId>,
}

/// The devices of an owner, removed ones too, that are in a group of another directory than this one.
pub async fn list_misplaced(on: On<'_>, owner: UserId, directory: DirectoryId) -> Result<Vec<DeviceId>, DbError> {
    let rows: Vec<IdRow> = sql("SELECT d.id FROM devices d JOIN device_groups g ON g.id = d.group_id \
                                WHERE d.owner_id = $1 AND g.directory_id IS NOT NULL AND g.directory_id <> $2 \
                                ORDER BY d.id")
    .bind(owner)
    .bind(directory)
    .fetch_all(on)
    .await?;
    Ok(rows.into_iter().map(|row| row.id.0).collect())
}

#[derive(sqlx::FromRow)]
struct GroupRow {
    group_id: Text<GroupId>,
}

/// The groups that devices of an owner are in, removed ones too.
pub async fn list_groups_of(on: On<'_>, owner: UserId) -> Result<Vec<GroupId>, DbError> {
    let rows: Vec<GroupRow> = sql("SELECT DISTINCT group_id FROM devices WHERE owner_id = $1 \
                                   AND group_id IS NOT NULL ORDER BY group_id")
    .bind(owner)
    .fetch_all(on)
    .await?;
    Ok(rows.into_iter().map(|row| row.group_id.0).collect())
}

#[derive(sqlx::FromRow)]
struct ConcernedRow {
    id: Text<RequestId>,
    owner_id: Text<UserId>,
}

/// The open requests that show this device, with their owners.
pub async fn list_open_requests(on: On<'_>, id: DeviceId) -> Result<Vec<(RequestId, UserId)>, DbError> {
    let rows: Vec<ConcernedRow> = sql("SELECT id, owner_id FROM requests WHERE device_id = $1 AND open = $2")
        .bind(id)
        .bind(true)
        .fetch_all(on)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id.0, row.owner_id.0)).collect())
}

fn platform_word(platform: Platform) -> &'static str {
    match platform {
        Platform::Windows => "windows",
        Platform::Linux => "linux",
    }
}
