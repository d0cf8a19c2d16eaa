//! Renders pages: for GET, and again for a post that was not accepted.

use super::client::Client;
use crate::{
    error::AppError,
    server::{forms::FormState, page::Viewer, portal::Portal},
    words,
};
use axum::{
    body::{Body, to_bytes},
    extract::State,
    http::{HeaderValue, Request, StatusCode, header},
    response::{IntoResponse, Response},
};
use leptos::{
    config::LeptosOptions, context::provide_context, nonce::use_nonce, server_fn::error::SERVER_FN_ERROR_HEADER,
};

/// Name of the program of the pages with the viewer.
pub const VIEWER_PROGRAM: &str = "deskside-viewer";
/// An address that no page has; the application shows its "not found" there.
const NOWHERE: &str = "/not-found";

/// Longest error of a server function, bytes.
const ERROR_BYTES: usize = 64 * 1024;

/// Where the script of `page` is. The viewer is a program of its own, so that every other page's stays small.
pub fn options(page: &str) -> LeptosOptions {
    let program = if page.starts_with("/sessions/") {
        VIEWER_PROGRAM
    } else {
        "deskside"
    };
    LeptosOptions::builder()
        .output_name(program)
        .site_pkg_dir("pkg")
        .build()
}

/// GET of a page.
pub async fn page(State(portal): State<Portal>, request: Request<Body>) -> Response {
    let viewer = request.extensions().get::<Client>().cloned().unwrap_or_default().viewer;
    render(portal, viewer, FormState::default(), request).await
}

/// Any address that nothing answers.
pub async fn fallback(State(portal): State<Portal>, request: Request<Body>) -> Response {
    let viewer = request.extensions().get::<Client>().cloned().unwrap_or_default().viewer;
    not_found(portal, viewer).await
}

/// The "not found" page with its status.
pub async fn not_found(portal: Portal, viewer: Viewer) -> Response {
    let mut response = render(portal, viewer, FormState::default(), get(NOWHERE)).await;
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

/// `page` with the form as it was typed and with what is wrong with it.
pub async fn again(portal: Portal, viewer: Viewer, page: &str, form: FormState, error: &AppError) -> Response {
    let mut response = render(portal, viewer, form, get(page)).await;
    // A page that could not even be shown says why by its own status.
    if response.status().is_success() {
        *response.status_mut() = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    }
    if let AppError::TooMany { retry_after_s } = error {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(*retry_after_s));
    }
    response
}

/// `page` with the form as it was typed.
pub async fn redraw(portal: Portal, viewer: Viewer, page: &str, form: FormState) -> Response {
    render(portal, viewer, form, get(page)).await
}

fn get(page: &str) -> Request<Body> {
    Request::get(page).body(Body::empty()).unwrap_or_default()
}

async fn render(portal: Portal, viewer: Viewer, form: FormState, request: Request<Body>) -> Response {
    let (shell, options) = (portal.features.shell, options(request.uri().path()));
    let handler =
        leptos_axum::render_app_async_with_context(context(portal, viewer, form), move || shell(options.clone()));
    handler(request).await.into_response()
}

/// What pages and server functions find in their context.
pub fn context(portal: Portal, viewer: Viewer, form: FormState) -> impl Fn() + Clone + Send + Sync + 'static {
    let language = words::Current(words::language());
    move || {
        provide_context(language);
        provide_context(portal.clone());
        provide_context(viewer.clone());
        provide_context(form.clone());
        if let (Some(nonce), Some(response)) = (
            use_nonce(),
            leptos::context::use_context::<leptos_axum::ResponseOptions>(),
        ) && let Ok(policy) = HeaderValue::from_str(&super::harden::page_policy(&portal.config, &nonce.to_string()))
        {
            response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
        }
    }
}

/// A server function, called by an island. Its errors get their own status; the machinery below says 500 to all.
pub async fn server_function(State(portal): State<Portal>, request: Request<Body>) -> Response {
    let viewer = request.extensions().get::<Client>().cloned().unwrap_or_default().viewer;
    let context = context(portal, viewer, FormState::default());
    let response = leptos_axum::handle_server_fns_with_context(context, request)
        .await
        .into_response();
    if !response.headers().contains_key(SERVER_FN_ERROR_HEADER) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, ERROR_BYTES).await else {
        return parts.status.into_response();
    };
    let status = serde_json::from_slice(&bytes)
        .ok()
        .and_then(|error: AppError| StatusCode::from_u16(error.status()).ok());
    parts.status = status.unwrap_or(parts.status);
    Response::from_parts(parts, Body::from(bytes))
}
