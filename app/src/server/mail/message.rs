//! Turns a stored mail into a message for the wire.

use super::{address, outbox::Due};
use lettre::{
    Message,
    message::{Mailbox, MultiPart},
};
use std::time::{Duration, UNIX_EPOCH};

/// Why a stored mail cannot be sent at all.
#[derive(Debug, thiserror::Error)]
pub enum Unsendable {
    #[error("the recipient's address is not one")]
    Recipient,
    #[error("the Message-ID or a reference is not one")]
    MessageId,
    #[error(transparent)]
    Message(#[from] lettre::error::Error),
}

/// The message; the same mail gives the same headers each time.
pub fn build(from: &Mailbox, due: &Due) -> Result<Message, Unsendable> {
    let to = address::mailbox(&due.recipient_name, &due.recipient_email).ok_or(Unsendable::Recipient)?;
    let references: Vec<&str> = due.thread_ids.split_whitespace().collect();
    let ids = std::iter::once(due.message_id.as_str()).chain(references.iter().copied());
    if !ids.into_iter().all(address::is_message_id) {
        return Err(Unsendable::MessageId);
    }
    let created = UNIX_EPOCH + Duration::from_millis(u64::try_from(due.created_at).unwrap_or(0));
    let mut message = Message::builder()
        .from(from.clone())
        .to(to)
        .subject(address::one_line(&due.subject))
        .date(created)
        .message_id(Some(format!("<{}>", due.message_id)))
        .raw_header(machine_made());
    if let Some(last) = references.last() {
        message = message.in_reply_to(format!("<{last}>"));
        let all: Vec<String> = references.iter().map(|id| format!("<{id}>")).collect();
        message = message.references(all.join(" "));
    }
    Ok(message.multipart(MultiPart::alternative_plain_html(
        due.text_body.clone(),
        due.html_body.clone(),
    ))?)
}

/// Out-of-office programs do not answer what says that a machine made it (RFC 3834).
fn machine_made() -> lettre::message::header::HeaderValue {
    let name = lettre::message::header::HeaderName::new_from_ascii_str("Auto-Submitted");
    lettre::message::header::HeaderValue::new(name, "auto-generated".to_owned())
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
