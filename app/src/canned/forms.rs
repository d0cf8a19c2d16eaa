//! Posts of the pages about canned replies, and inserting one while a message or note is written: thin.

use super::{
    model::ReplyId,
    page, picker,
    service::{self, ReplyForm},
};
use crate::{
    attachments::service::Upload,
    error::AppError,
    requests::forms::page_of,
    server::{
        forms::Posted,
        http::{client::Client, login::plain},
        portal::Portal,
    },
    tf,
};
use axum::{
    Extension, Router,
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use deskside_protocol::ids::RequestId;
use std::collections::HashMap;

/// Name of the button that inserts a reply instead of sending what was typed.
pub const INSERT: &str = "insert";

/// The routes of this feature.
pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/replies/new", post(create))
        .route("/replies/{id}/edit", post(edit))
        .route("/replies/{id}/delete", post(delete))
        .route("/requests/{id}/reply", get(text))
}

async fn create(posted: Posted) -> Response {
    let made = match posted.actor() {
        Ok(actor) => service::create(&posted.portal, actor, &form(&posted)).await,
        Err(error) => Err(error),
    };
    posted
        .answer("/replies/new", made.map(|_| page::SAVED.to_owned()))
        .await
}

async fn edit(Path(id): Path<String>, posted: Posted) -> Response {
    let done = match known(&id).and_then(|id| Ok((id, posted.actor()?, posted.version()?))) {
        Ok((id, actor, version)) => service::edit(&posted.portal, actor, id, version, &form(&posted)).await,
        Err(error) => Err(error),
    };
    posted
        .answer(&format!("/replies/{id}/edit"), done.map(|()| page::SAVED.to_owned()))
        .await
}

async fn delete(Path(id): Path<String>, posted: Posted) -> Response {
    let done = match known(&id).and_then(|id| Ok((id, posted.actor()?, posted.version()?))) {
        Ok((id, actor, version)) => service::delete(&posted.portal, actor, id, version).await,
        Err(error) => Err(error),
    };
    posted
        .answer(
            &format!("/replies/{id}/delete"),
            done.map(|()| page::DELETED.to_owned()),
        )
        .await
}

/// Shows the page of a request again with a reply below what stands in `field`. Browsers send files once, so those
/// that were chosen are asked for again by name.
pub async fn insert(mut posted: Posted, id: &str, field: &'static str, files: &[Upload]) -> Response {
    let page = page_of(id);
    let input = picker::input_of(field);
    let done = match (id.parse(), posted.actor()) {
        (Ok(id), Ok(actor)) => service::text(&posted.portal, actor, id, input, posted.field(input))
            .await
            .and_then(|reply| service::added(input, posted.field(field), &reply)),
        (Err(_), _) => Err(AppError::NotFound),
        (_, Err(error)) => Err(error),
    };
    let text = match done {
        Ok(text) => text,
        Err(error) => return posted.again(&page, error).await,
    };
    posted.set(field, &text);
    posted.set(input, "");
    if files.is_empty() {
        return posted.redraw(&page).await;
    }
    let names = files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>();
    let names = names.join(", ");
    let lost = tf!("The reply is inserted. Choose your files again: {names}", names = names);
    posted.again(&page, AppError::invalid("files", lost)).await
}

/// GET of the text that a script inserts; where there is none, why, as plain text too.
async fn text(
    Path(id): Path<String>,
    State(portal): State<Portal>,
    Extension(client): Extension<Client>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let Some(actor) = client.viewer.0 else {
        return plain(&AppError::SignedOut);
    };
    let typed = query.get("q").map(String::as_str).unwrap_or_default();
    let found = match id.parse::<RequestId>() {
        Ok(id) => service::text(&portal, &actor, id, "q", typed).await,
        Err(_) => Err(AppError::NotFound),
    };
    let words = |status, text: String| (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text);
    match found {
        Ok(text) => words(StatusCode::OK, text).into_response(),
        Err(AppError::Invalid { fields }) => {
            let why = fields.into_iter().next().map(|field| field.message).unwrap_or_default();
            words(StatusCode::UNPROCESSABLE_ENTITY, why).into_response()
        }
        Err(error) => plain(&error),
    }
}

fn known(id: &str) -> Result<ReplyId, AppError> {
    id.parse().map_err(|_| AppError::NotFound)
}

fn form(posted: &Posted) -> ReplyForm {
    ReplyForm {
        title: posted.field("title").to_owned(),
        text: posted.field("body").to_owned(),
        directory: posted.field("directory").to_owned(),
    }
}
