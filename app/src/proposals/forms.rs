//! Posts about proposed times, on a request's page and through the link of a mail: thin.

use super::{
    model::ProposalId,
    service::{self, Answer},
};
use crate::{
    error::AppError,
    requests::forms::{back, page_of},
    server::{access::Actor, forms::Posted, portal::Portal},
    words::t,
};
use axum::{Router, extract::Path, response::Response, routing::post};
use deskside_protocol::ids::RequestId;

/// The posts of this feature.
pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/requests/{id}/proposals", post(propose).get(back))
        .route("/requests/{id}/proposals/answer", post(answer).get(back))
        .route("/answer/{token}", post(answer_link))
}

async fn propose(Path(id): Path<String>, posted: Posted) -> Response {
    let done = match known(&id, &posted) {
        Ok((id, actor)) => {
            let (from, until) = (posted.field("proposed_from"), posted.field("proposed_until"));
            service::propose(&posted.portal, actor, id, from, until).await
        }
        Err(error) => Err(error),
    };
    posted.answer(&page_of(&id), done.map(|()| page_of(&id))).await
}

async fn answer(Path(id): Path<String>, posted: Posted) -> Response {
    let done = match known(&id, &posted).and_then(|(id, actor)| Ok((id, actor, shown(&posted)?, given(&posted)?))) {
        Ok((id, actor, shown, given)) => service::answer(&posted.portal, actor, id, shown, given).await,
        Err(error) => Err(error),
    };
    posted.answer(&page_of(&id), done.map(|()| page_of(&id))).await
}

/// Whoever holds the link of a mail answers without signing in.
async fn answer_link(Path(token): Path<String>, posted: Posted) -> Response {
    let page = format!("/answer/{token}");
    let done = if posted.field("answer") == "counter" {
        let (from, until) = (posted.field("proposed_from"), posted.field("proposed_until"));
        service::counter_link(&posted.portal, &token, from, until).await
    } else {
        match given(&posted) {
            Ok(given) => service::answer_link_with(&posted.portal, &token, given).await,
            Err(error) => Err(error),
        }
    };
    posted.answer(&page, done.map(|()| page.clone())).await
}

fn known<'p>(id: &str, posted: &'p Posted) -> Result<(RequestId, &'p Actor), AppError> {
    let actor = posted.actor()?;
    Ok((id.parse().map_err(|_| AppError::NotFound)?, actor))
}

fn shown(posted: &Posted) -> Result<ProposalId, AppError> {
    let shown = posted.field("proposal").parse();
    shown.map_err(|_| AppError::conflict(t("This page is incomplete. Open the request again.")))
}

fn given(posted: &Posted) -> Result<Answer, AppError> {
    match posted.field("answer") {
        "accept" => Ok(Answer::Accept),
        "decline" => Ok(Answer::Decline),
        _ => Err(AppError::invalid("answer", t("Choose Accept or Decline."))),
    }
}
