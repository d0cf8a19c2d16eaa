//! The only SQL for canned replies.

use super::model::{Content, Offered, Reply, ReplyId, ReplyRow};
use crate::server::{
    access::Reach,
    db::{DbError, On, Text, Tx, sql},
};
use deskside_protocol::{UnixMillis, ids::DirectoryId};

#[derive(sqlx::FromRow)]
struct Row {
    id: Text<ReplyId>,
    title: String,
    body: String,
    directory_id: Option<Text<DirectoryId>>,
    version: i64,
}

/// One reply.
pub async fn find(on: On<'_>, id: ReplyId) -> Result<Option<Reply>, DbError> {
    let row: Option<Row> = sql("SELECT id, title, body, directory_id, version FROM canned_replies WHERE id = $1")
        .bind(id.0)
        .fetch_optional(on)
        .await?;
    Ok(row.map(|row| Reply {
        id: row.id.0,
        content: Content {
            title: row.title,
            text: row.body,
            directory: row.directory_id.map(|id| id.0),
        },
        version: row.version,
    }))
}

#[derive(sqlx::FromRow)]
struct ListRow {
    id: Text<ReplyId>,
    title: String,
    directory_name: Option<String>,
}

/// The replies within `reach`, by title. Those of all directories are within reach of all only.
pub async fn list(on: On<'_>, reach: &Reach) -> Result<Vec<ReplyRow>, DbError> {
    let query = sql("SELECT c.id, c.title, d.name AS directory_name FROM canned_replies c \
         LEFT JOIN directories d ON d.id = c.directory_id WHERE 1 = 1");
    // A reply belongs to no person, and its id is nobody's.
    let rows: Vec<ListRow> = reach
        .narrow(query, "c.directory_id", "c.id")
        .push(" ORDER BY c.title, c.id")
        .fetch_all(on)
        .await?;
    let line = |row: ListRow| ReplyRow {
        id: row.id.0,
        title: row.title,
        directory_name: row.directory_name,
    };
    Ok(rows.into_iter().map(line).collect())
}

#[derive(sqlx::FromRow)]
struct OfferedRow {
    id: Text<ReplyId>,
    title: String,
    shared: bool,
}

impl From<OfferedRow> for Offered {
    fn from(row: OfferedRow) -> Self {
        Self {
            id: row.id.0,
            title: row.title,
            shared: row.shared,
        }
    }
}

/// The replies for requests of `directory`: its own and the shared ones. `None`: the shared ones alone.
pub async fn list_offered(on: On<'_>, directory: Option<DirectoryId>) -> Result<Vec<Offered>, DbError> {
    let query = sql(
        "SELECT c.id, c.title, c.directory_id IS NULL AS shared FROM canned_replies c \
         WHERE (c.directory_id IS NULL",
    );
    let query = match directory {
        Some(directory) => query.push(" OR c.directory_id = ").push_bind(directory),
        None => query,
    };
    let rows: Vec<OfferedRow> = query.push(") ORDER BY c.title, c.id").fetch_all(on).await?;
    Ok(rows.into_iter().map(Offered::from).collect())
}

#[derive(sqlx::FromRow)]
struct Counted {
    found: i64,
}

/// Nobody else adds one until the transaction ends, so that those counted now are all.
pub async fn lock_count(tx: &mut Tx) -> Result<(), DbError> {
    sql("UPDATE counted SET name = name WHERE name = 'canned_replies'")
        .execute(tx)
        .await?;
    Ok(())
}

/// How many replies there are.
pub async fn count(on: On<'_>) -> Result<i64, DbError> {
    let counted: Counted = sql("SELECT COUNT(*) AS found FROM canned_replies")
        .fetch_one(on)
        .await?;
    Ok(counted.found)
}

/// Adds a reply; [`DbError::Unique`] when its place has one with this folded title.
pub async fn add(
    tx: &mut Tx,
    id: ReplyId,
    content: &Content,
    folded_title: &str,
    now: UnixMillis,
) -> Result<(), DbError> {
    sql(
        "INSERT INTO canned_replies (id, title, body, directory_id, created_at, changed_at, version, folded_title) \
         VALUES ($1, $2, $3, $4, $5, $5, 1, $6)",
    )
    .bind(id.0)
    .bind(&content.title)
    .bind(&content.text)
    .bind(content.directory)
    .bind(now)
    .bind(folded_title)
    .execute(tx)
    .await?;
    Ok(())
}

/// Changes the reply with this version; false when it changed meanwhile, [`DbError::Unique`] as for [`add`].
pub async fn save(
    tx: &mut Tx,
    id: ReplyId,
    version: i64,
    content: &Content,
    folded_title: &str,
    now: UnixMillis,
) -> Result<bool, DbError> {
    let saved = sql(
        "UPDATE canned_replies SET title = $3, body = $4, directory_id = $5, changed_at = $6, folded_title = $7, \
         version = version + 1 WHERE id = $1 AND version = $2",
    )
    .bind(id.0)
    .bind(version)
    .bind(&content.title)
    .bind(&content.text)
    .bind(content.directory)
    .bind(now)
    .bind(folded_title)
    .execute(tx)
    .await?;
    Ok(saved == 1)
}

/// Deletes the reply with this version; false when it changed meanwhile.
pub async fn delete(tx: &mut Tx, id: ReplyId, version: i64) -> Result<bool, DbError> {
    let deleted = sql("DELETE FROM canned_replies WHERE id = $1 AND version = $2")
        .bind(id.0)
        .bind(version)
        .execute(tx)
        .await?;
    Ok(deleted == 1)
}
