//! Posts of the pages about device groups: thin.

use super::{
    model::GroupId,
    service::{self, GroupForm},
};
use crate::{
    error::AppError,
    server::{forms::Posted, portal::Portal},
};
use axum::{
    Router,
    extract::Path,
    response::{Redirect, Response},
    routing::post,
};

const PAGE: &str = "/device-groups";

/// The posts of this feature.
pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/device-groups/new", post(create))
        .route("/device-groups/{id}", post(edit))
        .route("/device-groups/{id}/remove", post(remove).get(back))
}

async fn create(posted: Posted) -> Response {
    let made = match posted.actor() {
        Ok(actor) => service::create(&posted.portal, actor, &form(&posted)).await,
        Err(error) => Err(error),
    };
    posted.answer("/device-groups/new", made.map(|_| PAGE.to_owned())).await
}

async fn edit(Path(id): Path<String>, posted: Posted) -> Response {
    let done = match known(&id).and_then(|id| Ok((id, posted.actor()?, posted.version()?))) {
        Ok((id, actor, version)) => service::edit(&posted.portal, actor, id, version, &form(&posted)).await,
        Err(error) => Err(error),
    };
    posted
        .answer(&format!("{PAGE}/{id}"), done.map(|()| PAGE.to_owned()))
        .await
}

async fn remove(Path(id): Path<String>, posted: Posted) -> Response {
    let done = match known(&id).and_then(|id| Ok((id, posted.actor()?))) {
        Ok((id, actor)) => service::remove(&posted.portal, actor, id, posted.has("leaving")).await,
        Err(error) => Err(error),
    };
    posted
        .answer(&format!("{PAGE}/{id}"), done.map(|()| PAGE.to_owned()))
        .await
}

/// This address takes posts only; reloading it leads back to the page.
async fn back(Path(id): Path<String>) -> Redirect {
    match known(&id) {
        Ok(id) => Redirect::to(&format!("{PAGE}/{id}")),
        Err(_) => Redirect::to(PAGE),
    }
}

fn known(id: &str) -> Result<GroupId, AppError> {
    id.parse().map_err(|_| AppError::NotFound)
}

fn form(posted: &Posted) -> GroupForm {
    GroupForm {
        name: posted.field("name").to_owned(),
        note: posted.field("note").to_owned(),
        directory: posted.field("directory").to_owned(),
    }
}
