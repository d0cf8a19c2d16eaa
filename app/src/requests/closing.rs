//! What an owner says through the mail about one closing of a request.
//!
//! Invariant: it counts for that closing and no later one, and is said once; in the portal it can be said again.

use super::{
    change::Changing,
    model::Status,
    service::{self, open_again, set_rating},
};
use crate::{
    error::AppError,
    server::{
        access::{Action, Actor},
        portal::Portal,
    },
    words::t,
};
use deskside_protocol::{UnixMillis, ids::RequestId};

/// The owner says how content they were with what ended at `finished_at`.
pub async fn rate(
    portal: &Portal,
    actor: &Actor,
    id: RequestId,
    finished_at: UnixMillis,
    stars: &str,
    comment: &str,
) -> Result<(), AppError> {
    portal.budgets.spend_message(actor.id(), portal.clock.now())?;
    let changing = service::begin(portal, actor, Action::RateRequest, id).await?;
    check(&changing, finished_at)?;
    if changing.request.rating.is_some() {
        return Err(AppError::conflict(t(
            "You have said already how content you were. Sign in to change it.",
        )));
    }
    set_rating(changing, actor, stars, comment).await
}

/// The owner opens what ended at `finished_at` again.
pub async fn reopen(portal: &Portal, actor: &Actor, id: RequestId, finished_at: UnixMillis) -> Result<(), AppError> {
    portal.budgets.spend_message(actor.id(), portal.clock.now())?;
    let changing = service::begin(portal, actor, Action::ReopenRequest, id).await?;
    check(&changing, finished_at)?;
    open_again(changing, actor).await
}

fn check(changing: &Changing<'_>, finished_at: UnixMillis) -> Result<(), AppError> {
    let request = &changing.request;
    match request.status == Status::Closed && request.finished_at == Some(finished_at) {
        true => Ok(()),
        false => Err(AppError::conflict(t(
            "The request was opened again since this mail was sent, so this link does nothing any longer.",
        ))),
    }
}
