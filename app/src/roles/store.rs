//! The only SQL for roles and for who has them.

use super::model::{Grant, Right, Rights, Role, Scope};
use crate::server::db::{DbError, On, Text, Tx, sql};
use deskside_protocol::{
    UnixMillis,
    ids::{RoleId, UserId},
};

#[derive(sqlx::FromRow)]
struct RightRow {
    right_code: String,
    scope: Text<Scope>,
}

/// Everything granted to a person. A right that this version does not know counts for nothing.
pub async fn rights_of(on: On<'_>, user: UserId) -> Result<Rights, DbError> {
    let rows: Vec<RightRow> = sql("SELECT r.right_code, g.scope FROM role_grants g \
                                   JOIN role_rights r ON r.role_id = g.role_id WHERE g.user_id = $1")
    .bind(user)
    .fetch_all(on)
    .await?;
    let known = |row: RightRow| Some((row.right_code.parse().ok()?, row.scope.0));
    Ok(Rights::new(rows.into_iter().filter_map(known).collect()))
}

#[derive(sqlx::FromRow)]
struct RoleRow {
    id: Text<RoleId>,
    name: String,
    built_in: bool,
    version: i64,
    members: i64,
    right_code: Option<String>,
}

/// Every role with its rights, by name.
pub async fn list(on: On<'_>) -> Result<Vec<Role>, DbError> {
    let rows: Vec<RoleRow> = sql("SELECT r.id, r.name, r.built_in, r.version, \
         (SELECT COUNT(DISTINCT g.user_id) FROM role_grants g WHERE g.role_id = r.id) AS members, rr.right_code \
         FROM roles r LEFT JOIN role_rights rr ON rr.role_id = r.id ORDER BY r.name, r.id")
    .fetch_all(on)
    .await?;
    let mut roles: Vec<Role> = Vec::new();
    for row in rows {
        if roles.last().is_none_or(|role| role.id != row.id.0) {
            roles.push(Role {
                id: row.id.0,
                name: row.name,
                built_in: row.built_in,
                rights: Vec::new(),
                members: row.members,
                version: row.version,
            });
        }
        let right: Option<Right> = row.right_code.and_then(|code| code.parse().ok());
        if let (Some(role), Some(right)) = (roles.last_mut(), right) {
            role.rights.push(right);
        }
    }
    roles.iter_mut().for_each(|role| role.rights.sort_unstable());
    Ok(roles)
}

/// Adds a role; [`DbError::Unique`] when its name is taken.
pub async fn add(tx: &mut Tx, id: RoleId, name: &str, rights: &[Right]) -> Result<(), DbError> {
    sql("INSERT INTO roles (id, name, built_in, version) VALUES ($1, $2, $3, 1)")
        .bind(id)
        .bind(name)
        .bind(false)
        .execute(tx)
        .await?;
    add_rights(tx, id, rights).await
}

/// Replaces name and rights of the role with this version; false when it changed or is built in.
pub async fn save(tx: &mut Tx, id: RoleId, version: i64, name: &str, rights: &[Right]) -> Result<bool, DbError> {
    let saved =
        sql("UPDATE roles SET name = $3, version = version + 1 WHERE id = $1 AND version = $2 AND built_in = $4")
            .bind(id)
            .bind(version)
            .bind(name)
            .bind(false)
            .execute(tx)
            .await?;
    if saved == 0 {
        return Ok(false);
    }
    sql("DELETE FROM role_rights WHERE role_id = $1")
        .bind(id)
        .execute(tx)
        .await?;
    add_rights(tx, id, rights).await?;
    Ok(true)
}

async fn add_rights(tx: &mut Tx, id: RoleId, rights: &[Right]) -> Result<(), DbError> {
    for right in rights {
        sql("INSERT INTO role_rights (role_id, right_code) VALUES ($1, $2)")
            .bind(id)
            .bind(right.code())
            .execute(tx)
            .await?;
    }
    Ok(())
}

/// Removes a role that nobody has; false when somebody has it, or it is built in or gone.
pub async fn remove(tx: &mut Tx, id: RoleId) -> Result<bool, DbError> {
    let removed = sql("DELETE FROM roles WHERE id = $1 AND built_in = $2 \
                       AND NOT EXISTS (SELECT 1 FROM role_grants g WHERE g.role_id = $1)")
    .bind(id)
    .bind(false)
    .execute(tx)
    .await?;
    Ok(removed == 1)
}

#[derive(sqlx::FromRow)]
struct GrantRow {
    role_id: Text<RoleId>,
    role_name: String,
    scope: Text<Scope>,
}

/// The roles that a person has, by name.
pub async fn grants_of(on: On<'_>, user: UserId) -> Result<Vec<Grant>, DbError> {
    let rows: Vec<GrantRow> = sql("SELECT g.role_id, r.name AS role_name, g.scope FROM role_grants g \
                                   JOIN roles r ON r.id = g.role_id WHERE g.user_id = $1 ORDER BY r.name, g.scope")
    .bind(user)
    .fetch_all(on)
    .await?;
    let grant = |row: GrantRow| Grant {
        role: row.role_id.0,
        role_name: row.role_name,
        scope: row.scope.0,
    };
    Ok(rows.into_iter().map(grant).collect())
}

/// Gives a role to a person; false when they have it there already.
pub async fn grant(tx: &mut Tx, user: UserId, role: RoleId, scope: Scope, now: UnixMillis) -> Result<bool, DbError> {
    let added = sql(
        "INSERT INTO role_grants (user_id, role_id, scope, granted_at) VALUES ($1, $2, $3, $4) \
                     ON CONFLICT (user_id, role_id, scope) DO NOTHING",
    )
    .bind(user)
    .bind(role)
    .bind(scope)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(added == 1)
}

/// Takes a role from a person; false when they did not have it there.
pub async fn revoke(tx: &mut Tx, user: UserId, role: RoleId, scope: Scope) -> Result<bool, DbError> {
    let removed = sql("DELETE FROM role_grants WHERE user_id = $1 AND role_id = $2 AND scope = $3")
        .bind(user)
        .bind(role)
        .bind(scope)
        .execute(tx)
        .await?;
    Ok(removed == 1)
}

/// Takes every role from a person.
pub async fn revoke_all(tx: &mut Tx, user: UserId) -> Result<(), DbError> {
    sql("DELETE FROM role_grants WHERE user_id = $1")
        .bind(user)
        .execute(tx)
        .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Counted {
    people: i64,
}

/// How many people who may sign in administer everything.
pub async fn count_administrators(on: On<'_>) -> Result<i64, DbError> {
    let counted: Counted = sql("SELECT COUNT(DISTINCT g.user_id) AS people FROM role_grants g \
                                JOIN role_rights r ON r.role_id = g.role_id JOIN users u ON u.id = g.user_id \
                                WHERE r.right_code = 'administer' AND g.scope = 'all' AND u.active")
    .fetch_one(on)
    .await?;
    Ok(counted.people)
}
