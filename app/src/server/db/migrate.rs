//! The migrations folder, embedded.

use super::{Db, DbError};
use sqlx::migrate::Migrator;

static MIGRATIONS: Migrator = sqlx::migrate!("../migrations");

/// Runs what has not run yet. Safe to call from several portals at once on PostgreSQL (advisory lock).
pub async fn run(db: &Db) -> Result<(), DbError> {
    match db {
        Db::Sqlite { write, .. } => MIGRATIONS.run(write).await?,
        Db::Postgres(pool) => MIGRATIONS.run(pool).await?,
    }
    Ok(())
}
