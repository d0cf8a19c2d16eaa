//! One look into the mailbox after another.
//!
//! Invariant: an attempt is counted before it begins, so that no mail is tried for ever: not one that cannot be taken,
//! not one at which reading panics, not one with which the portal itself ends. What is dealt with is noted here as well
//! as on the server, which may refuse to.

use super::{
    Arrived, Taken,
    attempts::{self, State, Tried, Turn},
    store::{self, Known, Place},
    take_arrived,
};
use crate::{
    audit::{self, By, Entry},
    error::AppError,
    server::{
        config::InboxConfig,
        db::DbError,
        mail::inbox::{Fetched, Inbox, InboxError, Mark},
        portal::Portal,
        reference,
    },
};
use deskside_protocol::UnixMillis;
use serde_json::json;
use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

const LOOK_EVERY: Duration = Duration::from_secs(20);
/// After a failure, so that a mail server that is down is not asked all the time.
const LOOK_AFTER_FAILURE: Duration = Duration::from_secs(120);
/// Mails of one round at most.
const ROUND: usize = 50;
/// A round that takes longer is broken off, and goes on with the next.
const ROUND_WITHIN: Duration = Duration::from_secs(300);
/// A mail that was set aside is remembered, and shown to administrators, for this long.
const KEEP_ASIDE: UnixMillis = 30 * 24 * 3600 * 1000;

/// Why a round ended early.
#[derive(Debug, thiserror::Error)]
pub enum RoundError {
    #[error(transparent)]
    Inbox(#[from] InboxError),
    #[error("the attempts cannot be counted: {0}")]
    Store(#[from] DbError),
    #[error("it took too long")]
    TooSlow,
}

/// Looks into the mailbox until the portal stops; returns at once when there is none.
pub async fn run(portal: Portal) {
    let Some(inbox) = portal.config.mail.inbox.clone() else {
        return;
    };
    let mut wait = Duration::ZERO;
    loop {
        let round = async {
            tokio::time::sleep(wait).await;
            tokio::time::timeout(ROUND_WITHIN, fetch(&portal, &inbox)).await
        };
        // A round that is broken off loses nothing: each mail is taken in one transaction, and marked after it.
        let ended = tokio::select! {
            () = portal.stopping.cancelled() => return,
            ended = round => ended,
        };
        wait = match ended.unwrap_or(Err(RoundError::TooSlow)) {
            Ok(taken) if taken.len() >= ROUND => Duration::ZERO,
            Ok(_) => LOOK_EVERY,
            Err(error) => {
                tracing::warn!(%error, "the inbox cannot be read now");
                LOOK_AFTER_FAILURE
            }
        };
    }
}

/// Takes what arrived, the oldest first, and says what became of each.
pub async fn fetch(portal: &Portal, config: &InboxConfig) -> Result<Vec<Taken>, RoundError> {
    let read = |portal, config, arrived| async move { take_arrived(&portal, &config, &arrived).await };
    fetch_by(portal, config, read).await
}

/// The same with another reader of mails, each in a task of its own, so that one at which it panics stops nothing else.
pub async fn fetch_by<F>(
    portal: &Portal,
    config: &InboxConfig,
    read: impl Fn(Portal, InboxConfig, Arrived) -> F,
) -> Result<Vec<Taken>, RoundError>
where
    F: Future<Output = Result<Taken, AppError>> + Send + 'static,
{
    let mut inbox = Inbox::open(config).await?;
    let unseen = inbox.unseen().await?;
    let place = Place {
        mailbox: name(config),
        validity: inbox.validity(),
    };
    let known = tidied(portal, &place, &unseen).await?;
    let mut taken = Vec::new();
    for number in unseen {
        if taken.len() >= ROUND || portal.stopping.is_cancelled() {
            break;
        }
        let mut one = One {
            portal,
            config,
            place: &place,
            inbox: &mut inbox,
            number,
        };
        match attempts::turn(known.get(&number), portal.clock.now()) {
            Turn::Wait => {}
            Turn::MarkAgain => one.mark_again(known.get(&number)).await?,
            Turn::SetAside => taken.push(one.set_aside(&noted(number, "it ended every attempt")).await?),
            Turn::Try(attempt) => taken.extend(one.attempt(attempt, &read).await?),
        }
    }
    inbox.close().await;
    Ok(taken)
}

/// One mail, and all that is needed to deal with it.
struct One<'a> {
    portal: &'a Portal,
    config: &'a InboxConfig,
    place: &'a Place,
    inbox: &'a mut Inbox,
    number: u32,
}

impl One<'_> {
    async fn attempt<F>(
        &mut self,
        attempt: i64,
        read: impl Fn(Portal, InboxConfig, Arrived) -> F,
    ) -> Result<Option<Taken>, RoundError>
    where
        F: Future<Output = Result<Taken, AppError>> + Send + 'static,
    {
        let next_at = attempts::next_at(attempt, self.portal.clock.now());
        self.note(State::Waiting, attempt, next_at).await?;
        let arrived = match self.inbox.read(self.number).await? {
            Fetched::Whole(bytes) => Arrived { bytes, whole: true },
            Fetched::TooLong(headers) => Arrived {
                bytes: headers,
                whole: false,
            },
            Fetched::Nothing => return Ok(None),
        };
        let reading = read(self.portal.clone(), self.config.clone(), arrived);
        let outcome = match tokio::spawn(reading).await {
            Ok(Ok(Taken::Later { wait_s })) => {
                let wait = UnixMillis::try_from(wait_s).unwrap_or(0).saturating_mul(1000);
                let due = self.portal.clock.now().saturating_add(wait);
                // Not the mail's fault.
                self.note(State::Waiting, attempt - 1, due).await?;
                Taken::Later { wait_s }
            }
            Ok(Ok(outcome)) => {
                self.finish().await?;
                outcome
            }
            Ok(Err(error)) if attempt < attempts::MOST_ATTEMPTS => {
                tracing::warn!(number = self.number, attempt, %error, "a mail could not be taken yet");
                Taken::Failed
            }
            Ok(Err(AppError::Internal { reference })) => self.set_aside(&reference).await?,
            Ok(Err(error)) => self.set_aside(&noted(self.number, &error.to_string())).await?,
            // It would panic the next time as well.
            Err(_) => self.set_aside(&noted(self.number, "reading it panicked")).await?,
        };
        if let Taken::Ignored(reason) = outcome {
            tracing::info!(reason, "a mail in the inbox was left alone");
        }
        Ok(Some(outcome))
    }

