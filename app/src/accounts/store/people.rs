//! Lists of people, for those who manage them or file for them.

use super::{super::model::PersonRow, UserRow};
use crate::{
    accounts::model::{PEOPLE_ROWS, UserSummary},
    server::{
        access::Reach,
        db::{DbError, On, Sql, Tx, sql},
    },
};
use deskside_protocol::ids::{DirectoryId, UserId};

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(flatten)]
    user: UserRow,
    active: bool,
    directory_name: String,
}

/// One page of people by name: those whose name, login or mail address contains `text`, after the person `after`.
pub async fn list(on: On<'_>, reach: &Reach, text: &str, after: Option<UserId>) -> Result<Vec<PersonRow>, DbError> {
    let query = sql(
        "SELECT u.id, u.login, u.name, u.email, u.directory_id, u.time_zone, COALESCE(u.language, u.browser_language) AS language, u.active, \
                     d.name AS directory_name \
                     FROM users u JOIN directories d ON d.id = u.directory_id WHERE 1 = 1",
    );
    let mut query = containing(reach.narrow(query, "u.directory_id", "u.id"), text);
    if let Some(after) = after {
        query = query
            .push(" AND (u.name, u.id) > (SELECT p.name, p.id FROM users p WHERE p.id = ")
            .push_bind(after)
            .push(")");
    }
    let rows: Vec<Row> = query
        .push(" ORDER BY u.name, u.id LIMIT ")
        .push_bind(i64::try_from(PEOPLE_ROWS + 1).unwrap_or(i64::MAX))
        .fetch_all(on)
        .await?;
    let line = |row: Row| PersonRow {
        user: row.user.into(),
        active: row.active,
        directory: row.directory_name,
    };
    Ok(rows.into_iter().map(line).collect())
}

/// The people who may sign in and whose name, login or mail address contains `text`: exact ones first.
pub async fn search(on: On<'_>, reach: &Reach, text: &str, limit: i64) -> Result<Vec<UserSummary>, DbError> {
    let query = sql(
        "SELECT u.id, u.login, u.name, u.email, u.directory_id, u.time_zone, COALESCE(u.language, u.browser_language) AS language FROM users u WHERE u.active",
    );
    let query = containing(reach.narrow(query, "u.directory_id", "u.id"), text);
    let rows: Vec<UserRow> = query
        .push(" ORDER BY CASE WHEN u.login = ")
        .push_bind(text.to_lowercase())
        .push(" THEN 0 ELSE 1 END, u.name, u.id LIMIT ")
        .push_bind(limit)
        .fetch_all(on)
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The people who may sign in and have this mail address, in small letters.
pub async fn by_email(on: On<'_>, email: &str) -> Result<Vec<UserSummary>, DbError> {
    let query = sql(
        "SELECT u.id, u.login, u.name, u.email, u.directory_id, u.time_zone, COALESCE(u.language, u.browser_language) AS language FROM users u WHERE u.active",
    );
    let rows: Vec<UserRow> = containing(query, email).fetch_all(on).await?;
    let people = rows.into_iter().map(UserSummary::from);
    Ok(people.filter(|person| person.email.to_lowercase() == email).collect())
}

/// A person who may sign in.
pub async fn find_active(on: On<'_>, id: UserId) -> Result<Option<UserSummary>, DbError> {
    let row: Option<UserRow> =
        sql("SELECT id, login, name, email, directory_id, time_zone, COALESCE(language, browser_language) AS language FROM users WHERE id = $1 AND active")
            .bind(id)
            .fetch_optional(on)
            .await?;
    Ok(row.map(Into::into))
}

/// Whether a person may sign in and was granted `right` for all directories or for this one.
pub async fn has(on: On<'_>, id: UserId, right: &str, directory: DirectoryId) -> Result<bool, DbError> {
    let row: Option<ActiveRow> = sql("SELECT u.active FROM users u WHERE u.id = $1 AND u.active AND EXISTS \
         (SELECT 1 FROM role_grants g JOIN role_rights r ON r.role_id = g.role_id \
         WHERE g.user_id = u.id AND r.right_code = $2 AND g.scope IN ('all', $3))")
    .bind(id)
    .bind(right)
    .bind(directory)
    .fetch_optional(on)
    .await?;
    Ok(row.is_some())
}

/// The people who may sign in and were granted `right` for all directories or for this one, by name.
pub async fn list_with(
    on: On<'_>,
    right: &str,
    directory: DirectoryId,
    limit: i64,
) -> Result<Vec<UserSummary>, DbError> {
    let rows: Vec<UserRow> = sql(
        "SELECT u.id, u.login, u.name, u.email, u.directory_id, u.time_zone, COALESCE(u.language, u.browser_language) AS language FROM users u \
         WHERE u.active AND EXISTS (SELECT 1 FROM role_grants g JOIN role_rights r ON r.role_id = g.role_id \
         WHERE g.user_id = u.id AND r.right_code = $1 AND g.scope IN ('all', $2)) ORDER BY u.name, u.id LIMIT $3",
    )
    .bind(right)
    .bind(directory)
    .bind(limit)
    .fetch_all(on)
    .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// By what a person is found besides the login: in small letters, which the engines make differently.
pub fn found_by(name: &str, email: &str) -> String {
    format!("{name} {email}").to_lowercase()
}

fn containing(query: Sql, text: &str) -> Sql {
    if text.is_empty() {
        return query;
    }
    let pattern = pattern(text);
    query
        .push(" AND (u.login LIKE ")
        .push_bind(pattern.as_str())
        .push(" ESCAPE '!' OR u.found_by LIKE ")
        .push_bind(pattern.as_str())
        .push(" ESCAPE '!')")
}

/// A LIKE pattern for whatever contains `text`, in which only our own signs are special.
fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.to_lowercase().chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// Makes other transactions that lock this person wait until this one ends.
pub async fn lock(tx: &mut Tx, id: UserId) -> Result<(), DbError> {
    sql("UPDATE users SET active = active WHERE id = $1")
        .bind(id)
        .execute(tx)
        .await?;
    Ok(())
}

/// Changes what is known of a person.
pub async fn set_person(
    tx: &mut Tx,
    id: UserId,
    name: &str,
    email: &str,
    directory: DirectoryId,
) -> Result<(), DbError> {
    sql("UPDATE users SET name = $2, email = $3, directory_id = $4, found_by = $5 WHERE id = $1")
        .bind(id)
        .bind(name)
        .bind(email)
        .bind(directory)
        .bind(found_by(name, email))
        .execute(tx)
        .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct ActiveRow {
    active: bool,
}

/// Whether a person may sign in.
pub async fn is_active(on: On<'_>, id: UserId) -> Result<bool, DbError> {
    let row: Option<ActiveRow> = sql("SELECT active FROM users WHERE id = $1")
        .bind(id)
        .fetch_optional(on)
        .await?;
    Ok(row.is_some_and(|row| row.active))
}

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn signs_that_like_knows_are_taken_literally() {
        assert_eq!(pattern("50%_Ä!"), "%50!%!_ä!!%");
    }
}
