//! The only SQL for the parts of words, and how other features' tables of words are searched by them.

use super::parts::is_inside;
use crate::{
    requests::search::stored,
    server::db::{DbError, On, Sql, Tx, sql},
};

/// Sorts after every word: `g` comes after every hexadecimal digit.
pub const END: &str = "g";
/// Rows in one statement; SQLite takes 32766 values.
const ROWS: usize = 400;

/// Everything that is stored between the two begins with `searched`; only the word itself is the first.
pub fn beginning(searched: &str) -> (String, String) {
    let from = stored(searched);
    let until = format!("{from}{END}");
    (from, until)
}

/// Narrows to rows `f` whose `word` holds `searched`: inside it, or at its beginning where `searched` is short.
pub fn narrow(query: Sql, searched: &str) -> Sql {
    if is_inside(searched) {
        among(query.push("f.word IN "), searched)
    } else {
        begins(query, searched)
    }
}

/// The same for looking through the words of one thing after the other, which is better where very many have the word.
/// Compared with TRUE, the vocabulary is read once and asked for each word; without it an engine joins the two, guesses
/// that few rows come of it, and works out all of them before the first line.
pub fn narrow_each(query: Sql, searched: &str) -> Sql {
    if is_inside(searched) {
        among(query.push("(f.word IN "), searched).push(") = TRUE")
    } else {
        begins(query, searched)
    }
}

fn among(query: Sql, searched: &str) -> Sql {
    let (from, until) = beginning(searched);
    query
        .push("(SELECT p.word FROM word_parts p WHERE p.part >= ")
        .push_bind(from)
        .push(" AND p.part < ")
        .push_bind(until)
        .push(")")
}

fn begins(query: Sql, searched: &str) -> Sql {
    let (from, until) = beginning(searched);
    query
        .push("f.word >= ")
        .push_bind(from)
        .push(" AND f.word < ")
        .push_bind(until)
}

#[derive(sqlx::FromRow)]
struct WordRow {
    word: String,
}

/// Those of `words`, as stored, that are here already.
pub async fn list_known(mut on: On<'_>, words: &[String]) -> Result<Vec<String>, DbError> {
    let mut known = Vec::new();
    for some in words.chunks(ROWS) {
        let mut query = sql("SELECT word FROM word_parts WHERE part = word AND part IN (");
        for (index, word) in some.iter().enumerate() {
            query = query.push(if index == 0 { "" } else { ", " }).push_bind(word);
        }
        let rows: Vec<WordRow> = query.push(")").fetch_all(on.again()).await?;
        known.extend(rows.into_iter().map(|row| row.word));
    }
    Ok(known)
}

/// Adds parts with their words, both as stored. Sorted, so that two who add the same wait for each other one way only.
pub async fn add(tx: &mut Tx, mut parts: Vec<(String, String)>) -> Result<(), DbError> {
    parts.sort_unstable();
    parts.dedup();
    for some in parts.chunks(ROWS) {
        let mut query = sql("INSERT INTO word_parts (part, word) VALUES ");
        for (index, (part, word)) in some.iter().enumerate() {
            query = query
                .push(if index == 0 { "(" } else { ", (" })
                .push_bind(part)
                .push(", ")
                .push_bind(word)
                .push(")");
        }
        query.push(" ON CONFLICT (part, word) DO NOTHING").execute(tx).await?;
    }
    Ok(())
}

#[derive(sqlx::FromRow)]
struct ProgressRow {
    done_until: String,
}

/// The last word whose parts were added; nobody else goes on from it until the transaction ends.
pub async fn lock_progress(tx: &mut Tx) -> Result<String, DbError> {
    let row: ProgressRow =
        sql("UPDATE word_parts_progress SET done_until = done_until WHERE id = 1 RETURNING done_until")
            .fetch_one(tx.on())
            .await?;
    Ok(row.done_until)
}

pub async fn set_progress(tx: &mut Tx, done_until: &str) -> Result<(), DbError> {
    sql("UPDATE word_parts_progress SET done_until = $1 WHERE id = 1")
        .bind(done_until)
        .execute(tx)
        .await?;
    Ok(())
}

/// The next words after `after`, as stored.
pub async fn list_after(on: On<'_>, after: &str, limit: i64) -> Result<Vec<String>, DbError> {
    let rows: Vec<WordRow> = sql("SELECT word FROM word_parts WHERE part > $1 AND part = word ORDER BY part LIMIT $2")
        .bind(after)
        .bind(limit)
        .fetch_all(on)
        .await?;
    Ok(rows.into_iter().map(|row| row.word).collect())
}
