//! Notices on their way to browsers: written with the event, sent by a worker.
//!
//! Invariant: a notice exists exactly when its event was committed, and at most until it is of no use. It says what
//! happened and where, never what somebody wrote.

use super::{
    model::{Meeting, Part},
    service::Occasion,
    store::push::{self as outbox, Due, NewNotice},
};
use crate::{
    accounts::model::UserSummary,
    requests::model::Happened,
    server::{
        clock::millis,
        db::{DbError, Tx},
        mail::backoff::{self, Next},
        portal::Portal,
        push::{Delivery, SendError},
        random,
    },
    words,
};
use deskside_protocol::UnixMillis;
use futures_util::future::join_all;
use serde_json::json;
use std::time::Duration;

/// Of use for a day; a question whether somebody may connect stays open for a quarter of an hour.
const LIFE: Duration = Duration::from_secs(24 * 3600);
const URGENT_LIFE: Duration = Duration::from_secs(15 * 60);
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Longer than a message may take to send, so that no other worker has it meanwhile.
const LEASE: Duration = Duration::from_secs(60);
/// Sent at once, so that one service that is slow does not hold up the others.
const AT_ONCE: usize = 16;

/// Writes a notice for every browser of `person`, in their language.
pub async fn enqueue(
    tx: &mut Tx,
    occasion: Occasion<'_>,
    person: &UserSummary,
    meeting: Meeting,
) -> Result<(), DbError> {
    let urgent = meeting.happened == Happened::Launched && meeting.part == Part::Owner;
    let life = if urgent { URGENT_LIFE } else { LIFE };
    let topic = occasion.request.0.simple().to_string();
    let payload = json!({
        "title": occasion.reference,
        "body": words::speak(person.language, || meeting.happened.sentence(occasion.by)),
        "url": format!("/requests/{}", occasion.request),
        "tag": topic,
    });
    let notice = NewNotice {
        payload: &payload.to_string(),
        topic: &topic,
        urgent,
        expires_at: occasion.now + millis(life),
    };
    outbox::enqueue(tx, person.id, &notice, occasion.now).await
}

/// Sends until the portal stops; what this portal was sending when it was killed is sent first.
pub async fn run(portal: Portal) {
    if !portal.config.push.enabled {
        return;
    }
    if let Err(error) = free_leases(&portal).await {
        tracing::error!(%error, "the notices on their way cannot be tidied up");
    }
    let mut look = tokio::time::interval(LOOK_EVERY);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = portal.stopping.cancelled() => return,
            _ = look.tick() => {}
        }
        if let Err(error) = send_due(&portal).await {
            tracing::error!(%error, "the notices on their way cannot be read");
        }
    }
}

/// Gives back the leases that this portal held when it ended.
pub async fn free_leases(portal: &Portal) -> Result<(), DbError> {
    let mut tx = portal.db.begin().await?;
    outbox::free_leases(&mut tx, &portal.instance).await?;
    tx.commit().await
}

/// Sends every notice that is due now; says how many were delivered.
pub async fn send_due(portal: &Portal) -> Result<usize, DbError> {
    let mut delivered = 0;
    while !portal.stopping.is_cancelled() {
        let due = lease_some(portal).await?;
        if due.is_empty() {
            break;
        }
        for outcome in join_all(due.iter().map(|due| deliver(portal, due))).await {
            delivered += usize::from(outcome?);
        }
    }
    Ok(delivered)
}

async fn lease_some(portal: &Portal) -> Result<Vec<Due>, DbError> {
    let mut leased = Vec::new();
    let now = portal.clock.now();
    // Asked without a transaction first: nearly always there is nothing.
    if !outbox::is_any_due(portal.db.on(), now).await? {
        return Ok(leased);
    }
    let mut tx = portal.db.begin().await?;
    while leased.len() < AT_ONCE {
        match outbox::lease(&mut tx, &portal.instance, now, now + millis(LEASE)).await? {
            Some(due) => leased.push(due),
            None => break,
        }
    }
    tx.commit().await?;
    Ok(leased)
}

/// Sends one; true when the push service took it.
async fn deliver(portal: &Portal, due: &Due) -> Result<bool, DbError> {
    let now = portal.clock.now();
    let left = u64::try_from((due.expires_at - now) / 1000).unwrap_or(0);
    let sent = if left == 0 {
        Err(SendError::Refused("it is out of date".into()))
    } else {
        let delivery = Delivery {
            endpoint: &due.endpoint,
            p256dh: &due.p256dh,
            auth: &due.auth,
            payload: due.payload.as_bytes(),
            ttl: left,
            urgent: due.urgent,
            topic: &due.topic,
        };
        portal.push.send(&delivery, now).await
    };
    let now = portal.clock.now();
    let mut tx = portal.db.begin().await?;
    match &sent {
        Ok(()) => {
            outbox::remove(&mut tx, &due.id).await?;
        }
        Err(SendError::Gone) => {
            tracing::info!(
                subscription = due.subscription_id,
                "a browser takes no notices any longer"
            );
            outbox::remove_subscription(&mut tx, &due.subscription_id).await?;
            outbox::remove(&mut tx, &due.id).await?;
        }
        Err(SendError::Refused(why)) => {
            tracing::warn!(subscription = due.subscription_id, why, "a notice was given up");
            outbox::remove(&mut tx, &due.id).await?;
        }
        Err(error @ SendError::NotNow { wait, .. }) => {
            tracing::info!(subscription = due.subscription_id, attempts = due.attempts, %error, "a notice waits");
            outbox::put_off(&mut tx, &due.id, next_try(due, *wait, now)).await?;
        }
    }
    tx.commit().await?;
    Ok(sent.is_ok())
}

/// Later each time, and not before the service wants it.
fn next_try(due: &Due, wait: Option<u64>, now: UnixMillis) -> UnixMillis {
    let [jitter] = random::bytes::<1>();
    let at = match backoff::next(due.created_at, due.attempts, now, jitter) {
        Next::TryAt(at) => at,
        Next::GiveUp => due.expires_at,
    };
    let wanted = wait.map_or(now, |seconds| now + millis(Duration::from_secs(seconds)));
    at.max(wanted)
}

/// Forgets what is of no use any longer.
pub async fn clean_up(portal: &Portal) -> Result<(), DbError> {
    let mut tx = portal.db.begin().await?;
    outbox::clean_up(&mut tx, portal.clock.now()).await?;
    tx.commit().await
}
