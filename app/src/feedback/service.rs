//! The links in an owner's mail about a closed request: say how content one was, or open it again.
//!
//! Invariant: a link is good for one closing of one request. Opening it changes nothing, and one rating is all that it
//! takes: whatever was said before, here or in the portal, stays.

use crate::{
    accounts,
    error::AppError,
    requests::{
        self, closing,
        model::{Rating, Status},
        record::RequestRecord,
    },
    server::{
        access::{Action, Actor, authorize},
        links::{BadLink, Link, Purpose},
        portal::Portal,
    },
    words::t,
};
use deskside_protocol::{UnixMillis, ids::RequestId};

/// For how long the links are good.
pub const LINK_DAYS: i64 = 14;

/// The address of the page for the closing that `request` has just had; nothing while it is open.
pub fn address(portal: &Portal, request: &RequestRecord) -> Option<String> {
    let link = Link {
        purpose: Purpose::AfterClosing,
        subject: request.id.0,
        person: request.owner.id,
        expires_at: expiry(request.finished_at?),
    };
    let token = link.token(&portal.key);
    Some(format!("{}/answer/closed/{token}", portal.config.origin()))
}

fn expiry(finished_at: UnixMillis) -> UnixMillis {
    finished_at + LINK_DAYS * 24 * 3600 * 1000
}

/// What the page behind a link shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Opened {
    pub request: RequestId,
    pub reference: String,
    pub subject: String,
    /// The closing that the mail was about is still the latest thing that happened to its status.
    pub closed: bool,
    /// What the owner said of it.
    pub rating: Option<Rating>,
    /// It can be opened again now.
    pub may_reopen: bool,
}

/// Who holds a link, and which closing it is about.
struct Holder {
    actor: Actor,
    request: RequestRecord,
    /// When the request was closed.
    finished_at: UnixMillis,
}

async fn holder(portal: &Portal, token: &str) -> Result<Holder, AppError> {
    let now = portal.clock.now();
    let link = Link::read(token, Purpose::AfterClosing, &portal.key, now).map_err(|bad| match bad {
        BadLink::Forged => AppError::NotFound,
        BadLink::Expired => AppError::conflict(t(
            "This link is no longer good: the request was closed more than two weeks ago. Sign in to see it, or file a new one.",
        )),
    })?;
    let request = requests::service::get(portal.db.on(), RequestId(link.subject)).await?;
    let user = accounts::people::find_active(portal.db.on(), link.person)
        .await?
        .ok_or(AppError::NotFound)?;
    let actor = accounts::service::actor(portal.db.on(), user).await?;
    let _permit = authorize(&actor, Action::RateRequest, request.subject_of_access())?;
    Ok(Holder {
        actor,
        request,
        finished_at: link.expires_at - expiry(0),
    })
}

/// What a link is about.
pub async fn open(portal: &Portal, token: &str) -> Result<Opened, AppError> {
    let Holder {
        request, finished_at, ..
    } = holder(portal, token).await?;
    let closed = request.status == Status::Closed && request.finished_at == Some(finished_at);
    Ok(Opened {
        request: request.id,
        reference: request.reference(),
        closed,
        may_reopen: closed && requests::service::may_reopen(&request, portal.clock.now()),
        rating: request.rating.filter(|_| closed),
        subject: request.subject,
    })
}

/// Says how content the holder of a link was.
pub async fn rate(portal: &Portal, token: &str, stars: &str, comment: &str) -> Result<(), AppError> {
    let holder = holder(portal, token).await?;
    closing::rate(
        portal,
        &holder.actor,
        holder.request.id,
        holder.finished_at,
        stars,
        comment,
    )
    .await
}

/// Opens the request again.
pub async fn reopen(portal: &Portal, token: &str) -> Result<(), AppError> {
    let holder = holder(portal, token).await?;
    closing::reopen(portal, &holder.actor, holder.request.id, holder.finished_at).await
}
