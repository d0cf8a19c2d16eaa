//! Posts of the pages about roles: thin.

use super::{
    model::Right,
    service::{self, RoleForm},
};
use crate::{
    error::AppError,
    server::{access::Actor, forms::Posted, portal::Portal},
};
use axum::{
    Router,
    extract::Path,
    response::{Redirect, Response},
    routing::post,
};
use deskside_protocol::ids::RoleId;

const PAGE: &str = "/roles";

/// The posts of this feature.
pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/roles/new", post(create))
        .route("/roles/{id}", post(edit))
        .route("/roles/{id}/remove", post(remove).get(back))
}

/// This address takes posts only; reloading it leads back to the list.
async fn back() -> Redirect {
    Redirect::to(PAGE)
}

async fn create(posted: Posted) -> Response {
    let made = match posted.actor() {
        Ok(actor) => service::create(&posted.portal, actor, &form(&posted)).await,
        Err(error) => Err(error),
    };
    posted.answer("/roles/new", made.map(|_| PAGE.to_owned())).await
}

async fn edit(Path(id): Path<String>, posted: Posted) -> Response {
    let done = match known(&id, &posted).and_then(|(id, actor)| Ok((id, actor, posted.version()?))) {
        Ok((id, actor, version)) => service::edit(&posted.portal, actor, id, version, &form(&posted)).await,
        Err(error) => Err(error),
    };
    posted
        .answer(&format!("{PAGE}/{id}"), done.map(|()| PAGE.to_owned()))
        .await
}

async fn remove(Path(id): Path<String>, posted: Posted) -> Response {
    let done = match known(&id, &posted) {
        Ok((id, actor)) => service::remove(&posted.portal, actor, id).await,
        Err(error) => Err(error),
    };
    posted
        .answer(&format!("{PAGE}/{id}"), done.map(|()| PAGE.to_owned()))
        .await
}

fn form(posted: &Posted) -> RoleForm {
    RoleForm {
        name: posted.field("name").to_owned(),
        rights: Right::ALL
            .into_iter()
            .filter(|right| posted.has(right.code()))
            .collect(),
    }
}

fn known<'p>(id: &str, posted: &'p Posted) -> Result<(RoleId, &'p Actor), AppError> {
    let actor = posted.actor()?;
    Ok((id.parse().map_err(|_| AppError::NotFound)?, actor))
}
