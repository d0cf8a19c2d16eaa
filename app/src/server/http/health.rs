//! `/healthz`: the process answers and so does its database.

use crate::server::{db::sql, portal::Portal};
use axum::{extract::State, http::StatusCode};

#[derive(sqlx::FromRow)]
struct Answer {
    #[allow(dead_code)]
    one: i64,
}

pub async fn healthz(State(portal): State<Portal>) -> (StatusCode, &'static str) {
    match sql("SELECT CAST(1 AS BIGINT) AS one")
        .fetch_one::<Answer>(portal.db.on())
        .await
    {
        Ok(_) => (StatusCode::OK, "ok\n"),
        Err(error) => {
            tracing::error!(%error, "health check: the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer\n")
        }
    }
}
