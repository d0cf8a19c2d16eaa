//! The only SQL for the parts of words, and how other features' tables of words are searched by them.

use super::parts::is_inside;
use crate::{
    requests::search::stored,
    server::db::{DbError, On, Sql, Tx, sql},
};
use deskside_protocol::UnixMillis;

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

/// Words inside which one text is looked for at most; in more, it is looked for where they begin. What stands in so many
/// tells little, and all of them would have to be read.
pub const MOST_WORDS: i64 = 2_000;

/// One text that is searched, and whether inside words too.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    text: &'a str,
    inside: bool,
}

#[derive(sqlx::FromRow)]
struct Counted {
    found: i64,
}

/// Decides where `text` is looked for.
pub async fn wanted<'a>(on: On<'_>, text: &'a str) -> Result<Wanted<'a>, DbError> {
    if !is_inside(text) {
        return Ok(Wanted { text, inside: false });
    }
    let query = sql("SELECT COUNT(*) AS found FROM (");
    let counted: Counted = holding(query, text)
        .push(" LIMIT ")
        .push_bind(MOST_WORDS + 1)
        .push(") AS words")
        .fetch_one(on)
        .await?;
    let inside = counted.found <= MOST_WORDS;
    Ok(Wanted { text, inside })
}

/// Narrows to rows `f` whose `word` holds what is wanted: inside it, or at its beginning only.
pub fn narrow(query: Sql, wanted: Wanted<'_>) -> Sql {
    if wanted.inside {
        among(query.push("f.word IN "), wanted.text)
    } else {
        begins(query, wanted.text)
    }
}

/// The same for looking through the words of one thing after the other, which is better where very many have the word.
/// Compared with TRUE, the vocabulary is read once and asked for each word; without it an engine joins the two, guesses
/// that few rows come of it, and works out all of them before the first line.
pub fn narrow_each(query: Sql, wanted: Wanted<'_>) -> Sql {
    if wanted.inside {
        among(query.push("(f.word IN "), wanted.text).push(") = TRUE")
    } else {
        begins(query, wanted.text)
    }
}

fn among(query: Sql, searched: &str) -> Sql {
    holding(query.push("("), searched).push(")")
}

fn holding(query: Sql, searched: &str) -> Sql {
    let (from, until) = beginning(searched);
    query
        .push("SELECT p.word FROM word_parts p WHERE p.part >= ")
        .push_bind(from)
        .push(" AND p.part < ")
        .push_bind(until)
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

/// True once the parts of all the words from before were added.
pub async fn is_done(on: On<'_>) -> Result<bool, DbError> {
    let row: ProgressRow = sql("SELECT done_until FROM word_parts_progress WHERE id = 1")
        .fetch_one(on)
        .await?;
    Ok(row.done_until == END)
}

/// The words after `after`, up to `last`, that lead nowhere.
pub async fn list_unused(on: On<'_>, after: &str, last: &str) -> Result<Vec<String>, DbError> {
    let rows: Vec<WordRow> = sql(
        "SELECT p.word FROM word_parts p WHERE p.part > $1 AND p.part <= $2 AND p.part = p.word \
         AND NOT EXISTS (SELECT 1 FROM request_words r WHERE r.word = p.word) \
         AND NOT EXISTS (SELECT 1 FROM article_words a WHERE a.word = p.word) ORDER BY p.part",
    )
    .bind(after)
    .bind(last)
    .fetch_all(on)
    .await?;
    Ok(rows.into_iter().map(|row| row.word).collect())
}

/// True for a word that leads nowhere.
pub async fn is_unused(on: On<'_>, word: &str) -> Result<bool, DbError> {
    let counted: Counted = sql("SELECT COUNT(*) AS found FROM (SELECT 1 AS one WHERE \
                                EXISTS (SELECT 1 FROM request_words r WHERE r.word = $1) \
                                OR EXISTS (SELECT 1 FROM article_words a WHERE a.word = $1)) AS uses")
    .bind(word)
    .fetch_one(on)
    .await?;
    Ok(counted.found == 0)
}

/// Notes since when words lead nowhere, where that is not noted yet. Sorted, as [`keep`] takes them.
pub async fn mark(tx: &mut Tx, words: &[String], now: UnixMillis) -> Result<(), DbError> {
    for word in words {
        sql("INSERT INTO words_unused (word, since) VALUES ($1, $2) ON CONFLICT (word) DO NOTHING")
            .bind(word)
            .bind(now)
            .execute(tx)
            .await?;
    }
    Ok(())
}

/// Words that lead nowhere since `before` or longer.
pub async fn list_marked(on: On<'_>, before: UnixMillis, limit: i64) -> Result<Vec<String>, DbError> {
    let rows: Vec<WordRow> = sql("SELECT word FROM words_unused WHERE since <= $1 ORDER BY word LIMIT $2")
        .bind(before)
        .bind(limit)
        .fetch_all(on)
        .await?;
    Ok(rows.into_iter().map(|row| row.word).collect())
}

/// Words lead somewhere from now on. Whoever is just forgetting one is waited for.
pub async fn keep(tx: &mut Tx, words: &[String]) -> Result<(), DbError> {
    let mut marked = Vec::new();
    for some in words.chunks(ROWS) {
        let mut query = sql("SELECT word FROM words_unused WHERE word IN (");
        for (index, word) in some.iter().enumerate() {
            query = query.push(if index == 0 { "" } else { ", " }).push_bind(word);
        }
        let rows: Vec<WordRow> = query.push(")").fetch_all(tx.on()).await?;
        marked.extend(rows.into_iter().map(|row| row.word));
    }
    marked.sort_unstable();
    for word in marked {
        unmark(tx, &word).await?;
    }
    Ok(())
}

/// Takes the mark from a word; false when it has none.
pub async fn unmark(tx: &mut Tx, word: &str) -> Result<bool, DbError> {
    let taken = sql("DELETE FROM words_unused WHERE word = $1")
        .bind(word)
        .execute(tx)
        .await?;
    Ok(taken == 1)
}

/// Forgets a word, of which `ends` are all there can be; all as stored.
pub async fn remove(tx: &mut Tx, word: &str, ends: &[String]) -> Result<(), DbError> {
    let mut query = sql("DELETE FROM word_parts WHERE word = ")
        .push_bind(word)
        .push(" AND part IN (")
        .push_bind(word);
    for end in ends {
        query = query.push(", ").push_bind(end);
    }
    query.push(")").execute(tx).await?;
    Ok(())
}
