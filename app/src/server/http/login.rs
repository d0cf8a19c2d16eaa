//! Finds out who sent a request, and turns away those who must sign in first.

use super::client::{self, Client};
use crate::{
    accounts::{
        service::{self, Present},
        token::Token,
    },
    error::AppError,
    server::{page::Viewer, portal::Portal},
    words::{self, Language},
};
use axum::{
    Json,
    body::Body,
    extract::{ConnectInfo, State},
    http::{HeaderMap, Method, Request, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Reached without signing in. Agents and viewers bring their own proof to the relay's paths.
fn is_public(path: &str) -> bool {
    matches!(path, "/sign-in" | "/healthz" | "/favicon.ico" | "/service-worker.js")
        // Whoever is signed out already still ends the notices in their browser by it.
        || path == "/sign-out"
        || path.starts_with("/pkg/")
        // Its links bring their own proof.
        || path.starts_with("/answer/")
        || path == deskside_protocol::agent::PATH
        || path == deskside_protocol::browser::PATH
}

/// The sign-in page that leads back to `page`.
pub fn sign_in_address(page: &str) -> String {
    if page == "/" || page.starts_with("/sign-in") {
        return "/sign-in".into();
    }
    let mut next = String::with_capacity(page.len());
    for byte in page.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_' | b'.' | b'~') {
            next.push(char::from(byte));
        } else {
            next.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("/sign-in?next={next}")
}

/// Middleware: reads the login cookie, notes the client, and lets only signed-in people past the public paths.
pub async fn require(State(portal): State<Portal>, mut request: Request<Body>, next: Next) -> Response {
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |info| info.0.ip());
    let address = client::address(peer, request.headers(), &portal.config.listen.trusted_proxies);
    let path = request.uri().path().to_owned();
    let token = token_of(&portal, request.headers());
    // Assets and health checks ask nobody who they are.
    let asks = !is_public(&path) || matches!(path.as_str(), "/sign-in" | "/sign-out") || path.starts_with("/answer/");
    let present = match &token {
        Some(token) if asks => match service::present(&portal, token, is_activity(&request)).await {
            Ok(present) => present,
            Err(error) => return plain(&error),
        },
        _ => None,
    };
    if present.is_none() && !is_public(&path) {
        return turn_away(&request);
    }
    let language = language_of(present.as_ref(), request.headers());
    request.extensions_mut().insert(Client {
        address,
        token,
        viewer: Viewer(present.map(|present| present.actor)),
    });
    words::scope(language, next.run(request)).await
}

/// The language that the person chose, else the one that the browser asks for, else the last one that it asked for.
fn language_of(present: Option<&Present>, headers: &HeaderMap) -> Language {
    let browser = || {
        let header = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
        Language::asked_for(header)
    };
    let chosen = present.and_then(|present| present.chosen_language);
    let known = present.map_or(Language::default(), |present| present.actor.user.language);
    chosen.or_else(browser).unwrap_or(known)
}

/// The login token among a request's cookies.
fn token_of(portal: &Portal, headers: &HeaderMap) -> Option<Token> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .find_map(|cookies| Token::from_cookies(&portal.config, cookies))
}

/// False for what an open page does by itself: a page left open must not keep its session alive.
fn is_activity<B>(request: &Request<B>) -> bool {
    // The viewer asks for these every few seconds.
    if matches!(
        request.uri().path(),
        "/api/island/session_state" | "/api/island/list_messages"
    ) {
        return false;
    }
    request.method() != Method::GET
        || request
            .headers()
            .get("sec-fetch-mode")
            .is_none_or(|mode| mode.as_bytes() == b"navigate")
}

fn turn_away<B>(request: &Request<B>) -> Response {
    let path = request.uri().path();
    if path.starts_with("/api/") || path == "/live" {
        return plain(&AppError::SignedOut);
    }
    let page = match request.uri().path_and_query() {
        Some(page) if request.method() == Method::GET => page.as_str(),
        _ => "/",
    };
    Redirect::to(&sign_in_address(page)).into_response()
}

/// An error for a program.
pub fn plain(error: &AppError) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, Json(error.clone())).into_response()
}

#[cfg(test)]
#[path = "login_tests.rs"]
mod tests;
