//! The only SQL for help articles.

use super::{
    model::{Answered, Article, ArticleId, ArticleLink, ArticleRow, Content},
    ranking::Hit,
};
use crate::{
    requests::search,
    server::{
        access::Reach,
        db::{DbError, On, Sql, Text, Tx, sql},
    },
    vocabulary,
};
use deskside_protocol::{
    UnixMillis,
    ids::{DirectoryId, UserId},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Text<ArticleId>,
    title: String,
    body: String,
    published: bool,
    directory_id: Option<Text<DirectoryId>>,
    version: i64,
}

impl From<Row> for Article {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.0,
            content: Content {
                title: row.title,
                body: row.body,
                published: row.published,
                directory: row.directory_id.map(|id| id.0),
            },
            version: row.version,
        }
    }
}

#[derive(sqlx::FromRow)]
struct LinkRow {
    id: Text<ArticleId>,
    title: String,
}

impl From<LinkRow> for ArticleLink {
    fn from(row: LinkRow) -> Self {
        Self {
            id: row.id.0,
            title: row.title,
        }
    }
}

fn rows() -> Sql {
    sql("SELECT a.id, a.title, a.body, a.published, a.directory_id, a.version FROM articles a WHERE a.id = ")
}

/// Narrows to what people of `directory` may read.
fn readable(query: Sql, directory: DirectoryId) -> Sql {
    query
        .push(" AND a.published = ")
        .push_bind(true)
        .push(" AND (a.directory_id IS NULL OR a.directory_id = ")
        .push_bind(directory)
        .push(")")
}

/// One article.
pub async fn find(on: On<'_>, id: ArticleId) -> Result<Option<Article>, DbError> {
    let row: Option<Row> = rows().push_bind(id.0).fetch_optional(on).await?;
    Ok(row.map(Article::from))
}

/// One article that people of `directory` may read.
pub async fn find_readable(on: On<'_>, id: ArticleId, directory: DirectoryId) -> Result<Option<Article>, DbError> {
    let row: Option<Row> = readable(rows().push_bind(id.0), directory).fetch_optional(on).await?;
    Ok(row.map(Article::from))
}

/// What people of `directory` may read, by title.
pub async fn list_readable(on: On<'_>, directory: DirectoryId) -> Result<Vec<ArticleLink>, DbError> {
    let rows: Vec<LinkRow> = readable(sql("SELECT a.id, a.title FROM articles a WHERE 1 = 1"), directory)
        .push(" ORDER BY a.title, a.id")
        .fetch_all(on)
        .await?;
    Ok(rows.into_iter().map(ArticleLink::from).collect())
}

#[derive(sqlx::FromRow)]
struct HitRow {
    id: Text<ArticleId>,
    title: String,
    weight: i64,
}

/// For each of the words, the articles that people of `directory` may read and in which it was found. A word that is
/// one of the article's weighs 3, the beginning of one 2, what is inside of one 1; in the title twice as much.
pub async fn list_hits(mut on: On<'_>, directory: DirectoryId, words: &[String]) -> Result<Vec<Hit>, DbError> {
    let mut hits = Vec::new();
    for word in words {
        let (from, until) = vocabulary::beginning(word);
        let query = sql(
            "SELECT a.id, a.title, CAST(MAX((CASE WHEN f.in_title THEN 2 ELSE 1 END) * \
             (CASE WHEN f.word = $1 THEN 3 WHEN f.word > $1 AND f.word < $2 THEN 2 ELSE 1 END)) AS BIGINT) AS weight \
             FROM article_words f JOIN articles a ON a.id = f.article_id WHERE ",
        )
        .bind(from)
        .bind(until);
        let query = vocabulary::narrow(query, vocabulary::wanted(on.again(), word).await?);
        let rows: Vec<HitRow> = readable(query, directory)
            .push(" GROUP BY a.id, a.title")
            .fetch_all(on.again())
            .await?;
        hits.extend(rows.into_iter().map(|row| Hit {
            article: ArticleLink {
                id: row.id.0,
                title: row.title,
            },
            weight: row.weight,
        }));
    }
    Ok(hits)
}

