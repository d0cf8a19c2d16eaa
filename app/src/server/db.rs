//! Storage on SQLite or PostgreSQL with one SQL text for both.
//!
//! Invariants: reads go to `Db`, writes only through a `Tx`; on SQLite there is one writer, and a `Tx` takes the write
//! lock when it begins, so it never fails half-way for want of it. SQL is static text with `$1…`; values are bound.

mod migrate;
mod open;
mod query;
mod value;

pub use open::{Db, DbError, Tx};
pub use query::{FromRow, On, Sql, sql};
pub use sqlx::types::Text;
pub use value::Value;
