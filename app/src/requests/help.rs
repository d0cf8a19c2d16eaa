//! What an owner may expect: the place in the queue and the usual waiting time.

use super::{model::Status, record::RequestRecord};
use crate::server::db::{DbError, On, sql};
use deskside_protocol::UnixMillis;

/// The latest claimed requests from which the usual waiting time is taken.
const SAMPLE: i64 = 99;
/// Fewer say nothing.
const ENOUGH: usize = 5;

/// What somebody who waits can be told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Waiting {
    /// How many requests are before this one.
    pub before: i64,
    /// Milliseconds that people usually wait until somebody takes their request, when enough is known.
    pub usually: Option<UnixMillis>,
}

#[derive(sqlx::FromRow)]
struct Counted {
    before: i64,
}

#[derive(sqlx::FromRow)]
struct Waited {
    waited: i64,
}

/// For a request that nobody has taken; nothing otherwise.
pub async fn waiting(mut on: On<'_>, request: &RequestRecord) -> Result<Option<Waiting>, DbError> {
    if request.status != Status::New {
        return Ok(None);
    }
    let counted: Counted = sql(
        "SELECT COUNT(*) AS before FROM requests WHERE directory_id = $1 AND open = $2 \
                                AND status = 'new' AND (priority > $3 OR (priority = $3 AND number < $4))",
    )
    .bind(request.directory)
    .bind(true)
    .bind(request.priority.number())
    .bind(request.number)
    .fetch_one(on.again())
    .await?;
    let waits: Vec<Waited> = sql("SELECT claimed_at - created_at AS waited FROM requests \
                                  WHERE directory_id = $1 AND claimed_at IS NOT NULL ORDER BY claimed_at DESC LIMIT $2")
    .bind(request.directory)
    .bind(SAMPLE)
    .fetch_all(on)
    .await?;
    Ok(Some(Waiting {
        before: counted.before,
        usually: median(waits.into_iter().map(|row| row.waited).collect()),
    }))
}

/// The middle one of enough values.
fn median(mut values: Vec<i64>) -> Option<i64> {
    values.sort_unstable();
    (values.len() >= ENOUGH).then(|| values[values.len() / 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_enough_values_is_what_is_usual() {
        assert_eq!(median(vec![5, 1, 900, 2, 3]), Some(3));
        assert_eq!(median(vec![1, 2, 3, 4]), None);
    }
}
