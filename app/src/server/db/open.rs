//! Connections, transactions and what can go wrong with them.

use super::{On, migrate};
use crate::{error::AppError, server::reference};
use sqlx::{
    ConnectOptions, Connection, PgPool, Postgres, Sqlite, SqlitePool, Transaction,
    error::ErrorKind,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{str::FromStr, time::Duration};

const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
const SQLITE_READERS: u32 = 8;
const POSTGRES_CONNECTIONS: u32 = 16;

/// The database.
#[derive(Clone, Debug)]
pub enum Db {
    /// `write` holds exactly one connection; `read` refuses to write.
    Sqlite {
        read: SqlitePool,
        write: SqlitePool,
    },
    Postgres(PgPool),
}

/// A transaction; dropped without [`Tx::commit`] it is rolled back.
#[derive(Debug)]
pub enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// Why the database did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// A UNIQUE or PRIMARY KEY constraint; the text is the engine's.
    #[error("unique constraint: {0}")]
    Unique(String),
    #[error("foreign key: {0}")]
    ForeignKey(String),
    #[error("a row was expected and there was none")]
    NoRow,
    #[error("the database address must begin with sqlite: or postgres://")]
    Address,
    #[error(transparent)]
    Migrate(#[from] sqlx::migrate::MigrateError),
    #[error(transparent)]
    Engine(sqlx::Error),
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) => match database.kind() {
                ErrorKind::UniqueViolation => Self::Unique(database.message().to_owned()),
                ErrorKind::ForeignKeyViolation => Self::ForeignKey(database.message().to_owned()),
                _ => Self::Engine(error),
            },
            sqlx::Error::RowNotFound => Self::NoRow,
            _ => Self::Engine(error),
        }
    }
}

impl From<DbError> for AppError {
    fn from(error: DbError) -> Self {
        reference::internal("database", &error)
    }
}

impl Db {
    /// Opens `sqlite:/path/file.db` (made when absent) or `postgres://…` and proves that it answers.
    pub async fn open(url: &str) -> Result<Self, DbError> {
        if url.starts_with("sqlite:") {
            let options = SqliteConnectOptions::from_str(url)?
                .create_if_missing(true)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Normal)
                .foreign_keys(true)
                .busy_timeout(BUSY_TIMEOUT)
                .disable_statement_logging();
            let write = SqlitePoolOptions::new()
                .max_connections(1)
                .acquire_timeout(ACQUIRE_TIMEOUT)
                .idle_timeout(None)
                .max_lifetime(None)
                .connect_with(options.clone())
                .await?;
            let read = SqlitePoolOptions::new()
                .max_connections(SQLITE_READERS)
                .acquire_timeout(ACQUIRE_TIMEOUT)
                .connect_with(options.pragma("query_only", "ON"))
                .await?;
            Ok(Self::Sqlite { read, write })
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let options = PgConnectOptions::from_str(url)?
                .application_name("deskside")
                .disable_statement_logging();
            // The pool would only say that it waited too long; one connection says why.
            let probe = tokio::time::timeout(ACQUIRE_TIMEOUT, options.connect()).await;
            probe.map_err(|_| sqlx::Error::PoolTimedOut)??.close().await?;
            let pool = PgPoolOptions::new()
                .max_connections(POSTGRES_CONNECTIONS)
                .acquire_timeout(ACQUIRE_TIMEOUT)
                .connect_with(options)
                .await?;
            Ok(Self::Postgres(pool))
        } else {
            Err(DbError::Address)
        }
    }

    /// Brings the tables up to date.
    pub async fn migrate(&self) -> Result<(), DbError> {
        migrate::run(self).await
    }

    /// For reads.
    pub fn on(&self) -> On<'_> {
        On::Db(self)
    }

    /// Begins a transaction. On SQLite it holds the write lock from here on.
    pub async fn begin(&self) -> Result<Tx, DbError> {
        Ok(match self {
            Self::Sqlite { write, .. } => Tx::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// Closes all connections after their work is done.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    /// For reads that must see this transaction's writes.
    pub fn on(&mut self) -> On<'_> {
        On::Tx(self)
    }

    /// Makes everything in this transaction lasting.
    pub async fn commit(self) -> Result<(), DbError> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}