#[derive(sqlx::FromRow)]
struct ListRow {
    id: Text<ArticleId>,
    title: String,
    published: bool,
    directory_name: Option<String>,
    solved: i64,
    unsolved: i64,
}

/// The articles within `reach`, by title. Those of all directories are within reach of all only.
pub async fn list(on: On<'_>, reach: &Reach) -> Result<Vec<ArticleRow>, DbError> {
    let query = sql("SELECT a.id, a.title, a.published, d.name AS directory_name, \
         (SELECT COUNT(*) FROM article_answers w WHERE w.article_id = a.id AND w.solved) AS solved, \
         (SELECT COUNT(*) FROM article_answers w WHERE w.article_id = a.id AND NOT w.solved) AS unsolved \
         FROM articles a LEFT JOIN directories d ON d.id = a.directory_id WHERE 1 = 1");
    // An article belongs to no person, and its id is nobody's.
    let rows: Vec<ListRow> = reach
        .narrow(query, "a.directory_id", "a.id")
        .push(" ORDER BY a.title, a.id")
        .fetch_all(on)
        .await?;
    let line = |row: ListRow| ArticleRow {
        id: row.id.0,
        title: row.title,
        published: row.published,
        directory_name: row.directory_name,
        solved: row.solved,
        unsolved: row.unsolved,
    };
    Ok(rows.into_iter().map(line).collect())
}

#[derive(sqlx::FromRow)]
struct Counted {
    found: i64,
}

/// Nobody else adds one until the transaction ends, so that those counted now are all.
pub async fn lock_count(tx: &mut Tx) -> Result<(), DbError> {
    sql("UPDATE counted SET name = name WHERE name = 'articles'")
        .execute(tx)
        .await?;
    Ok(())
}

/// How many articles there are.
pub async fn count(on: On<'_>) -> Result<i64, DbError> {
    let counted: Counted = sql("SELECT COUNT(*) AS found FROM articles").fetch_one(on).await?;
    Ok(counted.found)
}

/// Adds an article with its words.
pub async fn add(tx: &mut Tx, id: ArticleId, content: &Content, now: UnixMillis) -> Result<(), DbError> {
    sql(
        "INSERT INTO articles (id, title, body, published, directory_id, created_at, changed_at, version) \
         VALUES ($1, $2, $3, $4, $5, $6, $6, 1)",
    )
    .bind(id.0)
    .bind(&content.title)
    .bind(&content.body)
    .bind(content.published)
    .bind(content.directory)
    .bind(now)
    .execute(tx)
    .await?;
    index(tx, id, content).await
}

/// Changes the article with this version; false when it changed meanwhile.
pub async fn save(
    tx: &mut Tx,
    id: ArticleId,
    version: i64,
    content: &Content,
    now: UnixMillis,
) -> Result<bool, DbError> {
    let saved = sql(
        "UPDATE articles SET title = $3, body = $4, published = $5, directory_id = $6, changed_at = $7, \
         version = version + 1 WHERE id = $1 AND version = $2",
    )
    .bind(id.0)
    .bind(version)
    .bind(&content.title)
    .bind(&content.body)
    .bind(content.published)
    .bind(content.directory)
    .bind(now)
    .execute(tx)
    .await?;
    if saved == 0 {
        return Ok(false);
    }
    index(tx, id, content).await?;
    Ok(true)
}

