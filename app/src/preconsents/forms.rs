//! Posts about it on a request's page: thin.

use super::service;
use crate::{
    error::AppError,
    requests::forms::{back, page_of},
    server::{forms::Posted, portal::Portal},
};
use axum::{Router, extract::Path, response::Response, routing::post};

/// The posts of this feature.
pub fn routes() -> Router<Portal> {
    Router::new().route("/requests/{id}/take-back", post(take_back).get(back))
}

async fn take_back(Path(id): Path<String>, posted: Posted) -> Response {
    let request = id.parse().map_err(|_| AppError::NotFound);
    let done = match request.and_then(|request| Ok((request, posted.actor()?))) {
        Ok((request, actor)) => service::take_back(&posted.portal, actor, request).await,
        Err(error) => Err(error),
    };
    posted.answer(&page_of(&id), done.map(|()| page_of(&id))).await
}
