//! Posts of the devices page: thin.

use super::{model::EnrolmentToken, service};
use crate::{
    error::AppError,
    server::{
        forms::{FormState, Posted},
        portal::Portal,
    },
};
use axum::{
    Router,
    extract::Path,
    response::{Redirect, Response},
    routing::post,
};

const PAGE: &str = "/devices";
/// Carries a new token to the page that answers the post: never stored, never in an address.
const MADE: &str = "made_token";

/// The posts of this feature.
pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/devices/enrolment-tokens", post(make_token).get(back))
        .route("/devices/{id}/revoke", post(revoke).get(back))
}

/// The address takes posts only; reloading it leads back to the page, without the token.
async fn back() -> Redirect {
    Redirect::to(PAGE)
}

/// The token that this page answers with, if it was just made.
pub fn made(form: &FormState) -> Option<EnrolmentToken> {
    serde_json::from_str(form.value(MADE)?).ok()
}

async fn revoke(Path(id): Path<String>, posted: Posted) -> Response {
    let revoked = match id
        .parse()
        .map_err(|_| AppError::NotFound)
        .and_then(|id| Ok((id, posted.actor()?)))
    {
        Ok((id, actor)) => service::revoke(&posted.portal, actor, id).await,
        Err(error) => Err(error),
    };
    posted.answer(PAGE, revoked.map(|()| PAGE.to_owned())).await
}

async fn make_token(mut posted: Posted) -> Response {
    posted.fields.retain(|(name, _)| name != MADE);
    let made = match posted.actor() {
        Ok(actor) => {
            service::make_token(
                &posted.portal,
                actor,
                posted.field("owner"),
                posted.field("device_name"),
            )
            .await
        }
        Err(error) => Err(error),
    };
    match made {
        Ok(token) => {
            let text = serde_json::to_string(&token).unwrap_or_default();
            posted.fields = vec![(MADE.to_owned(), text)];
            posted.redraw(PAGE).await
        }
        Err(error) => posted.again(PAGE, error).await,
    }
}
