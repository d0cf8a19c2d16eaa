//! Sends what is due, one mail after another, and comes back to what could not be sent.

use super::{
    backoff::{self, Next},
    message, outbox,
    transport::SendError,
};
use crate::server::{clock::millis, db::DbError, mail::outbox::Due, portal::Portal, random};
use deskside_protocol::UnixMillis;
use lettre::message::Mailbox;
use std::time::Duration;

const LOOK_EVERY: Duration = Duration::from_secs(1);
/// A send that takes longer is broken off; the lease lasts longer than that, so no other worker has the mail.
const SEND_TIMEOUT: Duration = Duration::from_secs(120);
const LEASE: Duration = Duration::from_secs(180);
/// Sent and failed mails are kept this long.
const KEEP_FINISHED: Duration = Duration::from_secs(30 * 24 * 3600);

/// Sends until the portal stops. What this portal was sending when it was killed is sent first, not when its lease
/// would have ended.
pub async fn run(portal: Portal) {
    if let Err(error) = free_leases(&portal).await {
        tracing::error!(%error, "the outbox cannot be tidied up");
    }
    let mut look = tokio::time::interval(LOOK_EVERY);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = portal.stopping.cancelled() => return,
            _ = look.tick() => {}
        }
        if let Err(error) = send_due(&portal).await {
            tracing::error!(%error, "the outbox cannot be read");
        }
    }
}

/// Gives back the leases that this portal held when it ended.
pub async fn free_leases(portal: &Portal) -> Result<(), DbError> {
    let mut tx = portal.db.begin().await?;
    outbox::free_leases(&mut tx, &portal.instance).await?;
    tx.commit().await
}

/// Sends every mail that is due now; stops early when no mail can be sent at all. Says how many went out.
pub async fn send_due(portal: &Portal) -> Result<usize, DbError> {
    let mut sent = 0;
    while !portal.stopping.is_cancelled() && outbox::is_any_due(portal.db.on(), portal.clock.now()).await? {
        let now = portal.clock.now();
        let mut tx = portal.db.begin().await?;
        let due = outbox::lease(&mut tx, &portal.instance, now, now + millis(LEASE)).await?;
        tx.commit().await?;
        let Some(due) = due else { break };
        match send(portal, &due).await {
            Ok(()) => {
                sent += 1;
                let mut tx = portal.db.begin().await?;
                outbox::mark_sent(&mut tx, &due.id, portal.clock.now()).await?;
                outbox::hurry_unreachable(&mut tx, portal.clock.now()).await?;
                tx.commit().await?;
            }
            Err(error) => {
                put_off(portal, &due, &error).await?;
                if matches!(error, SendError::Unreachable(_)) {
                    break;
                }
            }
        }
    }
    Ok(sent)
}

async fn send(portal: &Portal, due: &Due) -> Result<(), SendError> {
    let from: Mailbox = portal
        .config
        .mail
        .from
        .parse()
        .map_err(|_| SendError::Unreachable("mail.from is not an address".into()))?;
    let message = message::build(&from, due).map_err(|error| SendError::Refused(error.to_string()))?;
    match tokio::time::timeout(SEND_TIMEOUT, portal.mail.send(&due.id, message)).await {
        Ok(result) => result,
        Err(_) => Err(SendError::NotNow("the mail server took too long".into())),
    }
}

async fn put_off(portal: &Portal, due: &Due, error: &SendError) -> Result<(), DbError> {
    let now = portal.clock.now();
    let [jitter] = random::bytes::<1>();
    let text: String = error.to_string().chars().take(500).collect();
    let next = match error {
        SendError::Refused(_) => Next::GiveUp,
        SendError::NotNow(_) | SendError::Unreachable(_) => backoff::next(due.created_at, due.attempts, now, jitter),
    };
    let mut tx = portal.db.begin().await?;
    match next {
        Next::TryAt(at) => {
            tracing::warn!(mail = due.id, attempts = due.attempts, %error, "a mail could not be sent yet");
            let unreachable = matches!(error, SendError::Unreachable(_));
            outbox::mark_later(&mut tx, &due.id, &text, at, unreachable).await?;
        }
        Next::GiveUp => {
            tracing::error!(mail = due.id, attempts = due.attempts, %error, "a mail was given up");
            outbox::mark_failed(&mut tx, &due.id, &text, now).await?;
        }
    }
    tx.commit().await
}

/// Forgets mails that were finished long ago.
pub async fn clean_up(portal: &Portal) -> Result<(), DbError> {
    let before: UnixMillis = portal.clock.now() - millis(KEEP_FINISHED);
    let mut tx = portal.db.begin().await?;
    outbox::remove_finished(&mut tx, before).await?;
    tx.commit().await
}
