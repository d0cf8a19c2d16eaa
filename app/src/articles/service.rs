//! What can be done with help articles: one function per use case.

use super::{
    model::{
        Answered, Article, ArticleId, ArticleLink, ArticleRow, BODY_CHARS, Content, MOST_ARTICLES, SUGGESTED,
        TITLE_CHARS,
    },
    ranking, store,
};
use crate::{
    audit::{self, Entry},
    directories,
    error::{AppError, FieldError},
    requests::{model::SUBJECT_CHARS, search},
    roles::model::Scope,
    server::{
        access::{Action, Actor, Permit, Reach, Subject, authorize},
        db::{DbError, On, Tx},
        portal::Portal,
        random,
    },
    tf,
    words::t,
};
use deskside_protocol::{UnixMillis, ids::DirectoryId};
use serde_json::json;

/// An article as typed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ArticleForm {
    pub title: String,
    pub body: String,
    pub published: bool,
    /// `all`, or the id of a directory.
    pub directory: String,
}

/// The articles that the actor may edit, by title.
pub async fn list(portal: &Portal, actor: &Actor) -> Result<Vec<ArticleRow>, AppError> {
    let permit = authorize(actor, Action::ListArticles, Subject::NONE)?;
    Ok(store::list(portal.db.on(), &permit.reach()).await?)
}

/// One article, for changing it.
pub async fn open(portal: &Portal, actor: &Actor, id: ArticleId) -> Result<Article, AppError> {
    let article = get(portal.db.on(), id).await?;
    let _permit = manage(actor, article.content.directory)?;
    Ok(article)
}

