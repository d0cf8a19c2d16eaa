//! Posts of the account page about notices, and the two scripts that browsers need for them.

use super::{
    browser,
    service::{self, WishesForm},
    store::push::Subscription,
};
use crate::{
    error::AppError,
    server::{forms::Posted, portal::Portal},
};
use axum::{
    Router,
    http::{HeaderMap, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};

/// Runs in the background and shows what comes. At the root, since it may act for what is below its own address only.
pub const SERVICE_WORKER: &str = "/service-worker.js";
/// Of the account page.
pub const SCRIPT: &str = "/notices.js";
const BACK: &str = "/account#notices";

/// The posts of this feature, and its scripts.
pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/account/notices", post(save).get(back))
        .route("/account/push", post(subscribe).get(back))
        .route("/account/push/stop", post(unsubscribe).get(back))
        .route(
            SERVICE_WORKER,
            get(async || script(include_str!("scripts/service-worker.js"))),
        )
        .route(SCRIPT, get(async || script(include_str!("scripts/notices.js"))))
}

async fn back() -> Redirect {
    Redirect::to(BACK)
}

fn script(text: &'static str) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (headers, text).into_response()
}

async fn save(posted: Posted) -> Response {
    let form = WishesForm {
        mail: posted.field("mail").to_owned(),
        push: posted.has("push").then(|| posted.field("push").to_owned()),
        digest_at: posted.field("digest_at").to_owned(),
    };
    let saved = match posted.actor() {
        Ok(actor) => service::save(&posted.portal, actor, &form).await,
        Err(error) => Err(error),
    };
    posted
        .answer("/account", saved.map(|()| "/account?done=notices#notices".to_owned()))
        .await
}

async fn subscribe(headers: HeaderMap, posted: Posted) -> Response {
    let subscription = Subscription {
        endpoint: posted.field("endpoint").to_owned(),
        p256dh: posted.field("p256dh").to_owned(),
        auth: posted.field("auth").to_owned(),
    };
    let portal = &posted.portal;
    let known = browser::of(&portal.config, &headers);
    let subscribed: Result<_, AppError> = match posted.actor() {
        Ok(actor) => service::subscribe(portal, actor, known, subscription).await,
        Err(error) => Err(error),
    };
    match subscribed {
        Ok(browser) => Posted::see_other_with_cookie(
            "/account?done=notices-here#notices",
            &browser::set_cookie(&portal.config, &browser),
        ),
        Err(error) => posted.again("/account", error).await,
    }
}

async fn unsubscribe(headers: HeaderMap, posted: Posted) -> Response {
    let portal = &posted.portal;
    let known = browser::of(&portal.config, &headers);
    let ended = match posted.actor() {
        Ok(actor) => service::unsubscribe(portal, actor, known.as_ref(), posted.has("all")).await,
        Err(error) => Err(error),
    };
    posted
        .answer(
            "/account",
            ended.map(|()| "/account?done=notices-stopped#notices".to_owned()),
        )
        .await
}
