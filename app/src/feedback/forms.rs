//! Posts of the page behind the links of a mail about a closed request: thin.

use super::service;
use crate::{
    error::AppError,
    server::{forms::Posted, portal::Portal},
    words::t,
};
use axum::{Router, extract::Path, response::Response, routing::post};

/// The route of this feature.
pub fn routes() -> Router<Portal> {
    Router::new().route("/answer/closed/{token}", post(answer))
}

/// Whoever holds the link of the mail answers without signing in.
async fn answer(Path(token): Path<String>, posted: Posted) -> Response {
    let page = format!("/answer/closed/{token}");
    let done = match posted.field("answer") {
        "rate" => service::rate(&posted.portal, &token, posted.field("stars"), posted.field("comment")).await,
        "reopen" => service::reopen(&posted.portal, &token).await,
        _ => Err(AppError::invalid("answer", t("Press one of the buttons."))),
    };
    posted.answer(&page, done.map(|()| page.clone())).await
}
