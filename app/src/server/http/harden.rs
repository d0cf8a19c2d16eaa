//! Headers that keep browsers from doing what a page did not mean, and the last line against panics.

use crate::server::{config::Config, reference};
use crate::words::t;
use axum::{
    Router,
    body::Body,
    http::{HeaderName, HeaderValue, Response, StatusCode, header},
    response::{IntoResponse, Response as AxumResponse},
};
use std::any::Any;
use tower_http::set_header::SetResponseHeaderLayer;

/// For everything that is not a page.
const NOTHING: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Content-Security-Policy of a page whose own scripts and styles carry `nonce`.
pub fn page_policy(config: &Config, nonce: &str) -> String {
    let signal = config.signal_url();
    let signal = signal.strip_suffix(deskside_protocol::browser::PATH).unwrap_or(&signal);
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self' 'nonce-{nonce}'; \
         img-src 'self' data: blob:; font-src 'self'; media-src 'self' blob:; connect-src 'self' {signal}; \
         manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
    )
}

/// Adds the headers that every answer has, unless the handler chose its own.
pub fn headers<S: Clone + Send + Sync + 'static>(router: Router<S>, config: &Config) -> Router<S> {
    let always: [(HeaderName, &str); 8] = [
        (header::CONTENT_SECURITY_POLICY, NOTHING),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=(), hid=(), \
             clipboard-read=(self), clipboard-write=(self), fullscreen=(self), keyboard-map=(self)",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let mut router = router;
    for (name, value) in always {
        router = router.layer(SetResponseHeaderLayer::if_not_present(
            name,
            HeaderValue::from_static(value),
        ));
    }
    if config.is_https() {
        let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        router = router.layer(SetResponseHeaderLayer::if_not_present(
            header::STRICT_TRANSPORT_SECURITY,
            year,
        ));
    }
    router
}

/// A handler panicked: log it, show a reference.
pub fn panicked(panic: Box<dyn Any + Send + 'static>) -> Response<Body> {
    let what = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without a message");
    let error = reference::internal("panic in a handler", &what);
    error_page(StatusCode::INTERNAL_SERVER_ERROR, &error.to_string())
}

/// A page that needs nothing else to work.
pub fn error_page(status: StatusCode, sentence: &str) -> AxumResponse {
    let escaped = |text: &str| text.replace('&', "&amp;").replace('<', "&lt;");
    let (title, sentence, back) = (
        escaped(t("That did not work")),
        escaped(sentence),
        escaped(t("Back to the start")),
    );
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>Deskside</title><h1>{title}</h1><p>{sentence}</p>\
         <p><a href=\"/\">{back}</a></p></html>"
    );
    (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], page).into_response()
}
