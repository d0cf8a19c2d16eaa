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
use serde_json::json;
use std::{collections::HashMap, time::Duration};
use tokio::task::{Id, JoinSet};

/// Of use for a day; a question whether somebody may connect stays open for a quarter of an hour.
const LIFE: Duration = Duration::from_secs(24 * 3600);
const URGENT_LIFE: Duration = Duration::from_secs(15 * 60);
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Longer than a message may take to send, so that no other worker has it meanwhile.
const LEASE: Duration = Duration::from_secs(60);
/// Sent at once, and of these to one service, so that one that is slow does not hold up the others.
const AT_ONCE: usize = 16;
pub const PER_SERVICE: usize = 4;
/// A browser to which so many attempts in a row failed is left alone for a while.
pub const FAILURES: i64 = 8;
pub const PAUSE: Duration = Duration::from_secs(3600);

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

/// Sends every notice that is due, and what becomes due meanwhile; says how many were delivered.
pub async fn send_due(portal: &Portal) -> Result<usize, DbError> {
    let mut sending = JoinSet::new();
    let mut services: HashMap<Id, String> = HashMap::new();
    let mut delivered = 0;
    let mut failed = None;
    loop {
        while sending.len() < AT_ONCE && failed.is_none() && !portal.stopping.is_cancelled() {
            let leased = lease(portal, &busy(services.values())).await;
            match leased {
                Ok(Some(due)) => {
                    let (portal, service) = (portal.clone(), service_of(&due.endpoint));
                    let task = sending.spawn(async move { deliver(&portal, &due).await });
                    services.insert(task.id(), service);
                }
                Ok(None) => break,
                Err(error) => failed = Some(error),
            }
        }
        if sending.is_empty() {
            return failed.map_or(Ok(delivered), Err);
        }
        tokio::select! {
            ended = sending.join_next_with_id() => match ended {
                Some(Ok((id, outcome))) => {
                    services.remove(&id);
                    match outcome {
                        Ok(taken) => delivered += usize::from(taken),
                        Err(error) => failed = Some(error),
                    }
                }
                Some(Err(error)) => {
                    services.remove(&error.id());
                    tracing::error!(%error, "a notice could not be sent");
                }
                None => {}
            },
            // One that is slow does not keep those waiting that come meanwhile.
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// Scheme, host and port of a push service, with the slash that ends them.
fn service_of(endpoint: &str) -> String {
    let host = endpoint.find("://").map_or(0, |at| at + 3);
    let end = endpoint[host..].find('/').map_or(endpoint.len(), |at| host + at + 1);
    endpoint[..end].to_ascii_lowercase()
}

/// The services to which as much is under way as may be.
fn busy<'a>(services: impl Iterator<Item = &'a String>) -> Vec<&'a str> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for service in services {
        *counts.entry(service).or_default() += 1;
    }
    let busy = counts.into_iter().filter(|(_, count)| *count >= PER_SERVICE);
    busy.map(|(service, _)| service).collect()
}

async fn lease(portal: &Portal, busy: &[&str]) -> Result<Option<Due>, DbError> {
    let now = portal.clock.now();
    // Asked without a transaction first: nearly always there is nothing.
    if !outbox::is_any_due(portal.db.on(), now).await? {
        return Ok(None);
    }
    let mut tx = portal.db.begin().await?;
    let due = outbox::lease(&mut tx, &portal.instance, now, now + millis(LEASE), busy).await?;
    tx.commit().await?;
    Ok(due)
}

/// Sends one; true when the push service took it.
async fn deliver(portal: &Portal, due: &Due) -> Result<bool, DbError> {
    let now = portal.clock.now();
    let left = u64::try_from((due.expires_at - now) / 1000).unwrap_or(0);
    if left == 0 {
        let mut tx = portal.db.begin().await?;
        outbox::remove(&mut tx, &due.id).await?;
        tx.commit().await?;
        return Ok(false);
    }
    let delivery = Delivery {
        endpoint: &due.endpoint,
        p256dh: &due.p256dh,
        auth: &due.auth,
        payload: due.payload.as_bytes(),
        ttl: left,
        urgent: due.urgent,
        topic: &due.topic,
    };
    let sent = portal.push.send(&delivery, now).await;
    let now = portal.clock.now();
    let mut tx = portal.db.begin().await?;
    match &sent {
        Ok(()) => {
            outbox::succeeded(&mut tx, &due.subscription_id).await?;
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
            outbox::failed(&mut tx, &due.subscription_id, FAILURES, now + millis(PAUSE)).await?;
            outbox::remove(&mut tx, &due.id).await?;
        }
        Err(error @ SendError::NotNow { wait, .. }) => {
            tracing::info!(subscription = due.subscription_id, attempts = due.attempts, %error, "a notice waits");
            outbox::failed(&mut tx, &due.subscription_id, FAILURES, now + millis(PAUSE)).await?;
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

#[cfg(test)]
#[path = "push_tests.rs"]
mod tests;
