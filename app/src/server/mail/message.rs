//! Turns a stored mail into a message for the wire.

use super::{address, outbox::Due};
use lettre::{
    Message,
    message::{Attachment, Mailbox, MultiPart, SinglePart, header::ContentType},
};
use std::time::{Duration, UNIX_EPOCH};

/// Why a stored mail cannot be sent at all.
#[derive(Debug, thiserror::Error)]
pub enum Unsendable {
    #[error("the recipient's address is not one")]
    Recipient,
    #[error("the address for answers is none")]
    ReplyTo,
    #[error("the calendar's method is none")]
    Calendar,
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
    if let Some(reply_to) = &due.reply_to {
        message = message.reply_to(address::mailbox(&from_name(from), reply_to).ok_or(Unsendable::ReplyTo)?);
    }
    if let Some(last) = references.last() {
        message = message.in_reply_to(format!("<{last}>"));
        let all: Vec<String> = references.iter().map(|id| format!("<{id}>")).collect();
        message = message.references(all.join(" "));
    }
    let words = MultiPart::alternative_plain_html(due.text_body.clone(), due.html_body.clone());
    let content = match (&due.calendar, &due.calendar_method) {
        (Some(calendar), Some(method)) => with_calendar(words, calendar, method)?,
        _ => words,
    };
    Ok(message.multipart(content)?)
}

fn from_name(from: &Mailbox) -> String {
    from.name.clone().unwrap_or_default()
}

/// As an alternative, by which mail programs show an invitation (RFC 6047, section 2.4), and as a file for the others.
fn with_calendar(words: MultiPart, calendar: &str, method: &str) -> Result<MultiPart, Unsendable> {
    let kind = |text: &str| ContentType::parse(text).map_err(|_| Unsendable::Calendar);
    let inline = SinglePart::builder()
        .header(kind(&format!("text/calendar; charset=utf-8; method={method}"))?)
        .body(calendar.to_owned());
    let file = Attachment::new("invite.ics".to_owned()).body(calendar.to_owned(), kind("application/ics")?);
    Ok(MultiPart::mixed().multipart(words.singlepart(inline)).singlepart(file))
}

/// Out-of-office programs do not answer what says that a machine made it (RFC 3834).
fn machine_made() -> lettre::message::header::HeaderValue {
    let name = lettre::message::header::HeaderName::new_from_ascii_str("Auto-Submitted");
    lettre::message::header::HeaderValue::new(name, "auto-generated".to_owned())
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
