//! What can be done with canned replies: one function per use case.

use super::{
    choose::{self, Chosen, folded},
    model::{Content, MOST_REPLIES, Offered, Reply, ReplyId, ReplyRow, TEXT_CHARS, TITLE_CHARS},
    store,
};
use crate::{
    audit::{self, Entry},
    directories::{self, places},
    error::{AppError, FieldError},
    requests,
    server::{
        access::{Action, Actor, Permit, Subject, authorize},
        db::{DbError, On, Tx},
        portal::Portal,
        random,
    },
    tf, tn,
    words::{filled, t},
};
use deskside_protocol::{
    UnixMillis,
    ids::{DirectoryId, RequestId},
    limits::CHAT_CHARS,
};
use serde_json::json;

/// A reply as typed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ReplyForm {
    pub title: String,
    pub text: String,
    /// `all`, or the id of a directory.
    pub directory: String,
}

/// The replies that the actor may edit and whose titles have all the words of `text`, by title.
pub async fn list(portal: &Portal, actor: &Actor, text: &str) -> Result<Vec<ReplyRow>, AppError> {
    let permit = authorize(actor, Action::ListReplies, Subject::NONE)?;
    let mut rows = store::list(portal.db.on(), &permit.reach()).await?;
    let text = folded(text);
    rows.retain(|row| {
        let title = folded(&row.title);
        text.split_whitespace().all(|word| title.contains(word))
    });
    Ok(rows)
}

/// One reply, for changing it.
pub async fn open(portal: &Portal, actor: &Actor, id: ReplyId) -> Result<Reply, AppError> {
    let reply = get(portal.db.on(), id).await?;
    let _permit = manage(actor, reply.content.directory)?;
    Ok(reply)
}

