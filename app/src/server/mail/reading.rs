//! Mails of the file transport, as the portal's mail page shows them.

use crate::{
    error::AppError,
    server::{
        access::{Action, Actor, Subject, authorize},
        config::MailTransport,
        db::{Text, sql},
        portal::Portal,
    },
};
use deskside_protocol::{UnixMillis, ids::UserId};

/// Mails on one page.
pub const MAILS_SHOWN: usize = 100;

/// One line of the list.
#[derive(Clone, PartialEq, Eq, Debug, sqlx::FromRow)]
pub struct MailLine {
    pub id: String,
    pub recipient_name: String,
    pub recipient_email: String,
    pub subject: String,
    pub text_body: String,
    pub created_at: UnixMillis,
}

/// One mail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StoredMail {
    pub id: String,
    pub recipient_name: String,
    pub recipient_email: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub message_id: String,
    /// The thread before it, oldest first.
    pub references: Vec<String>,
    pub created_at: UnixMillis,
}

#[derive(sqlx::FromRow)]
struct MailRow {
    id: String,
    recipient_id: Option<Text<UserId>>,
    recipient_name: String,
    recipient_email: String,
    subject: String,
    text_body: String,
    html_body: String,
    message_id: String,
    thread_ids: String,
    created_at: UnixMillis,
}

/// The newest sent mails that `actor` may read, before mail `before` if given; ids grow with time.
pub async fn list(portal: &Portal, actor: &Actor, before: Option<&str>) -> Result<Vec<MailLine>, AppError> {
    only_files(portal)?;
    let permit = authorize(actor, Action::ListMail, Subject::NONE)?;
    let query = sql(
        "SELECT id, recipient_name, recipient_email, subject, text_body, created_at FROM outbox \
                     WHERE state = 'sent' AND id < $1",
    )
    // What is no id of a mail says nothing about where to begin.
    .bind(before.filter(|id| is_id(id)).unwrap_or("g"));
    Ok(permit
        .reach()
        .narrow(query, "NULL", "recipient_id")
        .push(" ORDER BY id DESC LIMIT ")
        .push_bind(i64::try_from(MAILS_SHOWN).unwrap_or(i64::MAX))
        .fetch_all(portal.db.on())
        .await?)
}

/// One sent mail that `actor` may read.
pub async fn read(portal: &Portal, actor: &Actor, id: &str) -> Result<StoredMail, AppError> {
    only_files(portal)?;
    if !is_id(id) {
        return Err(AppError::NotFound);
    }
    let row: MailRow = sql(
        "SELECT id, recipient_id, recipient_name, recipient_email, subject, text_body, html_body, \
                            message_id, thread_ids, created_at FROM outbox WHERE id = $1 AND state = 'sent'",
    )
    .bind(id)
    .fetch_optional(portal.db.on())
    .await?
    .ok_or(AppError::NotFound)?;
    let owner = Subject {
        owner: row.recipient_id.map(|id| id.0),
        ..Subject::NONE
    };
    let _permit = authorize(actor, Action::ReadMail, owner)?;
    Ok(StoredMail {
        id: row.id,
        recipient_name: row.recipient_name,
        recipient_email: row.recipient_email,
        subject: row.subject,
        text: row.text_body,
        html: row.html_body,
        message_id: row.message_id,
        references: row.thread_ids.split_whitespace().map(str::to_owned).collect(),
        created_at: row.created_at,
    })
}

/// PostgreSQL refuses text with a zero byte, so what cannot be an id is not even looked for.
fn is_id(text: &str) -> bool {
    text.parse::<uuid::Uuid>().is_ok()
}

/// Where mails really leave, they are read in a mail program.
fn only_files(portal: &Portal) -> Result<(), AppError> {
    match portal.config.mail.transport {
        MailTransport::File | MailTransport::Memory => Ok(()),
        MailTransport::Smtp => Err(AppError::NotFound),
    }
}
