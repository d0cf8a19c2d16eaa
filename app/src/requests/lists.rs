//! The only SQL that lists requests: one line each, newest first, page by page.

use super::model::{PAGE_ROWS, Page, Person, RequestDevice, RequestRow, Show, Status, reference};
use crate::server::{
    access::Reach,
    db::{DbError, On, Sql, Text, sql},
};
use deskside_protocol::{
    UnixMillis,
    ids::{DeviceId, RequestId, UserId},
};

/// Which lines are wanted.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    pub reach: Reach,
    pub show: Show,
    /// Who [`Show::Mine`] means.
    pub reader: UserId,
    /// Only requests with a lower number.
    pub before: Option<i64>,
    pub now: UnixMillis,
}

#[derive(sqlx::FromRow)]
struct ListRow {
    id: Text<RequestId>,
    number: i64,
    subject: String,
    owner_id: Text<UserId>,
    owner_name: String,
    device_id: Option<Text<DeviceId>>,
    device_name: Option<String>,
    device_online: Option<bool>,
    status: Text<Status>,
    assistant_id: Option<Text<UserId>>,
    assistant_name: Option<String>,
    available_from: Option<UnixMillis>,
    created_at: UnixMillis,
    version: i64,
}

impl From<ListRow> for RequestRow {
    fn from(row: ListRow) -> Self {
        let device = row.device_id.zip(row.device_name).map(|(id, name)| RequestDevice {
            id: id.0,
            name,
            online: row.device_online.unwrap_or(false),
        });
        Self {
            id: row.id.0,
            reference: reference(row.number),
            subject: row.subject,
            owner: Person {
                id: row.owner_id.0,
                name: row.owner_name,
            },
            device,
            status: row.status.0,
            assistant: row
                .assistant_id
                .zip(row.assistant_name)
                .map(|(id, name)| Person { id: id.0, name }),
            available_from: row.available_from,
            created_at: row.created_at,
            version: row.version,
        }
    }
}

/// A statement for lines; what follows is its WHERE clause. `$1` is the time.
fn lines(now: UnixMillis) -> Sql {
    sql(
        "SELECT r.id, r.number, r.subject, r.owner_id, o.name AS owner_name, r.device_id, d.name AS device_name, \
         d.online AS device_online, r.status, r.assistant_id, a.name AS assistant_name, r.created_at, r.version, \
         COALESCE((SELECT MIN(w.starts_at) FROM request_windows w WHERE w.request_id = r.id AND w.ends_at > $1), \
         (SELECT MAX(w.starts_at) FROM request_windows w WHERE w.request_id = r.id)) AS available_from \
         FROM requests r JOIN users o ON o.id = r.owner_id LEFT JOIN devices d ON d.id = r.device_id \
         LEFT JOIN users a ON a.id = r.assistant_id WHERE ",
    )
    .bind(now)
}

/// The line of one request.
pub async fn find_row(on: On<'_>, id: RequestId, now: UnixMillis) -> Result<Option<RequestRow>, DbError> {
    let row: Option<ListRow> = lines(now).push("r.id = ").push_bind(id).fetch_optional(on).await?;
    Ok(row.map(RequestRow::from))
}

/// One page of lines.
pub async fn list_rows(on: On<'_>, wanted: Wanted) -> Result<Page<RequestRow>, DbError> {
    let mut query = lines(wanted.now)
        .push("r.open = ")
        .push_bind(wanted.show != Show::History);
    match wanted.show {
        Show::Open | Show::History => {}
        Show::Mine => query = query.push(" AND r.assistant_id = ").push_bind(wanted.reader),
        Show::Unassigned => query = query.push(" AND r.assistant_id IS NULL"),
    }
    if let Reach::OwnedBy(owner) = wanted.reach {
        query = query.push(" AND r.owner_id = ").push_bind(owner);
    }
    if let Some(before) = wanted.before {
        query = query.push(" AND r.number < ").push_bind(before);
    }
    let limit = i64::try_from(PAGE_ROWS).unwrap_or(i64::MAX) + 1;
    let mut rows: Vec<ListRow> = query
        .push(" ORDER BY r.number DESC LIMIT ")
        .push_bind(limit)
        .fetch_all(on)
        .await?;
    let more = rows.len() > PAGE_ROWS;
    rows.truncate(PAGE_ROWS);
    let next = if more { rows.last().map(|row| row.number) } else { None };
    Ok(Page {
        rows: rows.into_iter().map(RequestRow::from).collect(),
        next,
    })
}
