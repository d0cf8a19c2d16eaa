//! The only SQL that lists requests: one line each, page by page.

use super::{
    filter::{Filter, Show, Sort},
    model::{PAGE_ROWS, Page, Person, Priority, RequestDevice, RequestRow, Status, Window, reference},
    search,
};
use crate::{
    server::{
        access::Reach,
        db::{DbError, On, Sql, Text, sql},
    },
    vocabulary,
};
use deskside_protocol::{
    UnixMillis,
    ids::{DeviceId, RequestId, UserId},
};

/// A word that more requests than this have is looked for in each line instead of the other way round, and lines are
/// not ordered by how well it fits. Both ways take about as long there.
const RARE: i64 = 4000;

/// Which lines are wanted.
#[derive(Clone, Debug)]
pub struct Wanted<'a> {
    pub reach: Reach,
    pub filter: &'a Filter,
    /// Who [`Show::Mine`] and [`Show::Teams`] mean.
    pub reader: UserId,
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
    available_now: bool,
    scheduled_from: Option<UnixMillis>,
    scheduled_until: Option<UnixMillis>,
    priority: i64,
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
            available_now: row.available_now,
            scheduled: row
                .scheduled_from
                .zip(row.scheduled_until)
                .map(|(starts_at, ends_at)| Window { starts_at, ends_at }),
            priority: Priority::from_number(row.priority),
            created_at: row.created_at,
            version: row.version,
        }
    }
}

/// Start of the next availability, or of the last one.
const AVAILABLE_FROM: &str = "COALESCE((SELECT MIN(w.starts_at) FROM request_windows w WHERE w.request_id = r.id AND w.ends_at > $1), \
     (SELECT MAX(w.starts_at) FROM request_windows w WHERE w.request_id = r.id))";

/// Any time, or within a window.
const AVAILABLE_NOW: &str = "(NOT EXISTS (SELECT 1 FROM request_windows w WHERE w.request_id = r.id) \
     OR EXISTS (SELECT 1 FROM request_windows w WHERE w.request_id = r.id AND w.starts_at <= $1 AND w.ends_at > $1))";

/// When somebody can be reached: 0 for now, else the start of the next window, else far away.
const REACHABLE_FROM: &str = "COALESCE((SELECT CASE WHEN MIN(w.starts_at) <= $1 THEN 0 ELSE MIN(w.starts_at) END \
     FROM request_windows w WHERE w.request_id = r.id AND w.ends_at > $1), \
     (SELECT 9000000000000000 FROM request_windows w WHERE w.request_id = r.id LIMIT 1), 0)";

/// Where lines come from, as far as they are chosen and ordered by it.
const FROM: &str = " FROM requests r JOIN users o ON o.id = r.owner_id LEFT JOIN users a ON a.id = r.assistant_id ";

/// A statement for lines; what follows is its WHERE clause. `$1` is the time.
fn lines(now: UnixMillis) -> Sql {
    sql(
        "SELECT r.id, r.number, r.subject, r.owner_id, o.name AS owner_name, r.device_id, d.name AS device_name, \
         d.online AS device_online, r.status, r.assistant_id, a.name AS assistant_name, r.created_at, r.version, \
         r.priority, r.scheduled_from, r.scheduled_until, ",
    )
    .push(AVAILABLE_FROM)
    .push(" AS available_from, ")
    .push(AVAILABLE_NOW)
    .push(" AS available_now")
    .push(FROM)
    .push("LEFT JOIN devices d ON d.id = r.device_id WHERE ")
    .bind(now)
}

/// The line of one request.
pub async fn find_row(on: On<'_>, id: RequestId, now: UnixMillis) -> Result<Option<RequestRow>, DbError> {
    let row: Option<ListRow> = lines(now).push("r.id = ").push_bind(id).fetch_optional(on).await?;
    Ok(row.map(RequestRow::from))
}

/// One page of lines.
pub async fn list_rows(on: On<'_>, wanted: Wanted<'_>) -> Result<Page<RequestRow>, DbError> {
    let skipped = wanted.filter.page * PAGE_ROWS;
    let mut rows = fetch(on, &wanted, skipped, PAGE_ROWS + 1).await?;
    let more = rows.len() > PAGE_ROWS;
    rows.truncate(PAGE_ROWS);
    Ok(Page { rows, more })
}

/// The first `limit` lines, whatever page the filter names.
pub async fn list_first(on: On<'_>, wanted: Wanted<'_>, limit: usize) -> Result<Vec<RequestRow>, DbError> {
    fetch(on, &wanted, 0, limit).await
}

