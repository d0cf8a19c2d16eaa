//! The only SQL for proposed times.

use super::model::{Proposal, ProposalId, State};
use crate::{
    requests::model::{Person, Window},
    server::db::{DbError, On, Sql, Text, Tx, sql},
};
use deskside_protocol::{
    UnixMillis,
    ids::{RequestId, UserId},
};

#[derive(sqlx::FromRow)]
struct Row {
    id: Text<ProposalId>,
    request_id: Text<RequestId>,
    proposed_by: Text<UserId>,
    proposed_by_name: String,
    by_owner: bool,
    starts_at: UnixMillis,
    ends_at: UnixMillis,
    state: Text<State>,
    created_at: UnixMillis,
}

impl From<Row> for Proposal {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.0,
            request: row.request_id.0,
            by: Person {
                id: row.proposed_by.0,
                name: row.proposed_by_name,
            },
            by_owner: row.by_owner,
            window: Window {
                starts_at: row.starts_at,
                ends_at: row.ends_at,
            },
            state: row.state.0,
            created_at: row.created_at,
        }
    }
}

fn rows() -> Sql {
    sql(
        "SELECT p.id, p.request_id, p.proposed_by, u.name AS proposed_by_name, p.by_owner, p.starts_at, p.ends_at, \
         p.state, p.created_at FROM proposals p JOIN users u ON u.id = p.proposed_by WHERE ",
    )
}

pub async fn find(on: On<'_>, id: ProposalId) -> Result<Option<Proposal>, DbError> {
    let row: Option<Row> = rows().push("p.id = ").push_bind(id.0).fetch_optional(on).await?;
    Ok(row.map(Proposal::from))
}

/// The one that waits for an answer.
pub async fn find_open(on: On<'_>, request: RequestId) -> Result<Option<Proposal>, DbError> {
    let row: Option<Row> = rows()
        .push("p.state = 'open' AND p.request_id = ")
        .push_bind(request)
        .fetch_optional(on)
        .await?;
    Ok(row.map(Proposal::from))
}

/// Writes a new one; the request is locked and has no open one.
pub async fn add(tx: &mut Tx, proposal: &Proposal) -> Result<(), DbError> {
    sql(
        "INSERT INTO proposals (id, request_id, proposed_by, by_owner, starts_at, ends_at, state, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(proposal.id.0)
    .bind(proposal.request)
    .bind(proposal.by.id)
    .bind(proposal.by_owner)
    .bind(proposal.window.starts_at)
    .bind(proposal.window.ends_at)
    .bind(proposal.state.code())
    .bind(proposal.created_at)
    .execute(tx)
    .await?;
    Ok(())
}

/// Decides the open one of a request; false when there is none.
pub async fn decide(tx: &mut Tx, request: RequestId, state: State, now: UnixMillis) -> Result<bool, DbError> {
    let decided = sql("UPDATE proposals SET state = $2, decided_at = $3 WHERE request_id = $1 AND state = 'open'")
        .bind(request)
        .bind(state.code())
        .bind(now)
        .execute(tx)
        .await?;
    Ok(decided == 1)
}