/// Replaces the words by which an article is found.
async fn index(tx: &mut Tx, id: ArticleId, content: &Content) -> Result<(), DbError> {
    sql("DELETE FROM article_words WHERE article_id = $1")
        .bind(id.0)
        .execute(tx)
        .await?;
    let (of_title, of_body) = (
        search::words([content.title.as_str()]),
        search::words([content.body.as_str()]),
    );
    // All at once: whoever learns in two steps can wait for somebody who waits for the first of them.
    let mut all = [of_title.as_slice(), of_body.as_slice()].concat();
    all.sort_unstable();
    all.dedup();
    vocabulary::service::learn(tx, &all).await?;
    // The title first: a word that stands in both is one of the title.
    for (in_title, words) in [(true, of_title), (false, of_body)] {
        for word in words {
            sql(
                "INSERT INTO article_words (article_id, word, in_title) VALUES ($1, $2, $3) \
                 ON CONFLICT (word, article_id) DO NOTHING",
            )
            .bind(id.0)
            .bind(search::stored(&word))
            .bind(in_title)
            .execute(tx)
            .await?;
        }
    }
    Ok(())
}

/// Keeps the answer of a person; false when they said the same before.
pub async fn set_answer(
    tx: &mut Tx,
    id: ArticleId,
    user: UserId,
    solved: bool,
    now: UnixMillis,
) -> Result<bool, DbError> {
    let changed = sql(
        "INSERT INTO article_answers (article_id, user_id, at, solved) VALUES ($1, $2, $3, $4) \
                       ON CONFLICT (article_id, user_id) DO UPDATE SET at = excluded.at, solved = excluded.solved \
                       WHERE article_answers.solved <> excluded.solved",
    )
    .bind(id.0)
    .bind(user)
    .bind(now)
    .bind(solved)
    .execute(tx)
    .await?;
    Ok(changed == 1)
}

#[derive(sqlx::FromRow)]
struct AnsweredRow {
    title: String,
    published: bool,
    directory_id: Option<Text<DirectoryId>>,
    solved: i64,
    unsolved: i64,
}

/// What people said of one article, and who may read its title.
pub struct AnsweredArticle {
    pub published: bool,
    /// `None`: all directories.
    pub directory: Option<DirectoryId>,
    pub answered: Answered,
}

/// The articles that the people within `reach` answered, those with most answers first.
pub async fn list_answered(on: On<'_>, reach: &Reach) -> Result<Vec<AnsweredArticle>, DbError> {
    let query = sql(
        "SELECT a.title, a.published, a.directory_id, COUNT(CASE WHEN w.solved THEN 1 END) AS solved, \
                     COUNT(CASE WHEN NOT w.solved THEN 1 END) AS unsolved FROM article_answers w \
                     JOIN articles a ON a.id = w.article_id JOIN users u ON u.id = w.user_id WHERE 1 = 1",
    );
    let query = reach.narrow(query, "u.directory_id", "u.id");
    // An article that went to another directory is none of theirs any longer.
    let rows: Vec<AnsweredRow> = reach
        .narrow(query, "COALESCE(a.directory_id, u.directory_id)", "u.id")
        .push(" GROUP BY a.id, a.title, a.published, a.directory_id ORDER BY COUNT(*) DESC, a.title, a.id")
        .fetch_all(on)
        .await?;
    let line = |row: AnsweredRow| AnsweredArticle {
        published: row.published,
        directory: row.directory_id.map(|id| id.0),
        answered: Answered {
            title: row.title,
            solved: row.solved,
            unsolved: row.unsolved,
        },
    };
    Ok(rows.into_iter().map(line).collect())
}

/// How many people said whether an article helped.
pub async fn count_answers(on: On<'_>, id: ArticleId) -> Result<i64, DbError> {
    let counted: Counted = sql("SELECT COUNT(*) AS found FROM article_answers WHERE article_id = $1")
        .bind(id.0)
        .fetch_one(on)
        .await?;
    Ok(counted.found)
}

/// Deletes the article with this version, its words and its answers; false when it changed meanwhile.
pub async fn delete(tx: &mut Tx, id: ArticleId, version: i64) -> Result<bool, DbError> {
    let deleted = sql("DELETE FROM articles WHERE id = $1 AND version = $2")
        .bind(id.0)
        .bind(version)
        .execute(tx)
        .await?;
    Ok(deleted == 1)
}