/// Makes an article.
pub async fn create(portal: &Portal, actor: &Actor, form: &ArticleForm) -> Result<ArticleId, AppError> {
    let _permit = authorize(actor, Action::ListArticles, Subject::NONE)?;
    let content = check(actor, form)?;
    let now = portal.clock.now();
    let id = ArticleId(random::uuid(now));
    let mut tx = portal.db.begin().await?;
    find_place(&mut tx, &content).await?;
    store::lock_count(&mut tx).await?;
    if store::count(tx.on()).await? >= MOST_ARTICLES {
        return Err(AppError::conflict(tf!(
            "There are {most} articles, which is as many as there can be. Delete one that nobody needs.",
            most = MOST_ARTICLES
        )));
    }
    store::add(&mut tx, id, &content, now).await?;
    let detail = json!({ "to": facts(&content) });
    note(&mut tx, actor, "article.created", id, detail, now).await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes an article.
pub async fn edit(
    portal: &Portal,
    actor: &Actor,
    id: ArticleId,
    version: i64,
    form: &ArticleForm,
) -> Result<(), AppError> {
    let now = portal.clock.now();
    let mut tx = portal.db.begin().await?;
    let before = get(tx.on(), id).await?.content;
    let _permit = manage(actor, before.directory)?;
    let content = check(actor, form)?;
    find_place(&mut tx, &content).await?;
    if !store::save(&mut tx, id, version, &content, now).await? {
        return Err(AppError::Overtaken {
            message: t("Somebody changed this article after you opened the page, so nothing was saved. Look again.")
                .to_owned(),
        });
    }
    let detail = json!({
        "from": facts(&before),
        "to": facts(&content),
        "text_changed": before.body != content.body,
    });
    note(&mut tx, actor, "article.changed", id, detail, now).await?;
    Ok(tx.commit().await?)
}

/// Deletes the article that the actor saw, and what people said about it.
pub async fn delete(portal: &Portal, actor: &Actor, id: ArticleId, version: i64) -> Result<(), AppError> {
    let now = portal.clock.now();
    let mut tx = portal.db.begin().await?;
    let before = get(tx.on(), id).await?.content;
    let _permit = manage(actor, before.directory)?;
    let answers = store::count_answers(tx.on(), id).await?;
    if !store::delete(&mut tx, id, version).await? {
        return Err(AppError::Overtaken {
            message: t("Somebody changed this article after you opened the page, so it was not deleted. Look again.")
                .to_owned(),
        });
    }
    let detail = json!({ "from": facts(&before), "answers": answers });
    note(&mut tx, actor, "article.deleted", id, detail, now).await?;
    Ok(tx.commit().await?)
}

/// How many people said whether an article helped, for whoever may delete it.
pub async fn count_answers(portal: &Portal, actor: &Actor, id: ArticleId) -> Result<i64, AppError> {
    open(portal, actor, id).await?;
    Ok(store::count_answers(portal.db.on(), id).await?)
}

/// What the actor may read and that fits a search, the best first; everything by title when nothing is searched.
pub async fn help(portal: &Portal, actor: &Actor, text: &str) -> Result<Vec<ArticleLink>, AppError> {
    let _permit = authorize(actor, Action::ReadHelp, Subject::NONE)?;
    let words = search::searched(text);
    if text.trim().is_empty() {
        return Ok(store::list_readable(portal.db.on(), actor.user.directory).await?);
    }
    let hits = store::list_hits(portal.db.on(), actor.user.directory, &words).await?;
    Ok(ranking::ranked(ranking::with_all(hits, words.len()), usize::MAX))
}

/// One article, for reading it.
pub async fn read(portal: &Portal, actor: &Actor, id: ArticleId) -> Result<Article, AppError> {
    let _permit = authorize(actor, Action::ReadHelp, Subject::NONE)?;
    readable(portal.db.on(), actor, id).await
}

/// The few articles that fit a subject best.
pub async fn suggest(portal: &Portal, actor: &Actor, subject: &str) -> Result<Vec<ArticleLink>, AppError> {
    let _permit = authorize(actor, Action::ReadHelp, Subject::NONE)?;
    let subject: String = subject.chars().take(SUBJECT_CHARS).collect();
    let words = ranking::telling(&subject);
    let hits = store::list_hits(portal.db.on(), actor.user.directory, &words).await?;
    Ok(ranking::ranked(hits, SUGGESTED))
}

/// Keeps whether an article solved the actor's problem; their latest answer counts.
pub async fn answer(portal: &Portal, actor: &Actor, id: ArticleId, solved: bool) -> Result<(), AppError> {
    let _permit = authorize(actor, Action::ReadHelp, Subject::NONE)?;
    let now = portal.clock.now();
    let mut tx = portal.db.begin().await?;
    let article = readable(tx.on(), actor, id).await?;
    portal.budgets.spend_message(actor.id(), now)?;
    if store::set_answer(&mut tx, id, actor.id(), solved, now).await? {
        let detail = json!({ "title": article.content.title, "solved": solved });
        note(&mut tx, actor, "article.answered", id, detail, now).await?;
    }
    Ok(tx.commit().await?)
}

/// What the people within `reach` said of articles, those with most answers first, for other features' services;
/// whoever calls this decides who may see it. Titles that the actor may not read are not told: their answers are
/// counted together, at the end.
pub async fn list_answered(on: On<'_>, actor: &Actor, reach: &Reach) -> Result<Vec<Answered>, DbError> {
    let found = store::list_answered(on, reach).await?;
    let (told, hidden) = found
        .into_iter()
        .partition::<Vec<_>, _>(|line| line.published || may_place(actor, line.directory));
    let mut lines: Vec<Answered> = told.into_iter().map(|line| line.answered).collect();
    let hidden = hidden.into_iter().map(|line| line.answered);
    lines.extend(Answered::together(t("Articles that are not published"), hidden));
    Ok(lines)
}

/// May the actor put articles there?
pub fn may_place(actor: &Actor, directory: Option<DirectoryId>) -> bool {
    manage(actor, directory).is_ok()
}

fn manage(actor: &Actor, directory: Option<DirectoryId>) -> Result<Permit, AppError> {
    match directory {
        Some(directory) => authorize(actor, Action::ManageArticle, Subject::within(directory)),
        None => authorize(actor, Action::ManageSharedArticle, Subject::NONE),
    }
}

async fn get(on: On<'_>, id: ArticleId) -> Result<Article, AppError> {
    store::find(on, id).await?.ok_or(AppError::NotFound)
}

async fn readable(on: On<'_>, actor: &Actor, id: ArticleId) -> Result<Article, AppError> {
    store::find_readable(on, id, actor.user.directory)
        .await?
        .ok_or(AppError::NotFound)
}

/// Refuses a directory that does not exist.
async fn find_place(tx: &mut Tx, content: &Content) -> Result<(), AppError> {
    if let Some(directory) = content.directory {
        directories::service::get(tx.on(), directory).await?;
    }
    Ok(())
}

fn check(actor: &Actor, form: &ArticleForm) -> Result<Content, AppError> {
    let title = form.title.trim();
    let body = form.body.trim_end();
    let mut errors = Vec::new();
    let chars = title.chars().count();
    if chars == 0 || chars > TITLE_CHARS || title.chars().any(char::is_control) {
        let message = tf!("Enter a title of at most {most} characters.", most = TITLE_CHARS);
        errors.push(FieldError::new("title", message));
    }
    let chars = body.chars().count();
    if body.trim().is_empty() {
        errors.push(FieldError::new("body", t("Write what helps.")));
    } else if chars > BODY_CHARS {
        let message = tf!(
            "The text has {chars} characters. At most {most} are possible.",
            chars = chars,
            most = BODY_CHARS
        );
        errors.push(FieldError::new("body", message));
    }
    let directory = match form.directory.parse() {
        Ok(Scope::All) => Some(None),
        Ok(Scope::Directory(directory)) => Some(Some(directory)),
        Err(_) => None,
    };
    let Some(directory) = directory.filter(|directory| may_place(actor, *directory)) else {
        errors.push(FieldError::new(
            "directory",
            t("Choose a directory that you administer."),
        ));
        return Err(AppError::Invalid { fields: errors });
    };
    if !errors.is_empty() {
        return Err(AppError::Invalid { fields: errors });
    }
    Ok(Content {
        title: title.to_owned(),
        body: body.to_owned(),
        published: form.published,
        directory,
    })
}

/// What the audit log keeps of an article: everything but its text.
fn facts(content: &Content) -> serde_json::Value {
    json!({
        "title": content.title,
        "published": content.published,
        "directory": content.directory,
    })
}

async fn note(
    tx: &mut Tx,
    actor: &Actor,
    action: &str,
    id: ArticleId,
    detail: serde_json::Value,
    now: UnixMillis,
) -> Result<(), DbError> {
    let entry = Entry {
        by: audit::By::Actor(actor),
        action,
        subject: &format!("article:{id}"),
        detail,
    };
    audit::append(tx, entry, now).await
}
