//! What can be done with notices: one function per use case, and what other features ask for.
//!
//! Invariant: what an event gives rise to is written in the event's own transaction; what somebody chose counts from the
//! moment in which they saved it.

use super::{
    digest,
    model::{MailWish, PushWish, SUBSCRIPTIONS, Way, Wishes, is_pushed, read_time, way},
    push,
    store::{
        self, DigestEvent,
        push::{self as browsers, Subscription},
    },
};
use crate::{
    accounts::{self, token::Token},
    audit::{self, By, Entry},
    error::{AppError, FieldError},
    requests::mails::Hearer,
    server::{
        access::{Action, Actor, Subject, authorize},
        db::{DbError, On, Tx},
        portal::Portal,
        push::cipher::Recipient,
    },
    tf,
    words::t,
};
use deskside_protocol::{
    UnixMillis,
    ids::{RequestId, UserId},
};
use serde_json::json;

/// What the account page shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shown {
    pub wishes: Wishes,
    /// How many browsers show notices.
    pub browsers: usize,
    /// This one does.
    pub here: bool,
    /// For `PushManager.subscribe`; `None`: this portal sends no notices to browsers.
    pub key: Option<String>,
}

/// What the actor chose, for the browser that asks.
pub async fn open(portal: &Portal, actor: &Actor, browser: Option<&Token>) -> Result<Shown, AppError> {
    let _permit = authorize(actor, Action::UseAccount, Subject::NONE)?;
    let here = match browser {
        Some(browser) => browsers::is_subscribed(portal.db.on(), actor.id(), &browser.hash()).await?,
        None => false,
    };
    Ok(Shown {
        wishes: store::find_wishes(portal.db.on(), actor.id()).await?,
        browsers: browsers::count(portal.db.on(), actor.id()).await?,
        here,
        key: portal.config.push.enabled.then(|| portal.push.public_key()),
    })
}

/// The form as typed.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct WishesForm {
    pub mail: String,
    /// Absent where the portal sends no notices to browsers.
    pub push: Option<String>,
    pub digest_at: String,
}

/// Saves what the actor chose. What waits for a digest comes at the new time; at once when there is none any longer.
pub async fn save(portal: &Portal, actor: &Actor, form: &WishesForm) -> Result<(), AppError> {
    let _permit = authorize(actor, Action::UseAccount, Subject::NONE)?;
    let mut tx = portal.db.begin().await?;
    let before = store::find_wishes(tx.on(), actor.id()).await?;
    let wishes = parse(form, before).map_err(|fields| AppError::Invalid { fields })?;
    let now = portal.clock.now();
    store::set_wishes(&mut tx, actor.id(), wishes).await?;
    match wishes.mail {
        MailWish::None => store::remove_events(&mut tx, actor.id()).await?,
        MailWish::Digest => {
            let due_at = digest::next(now, wishes.digest_at, &actor.user.time_zone);
            store::set_due(&mut tx, actor.id(), due_at).await?;
        }
        MailWish::Every | MailWish::Needed => store::set_due(&mut tx, actor.id(), now).await?,
    }
    let words = |wishes: Wishes| json!({ "mail": wishes.mail.code(), "push": wishes.push.code(), "digest_at": wishes.digest_at });
    let detail = json!({ "from": words(before), "to": words(wishes) });
    note(&mut tx, actor, "account.notices_changed", detail, now).await?;
    Ok(tx.commit().await?)
}

fn parse(form: &WishesForm, before: Wishes) -> Result<Wishes, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mail = MailWish::read(&form.mail);
    if mail.is_none() {
        errors.push(FieldError::new("mail", t("Choose which mails you want.")));
    }
    let push = match &form.push {
        Some(code) => PushWish::read(code),
        None => Some(before.push),
    };
    if push.is_none() {
        errors.push(FieldError::new("push", t("Choose which notices your browsers show.")));
    }
    let digest_at = read_time(&form.digest_at);
    // Somebody who wants no digest need not say when.
    if digest_at.is_none() && mail == Some(MailWish::Digest) {
        errors.push(FieldError::new(
            "digest_at",
            t("Write the time with hours and minutes, such as 08:30."),
        ));
    }
    match (mail, push) {
        (Some(mail), Some(push)) if errors.is_empty() => Ok(Wishes {
            mail,
            push,
            digest_at: digest_at.unwrap_or(before.digest_at),
        }),
        _ => Err(errors),
    }
}

/// A person moved to another time zone, and the digest with them.
pub async fn follow_zone(tx: &mut Tx, user: UserId, time_zone: &str, now: UnixMillis) -> Result<(), DbError> {
    let wishes = store::find_wishes(tx.on(), user).await?;
    if wishes.mail == MailWish::Digest {
        store::set_due(tx, user, digest::next(now, wishes.digest_at, time_zone)).await?;
    }
    Ok(())
}

