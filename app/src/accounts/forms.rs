//! Posts of the sign-in and account pages: thin; read the fields, call the service, redirect or show the page again.

mod people;

use super::{service, token};
use crate::{
    notices,
    server::{access::Actor, forms::Posted, http::client::Client, portal::Portal},
};
use axum::{
    Extension, Router,
    http::HeaderMap,
    response::{Redirect, Response},
    routing::post,
};

/// The posts of this feature.
pub fn routes() -> Router<Portal> {
    Router::new()
        .route("/sign-in", post(sign_in))
        .route("/sign-out", post(sign_out))
        .route("/account/password", post(change_password).get(back))
        .route("/account/time-zone", post(set_time_zone).get(back))
        .route("/account/language", post(set_language).get(back))
        .route("/account/sign-out-everywhere", post(sign_out_everywhere))
        .merge(people::routes())
}

/// A refused form leaves the browser at an address that takes posts only: reloading it leads back to the page.
async fn back() -> Redirect {
    Redirect::to("/account")
}

async fn sign_in(headers: HeaderMap, posted: Posted) -> Response {
    let portal = &posted.portal;
    let password = posted.field("password").to_owned();
    let earlier = posted.token.clone();
    match service::sign_in(portal, posted.field("login"), password, posted.address, earlier).await {
        Ok(signed_in) => {
            if let Some(browser) = notices::browser::of(&portal.config, &headers)
                && let Err(error) = notices::service::signed_in(portal, &signed_in.actor, &browser).await
            {
                return posted.again("/sign-in", error).await;
            }
            let next = safe_next(posted.field("next")).unwrap_or_else(|| home(&signed_in.actor));
            Posted::see_other_with_cookie(next, &signed_in.token.set_cookie(&portal.config))
        }
        Err(error) => posted.again("/sign-in", error).await,
    }
}

async fn sign_out(headers: HeaderMap, posted: Posted) -> Response {
    let portal = &posted.portal;
    let browser = notices::browser::of(&portal.config, &headers);
    let actor = posted.viewer.0.as_ref();
    let page = if actor.is_some() { "/account" } else { "/sign-in" };
    if let Err(error) = service::sign_out(portal, actor, posted.token.as_ref(), browser.as_ref()).await {
        return posted.again(page, error).await;
    }
    Posted::see_other_with_cookie("/sign-in", &token::clear_cookie(&portal.config))
}

async fn sign_out_everywhere(posted: Posted) -> Response {
    let done = match posted.actor() {
        Ok(actor) => service::sign_out_everywhere(&posted.portal, actor).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => Posted::see_other_with_cookie("/sign-in", &token::clear_cookie(&posted.portal.config)),
        Err(error) => posted.again("/account", error).await,
    }
}

async fn change_password(posted: Posted) -> Response {
    let changed = match posted.actor() {
        Ok(actor) => {
            let [current, new] = ["current_password", "new_password"].map(|name| posted.field(name).to_owned());
            service::change_password(&posted.portal, actor, current, new, posted.field("repeat_password")).await
        }
        Err(error) => Err(error),
    };
    match changed {
        Ok(token) => Posted::see_other_with_cookie("/account?done=password", &token.set_cookie(&posted.portal.config)),
        Err(error) => posted.again("/account", error).await,
    }
}

async fn set_time_zone(posted: Posted) -> Response {
    let set = match posted.actor() {
        Ok(actor) => service::set_time_zone(&posted.portal, actor, posted.field("time_zone")).await,
        Err(error) => Err(error),
    };
    posted
        .answer("/account", set.map(|()| "/account?done=time-zone".to_owned()))
        .await
}

async fn set_language(posted: Posted) -> Response {
    let set = match posted.actor() {
        Ok(actor) => service::set_language(&posted.portal, actor, posted.field("language")).await,
        Err(error) => Err(error),
    };
    posted
        .answer("/account", set.map(|()| "/account?done=language".to_owned()))
        .await
}

/// The first page of a person.
pub fn home(actor: &Actor) -> &'static str {
    if actor.is_staff() { "/requests" } else { "/my-requests" }
}

/// `next` when it is a path on this portal and nothing else.
pub fn safe_next(next: &str) -> Option<&str> {
    let own = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && next.bytes().all(|byte| (0x21..0x7f).contains(&byte));
    let loops = next == "/sign-in" || next.starts_with("/sign-in?");
    (own && !loops && next.len() <= 1024).then_some(next)
}

/// `/`: the first page of whoever is signed in.
pub async fn first_page(Extension(client): Extension<Client>) -> Redirect {
    Redirect::to(client.viewer.0.map_or("/sign-in", |actor| home(&actor)))
}

#[cfg(test)]
#[path = "forms_tests.rs"]
mod tests;
