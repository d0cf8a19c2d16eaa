//! Answers by mail: what people write back to a notification becomes a message of its request.
//!
//! Invariant: a mail is believed for the address that the portal signed for one person, together with that person's own
//! address as its sender; never for its subject. Each mail becomes one message, however often it is fetched.

mod letter;
mod quote;
mod redact;
mod refusal;

use super::conversation::{self, Draft};
use crate::words::t;
use crate::{
    accounts::{self, model::UserSummary},
    error::AppError,
    server::{
        config::InboxConfig,
        db::DbError,
        mail::{
            inbox::{Fetched, Inbox, InboxError},
            reply_address,
        },
        portal::Portal,
        reference::internal,
    },
};
use deskside_protocol::ids::{MessageId, RequestId};
use letter::Envelope;
use sha2::{Digest, Sha256};
use std::time::Duration;
use uuid::Uuid;

const LOOK_EVERY: Duration = Duration::from_secs(20);
/// After a failure, so that a mail server that is down is not asked all the time.
const LOOK_AFTER_FAILURE: Duration = Duration::from_secs(120);
/// Mails of one round at most.
const ROUND: usize = 50;
/// A round that takes longer is broken off, and goes on with the next.
const ROUND_WITHIN: Duration = Duration::from_secs(300);

/// What became of a mail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Taken {
    Added(MessageId),
    /// Its writer was told why not.
    Refused,
    /// Nobody was told, for this reason.
    Ignored(&'static str),
    /// Its writer wrote a lot just now; it stays in the mailbox for the next round.
    Later,
}

/// Why a round ended early.
#[derive(Debug, thiserror::Error)]
pub enum RoundError {
    #[error(transparent)]
    Inbox(#[from] InboxError),
    #[error("an answer could not be taken: {0}")]
    Take(#[from] AppError),
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
        tokio::select! {
            () = portal.stopping.cancelled() => return,
            () = tokio::time::sleep(wait) => {}
        }
        let round = tokio::time::timeout(ROUND_WITHIN, fetch(&portal, &inbox));
        wait = match round.await.unwrap_or(Err(RoundError::TooSlow)) {
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
    let mut inbox = Inbox::open(config).await?;
    let mut taken = Vec::new();
    let mut failed = None;
    for number in inbox.unseen(ROUND).await? {
        let outcome = match inbox.read(number).await? {
            Fetched::Mail(bytes) => take_apart(portal, config, bytes).await,
            Fetched::TooLong => Ok(Taken::Ignored("it is too long")),
            Fetched::Gone => Ok(Taken::Ignored("somebody took it away")),
        };
        // Stays unseen for the next round; the others need not wait for it.
        let outcome = match outcome {
            Ok(Taken::Later) => continue,
            Ok(outcome) => outcome,
            Err(error) => {
                failed.get_or_insert(error);
                continue;
            }
        };
        if let Taken::Ignored(reason) = outcome {
            tracing::info!(reason, "a mail in the inbox was left alone");
        }
        inbox.mark_seen(number).await?;
        taken.push(outcome);
    }
    inbox.close().await?;
    match failed {
        Some(error) => Err(error.into()),
        None => Ok(taken),
    }
}

/// Takes one mail in a task of its own, so that a mail at which a parser trips stops nothing else.
async fn take_apart(portal: &Portal, config: &InboxConfig, bytes: Vec<u8>) -> Result<Taken, AppError> {
    let (portal, config) = (portal.clone(), config.clone());
    let task = tokio::spawn(async move { take(&portal, &config, &bytes).await });
    task.await.unwrap_or(Ok(Taken::Ignored("it could not be read")))
}

/// Takes one mail.
pub async fn take(portal: &Portal, config: &InboxConfig, bytes: &[u8]) -> Result<Taken, AppError> {
    let Some(envelope) = Envelope::read(bytes) else {
        return Ok(Taken::Ignored("it is no mail"));
    };
    if envelope.automatic {
        return Ok(Taken::Ignored("a program wrote it"));
    }
    let claims = envelope.to.iter();
    let Some(claimed) = claims.filter_map(|to| reply_address::read(to, &config.address)).next() else {
        return Ok(Taken::Ignored("it answers nothing"));
    };
    let request = RequestId(claimed.subject);
    let found = accounts::people::by_email(portal.db.on(), &envelope.from)
        .await
        .map_err(failed)?;
    if let Some(writer) = found.into_iter().find(|person| claimed.is_for(person.id, &portal.key)) {
        return write(portal, config, &writer, request, &envelope, bytes).await;
    }
    // Somebody else's answer, or the person's own from another address: only they hear of it.
    let Ok(concerned) = super::service::people(portal, request).await else {
        return Ok(Taken::Ignored("it answers nothing"));
    };
    match concerned
        .into_iter()
        .find(|person| claimed.is_for(person.id, &portal.key))
    {
        Some(person) => {
            let why = t("It came from an address that is not yours here.");
            refusal::tell(portal, &person, request, why, digest(&envelope, bytes)).await
        }
        None => Ok(Taken::Ignored("nobody was given this address")),
    }
}

async fn write(
    portal: &Portal,
    config: &InboxConfig,
    writer: &UserSummary,
    request: RequestId,
    envelope: &Envelope,
    bytes: &[u8],
) -> Result<Taken, AppError> {
    let digest = digest(envelope, bytes);
    let Some(mut letter) = letter::read(bytes) else {
        return refusal::tell(portal, writer, request, t("It has too many parts."), digest).await;
    };
    let secrets = redact::Secrets::of(&portal.config, config);
    letter.files.retain(|file| !secrets.are_in(&file.bytes));
    let text = secrets.removed_from(&letter.text);
    let actor = accounts::service::actor(portal.db.on(), writer.clone())
        .await
        .map_err(failed)?;
    let draft = Draft {
        text: &text,
        files: letter.files,
        mailed: Some(MessageId(message_id(request, digest))),
        ..Draft::default()
    };
    match conversation::write(portal, &actor, request, draft).await {
        Ok(message) => Ok(Taken::Added(message.id)),
        Err(AppError::NotFound | AppError::Denied) => {
            Ok(Taken::Ignored("its writer may not see the request any longer"))
        }
        Err(AppError::TooMany { .. }) => Ok(Taken::Later),
        Err(error @ (AppError::Internal { .. } | AppError::SignedOut)) => Err(error),
        Err(refused) => {
            let fields = refused.fields().iter().map(|field| field.message.as_str());
            let words = fields.collect::<Vec<_>>().join(" ");
            let why = if words.is_empty() { refused.to_string() } else { words };
            refusal::tell(portal, writer, request, &why, digest).await
        }
    }
}

/// The same for the same mail, whenever it is fetched.
fn digest(envelope: &Envelope, bytes: &[u8]) -> [u8; 16] {
    let mut hash = Sha256::new();
    hash.update(envelope.from.as_bytes());
    match &envelope.id {
        Some(id) => hash.update(id.as_bytes()),
        None => hash.update(bytes),
    }
    let mut digest = [0; 16];
    digest.copy_from_slice(&hash.finalize()[..16]);
    digest
}

/// RFC 9562, section 5.8.
fn message_id(request: RequestId, digest: [u8; 16]) -> Uuid {
    let hash = Sha256::new().chain_update(request.0).chain_update(digest).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

fn failed(error: DbError) -> AppError {
    internal("taking an answer", &error)
}
