//! The only SQL for people, their login sessions and failed sign-ins.

pub mod people;

use super::{NewAccount, model::UserSummary, throttle::Failures, token::TokenHash};
use crate::{
    server::db::{DbError, On, Text, Tx, sql},
    words::Language,
};
use deskside_protocol::{
    UnixMillis,
    ids::{DirectoryId, UserId},
};

#[derive(sqlx::FromRow)]
pub(super) struct UserRow {
    id: Text<UserId>,
    login: String,
    name: String,
    email: String,
    directory_id: Text<DirectoryId>,
    time_zone: String,
    language: Text<Language>,
}

impl From<UserRow> for UserSummary {
    fn from(row: UserRow) -> Self {
        Self {
            id: row.id.0,
            login: row.login,
            name: row.name,
            email: row.email,
            directory: row.directory_id.0,
            time_zone: row.time_zone,
            language: row.language.0,
        }
    }
}

/// A person who may sign in.
pub async fn find_by_login(on: On<'_>, login: &str) -> Result<Option<UserSummary>, DbError> {
    let row: Option<UserRow> =
        sql("SELECT id, login, name, email, directory_id, time_zone, COALESCE(language, browser_language) AS language FROM users WHERE login = $1 AND active")
            .bind(login)
            .fetch_optional(on)
            .await?;
    Ok(row.map(Into::into))
}

pub async fn find(on: On<'_>, id: UserId) -> Result<Option<UserSummary>, DbError> {
    let row: Option<UserRow> = sql("SELECT id, login, name, email, directory_id, time_zone, COALESCE(language, browser_language) AS language FROM users WHERE id = $1")
        .bind(id)
        .fetch_optional(on)
        .await?;
    Ok(row.map(Into::into))
}

#[derive(sqlx::FromRow)]
struct HashRow {
    password_hash: String,
}

pub async fn find_password_hash(on: On<'_>, id: UserId) -> Result<Option<String>, DbError> {
    let row: Option<HashRow> = sql("SELECT password_hash FROM users WHERE id = $1 AND active")
        .bind(id)
        .fetch_optional(on)
        .await?;
    Ok(row.map(|row| row.password_hash))
}

/// Adds a person; [`DbError::Unique`] when the login is taken.
pub async fn add(
    tx: &mut Tx,
    id: UserId,
    account: &NewAccount,
    password_hash: &str,
    now: UnixMillis,
) -> Result<(), DbError> {
    sql(
        "INSERT INTO users (id, login, name, email, directory_id, time_zone, password_hash, active, created_at, \
         password_changed_at, found_by) VALUES ($1, $2, $3, $4, $5, $6, $7, TRUE, $8, $8, $9)",
    )
    .bind(id)
    .bind(&account.login)
    .bind(&account.name)
    .bind(&account.email)
    .bind(account.directory)
    .bind(&account.time_zone)
    .bind(password_hash)
    .bind(now)
    .bind(people::found_by(&account.name, &account.email))
    .execute(tx)
    .await?;
    Ok(())
}

pub async fn set_password_hash(tx: &mut Tx, id: UserId, hash: &str, now: UnixMillis) -> Result<(), DbError> {
    sql("UPDATE users SET password_hash = $1, password_changed_at = $2 WHERE id = $3")
        .bind(hash)
        .bind(now)
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}

/// A person by login, with whether they may sign in.
pub async fn find_any_by_login(on: On<'_>, login: &str) -> Result<Option<(UserSummary, bool)>, DbError> {
    #[derive(sqlx::FromRow)]
    struct Row {
        #[sqlx(flatten)]
        user: UserRow,
        active: bool,
    }
    let row: Option<Row> =
        sql("SELECT id, login, name, email, directory_id, time_zone, COALESCE(language, browser_language) AS language, active FROM users WHERE login = $1")
            .bind(login)
            .fetch_optional(on)
            .await?;
    Ok(row.map(|row| (row.user.into(), row.active)))
}

/// Lets a person sign in, or no longer.
pub async fn set_active(tx: &mut Tx, id: UserId, active: bool) -> Result<(), DbError> {
    sql("UPDATE users SET active = $1 WHERE id = $2")
        .bind(active)
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}

/// The remote sessions that this person launched until `at` are over; the portal ends those that are open.
pub async fn set_operated_until(tx: &mut Tx, id: UserId, at: UnixMillis) -> Result<(), DbError> {
    sql("UPDATE users SET operated_until = $1 WHERE id = $2")
        .bind(at)
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}

pub async fn set_time_zone(tx: &mut Tx, id: UserId, time_zone: &str) -> Result<(), DbError> {
    sql("UPDATE users SET time_zone = $1 WHERE id = $2")
        .bind(time_zone)
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}

/// Sets the chosen language; none: the browser's.
pub async fn set_language(tx: &mut Tx, id: UserId, language: Option<Language>) -> Result<(), DbError> {
    sql("UPDATE users SET language = $1 WHERE id = $2")
        .bind(language.map(Language::code))
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}

