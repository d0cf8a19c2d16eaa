//! Reading requests: lists, one request with everything, and what the reader may do with it.

use super::{
    lists::{self, Wanted},
    model::{Allowed, Page, RequestDetail, RequestRow, Show, StatusEvent},
    record::RequestRecord,
    store,
};
use crate::{
    error::AppError,
    server::{
        access::{Action, Actor, Reach, Subject, authorize},
        portal::Portal,
    },
    sessions::{self, model::MESSAGES_SHOWN, record::SessionRecord},
};
use deskside_protocol::{UnixMillis, ids::RequestId};

/// The actor's own requests. [`Show::History`] shows the finished ones, everything else the open ones.
pub async fn list_mine(
    portal: &Portal,
    actor: &Actor,
    show: Show,
    before: Option<i64>,
) -> Result<Page<RequestRow>, AppError> {
    let permit = authorize(actor, Action::ListOwnRequests, Subject::NONE)?;
    let show = if show == Show::History {
        Show::History
    } else {
        Show::Open
    };
    list(portal, permit.reach(), actor, show, before).await
}

/// All requests, for staff.
pub async fn list_all(
    portal: &Portal,
    actor: &Actor,
    show: Show,
    before: Option<i64>,
) -> Result<Page<RequestRow>, AppError> {
    let permit = authorize(actor, Action::ListRequests, Subject::NONE)?;
    list(portal, permit.reach(), actor, show, before).await
}

async fn list(
    portal: &Portal,
    reach: Reach,
    actor: &Actor,
    show: Show,
    before: Option<i64>,
) -> Result<Page<RequestRow>, AppError> {
    let wanted = Wanted {
        reach,
        show,
        reader: actor.id(),
        before,
        now: portal.clock.now(),
    };
    Ok(lists::list_rows(portal.db.on(), wanted).await?)
}

/// One request with everything that its page shows.
pub async fn detail(portal: &Portal, actor: &Actor, id: RequestId) -> Result<RequestDetail, AppError> {
    let now = portal.clock.now();
    let on = || portal.db.on();
    let request = store::find_request(on(), id).await?.ok_or(AppError::NotFound)?;
    let _permit = authorize(actor, Action::ViewRequest, request.subject_of_access())?;
    let row = lists::find_row(on(), id, now).await?.ok_or(AppError::NotFound)?;
    let session = sessions::service::find_latest(on(), id).await?;
    let limit = i64::try_from(MESSAGES_SHOWN).unwrap_or(i64::MAX);
    let may = allowed(actor, &request, session.as_ref(), now);
    Ok(RequestDetail {
        row,
        timeline: store::list_events(on(), id).await?,
        messages: store::list_messages(on(), id, None, limit).await?,
        session: session.as_ref().map(sessions::service::summary),
        description: request.description,
        windows: request.windows,
        one_time: request.one_time,
        may,
    })
}

/// Rights and status taken together.
fn allowed(actor: &Actor, request: &RequestRecord, session: Option<&SessionRecord>, now: UnixMillis) -> Allowed {
    let subject = request.subject_of_access();
    let may = |action, event| actor.may(action, subject) && request.status.allows(event);
    let open = session.filter(|session| session.life.ended_at.is_none());
    let of_session = |session: &SessionRecord| Subject::assisted(request.owner.id, Some(session.operator.id));
    Allowed {
        edit: may(Action::EditRequest, StatusEvent::Edit),
        cancel: may(Action::CancelRequest, StatusEvent::Cancel),
        claim: request.assistant.is_none() && may(Action::ClaimRequest, StatusEvent::Claim),
        release: may(Action::ReleaseRequest, StatusEvent::Release),
        launch: request.device.is_some() && may(Action::LaunchRequest, StatusEvent::Launch),
        close: may(Action::CloseRequest, StatusEvent::Close),
        consent: actor.may(Action::AnswerConsent, subject) && open.is_some_and(|session| session.life.asks_owner(now)),
        end_session: open.is_some_and(|session| {
            // While asked, the owner declines instead of ending.
            let answers = session.life.started_at.is_none() && actor.id() == request.owner.id;
            !answers && actor.may(Action::EndSession, of_session(session))
        }),
        message: request.status.is_open() && actor.may(Action::WriteMessage, subject),
        open_session: open.is_some_and(|session| actor.may(Action::OperateSession, of_session(session))),
    }
}
