//! Posts of the pages about directories: thin.

use super::{
    hours,
    service::{self, DirectoryForm},
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
use deskside_protocol::ids::DirectoryId;

const PAGE: &str = "/directories";

/// The posts of this feature.
pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/directories/new", post(create))
        .route("/directories/{id}", post(edit))
        .route("/directories/{id}/hours", post(set_hours).get(back))
}

async fn create(posted: Posted) -> Response {
    let made = match posted.actor() {
        Ok(actor) => service::create(&posted.portal, actor, &form(&posted)).await,
        Err(error) => Err(error),
    };
    posted.answer("/directories/new", made.map(|_| PAGE.to_owned())).await
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

async fn set_hours(Path(id): Path<String>, posted: Posted) -> Response {
    let page = format!("{PAGE}/{id}");
    let read = || -> Result<_, AppError> {
        let hours = hours::parse(|name| posted.field(name).to_owned());
        Ok((
            known(&id)?,
            posted.actor()?,
            hours.map_err(|fields| AppError::Invalid { fields })?,
        ))
    };
    let done = match read() {
        Ok((id, actor, hours)) => service::set_hours(&posted.portal, actor, id, &hours).await,
        Err(error) => Err(error),
    };
    posted.answer(&page, done.map(|()| format!("{page}?done=hours"))).await
}

/// This address takes posts only; reloading it leads back to the page.
async fn back(Path(id): Path<String>) -> Redirect {
    match known(&id) {
        Ok(id) => Redirect::to(&format!("{PAGE}/{id}")),
        Err(_) => Redirect::to(PAGE),
    }
}

fn known(id: &str) -> Result<DirectoryId, AppError> {
    id.parse().map_err(|_| AppError::NotFound)
}

fn form(posted: &Posted) -> DirectoryForm {
    DirectoryForm {
        name: posted.field("name").to_owned(),
        time_zone: posted.field("time_zone").to_owned(),
    }
}