/// Lets a browser show the notices of the actor; returns what its cookie must hold. `browser` is what it holds now.
pub async fn subscribe(
    portal: &Portal,
    actor: &Actor,
    browser: Option<Token>,
    subscription: Subscription,
) -> Result<Token, AppError> {
    let _permit = authorize(actor, Action::UseAccount, Subject::NONE)?;
    if !portal.config.push.enabled {
        return Err(AppError::NotFound);
    }
    portal.budgets.spend_message(actor.id(), portal.clock.now())?;
    if let Err(why) = portal.push.endpoint(&subscription.endpoint) {
        // The reason helps whoever runs the portal; the address may be anything, and is not logged.
        tracing::warn!(user = %actor.id(), %why, "a push subscription was refused");
        return Err(AppError::conflict(t(
            "This browser's push service cannot be used here. Use another browser, or stay with mails.",
        )));
    }
    if Recipient::read(&subscription.p256dh, &subscription.auth).is_err() {
        return Err(AppError::conflict(t(
            "The browser did not say how to reach it. Reload the page and try again.",
        )));
    }
    let now = portal.clock.now();
    let browser = browser.unwrap_or_default();
    let mut tx = portal.db.begin().await?;
    // Of two at once the second counts what the first added.
    accounts::people::lock(&mut tx, actor.id()).await?;
    browsers::remove_of_browser(&mut tx, &browser.hash()).await?;
    browsers::remove_endpoint(&mut tx, actor.id(), &subscription.endpoint).await?;
    if browsers::count(tx.on(), actor.id()).await? >= SUBSCRIPTIONS {
        return Err(AppError::conflict(tf!(
            "{n} browsers show your notices already, and there can be no more. Stop them all, and begin with those that you use.",
            n = SUBSCRIPTIONS
        )));
    }
    match browsers::add(&mut tx, actor.id(), &browser.hash(), &subscription, now).await {
        Err(DbError::Unique(_)) => {
            return Err(AppError::conflict(t(
                "This browser shows the notices of somebody else. They have to sign out of it first.",
            )));
        }
        other => other?,
    }
    let wishes = store::find_wishes(tx.on(), actor.id()).await?;
    if wishes.push == PushWish::Off {
        let push = PushWish::Needed;
        store::set_wishes(&mut tx, actor.id(), Wishes { push, ..wishes }).await?;
    }
    note(&mut tx, actor, "account.push_started", json!({}), now).await?;
    tx.commit().await?;
    Ok(browser)
}

/// Lets this browser, or every one, show nothing of the actor any longer.
pub async fn unsubscribe(portal: &Portal, actor: &Actor, browser: Option<&Token>, all: bool) -> Result<(), AppError> {
    let _permit = authorize(actor, Action::UseAccount, Subject::NONE)?;
    let mut tx = portal.db.begin().await?;
    let ended = match browser {
        _ if all => browsers::remove_of(&mut tx, actor.id()).await?,
        Some(browser) => browsers::remove_of_browser(&mut tx, &browser.hash()).await?,
        None => 0,
    };
    let detail = json!({ "browsers": ended });
    note(&mut tx, actor, "account.push_stopped", detail, portal.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// Somebody signs out of this browser: it shows nothing any longer.
pub async fn sign_out(tx: &mut Tx, browser: &Token) -> Result<(), DbError> {
    browsers::remove_of_browser(tx, &browser.hash()).await?;
    Ok(())
}

/// Somebody signed in to this browser: it shows nothing of anybody else.
pub async fn signed_in(portal: &Portal, actor: &Actor, browser: &Token) -> Result<(), AppError> {
    let mut tx = portal.db.begin().await?;
    browsers::remove_others(&mut tx, &browser.hash(), actor.id()).await?;
    Ok(tx.commit().await?)
}

/// All sign-ins of a person end, and so does what their browsers show.
pub async fn withdraw(tx: &mut Tx, user: UserId) -> Result<(), DbError> {
    browsers::remove_of(tx, user).await?;
    Ok(())
}

/// What somebody chose.
pub async fn wishes(on: On<'_>, user: UserId) -> Result<Wishes, DbError> {
    store::find_wishes(on, user).await
}

/// An event as notices tell it.
#[derive(Clone, Copy, Debug)]
pub struct Occasion<'a> {
    pub request: RequestId,
    /// Such as `R-1001`.
    pub reference: &'a str,
    pub seq: i64,
    /// Name of the person who did it.
    pub by: Option<&'a str>,
    pub now: UnixMillis,
}

/// What becomes of the event for one person, besides a mail at once.
pub async fn hear(portal: &Portal, tx: &mut Tx, occasion: Occasion<'_>, hearer: &Hearer<'_>) -> Result<(), DbError> {
    let Hearer {
        person,
        wishes,
        meeting,
    } = hearer;
    if way(wishes.mail, *meeting) == Way::Digest {
        let event = DigestEvent {
            request: occasion.request,
            seq: occasion.seq,
            at: occasion.now,
            happened: meeting.happened,
            by: occasion.by.map(str::to_owned),
        };
        let due_at = digest::next(occasion.now, wishes.digest_at, &person.time_zone);
        store::add_event(tx, person.id, &event, due_at).await?;
    }
    if portal.config.push.enabled && is_pushed(wishes.push, *meeting) {
        push::enqueue(tx, occasion, person, *meeting).await?;
    }
    Ok(())
}

async fn note(
    tx: &mut Tx,
    actor: &Actor,
    action: &str,
    detail: serde_json::Value,
    now: UnixMillis,
) -> Result<(), DbError> {
    let subject = format!("user:{}", actor.id());
    let entry = Entry {
        by: By::Actor(actor),
        action,
        subject: &subject,
        detail,
    };
    audit::append(tx, entry, now).await
}
