//! Posts of the request pages: thin; read the fields, call the service, redirect or show the page again.

use super::{
    csv,
    filter::Filter,
    manage::{self, ManageForm},
    model::RequestForm,
    reading, service,
};
use crate::{
    error::AppError,
    server::{
        access::Actor,
        forms::Posted,
        http::{client::Client, login::plain, pages},
        portal::Portal,
    },
};
use axum::{
    Extension, Router,
    extract::{DefaultBodyLimit, Path, Query, State},
    http::StatusCode,
    response::{Redirect, Response},
    routing::{get, post},
};
use deskside_protocol::ids::{RequestId, UserId};
use std::collections::HashMap;

/// Name of the button that asks for one more availability row instead of saving.
pub const ADD_TIME: &str = "add_time";
/// Largest post of a request, bytes: a description of a megabyte, as a browser packs it, is to come back to whoever typed
/// it.
pub const BODY_BYTES: usize = 4 * 1024 * 1024;
/// Hidden input with the id of whom a request is filed for.
pub const OWNER: &str = "owner";

/// The posts of this feature.
pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/requests/new", post(file))
        .route("/requests/{id}/edit", post(edit))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .route("/requests/{id}/manage", post(save_managed))
        .route("/requests/{id}/reopen", post(reopen).get(back))
        .route("/requests/{id}/rating", post(rate).get(back))
        .route("/requests.csv", get(export))
        .route("/requests/{id}/cancel", post(cancel).get(back))
        .route("/requests/{id}/claim", post(claim).get(back))
        .route("/requests/{id}/release", post(release).get(back))
        .route("/requests/{id}/close", post(close).get(back))
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

/// The address of the form for a new request, for oneself or for the person with this id.
pub fn new_page(owner: &str) -> String {
    match owner.parse::<UserId>() {
        Ok(owner) => format!("/requests/new?for={owner}"),
        Err(_) => "/requests/new".to_owned(),
    }
}

async fn file(posted: Posted) -> Response {
    let owner = posted.field(OWNER).to_owned();
    let page = new_page(&owner);
    if posted.has(ADD_TIME) {
        return posted.redraw(&page).await;
    }
    let filed = match posted.actor() {
        Ok(actor) if owner.is_empty() => service::file(&posted.portal, actor, &form(&posted)).await,
        Ok(actor) => match owner.parse() {
            Ok(owner) => service::file_for_other(&posted.portal, actor, owner, &form(&posted)).await,
            Err(_) => Err(AppError::NotFound),
        },
        Err(error) => Err(error),
    };
    posted.answer(&page, filed.map(|id| page_of(&id.to_string()))).await
}

async fn save_managed(Path(id): Path<String>, posted: Posted) -> Response {
    let page = format!("/requests/{id}/manage");
    let saved = match known(&id, &posted) {
        Ok((id, actor)) => manage::save(&posted.portal, actor, id, &managed(&posted)).await,
        Err(error) => Err(error),
    };
    posted.answer(&page, saved.map(|()| page_of(&id))).await
}

fn managed(posted: &Posted) -> ManageForm {
    let field = |name: &str| posted.field(name).to_owned();
    ManageForm {
        assistant: field("assistant"),
        team: field("team"),
        status: field("status"),
        priority: field("priority"),
        tags: field("tags"),
        scheduled_from: field("scheduled_from"),
        scheduled_until: field("scheduled_until"),
        version: field("version"),
    }
}

async fn reopen(Path(id): Path<String>, posted: Posted) -> Response {
    let done = match known_version(&id, &posted) {
        Ok((id, actor, version)) => service::reopen(&posted.portal, actor, id, version).await,
        Err(error) => Err(error),
    };
    posted.answer(&page_of(&id), done.map(|()| page_of(&id))).await
}

async fn rate(Path(id): Path<String>, posted: Posted) -> Response {
    let done = match known(&id, &posted) {
        Ok((id, actor)) => {
            let (stars, comment) = (posted.field("stars"), posted.field("comment"));
            service::rate(&posted.portal, actor, id, stars, comment).await
        }
        Err(error) => Err(error),
    };
    posted.answer(&page_of(&id), done.map(|()| page_of(&id))).await
}

/// GET of the staff's list as a table of comma-separated values, with the same filter as the page.
async fn export(
    State(portal): State<Portal>,
    Extension(client): Extension<Client>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let filter = Filter::read(|name| query.get(name).cloned());
    let Some(actor) = client.viewer.0.clone() else {
        return plain(&AppError::SignedOut);
    };
    let rows = reading::export_all(&portal, &actor, &filter).await;
    match rows.and_then(|rows| csv::requests(&rows, &service::zone_of(&actor.user))) {
        Ok(table) => csv::answer("requests.csv", &table),
        Err(AppError::NotFound) => pages::not_found(portal, client.viewer).await,
        Err(error) => plain(&error),
    }
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
