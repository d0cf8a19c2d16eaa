//! Every route and every layer, in order.

use super::{harden, health, live_stream, login, pages, site};
use crate::server::{portal::Portal, random};
use axum::{
    Router,
    body::Body,
    extract::DefaultBodyLimit,
    http::{HeaderName, HeaderValue, Request},
    middleware,
    routing::{any, get, post},
};
use leptos_axum::{AxumRouteListing, generate_route_list};
use std::fmt::Write;
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    csrf::CsrfLayer,
    request_id::{MakeRequestId, PropagateRequestIdLayer, RequestId, SetRequestIdLayer},
    trace::TraceLayer,
};

/// Largest body of a post, bytes: the longest form of ours with room to spare.
pub const BODY_BYTES: usize = 128 * 1024;
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The portal's router. `posts` are the features' form posts and `relay` the embedded relay's paths, if it is embedded.
pub fn router(portal: Portal, posts: Router<Portal>, relay: Option<Router>) -> Router {
    let site = site::Site::new(portal.config.site_dir.as_deref());
    let mut routes = Router::new()
        .route("/healthz", get(health::healthz))
        .route("/live", get(live_stream::live))
        .route("/api/island/{*function}", post(pages::server_function))
        .route("/api/{*path}", any(pages::fallback))
        .merge(Router::new().route("/pkg/{name}", get(site::file)).with_state(site))
        .merge(posts);
    for path in page_paths(&portal) {
        routes = routes.route(&path, get(pages::page));
    }
    let routes = routes
        .fallback(pages::fallback)
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(middleware::from_fn_with_state(portal.clone(), login::require))
        .with_state(portal.clone());
    let mut router = routes.layer(CompressionLayer::new());
    if let Some(relay) = relay {
        router = router.merge(relay);
    }
    let mut csrf = CsrfLayer::new();
    if let Ok(trusting) = csrf.clone().add_trusted_origin(portal.config.origin()) {
        csrf = trusting;
    }
    harden::headers(router.layer(csrf), &portal.config).layer(
        ServiceBuilder::new()
            .layer(SetRequestIdLayer::new(REQUEST_ID, NewRequestId))
            .layer(PropagateRequestIdLayer::new(REQUEST_ID))
            .layer(TraceLayer::new_for_http().make_span_with(span))
            .layer(CatchPanicLayer::custom(harden::panicked)),
    )
}

/// The addresses of all pages, from the application's own table.
fn page_paths(portal: &Portal) -> Vec<String> {
    let shell = portal.features.shell;
    generate_route_list(move || shell(pages::options("/")))
        .iter()
        .map(AxumRouteListing::path)
        .map(str::to_owned)
        .collect()
}

/// Method and path only: queries and headers may carry what must not be logged.
fn span(request: &Request<Body>) -> tracing::Span {
    let id = request
        .headers()
        .get(REQUEST_ID)
        .and_then(|id| id.to_str().ok())
        .unwrap_or_default();
    let path = match request.uri().path() {
        // The rest of it lets its holder act.
        path if path.starts_with("/answer/") => "/answer/…",
        path => path,
    };
    tracing::info_span!("request", method = %request.method(), path, id)
}

#[derive(Clone, Copy)]
struct NewRequestId;

impl MakeRequestId for NewRequestId {
    fn make_request_id<B>(&mut self, _: &Request<B>) -> Option<RequestId> {
        let mut id = String::with_capacity(16);
        for byte in random::bytes::<8>() {
            write!(id, "{byte:02x}").ok()?;
        }
        HeaderValue::from_str(&id).ok().map(RequestId::new)
    }
}
