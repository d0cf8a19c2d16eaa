//! The only SQL for what happened to a request.

use crate::{
    requests::model::{Change, Happened, Person, TimelineEntry},
    server::db::{DbError, On, Text, Tx, sql},
};
use deskside_protocol::{
    UnixMillis,
    ids::{RequestId, UserId},
};

/// Timeline entries that a page shows at most: the latest.
const EVENTS_SHOWN: i64 = 500;

/// One timeline entry to be written.
#[derive(Clone, Debug)]
pub struct NewEvent<'a> {
    pub seq: i64,
    pub at: UnixMillis,
    pub actor: Option<UserId>,
    pub happened: Happened,
    pub changes: &'a [Change],
}

/// Appends to the timeline.
pub async fn add_event(tx: &mut Tx, id: RequestId, event: NewEvent<'_>) -> Result<(), DbError> {
    sql(
        "INSERT INTO timeline_events (request_id, seq, at, actor_id, happened, changes) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(id)
    .bind(event.seq)
    .bind(event.at)
    .bind(event.actor)
    .bind(json(&event.happened))
    .bind(json(event.changes))
    .execute(tx)
    .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct EventRow {
    seq: i64,
    at: UnixMillis,
    actor_id: Option<Text<UserId>>,
    actor_name: Option<String>,
    happened: String,
    changes: String,
}

impl EventRow {
    fn entry(self) -> Result<TimelineEntry, DbError> {
        Ok(TimelineEntry {
            seq: self.seq,
            at: self.at,
            by: self
                .actor_id
                .zip(self.actor_name)
                .map(|(id, name)| Person { id: id.0, name }),
            what: parse_json(&self.happened)?,
            changes: parse_json(&self.changes)?,
        })
    }
}

/// The latest timeline entries, oldest first; messages are in the conversation instead.
pub async fn list_events(on: On<'_>, id: RequestId) -> Result<Vec<TimelineEntry>, DbError> {
    let rows: Vec<EventRow> = sql(
        "SELECT e.seq, e.at, e.actor_id, u.name AS actor_name, e.happened, e.changes \
         FROM timeline_events e LEFT JOIN users u ON u.id = e.actor_id \
         WHERE e.request_id = $1 AND e.happened NOT IN ('\"message_posted\"', '\"chat_posted\"', '\"note_posted\"') \
         ORDER BY e.seq DESC LIMIT $2",
    )
    .bind(id)
    .bind(EVENTS_SHOWN)
    .fetch_all(on)
    .await?;
    rows.into_iter().rev().map(EventRow::entry).collect()
}

fn json<T: serde::Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).expect("these types have only string keys")
}

fn parse_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, DbError> {
    serde_json::from_str(text).map_err(|error| sqlx::Error::Decode(Box::new(error)).into())
}
