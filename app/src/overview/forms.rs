//! The overview as tables of comma-separated values.

use super::service::{self, Overview};
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
    Router::new()
        .route("/overview.csv", get(export))
        .route("/overview/self-help.csv", get(export_self_help))
}

/// GET of the figures by day.
async fn export(portal: State<Portal>, client: Extension<Client>, query: Query<HashMap<String, String>>) -> Response {
    let days = |overview: &Overview| csv::days(&overview.days);
    answer(portal, client, query, "overview.csv", days).await
}

/// GET of what people said of help articles.
async fn export_self_help(
    portal: State<Portal>,
    client: Extension<Client>,
    query: Query<HashMap<String, String>>,
) -> Response {
    let articles = |overview: &Overview| csv::self_help(&overview.self_help);
    answer(portal, client, query, "self-help.csv", articles).await
}

async fn answer(
    State(portal): State<Portal>,
    Extension(client): Extension<Client>,
    Query(query): Query<HashMap<String, String>>,
    name: &'static str,
    table: fn(&Overview) -> Result<String, AppError>,
) -> Response {
    let Some(actor) = client.viewer.0.clone() else {
        return plain(&AppError::SignedOut);
    };
    let directory = query.get("directory").and_then(|id| id.parse().ok());
    match service::overview(&portal, &actor, directory)
        .await
        .and_then(|overview| table(&overview))
    {
        Ok(table) => csv::answer(name, &table),
        Err(AppError::NotFound) => pages::not_found(portal, client.viewer).await,
        Err(error) => plain(&error),
    }
}
