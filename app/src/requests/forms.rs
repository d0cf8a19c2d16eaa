//! Posts of the request pages: thin; read the fields, call the service, redirect or show the page again.

use super::{conversation, model::RequestForm, service};
use crate::{
    error::AppError,
    server::{access::Actor, forms::Posted, portal::Portal},
};
use axum::{
    Router,
    extract::Path,
    http::StatusCode,
    response::{Redirect, Response},
    routing::post,
};
use deskside_protocol::ids::RequestId;

/// Name of the button that asks for one more availability row instead of saving.
pub const ADD_TIME: &str = "add_time";

/// The posts of this feature.
pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/requests/new", post(file))
        .route("/requests/{id}/edit", post(edit))
        .route("/requests/{id}/cancel", post(cancel).get(back))
        .route("/requests/{id}/claim", post(claim).get(back))
        .route("/requests/{id}/release", post(release).get(back))
        .route("/requests/{id}/close", post(close).get(back))
        .route("/requests/{id}/messages", post(message).get(back))
}

/// The address of a request's page.
pub fn page_of(id: &str) -> String {
    format!("/requests/{id}")
}

/// A refused button leaves the browser at an address that takes posts only: reloading it leads back to the page.
pub async fn back(Path(id): Path<String>) -> Result<Redirect, StatusCode> {
    let id: RequestId = id.parse().map_err(|_| StatusCode::NOT_FOUND)?;
    Ok(Redirect::to(&page_of(&id.to_string())))
}

async fn file(posted: Posted) -> Response {
    const PAGE: &str = "/requests/new";
    if posted.has(ADD_TIME) {
        return posted.redraw(PAGE).await;
    }
    let filed = match posted.actor() {
        Ok(actor) => service::file(&posted.portal, actor, &form(&posted)).await,
        Err(error) => Err(error),
    };
    posted.answer(PAGE, filed.map(|id| page_of(&id.to_string()))).await
}

async fn edit(Path(id): Path<String>, posted: Posted) -> Response {
    let page = format!("/requests/{id}/edit");
    if posted.has(ADD_TIME) {
        return posted.redraw(&page).await;
    }
    let edited = match known(&id, &posted) {
        Ok((id, actor)) => service::edit(&posted.portal, actor, id, &form(&posted)).await,
        Err(error) => Err(error),
    };
    posted.answer(&page, edited.map(|()| page_of(&id))).await
}

async fn cancel(Path(id): Path<String>, posted: Posted) -> Response {
    let done = match known_version(&id, &posted) {
        Ok((id, actor, version)) => service::cancel(&posted.portal, actor, id, version).await,
        Err(error) => Err(error),
    };
    posted.answer(&page_of(&id), done.map(|()| page_of(&id))).await
}

async fn claim(Path(id): Path<String>, posted: Posted) -> Response {
    let done = match known_version(&id, &posted) {
        Ok((id, actor, version)) => service::claim(&posted.portal, actor, id, version).await,
        Err(error) => Err(error),
    };
    posted.answer(&page_of(&id), done.map(|()| page_of(&id))).await
}

async fn release(Path(id): Path<String>, posted: Posted) -> Response {
    let done = match known_version(&id, &posted) {
        Ok((id, actor, version)) => service::release(&posted.portal, actor, id, version).await,
        Err(error) => Err(error),
    };
    posted.answer(&page_of(&id), done.map(|()| page_of(&id))).await
}

async fn close(Path(id): Path<String>, posted: Posted) -> Response {
    let done = match known_version(&id, &posted) {
        Ok((id, actor, version)) => service::close(&posted.portal, actor, id, version).await,
        Err(error) => Err(error),
    };
    posted.answer(&page_of(&id), done.map(|()| page_of(&id))).await
}

async fn message(Path(id): Path<String>, posted: Posted) -> Response {
    let done = match known(&id, &posted) {
        Ok((id, actor)) => conversation::post(&posted.portal, actor, id, posted.field("text")).await,
        Err(error) => Err(error),
    };
    posted.answer(&page_of(&id), done.map(|_| page_of(&id))).await
}

fn form(posted: &Posted) -> RequestForm {
    RequestForm::from_pairs(&posted.fields, 0)
}

fn known<'p>(id: &str, posted: &'p Posted) -> Result<(RequestId, &'p Actor), AppError> {
    let actor = posted.actor()?;
    Ok((id.parse().map_err(|_| AppError::NotFound)?, actor))
}

fn known_version<'p>(id: &str, posted: &'p Posted) -> Result<(RequestId, &'p Actor, i64), AppError> {
    let (id, actor) = known(id, posted)?;
    Ok((id, actor, posted.version()?))
}