/// Keeps what the browser asked for, for mails to people who chose no language.
pub async fn set_browser_language(tx: &mut Tx, id: UserId, language: Language) -> Result<(), DbError> {
    sql("UPDATE users SET browser_language = $1 WHERE id = $2")
        .bind(language.code())
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct LanguageRow {
    language: Option<Text<Language>>,
}

/// The language that a person chose, if they did.
pub async fn chosen_language(on: On<'_>, id: UserId) -> Result<Option<Language>, DbError> {
    let row: Option<LanguageRow> = sql("SELECT language FROM users WHERE id = $1")
        .bind(id)
        .fetch_optional(on)
        .await?;
    Ok(row.and_then(|row| row.language).map(|language| language.0))
}

/// A login session as stored, with its person.
pub struct StoredSession {
    pub user: UserSummary,
    /// The language that they chose, if they did.
    pub chosen_language: Option<Language>,
    pub used_at: UnixMillis,
    pub expires_at: UnixMillis,
}

#[derive(sqlx::FromRow)]
struct SessionRow {
    #[sqlx(flatten)]
    user: UserRow,
    chosen_language: Option<Text<Language>>,
    used_at: UnixMillis,
    expires_at: UnixMillis,
}

/// The session of a token, expired or not, unless the person may no longer sign in.
pub async fn find_session(on: On<'_>, token: &TokenHash) -> Result<Option<StoredSession>, DbError> {
    let row: Option<SessionRow> = sql("SELECT u.id, u.login, u.name, u.email, u.directory_id, u.time_zone, \
         COALESCE(u.language, u.browser_language) AS language, u.language AS chosen_language, s.used_at, s.expires_at FROM login_sessions s JOIN users u ON u.id = s.user_id \
         WHERE s.token_hash = $1 AND u.active")
    .bind(token.as_str())
    .fetch_optional(on)
    .await?;
    Ok(row.map(|row| StoredSession {
        user: row.user.into(),
        chosen_language: row.chosen_language.map(|language| language.0),
        used_at: row.used_at,
        expires_at: row.expires_at,
    }))
}

pub async fn add_session(
    tx: &mut Tx,
    token: &TokenHash,
    user: UserId,
    now: UnixMillis,
    expires_at: UnixMillis,
) -> Result<(), DbError> {
    sql(
        "INSERT INTO login_sessions (token_hash, user_id, created_at, used_at, expires_at) \
         VALUES ($1, $2, $3, $3, $4)",
    )
    .bind(token.as_str())
    .bind(user)
    .bind(now)
    .bind(expires_at)
    .execute(tx)
    .await?;
    Ok(())
}

/// Notes that a session was used; never moves the time back.
pub async fn touch_session(tx: &mut Tx, token: &TokenHash, now: UnixMillis) -> Result<(), DbError> {
    sql("UPDATE login_sessions SET used_at = $1 WHERE token_hash = $2 AND used_at < $1")
        .bind(now)
        .bind(token.as_str())
        .execute(tx)
        .await?;
    Ok(())
}

/// True when there was one.
pub async fn remove_session(tx: &mut Tx, token: &TokenHash) -> Result<bool, DbError> {
    let removed = sql("DELETE FROM login_sessions WHERE token_hash = $1")
        .bind(token.as_str())
        .execute(tx)
        .await?;
    Ok(removed > 0)
}

/// How many there were.
pub async fn remove_sessions_of(tx: &mut Tx, user: UserId) -> Result<u64, DbError> {
    sql("DELETE FROM login_sessions WHERE user_id = $1")
        .bind(user)
        .execute(tx)
        .await
}

/// Removes sessions past their end or unused since `unused_since`.
pub async fn remove_dead_sessions(tx: &mut Tx, now: UnixMillis, unused_since: UnixMillis) -> Result<u64, DbError> {
    sql("DELETE FROM login_sessions WHERE expires_at <= $1 OR used_at <= $2")
        .bind(now)
        .bind(unused_since)
        .execute(tx)
        .await
}

/// What is remembered of `subject`; its row stays locked until the transaction ends, so attempts are counted one by
/// one.
pub async fn lock_failures(tx: &mut Tx, subject: &str) -> Result<Failures, DbError> {
    sql(
        "INSERT INTO sign_in_failures (subject, failures, last_at, blocked_until) VALUES ($1, 0, 0, 0) \
         ON CONFLICT (subject) DO UPDATE SET failures = sign_in_failures.failures \
         RETURNING failures, last_at, blocked_until",
    )
    .bind(subject)
    .fetch_one(tx.on())
    .await
}

pub async fn set_failures(tx: &mut Tx, subject: &str, failures: Failures) -> Result<(), DbError> {
    sql("UPDATE sign_in_failures SET failures = $1, last_at = $2, blocked_until = $3 WHERE subject = $4")
        .bind(failures.failures)
        .bind(failures.last_at)
        .bind(failures.blocked_until)
        .bind(subject)
        .execute(tx)
        .await?;
    Ok(())
}

/// Forgets what no longer counts.
pub async fn remove_old_failures(tx: &mut Tx, before: UnixMillis, now: UnixMillis) -> Result<u64, DbError> {
    sql("DELETE FROM sign_in_failures WHERE last_at <= $1 AND blocked_until <= $2")
        .bind(before)
        .bind(now)
        .execute(tx)
        .await
}
