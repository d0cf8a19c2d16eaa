//! Posts about sessions on a request's page: thin.

use super::service;
use crate::{
    error::AppError,
    requests::forms::{back, page_of},
    server::{forms::Posted, portal::Portal},
    words::t,
};
use axum::{Router, extract::Path, response::Response, routing::post};
use deskside_protocol::ids::{RequestId, SessionId};

/// The posts of this feature.
pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/requests/{id}/launch", post(launch).get(back))
        .route("/requests/{id}/consent", post(consent).get(back))
        .route("/requests/{id}/end-session", post(end_session).get(back))
}

async fn launch(Path(id): Path<String>, posted: Posted) -> Response {
    let launched = match request_id(&id).and_then(|id| Ok((id, posted.actor()?, posted.version()?))) {
        Ok((id, actor, version)) => service::launch(&posted.portal, actor, id, version).await,
        Err(error) => Err(error),
    };
    posted
        .answer(&page_of(&id), launched.map(|session| format!("/sessions/{session}")))
        .await
}

async fn consent(Path(id): Path<String>, posted: Posted) -> Response {
    let answered = match request_id(&id).and_then(|id| Ok((id, posted.actor()?, accepted(posted.field("answer"))?))) {
        Ok((id, actor, accepted)) => service::answer(&posted.portal, actor, id, shown(&posted), accepted).await,
        Err(error) => Err(error),
    };
    posted.answer(&page_of(&id), answered.map(|()| page_of(&id))).await
}

async fn end_session(Path(id): Path<String>, posted: Posted) -> Response {
    let ended = match request_id(&id).and_then(|id| Ok((id, posted.actor()?))) {
        Ok((id, actor)) => service::end_of_request(&posted.portal, actor, id, shown(&posted)).await,
        Err(error) => Err(error),
    };
    posted.answer(&page_of(&id), ended.map(|()| page_of(&id))).await
}

fn request_id(text: &str) -> Result<RequestId, AppError> {
    text.parse().map_err(|_| AppError::NotFound)
}

/// The session that the page showed.
fn shown(posted: &Posted) -> Option<SessionId> {
    posted.field("session").parse().ok()
}

fn accepted(answer: &str) -> Result<bool, AppError> {
    match answer {
        "accept" => Ok(true),
        "decline" => Ok(false),
        _ => Err(AppError::invalid("answer", t("Choose Accept or Decline."))),
    }
}
