//! Answers by mail: what people write back to a notification becomes a message of its request.
//!
//! Invariant: a mail is believed for the address that the portal signed for one person, together with that person's own
//! address as its only sender; never for its subject. Each mail becomes one message, however often it is fetched.

mod attempts;
mod authentication;
mod letter;
mod quote;
mod redact;
mod refusal;
mod round;
mod store;

pub use attempts::MOST_ATTEMPTS;
pub use round::{RoundError, fetch, fetch_by, run};
pub use store::SetAside;

use super::conversation::{self, Draft};
use crate::{
    accounts::{self, model::UserSummary},
    error::AppError,
    server::{
        access::{Action, Actor, Subject, authorize},
        config::InboxConfig,
        db::DbError,
        mail::{
            inbox::MAIL_BYTES,
            reply_address::{self, Claimed},
        },
        portal::Portal,
        reference::internal,
    },
    tf,
    words::{self, t},
};
use deskside_protocol::ids::{MessageId, RequestId};
use letter::Envelope;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Addresses for answers that are looked at in one mail.
const CLAIMS: usize = 5;
/// Mails that were set aside, as administrators see them at once.
const ASIDE_SHOWN: i64 = 20;

/// What became of a mail.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Taken {
    Added(MessageId),
    /// Its writer was told why not.
    Refused,
    /// Nobody was told, for this reason.
    Ignored(&'static str),
    /// Its writer wrote a lot just now; it stays in the mailbox for so long.
    Later {
        wait_s: u64,
    },
    /// It is tried again later.
    Failed,
    /// It failed too often, or cannot be read at all; a person has to look at it.
    SetAside,
}

/// A mail as it came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Arrived {
    pub bytes: Vec<u8>,
    /// Not only its headers, as of one that is too long.
    pub whole: bool,
}

/// The mails that were set aside in the last 30 days, the newest first, for those who administer everything.
pub async fn list_set_aside(portal: &Portal, actor: &Actor) -> Result<Vec<SetAside>, AppError> {
    let _permit = authorize(actor, Action::ManageDirectories, Subject::NONE)?;
    match &portal.config.mail.inbox {
        Some(inbox) => Ok(store::list_aside(portal.db.on(), &round::name(inbox), ASIDE_SHOWN).await?),
        None => Ok(Vec::new()),
    }
}

/// Takes one mail.
pub async fn take(portal: &Portal, config: &InboxConfig, bytes: &[u8]) -> Result<Taken, AppError> {
    let arrived = Arrived {
        bytes: bytes.to_vec(),
        whole: true,
    };
    take_arrived(portal, config, &arrived).await
}

/// Takes one mail, or refuses one that is too long.
pub async fn take_arrived(portal: &Portal, config: &InboxConfig, arrived: &Arrived) -> Result<Taken, AppError> {
    let bytes = &arrived.bytes;
    let Some(envelope) = Envelope::read(bytes) else {
        return Ok(Taken::Ignored("it is no mail of one sender"));
    };
    if envelope.automatic {
        return Ok(Taken::Ignored("a program wrote it"));
    }
    let to = envelope.to.iter();
    let claims: Vec<Claimed> = to
        .filter_map(|to| reply_address::read(to, &config.address))
        .take(CLAIMS)
        .collect();
    if claims.is_empty() {
        return Ok(Taken::Ignored("it answers nothing"));
    }
    let found = accounts::people::by_email(portal.db.on(), &envelope.from)
        .await
        .map_err(failed)?;
    // Whoever answers to all answers to addresses of others, too.
    let own = claims.iter().find_map(|claimed| {
        let writer = found.iter().find(|person| claimed.is_for(person.id, &portal.key))?;
        Some((writer, RequestId(claimed.subject)))
    });
    if let Some((writer, request)) = own {
        let trusted = config.trusted_authserv.as_deref();
        let disowned = trusted.is_some_and(|trusted| authentication::fails(&envelope.authentication, trusted));
        let taking = async {
            let why = if disowned {
                t("The mail server found that it does not come from your address (DMARC). Somebody may have written in your name.")
                    .to_owned()
            } else if !arrived.whole {
                tf!(
                    "It is longer than {megabytes} MB.",
                    megabytes = MAIL_BYTES / 1024 / 1024
                )
            } else {
                return write(portal, config, writer, request, &envelope, bytes).await;
            };
            refusal::tell(portal, writer, request, &why, digest(&envelope, bytes)).await
        };
        return words::scope(writer.language, taking).await;
    }
    // Somebody else's answer, or the person's own from another address: only they hear of it.
    for claimed in claims {
        let request = RequestId(claimed.subject);
        let concerned = match super::service::people(portal, request).await {
            Ok(concerned) => concerned,
            Err(AppError::NotFound) => continue,
            Err(error) => return Err(error),
        };
        let theirs = |person: &UserSummary| claimed.is_for(person.id, &portal.key);
        if let Some(person) = concerned.into_iter().find(theirs) {
            let telling = async {
                let why = t("It came from an address that is not yours here.");
                refusal::tell(portal, &person, request, why, digest(&envelope, bytes)).await
            };
            return words::scope(person.language, telling).await;
        }
    }
    Ok(Taken::Ignored("nobody was given this address"))
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
    let files = letter.files.len();
    letter.files.retain(|file| match file.is_mail {
        true => !secrets.are_in_mail(&file.upload.bytes),
        false => !secrets.are_in(&file.upload.bytes),
    });
    let mut text = secrets.removed_from(&letter.text);
    if letter.files.len() < files {
        let told = t("[A file was left out: links or addresses that are for its sender alone were in it.]");
        text = format!("{text}\n\n{told}");
    }
    let actor = accounts::service::actor(portal.db.on(), writer.clone())
        .await
        .map_err(failed)?;
    let draft = Draft {
        text: &text,
        files: letter.files.into_iter().map(|file| file.upload).collect(),
        mailed: Some(MessageId(message_id(request, digest))),
        ..Draft::default()
    };
    match conversation::write(portal, &actor, request, draft).await {
        Ok(message) => Ok(Taken::Added(message.id)),
        Err(AppError::NotFound | AppError::Denied) => {
            Ok(Taken::Ignored("its writer may not see the request any longer"))
        }
        Err(AppError::TooMany { retry_after_s }) => Ok(Taken::Later { wait_s: retry_after_s }),
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
