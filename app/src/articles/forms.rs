//! Posts of the pages about help articles, and the suggestions for a subject: thin.

use super::{
    model::ArticleId,
    page,
    service::{self, ArticleForm},
};
use crate::{
    error::AppError,
    server::{
        forms::Posted,
        http::{client::Client, login::plain},
        portal::Portal,
    },
    words::t,
};
use axum::{
    Extension, Router,
    extract::{DefaultBodyLimit, Path, Query, State},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use std::collections::HashMap;

/// Largest post of an article, bytes: one that is too long is to come back to whoever typed it.
const BODY_BYTES: usize = 1024 * 1024;

/// The routes of this feature.
pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/articles/new", post(create))
        .route("/articles/{id}/edit", post(edit))
        .route("/articles/{id}/delete", post(delete))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .route("/help/suggest", get(suggest))
        .route("/help/{id}", post(answer))
}

async fn create(posted: Posted) -> Response {
    let made = match posted.actor() {
        Ok(actor) => service::create(&posted.portal, actor, &form(&posted)).await,
        Err(error) => Err(error),
    };
    posted
        .answer("/articles/new", made.map(|_| page::SAVED.to_owned()))
        .await
}

async fn edit(Path(id): Path<String>, posted: Posted) -> Response {
    let done = match known(&id).and_then(|id| Ok((id, posted.actor()?, posted.version()?))) {
        Ok((id, actor, version)) => service::edit(&posted.portal, actor, id, version, &form(&posted)).await,
        Err(error) => Err(error),
    };
    posted
        .answer(&format!("/articles/{id}/edit"), done.map(|()| page::SAVED.to_owned()))
        .await
}

async fn delete(Path(id): Path<String>, posted: Posted) -> Response {
    let done = match known(&id).and_then(|id| Ok((id, posted.actor()?, posted.version()?))) {
        Ok((id, actor, version)) => service::delete(&posted.portal, actor, id, version).await,
        Err(error) => Err(error),
    };
    posted
        .answer(
            &format!("/articles/{id}/delete"),
            done.map(|()| page::DELETED.to_owned()),
        )
        .await
}

async fn answer(Path(id): Path<String>, posted: Posted) -> Response {
    let address = format!("/help/{id}");
    let said = match posted.field("answer") {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err(AppError::invalid("answer", t("Say Yes or No."))),
    };
    let done = match known(&id).and_then(|id| Ok((id, posted.actor()?, said?))) {
        Ok((id, actor, solved)) => service::answer(&posted.portal, actor, id, solved)
            .await
            .map(|()| solved),
        Err(error) => Err(error),
    };
    posted
        .answer(&address, done.map(|solved| page::thanks_page(&address, solved)))
        .await
}

/// GET of the articles that fit a subject, as a piece of HTML.
async fn suggest(
    State(portal): State<Portal>,
    Extension(client): Extension<Client>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let Some(actor) = client.viewer.0 else {
        return plain(&AppError::SignedOut);
    };
    let subject = query.get("q").map(String::as_str).unwrap_or_default();
    match service::suggest(&portal, &actor, subject).await {
        Ok(found) => Html(page::suggestions(&found)).into_response(),
        Err(error) => plain(&error),
    }
}

fn known(id: &str) -> Result<ArticleId, AppError> {
    id.parse().map_err(|_| AppError::NotFound)
}

fn form(posted: &Posted) -> ArticleForm {
    ArticleForm {
        title: posted.field("title").to_owned(),
        body: posted.field("body").to_owned(),
        published: posted.has("published"),
        directory: posted.field("directory").to_owned(),
    }
}
