//! Reading requests: lists, one request with everything, and what the reader may do with it.

use super::{
    filter::{Filter, Show},
    help::{self, Waiting},
    lists::{self, Wanted},
    model::{Allowed, Page, Person, RequestDetail, RequestRow, Status, StatusEvent},
    record::RequestRecord,
    service, store,
};
use crate::{
    attachments,
    error::AppError,
    preconsents,
    proposals::{self, model::Proposal},
    server::{
        access::{Action, Actor, Permit, Subject, authorize},
        portal::Portal,
    },
    sessions::{self, model::MESSAGES_SHOWN, record::SessionRecord},
};
use deskside_protocol::{UnixMillis, ids::RequestId};

/// Lines of an export at most.
pub const MOST_EXPORTED: usize = 10_000;

/// The actor's own requests. [`Show::History`] shows the finished ones, everything else the open ones.
pub async fn list_mine(portal: &Portal, actor: &Actor, filter: &Filter) -> Result<Page<RequestRow>, AppError> {
    let permit = authorize(actor, Action::ListOwnRequests, Subject::NONE)?;
    let show = match filter.show {
        Show::History => Show::History,
        _ => Show::Open,
    };
    let filter = Filter { show, ..filter.clone() };
    Ok(lists::list_rows(portal.db.on(), wanted(portal, permit, &filter)).await?)
}

/// All requests that the actor may see, for staff.
pub async fn list_all(portal: &Portal, actor: &Actor, filter: &Filter) -> Result<Page<RequestRow>, AppError> {
    let permit = authorize(actor, Action::ListRequests, Subject::NONE)?;
    Ok(lists::list_rows(portal.db.on(), wanted(portal, permit, filter)).await?)
}

/// The same from its first line on, at most [`MOST_EXPORTED`] of them, for an export.
pub async fn export_all(portal: &Portal, actor: &Actor, filter: &Filter) -> Result<Vec<RequestRow>, AppError> {
    let permit = authorize(actor, Action::ListRequests, Subject::NONE)?;
    Ok(lists::list_first(portal.db.on(), wanted(portal, permit, filter), MOST_EXPORTED).await?)
}

fn wanted<'a>(portal: &Portal, permit: Permit, filter: &'a Filter) -> Wanted<'a> {
    Wanted {
        reach: permit.reach(),
        filter,
        reader: permit.actor(),
        now: portal.clock.now(),
    }
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
    let allowance = preconsents::service::allowance(on(), &request, now).await?;
    Ok(RequestDetail {
        row,
        timeline: store::list_events(on(), id).await?,
        messages: store::list_messages(on(), id, None, limit, may.note).await?,
        attachments: attachments::service::list(on(), id, may.note).await?,
        session: session.as_ref().map(sessions::service::summary),
        directory: request.directory,
        filed_by: request.filed_by,
        owner_zone: request.owner.time_zone,
        team: request.team,
        tags: request.tags,
        rating: request.rating,
        description: request.description,
        windows: request.windows,
        allowance,
        one_time: request.one_time,
        looking: if may.note {
            looking(portal, actor, id)
        } else {
            Vec::new()
        },
        may,
    })
}

fn looking(portal: &Portal, actor: &Actor, id: RequestId) -> Vec<Person> {
    let others = portal
        .lookers
        .at(id)
        .into_iter()
        .filter(|looker| looker.id != actor.id());
    others
        .map(|looker| Person {
            id: looker.id,
            name: looker.name,
        })
        .collect()
}

/// The proposal that waits for an answer, and whether the reader can give it.
pub async fn proposal(portal: &Portal, actor: &Actor, id: RequestId) -> Result<Option<(Proposal, bool)>, AppError> {
    let request = service::get(portal.db.on(), id).await?;
    let _permit = authorize(actor, Action::ViewRequest, request.subject_of_access())?;
    let proposal = proposals::service::find_open(portal.db.on(), id).await?;
    Ok(proposal.map(|proposal| {
        let may = proposals::service::may_answer(actor, &request, &proposal);
        (proposal, may)
    }))
}

/// How long the owner of a new request may have to wait; nothing for any other.
pub async fn waiting(portal: &Portal, actor: &Actor, id: RequestId) -> Result<Option<Waiting>, AppError> {
    let request = service::get(portal.db.on(), id).await?;
    let _permit = authorize(actor, Action::ViewRequest, request.subject_of_access())?;
    Ok(help::waiting(portal.db.on(), &request).await?)
}

/// Rights and status taken together.
fn allowed(actor: &Actor, request: &RequestRecord, session: Option<&SessionRecord>, now: UnixMillis) -> Allowed {
    let subject = request.subject_of_access();
    let may = |action, event| actor.may(action, subject) && request.status.allows(event);
    let open = session.filter(|session| session.life.ended_at.is_none());
    let of_session = |session: &SessionRecord| request.operated_by(session.operator.id);
    Allowed {
        edit: may(Action::EditRequest, StatusEvent::Edit),
        cancel: may(Action::CancelRequest, StatusEvent::Cancel),
        claim: request.assistant.is_none() && may(Action::ClaimRequest, StatusEvent::Claim),
        release: request.assistant.is_some() && may(Action::ReleaseRequest, StatusEvent::Release),
        launch: request.device.is_some() && may(Action::LaunchRequest, StatusEvent::Launch),
        close: may(Action::CloseRequest, StatusEvent::Close),
        manage: request.status.is_open() && actor.may(Action::ManageRequest, subject),
        propose: request.status.is_open() && actor.may(Action::ProposeTime, subject),
        note: actor.may(Action::WriteNote, subject),
        reopen: actor.may(Action::ReopenRequest, subject) && service::may_reopen(request, now),
        rate: request.status == Status::Closed && actor.may(Action::RateRequest, subject),
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
