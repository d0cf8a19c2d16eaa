//! One SQL text, run on whichever engine is configured.

use super::{Db, DbError, Tx, Value};
use sqlx::{
    Arguments, AssertSqlSafe, SqlSafeStr, SqlStr,
    postgres::{PgArguments, PgRow, Postgres},
    sqlite::{Sqlite, SqliteArguments, SqliteRow},
};

/// A row type that can be read from both engines; `#[derive(sqlx::FromRow)]` gives it.
pub trait FromRow: for<'r> sqlx::FromRow<'r, SqliteRow> + for<'r> sqlx::FromRow<'r, PgRow> + Send + Unpin {}
impl<T> FromRow for T where T: for<'r> sqlx::FromRow<'r, SqliteRow> + for<'r> sqlx::FromRow<'r, PgRow> + Send + Unpin {}

/// Where a statement runs: on the readers, or inside a transaction.
pub enum On<'a> {
    Db(&'a Db),
    Tx(&'a mut Tx),
}

impl On<'_> {
    /// For a second statement in the same place.
    pub fn again(&mut self) -> On<'_> {
        match self {
            On::Db(db) => On::Db(db),
            On::Tx(tx) => On::Tx(tx),
        }
    }
}

/// A statement with its values.
#[must_use]
pub struct Sql {
    text: SqlText,
    values: Vec<Value>,
}

enum SqlText {
    Static(&'static str),
    Joined(String),
}

/// Starts a statement. Only static text is taken, so no value can ever become part of it.
pub fn sql(text: &'static str) -> Sql {
    Sql {
        text: SqlText::Static(text),
        values: Vec::new(),
    }
}

impl Sql {
    /// Binds the next value: the first is `$1`.
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Appends more static text.
    pub fn push(mut self, more: &'static str) -> Self {
        match &mut self.text {
            SqlText::Joined(text) => text.push_str(more),
            SqlText::Static(text) => self.text = SqlText::Joined(format!("{text}{more}")),
        }
        self
    }

    /// Appends a placeholder for one more value, for lists of unknown length.
    pub fn push_bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        let place = format!("${}", self.values.len());
        match &mut self.text {
            SqlText::Joined(text) => text.push_str(&place),
            SqlText::Static(text) => self.text = SqlText::Joined(format!("{text}{place}")),
        }
        self
    }

    /// All rows.
    pub async fn fetch_all<T: FromRow>(self, on: On<'_>) -> Result<Vec<T>, DbError> {
        Ok(match on {
            On::Db(Db::Sqlite { read, .. }) => sqlx::query_as_with(self.text(), self.sqlite()?).fetch_all(read).await?,
            On::Db(Db::Postgres(pool)) => {
                sqlx::query_as_with(self.text(), self.postgres()?)
                    .fetch_all(pool)
                    .await?
            }
            On::Tx(Tx::Sqlite(tx)) => {
                sqlx::query_as_with(self.text(), self.sqlite()?)
                    .fetch_all(&mut **tx)
                    .await?
            }
            On::Tx(Tx::Postgres(tx)) => {
                sqlx::query_as_with(self.text(), self.postgres()?)
                    .fetch_all(&mut **tx)
                    .await?
            }
        })
    }

    /// The first row, if there is one.
    pub async fn fetch_optional<T: FromRow>(self, on: On<'_>) -> Result<Option<T>, DbError> {
        Ok(match on {
            On::Db(Db::Sqlite { read, .. }) => {
                sqlx::query_as_with(self.text(), self.sqlite()?)
                    .fetch_optional(read)
                    .await?
            }
            On::Db(Db::Postgres(pool)) => {
                sqlx::query_as_with(self.text(), self.postgres()?)
                    .fetch_optional(pool)
                    .await?
            }
            On::Tx(Tx::Sqlite(tx)) => {
                sqlx::query_as_with(self.text(), self.sqlite()?)
                    .fetch_optional(&mut **tx)
                    .await?
            }
            On::Tx(Tx::Postgres(tx)) => {
                sqlx::query_as_with(self.text(), self.postgres()?)
                    .fetch_optional(&mut **tx)
                    .await?
            }
        })
    }

    /// The first row; none is an error.
    pub async fn fetch_one<T: FromRow>(self, on: On<'_>) -> Result<T, DbError> {
        self.fetch_optional(on).await?.ok_or(DbError::NoRow)
    }

    /// Changes rows; says how many.
    pub async fn execute(self, tx: &mut Tx) -> Result<u64, DbError> {
        Ok(match tx {
            Tx::Sqlite(tx) => sqlx::query_with::<Sqlite, _>(self.text(), self.sqlite()?)
                .execute(&mut **tx)
                .await?
                .rows_affected(),
            Tx::Postgres(tx) => sqlx::query_with::<Postgres, _>(self.text(), self.postgres()?)
                .execute(&mut **tx)
                .await?
                .rows_affected(),
        })
    }

    fn text(&self) -> SqlStr {
        match &self.text {
            SqlText::Static(text) => text.into_sql_str(),
            // Joined from static pieces and numbered placeholders only.
            SqlText::Joined(text) => AssertSqlSafe(text.clone()).into_sql_str(),
        }
    }

    fn sqlite(self) -> Result<SqliteArguments, DbError> {
        bind_all(self.values)
    }

    fn postgres(self) -> Result<PgArguments, DbError> {
        bind_all(self.values)
    }
}

fn bind_all<A>(values: Vec<Value>) -> Result<A, DbError>
where
    A: Arguments,
    Option<String>: for<'t> sqlx::Encode<'t, A::Database> + sqlx::Type<A::Database>,
    Option<i64>: for<'t> sqlx::Encode<'t, A::Database> + sqlx::Type<A::Database>,
    Option<bool>: for<'t> sqlx::Encode<'t, A::Database> + sqlx::Type<A::Database>,
    Option<Vec<u8>>: for<'t> sqlx::Encode<'t, A::Database> + sqlx::Type<A::Database>,
{
    let mut arguments = A::default();
    for value in values {
        match value {
            Value::Text(value) => arguments.add(value),
            Value::Int(value) => arguments.add(value),
            Value::Bool(value) => arguments.add(value),
            Value::Bytes(value) => arguments.add(value),
        }
        .map_err(sqlx::Error::Encode)?;
    }
    Ok(arguments)
}
