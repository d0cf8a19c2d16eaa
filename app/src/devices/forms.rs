//! Posts of the devices page: thin.

use super::{
    model::{EnrolmentToken, Shown},
    placing, service,
};
use crate::{
    components::list::address,
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
use deskside_protocol::ids::DeviceId;

const PAGE: &str = "/devices";
/// Carries a new token to the page that answers the post: never stored, never in an address.
const MADE: &str = "made_token";

/// The posts of this feature.
pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/devices/enrolment-tokens", post(make_token).get(back))
        .route("/devices/{id}/revoke", post(revoke).get(back))
        .route("/devices/group", post(place_many).get(back))
        .route("/devices/{id}/group", post(place_one).get(back))
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

/// Puts the ticked devices into a group.
async fn place_many(posted: Posted) -> Response {
    let devices = posted.all("device").map(str::to_owned).collect();
    place(posted, devices).await
}

async fn place_one(Path(id): Path<String>, posted: Posted) -> Response {
    place(posted, vec![id]).await
}

async fn place(posted: Posted, devices: Vec<String>) -> Response {
    let page = list_address(&posted, None);
    let read = || -> Result<_, AppError> {
        let devices: Result<Vec<DeviceId>, _> = devices.iter().map(|id| id.parse()).collect();
        let group = match posted.field("group") {
            "" => None,
            id => Some(id.parse().map_err(|_| placing::no_group())?),
        };
        Ok((posted.actor()?, devices.map_err(|_| AppError::NotFound)?, group))
    };
    let placed = match read() {
        Ok((actor, devices, group)) => placing::place(&posted.portal, actor, devices, group).await,
        Err(error) => Err(error),
    };
    let done = list_address(&posted, Some("placed"));
    posted.answer(&page, placed.map(|_| done)).await
}

/// The part of the list that a form was on.
fn list_address(posted: &Posted, done: Option<&str>) -> String {
    let shown = Shown::from_code(posted.field("shown")).code();
    let after = posted.field("after").parse::<DeviceId>().map(|id| id.to_string());
    address(
        PAGE,
        &[
            ("group", &shown),
            ("after", &after.unwrap_or_default()),
            ("done", done.unwrap_or_default()),
        ],
    )
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
                posted.field("token_group"),
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
