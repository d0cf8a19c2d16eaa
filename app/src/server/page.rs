//! What a page may ask for while it is rendered on the server.

use super::{access::Actor, portal::Portal};
use crate::error::AppError;
use leptos::context::use_context;

/// Who looks at the page; put into the context for every page and server function.
#[derive(Clone, Debug, Default)]
pub struct Viewer(pub Option<Actor>);

/// The running portal.
pub fn portal() -> Result<Portal, AppError> {
    use_context().ok_or_else(|| super::reference::internal("page context", &"the portal is not in the context"))
}

/// The person who is signed in.
pub fn actor() -> Result<Actor, AppError> {
    use_context::<Viewer>()
        .and_then(|viewer| viewer.0)
        .ok_or(AppError::SignedOut)
}

/// Answers with the status of `error`, for a page that shows it.
pub fn set_status(error: &AppError) {
    if let (Some(response), Ok(status)) = (
        use_context::<leptos_axum::ResponseOptions>(),
        axum::http::StatusCode::from_u16(error.status()),
    ) {
        response.set_status(status);
    }
}