/// Makes a reply.
pub async fn create(portal: &Portal, actor: &Actor, form: &ReplyForm) -> Result<ReplyId, AppError> {
    let _permit = authorize(actor, Action::ListReplies, Subject::NONE)?;
    let content = check(actor, form)?;
    let now = portal.clock.now();
    let id = ReplyId(random::uuid(now));
    let mut tx = portal.db.begin().await?;
    check_place(&mut tx, &content, None).await?;
    store::lock_count(&mut tx).await?;
    if store::count(tx.on()).await? >= MOST_REPLIES {
        return Err(AppError::conflict(tf!(
            "There are {most} replies, which is as many as there can be. Delete one that nobody needs.",
            most = MOST_REPLIES
        )));
    }
    titled(store::add(&mut tx, id, &content, &folded(&content.title), now).await)?;
    note(
        &mut tx,
        actor,
        "reply.created",
        id,
        json!({ "to": facts(&content) }),
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(id)
}

/// Changes a reply.
pub async fn edit(portal: &Portal, actor: &Actor, id: ReplyId, version: i64, form: &ReplyForm) -> Result<(), AppError> {
    let now = portal.clock.now();
    let mut tx = portal.db.begin().await?;
    let before = get(tx.on(), id).await?.content;
    let _permit = manage(actor, before.directory)?;
    let content = check(actor, form)?;
    check_place(&mut tx, &content, Some(id)).await?;
    let saved = store::save(&mut tx, id, version, &content, &folded(&content.title), now).await;
    if !titled(saved)? {
        return Err(AppError::Overtaken {
            message: t("Somebody changed this reply after you opened the page, so nothing was saved. Look again.")
                .to_owned(),
        });
    }
    let detail = json!({
        "from": facts(&before),
        "to": facts(&content),
        "text_changed": before.text != content.text,
    });
    note(&mut tx, actor, "reply.changed", id, detail, now).await?;
    Ok(tx.commit().await?)
}

/// Deletes the reply that the actor saw.
pub async fn delete(portal: &Portal, actor: &Actor, id: ReplyId, version: i64) -> Result<(), AppError> {
    let now = portal.clock.now();
    let mut tx = portal.db.begin().await?;
    let before = get(tx.on(), id).await?.content;
    let _permit = manage(actor, before.directory)?;
    if !store::delete(&mut tx, id, version).await? {
        return Err(AppError::Overtaken {
            message: t("Somebody changed this reply after you opened the page, so it was not deleted. Look again.")
                .to_owned(),
        });
    }
    note(
        &mut tx,
        actor,
        "reply.deleted",
        id,
        json!({ "from": facts(&before) }),
        now,
    )
    .await?;
    Ok(tx.commit().await?)
}

/// The replies that the actor can insert while they write about a request; none for whoever may not.
pub async fn offered(portal: &Portal, actor: &Actor, request: Subject) -> Result<Vec<Offered>, AppError> {
    if !actor.may(Action::InsertReply, request) {
        return Ok(Vec::new());
    }
    let found = store::list_offered(portal.db.on(), request.directory).await?;
    Ok(choose::each_title_once(found))
}

/// The text of the reply that `typed` means, filled in for the request `id`. `input` is where it was typed.
pub async fn text(portal: &Portal, actor: &Actor, id: RequestId, input: &str, typed: &str) -> Result<String, AppError> {
    let request = requests::service::get(portal.db.on(), id).await?;
    let subject = request.subject_of_access();
    let _permit = authorize(actor, Action::InsertReply, subject)?;
    let refused = |message: String| AppError::invalid(input, message);
    let reply = match choose::choose(&offered(portal, actor, subject).await?, typed) {
        Chosen::One(reply) => get(portal.db.on(), reply).await?,
        Chosen::Nothing if typed.trim().is_empty() => {
            return Err(refused(
                t("Choose a reply first, or type a part of its title.").to_owned(),
            ));
        }
        Chosen::Nothing => {
            return Err(refused(
                t("No reply has this title. Type a part of it, such as one word.").to_owned(),
            ));
        }
        Chosen::Several(titles) => {
            let titles = titles.join(" · ");
            return Err(refused(tf!(
                "Several replies fit: {titles}. Type more of the title.",
                titles = titles
            )));
        }
    };
    let owner = &request.owner.name;
    let assistant = request
        .assistant
        .as_ref()
        .map_or(&actor.user.name, |person| &person.name);
    let reference = request.reference();
    let values: [(&str, &dyn std::fmt::Display); 3] =
        [("name", owner), ("request", &reference), ("assistant", assistant)];
    Ok(filled(&reply.content.text, &values))
}

/// What was typed with `reply` below it, if that is not too long for a message.
pub fn added(input: &str, typed: &str, reply: &str) -> Result<String, AppError> {
    let text = match typed.trim_end() {
        "" => reply.to_owned(),
        typed => format!("{typed}\n\n{reply}"),
    };
    let chars = text.chars().count();
    if chars > CHAT_CHARS {
        return Err(AppError::invalid(
            input,
            tf!(
                "The reply does not fit: with it the text would have {chars} characters, and at most {most} can be sent.",
                chars = chars,
                most = CHAT_CHARS
            ),
        ));
    }
    Ok(text)
}

/// May the actor put replies there?
pub fn may_place(actor: &Actor, directory: Option<DirectoryId>) -> bool {
    manage(actor, directory).is_ok()
}

fn manage(actor: &Actor, directory: Option<DirectoryId>) -> Result<Permit, AppError> {
    match directory {
        Some(directory) => authorize(actor, Action::ManageReply, Subject::within(directory)),
        None => authorize(actor, Action::ManageSharedReply, Subject::NONE),
    }
}

async fn get(on: On<'_>, id: ReplyId) -> Result<Reply, AppError> {
    store::find(on, id).await?.ok_or(AppError::NotFound)
}

/// Refuses a directory that does not exist, and a title that another reply of the same place has.
async fn check_place(tx: &mut Tx, content: &Content, itself: Option<ReplyId>) -> Result<(), AppError> {
    if let Some(directory) = content.directory {
        directories::service::get(tx.on(), directory).await?;
    }
    let present = store::list_offered(tx.on(), content.directory).await?;
    let taken = present.iter().any(|other| {
        other.shared == content.directory.is_none()
            && Some(other.id) != itself
            && folded(&other.title) == folded(&content.title)
    });
    if taken { Err(title_taken()) } else { Ok(()) }
}

fn title_taken() -> AppError {
    AppError::invalid(
        "title",
        t("Another reply has this title. Choose one that tells them apart."),
    )
}

/// Says the same when somebody else saved the title at the same moment.
fn titled<T>(result: Result<T, DbError>) -> Result<T, AppError> {
    match result {
        Err(DbError::Unique(_)) => Err(title_taken()),
        other => Ok(other?),
    }
}

fn check(actor: &Actor, form: &ReplyForm) -> Result<Content, AppError> {
    let title = form.title.trim();
    let text = form.text.trim();
    let mut errors = Vec::new();
    let chars = title.chars().count();
    if chars == 0 || chars > TITLE_CHARS || title.chars().any(char::is_control) {
        let message = tn!(
            TITLE_CHARS,
            "Enter a title of at most {n} character.",
            "Enter a title of at most {n} characters."
        );
        errors.push(FieldError::new("title", message));
    }
    let chars = text.chars().count();
    if text.is_empty() {
        errors.push(FieldError::new("body", t("Write what is to be inserted.")));
    } else if chars > TEXT_CHARS {
        let message = tf!(
            "The text has {chars} characters. At most {most} are possible.",
            chars = chars,
            most = TEXT_CHARS
        );
        errors.push(FieldError::new("body", message));
    } else if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        let message = t("Remove the control characters; only text, tabs and new lines can be sent.");
        errors.push(FieldError::new("body", message));
    }
    let directory = places::read(&form.directory).filter(|place| may_place(actor, *place));
    if directory.is_none() {
        let message = t("Choose a directory that you administer.");
        errors.push(FieldError::new("directory", message));
    }
    match directory {
        Some(directory) if errors.is_empty() => Ok(Content {
            title: title.to_owned(),
            text: text.to_owned(),
            directory,
        }),
        _ => Err(AppError::Invalid { fields: errors }),
    }
}

/// What the audit log keeps of a reply: everything but its text.
fn facts(content: &Content) -> serde_json::Value {
    json!({ "title": content.title, "directory": content.directory })
}

async fn note(
    tx: &mut Tx,
    actor: &Actor,
    action: &str,
    id: ReplyId,
    detail: serde_json::Value,
    now: UnixMillis,
) -> Result<(), DbError> {
    let entry = Entry {
        by: audit::By::Actor(actor),
        action,
        subject: &format!("reply:{id}"),
        detail,
    };
    audit::append(tx, entry, now).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_stands_below_what_was_typed() {
        assert_eq!(added("reply", " Hello\n", "Bye").expect("fits"), " Hello\n\nBye");
        assert_eq!(added("reply", " \n", "Bye").expect("fits"), "Bye");
    }

    #[test]
    fn a_reply_may_fill_a_message_and_not_more() {
        let typed = "ß".repeat(CHAT_CHARS - 5);
        assert!(added("reply", &typed, "abc").is_ok());
        let refused = added("reply", &typed, "abcd").expect_err("too long");
        assert_eq!(refused.fields()[0].field, "reply");
    }
}