    /// It is dealt with: noted first, so that it is never taken again, even where the server keeps no marks.
    async fn finish(&mut self) -> Result<(), RoundError> {
        let due = self.portal.clock.now() + attempts::MARK_AGAIN;
        self.note(State::Taken, 0, due).await?;
        self.mark(Mark::Seen).await
    }

    /// It failed too often; a person has to look at it. The log says why under `reference`.
    async fn set_aside(&mut self, reference: &str) -> Result<Taken, RoundError> {
        tracing::error!(%reference, number = self.number, "a mail in the inbox was set aside");
        let now = self.portal.clock.now();
        let tried = Tried {
            state: State::Aside,
            attempts: attempts::MOST_ATTEMPTS,
            next_at: now + attempts::MARK_AGAIN,
            marked: false,
        };
        let mut tx = self.portal.db.begin().await?;
        store::set(&mut tx, self.place, self.number, tried, Some(reference), now).await?;
        let entry = Entry {
            by: By::Machine("inbox"),
            action: "mail.set_aside",
            subject: &format!("mail:{}.{}", self.place.validity, self.number),
            detail: json!({ "mailbox": self.place.mailbox, "reference": reference }),
        };
        audit::append(&mut tx, entry, now).await?;
        tx.commit().await?;
        self.mark(Mark::SeenAndFlagged).await?;
        Ok(Taken::SetAside)
    }

    async fn mark_again(&mut self, tried: Option<&Tried>) -> Result<(), RoundError> {
        let due = self.portal.clock.now() + attempts::MARK_AGAIN;
        let mut tx = self.portal.db.begin().await?;
        store::put_off(&mut tx, self.place, self.number, due).await?;
        tx.commit().await?;
        let aside = tried.is_some_and(|tried| tried.state == State::Aside);
        self.mark(if aside { Mark::SeenAndFlagged } else { Mark::Seen }).await
    }

    async fn mark(&mut self, mark: Mark) -> Result<(), RoundError> {
        match self.inbox.mark(self.number, mark).await {
            Err(InboxError::Refused(said)) => {
                tracing::warn!(
                    number = self.number,
                    said,
                    "the mail server does not mark a mail as read"
                );
                Ok(())
            }
            marked => Ok(marked?),
        }
    }

    async fn note(&mut self, state: State, attempts: i64, next_at: UnixMillis) -> Result<(), DbError> {
        let tried = Tried {
            state,
            attempts,
            next_at,
            marked: false,
        };
        let mut tx = self.portal.db.begin().await?;
        store::set(&mut tx, self.place, self.number, tried, None, self.portal.clock.now()).await?;
        tx.commit().await
    }
}

/// What is known of the mails of this mailbox, without what is over.
async fn tidied(portal: &Portal, place: &Place, unseen: &[u32]) -> Result<HashMap<u32, Tried>, DbError> {
    let now = portal.clock.now();
    let known = store::list(portal.db.on(), &place.mailbox).await?;
    let unseen: HashSet<u32> = unseen.iter().copied().collect();
    let is_here = |one: &Known| one.validity == place.validity && unseen.contains(&one.number);
    let (here, gone): (Vec<Known>, Vec<Known>) = known.into_iter().partition(is_here);
    let over = |one: &Known| one.tried.state != State::Aside || now - one.changed_at >= KEEP_ASIDE;
    if gone.iter().any(|one| over(one) || !one.tried.marked) {
        let mut tx = portal.db.begin().await?;
        for one in &gone {
            let place = Place {
                validity: one.validity,
                ..place.clone()
            };
            if over(one) {
                store::remove(&mut tx, &place, one.number).await?;
            } else if !one.tried.marked {
                store::set_marked(&mut tx, &place, one.number).await?;
            }
        }
        tx.commit().await?;
    }
    Ok(here.into_iter().map(|one| (one.number, one.tried)).collect())
}

/// How the mailbox is called in the table.
pub(super) fn name(config: &InboxConfig) -> String {
    format!("{}@{}/{}", config.username, config.host, config.mailbox)
}

fn noted(number: u32, why: &str) -> String {
    let reference = reference::new();
    tracing::error!(%reference, number, why, "a mail cannot be taken");
    reference
}
