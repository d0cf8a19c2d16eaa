//! The overview as a table of comma-separated values.

use super::service;
use crate::{
    error::AppError,
    requests::csv,
    server::{
        http::{client::Client, login::plain, pages},
        portal::Portal,
    },
};
use axum::{
    Extension, Router,
    extract::{Query, State},
    response::Response,
    routing::get,
};
use std::collections::HashMap;

/// The routes of this feature.
pub fn routes() -> Router<Portal> {
    Router::new().route("/overview.csv", get(export))
}

/// GET of the figures by day.
async fn export(
    State(portal): State<Portal>,
    Extension(client): Extension<Client>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    let Some(actor) = client.viewer.0.clone() else {
        return plain(&AppError::SignedOut);
    };
    let directory = query.get("directory").and_then(|id| id.parse().ok());
    match service::overview(&portal, &actor, directory)
        .await
        .and_then(|overview| csv::days(&overview.days))
    {
        Ok(table) => csv::answer("overview.csv", &table),
        Err(AppError::NotFound) => pages::not_found(portal, client.viewer).await,
        Err(error) => plain(&error),
    }
}