async fn fetch(mut on: On<'_>, wanted: &Wanted<'_>, skipped: usize, limit: usize) -> Result<Vec<RequestRow>, DbError> {
    let filter = wanted.filter;
    // Chosen by their ids first, so that what a line shows is worked out only for the lines that are shown.
    let mut query = lines(wanted.now)
        .push("r.id IN (SELECT r.id")
        .push(FROM)
        .push("WHERE r.open = ")
        .push_bind(filter.show != Show::History);
    query = match filter.show {
        Show::Open | Show::History => query,
        Show::Mine => query.push(" AND r.assistant_id = ").push_bind(wanted.reader),
        Show::Unassigned => query.push(" AND r.assistant_id IS NULL"),
        Show::Teams => query
            .push(" AND r.team_id IN (SELECT g.role_id FROM role_grants g WHERE g.user_id = ")
            .push_bind(wanted.reader)
            .push(")"),
    };
    query = wanted.reach.narrow(query, "r.directory_id", "r.owner_id");
    if let Some(directory) = filter.directory {
        query = query.push(" AND r.directory_id = ").push_bind(directory);
    }
    if let Some(status) = filter.status {
        query = query.push(" AND r.status = ").push_bind(status.code());
    }
    if let Some(priority) = filter.priority {
        query = query.push(" AND r.priority = ").push_bind(priority.number());
    }
    if filter.available_now {
        query = query.push(" AND ").push(AVAILABLE_NOW);
    }
    if let Some(tag) = &filter.tag {
        query = query
            .push(" AND EXISTS (SELECT 1 FROM request_tags t WHERE t.request_id = r.id AND t.tag = ")
            .push_bind(tag)
            .push(")");
    }
    if let Some(group) = filter.group {
        query = query.push(" AND r.group_id = ").push_bind(group.0);
    }
    let words = search::searched(&filter.text);
    let mut rare = true;
    for word in &words {
        let wanted = vocabulary::wanted(on.again(), word).await?;
        if is_rare(on.again(), wanted).await? {
            query = query.push(" AND r.id IN (SELECT f.request_id FROM request_words f WHERE ");
            query = vocabulary::narrow(query, wanted).push(")");
        } else {
            rare = false;
            query = query.push(" AND EXISTS (SELECT 1 FROM request_words f WHERE f.request_id = r.id AND ");
            query = vocabulary::narrow_each(query, wanted).push(")");
        }
    }
    // What fits best can be said of so many only, as each has to be looked at.
    let ranked: &[String] = if rare { &words } else { &[] };
    query = order(query, filter.sort, ranked)
        .push(" LIMIT ")
        .push_bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .push(" OFFSET ")
        .push_bind(i64::try_from(skipped).unwrap_or(i64::MAX))
        .push(")");
    let rows: Vec<ListRow> = order(query, filter.sort, ranked).fetch_all(on).await?;
    Ok(rows.into_iter().map(RequestRow::from).collect())
}

#[derive(sqlx::FromRow)]
struct Counted {
    found: i64,
}

async fn is_rare(on: On<'_>, word: vocabulary::Wanted<'_>) -> Result<bool, DbError> {
    let query = sql("SELECT COUNT(*) AS found FROM (SELECT 1 AS one FROM request_words f WHERE ");
    let counted: Counted = vocabulary::narrow(query, word)
        .push(" LIMIT ")
        .push_bind(RARE + 1)
        .push(") AS hits")
        .fetch_one(on)
        .await?;
    Ok(counted.found <= RARE)
}

/// Orders lines that have all the `words` by how well these fit: a whole word before the beginning of one, and that
/// before what stands inside.
fn by_fit(mut query: Sql, words: &[String]) -> Sql {
    for (index, word) in words.iter().enumerate() {
        let (from, until) = vocabulary::beginning(word);
        query = query
            .push(if index == 0 { "" } else { " + " })
            .push("(CASE WHEN EXISTS (SELECT 1 FROM request_words f WHERE f.request_id = r.id AND f.word = ")
            .push_bind(from.as_str())
            .push(") THEN 3 WHEN EXISTS (SELECT 1 FROM request_words f WHERE f.request_id = r.id AND f.word > ")
            .push_bind(from)
            .push(" AND f.word < ")
            .push_bind(until)
            .push(") THEN 2 ELSE 1 END)");
    }
    query
        .push(if words.is_empty() { "" } else { " DESC, " })
        .push("r.number DESC")
}

fn order(query: Sql, sort: Sort, words: &[String]) -> Sql {
    let query = query.push(" ORDER BY ");
    match sort {
        Sort::Best => by_fit(query, words),
        Sort::Newest => query.push("r.number DESC"),
        Sort::Oldest => query.push("r.number"),
        Sort::Changed => query.push("r.changed_at DESC, r.number DESC"),
        Sort::Priority => query.push("r.priority DESC, r.number"),
        Sort::Available => query.push(REACHABLE_FROM).push(", r.number"),
        Sort::Scheduled => query.push("COALESCE(r.scheduled_from, 9000000000000000), r.number"),
        Sort::Status => query.push(
            "CASE r.status WHEN 'new' THEN 1 WHEN 'assigned' THEN 2 WHEN 'waiting_for_connection' THEN 3 \
             WHEN 'in_progress' THEN 4 WHEN 'inactive' THEN 5 WHEN 'closed' THEN 6 ELSE 7 END, r.number DESC",
        ),
        Sort::Subject => query.push("r.subject, r.number"),
        Sort::Owner => query.push("o.name, r.number"),
        Sort::Assistant => query.push("COALESCE(a.name, ''), r.number"),
    }
}
