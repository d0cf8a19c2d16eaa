//! The conversation of a request: written on its page, in the viewer and in the chat window on the device.
//!
//! Invariant: a message is stored before anybody is told of it, and once, however often it arrives.

use super::{
    change::{By, Changing},
    model::{Happened, Message, Person},
    search, service,
    store::{self, NewMessage},
};
use crate::{
    attachments::{self, service::Upload},
    error::AppError,
    server::{
        access::{Action, Actor, authorize},
        portal::Portal,
        random,
    },
    sessions::{self, model::MESSAGES_SHOWN, record::SessionRecord},
    tf,
    words::t,
};
use deskside_protocol::{
    command::Order,
    ids::{MessageId, RequestId},
    limits::CHAT_CHARS,
};

/// Writes `text` into the conversation.
pub async fn post(portal: &Portal, actor: &Actor, id: RequestId, text: &str) -> Result<Message, AppError> {
    let draft = Draft {
        text,
        ..Draft::default()
    };
    write(portal, actor, id, draft).await
}

/// Writes a note for staff, which the owner never sees.
pub async fn post_note(portal: &Portal, actor: &Actor, id: RequestId, text: &str) -> Result<Message, AppError> {
    let draft = Draft {
        text,
        note: true,
        ..Draft::default()
    };
    write(portal, actor, id, draft).await
}

/// Something to be written: text, files, or both.
#[derive(Default)]
pub struct Draft<'t> {
    pub text: &'t str,
    pub files: Vec<Upload>,
    /// For staff alone.
    pub note: bool,
    /// Of one that arrived by mail: the same for the same mail, which can arrive more than once. Its writer gets no
    /// mail about it.
    pub mailed: Option<MessageId>,
}

/// Writes `draft`; one that was written before is not written again.
pub async fn write(portal: &Portal, actor: &Actor, id: RequestId, draft: Draft<'_>) -> Result<Message, AppError> {
    let Draft {
        text,
        files,
        note,
        mailed,
    } = draft;
    let action = if note { Action::WriteNote } else { Action::WriteMessage };
    let mut changing = service::begin(portal, actor, action, id).await?;
    let files = attachments::service::check(files)?;
    let text = match text.trim().is_empty() && !files.is_empty() {
        true => String::new(),
        false => check_text(if note { "note" } else { "text" }, text)?,
    };
    let message = Message {
        id: mailed.unwrap_or_else(|| MessageId(random::uuid(changing.now))),
        author: Person {
            id: actor.id(),
            name: actor.user.name.clone(),
        },
        from_device: false,
        note,
        text,
        at: changing.now,
    };
    if let Some(id) = mailed {
        if store::has_message(changing.tx.on(), id).await? {
            return Ok(message);
        }
        changing.leave_out(actor.id());
    }
    portal.budgets.spend_message(actor.id(), changing.now)?;
    if !note && !changing.request.status.is_open() {
        return Err(AppError::conflict(tf!(
            "The request is “{status}”, so its conversation is over.",
            status = changing.request.status
        )));
    }
    let session = match note {
        true => None,
        false => sessions::service::find_running(changing.tx.on(), id).await?,
    };
    let named = attachments::service::names(&files);
    add(&mut changing, By::Person(actor), &message, &named, session.as_ref()).await?;
    attachments::service::attach(&mut changing, message.id, &files).await?;
    // The chat window on the device shows text alone.
    if let Some(session) = session.as_ref().filter(|_| !message.text.is_empty()) {
        let order = Order::ShowChat {
            session: session.id,
            message: message.id,
            from: message.author.name.clone(),
            text: message.text.clone(),
            sent_at: message.at,
        };
        changing.order(session.device, order);
    }
    changing.commit().await?;
    Ok(message)
}

/// Takes what somebody at the device wrote during `session`; false when it was taken before or is no message.
pub async fn post_from_device(
    changing: &mut Changing<'_>,
    by: By<'_>,
    session: &SessionRecord,
    message: MessageId,
    text: &str,
) -> Result<bool, AppError> {
    let Ok(text) = check_text("text", text) else {
        return Ok(false);
    };
    let owner = &changing.request.owner;
    let message = Message {
        id: message,
        author: Person {
            id: owner.id,
            name: owner.name.clone(),
        },
        from_device: true,
        note: false,
        text,
        at: changing.now,
    };
    add(changing, by, &message, &[], Some(session)).await
}

async fn add(
    changing: &mut Changing<'_>,
    by: By<'_>,
    message: &Message,
    files: &[&str],
    session: Option<&SessionRecord>,
) -> Result<bool, AppError> {
    let new = NewMessage {
        id: message.id,
        session: session.map(|session| session.id),
        author: message.author.id,
        from_device: message.from_device,
        note: message.note,
        text: &message.text,
        at: message.at,
    };
    if !store::add_message(&mut changing.tx, changing.request.id, new).await? {
        return Ok(false);
    }
    if !message.note {
        let words = search::words(std::iter::once(message.text.as_str()).chain(files.iter().copied()));
        store::index_words(&mut changing.tx, changing.request.id, true, &words).await?;
    }
    let happened = match session {
        _ if message.note => Happened::NotePosted,
        Some(_) => Happened::ChatPosted,
        None => Happened::MessagePosted,
    };
    let mut told = message.text.clone();
    for file in files {
        let gap = if told.is_empty() { "" } else { "\n" };
        told = format!("{told}{gap}[{file}]");
    }
    changing.record_with(by, happened, Some(&told)).await?;
    if let Some(session) = session {
        changing.touch_session(session.id);
    }
    Ok(true)
}

/// The messages after `after`, the latest [`MESSAGES_SHOWN`] of them, oldest first.
pub async fn list(
    portal: &Portal,
    actor: &Actor,
    id: RequestId,
    after: Option<MessageId>,
) -> Result<Vec<Message>, AppError> {
    let request = store::find_request(portal.db.on(), id)
        .await?
        .ok_or(AppError::NotFound)?;
    let subject = request.subject_of_access();
    let _permit = authorize(actor, Action::ViewRequest, subject)?;
    let notes = actor.may(Action::WriteNote, subject);
    let limit = i64::try_from(MESSAGES_SHOWN).unwrap_or(i64::MAX);
    Ok(store::list_messages(portal.db.on(), id, after, limit, notes).await?)
}

fn check_text(field: &str, raw: &str) -> Result<String, AppError> {
    let text = raw.replace("\r\n", "\n").replace('\r', "\n");
    let text = text.trim();
    if text.is_empty() {
        return Err(AppError::invalid(field, t("Write a message first.")));
    }
    let chars = text.chars().count();
    if chars > CHAT_CHARS {
        return Err(AppError::invalid(
            field,
            tf!(
                "Use at most {max} characters; these are {n}.",
                max = CHAT_CHARS,
                n = chars
            ),
        ));
    }
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(AppError::invalid(
            field,
            t("Remove the control characters; only text, tabs and new lines can be sent."),
        ));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_may_have_4000_characters_and_not_one_more() {
        assert!(check_text("text", &"ß".repeat(CHAT_CHARS)).is_ok());
        assert!(check_text("text", &"ß".repeat(CHAT_CHARS + 1)).is_err());
    }

    #[test]
    fn blanks_are_no_message() {
        assert!(check_text("text", " \r\n\t ").is_err());
    }

    #[test]
    fn a_zero_byte_is_refused() {
        assert!(check_text("text", "a\0b").is_err());
    }

    #[test]
    fn lines_are_kept() {
        assert_eq!(check_text("text", " a\r\nb ").expect("fine"), "a\nb");
    }
}
