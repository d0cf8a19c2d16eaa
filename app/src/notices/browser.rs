//! A browser that shows notices, known by a cookie of its own: it outlives sign-ins, so that signing out, or signing in
//! as somebody else, finds the subscription and ends it.

use crate::{accounts::token::Token, server::config::Config};
use axum::http::{HeaderMap, header};

const YEAR_SECONDS: u64 = 365 * 24 * 3600;

fn name(config: &Config) -> &'static str {
    if config.is_https() {
        "__Host-deskside-notices"
    } else {
        "deskside-notices"
    }
}

/// The browser that sent a request, if it ever subscribed.
pub fn of(config: &Config, headers: &HeaderMap) -> Option<Token> {
    let cookies = headers.get_all(header::COOKIE).iter();
    cookies
        .filter_map(|value| value.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name(config))
        .and_then(|(_, value)| Token::read(value))
}

/// The `Set-Cookie` value by which it is known from now on.
pub fn set_cookie(config: &Config, browser: &Token) -> String {
    let secure = if config.is_https() { "; Secure" } else { "" };
    let value = browser.reveal();
    format!(
        "{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={YEAR_SECONDS}{secure}",
        name(config)
    )
}
